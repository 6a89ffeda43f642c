//! `CREATE VIEW` and `CREATE RECURSIVE VIEW`.

use sqlparser::tokenizer::Token;

use super::super::super::cursor::{Parsed, Parser};
use super::{Header, object};
use crate::Span;
use crate::ast::Ident;
use crate::ast::objects::{CreateView, ObjectStatement};
use crate::ast::relational::{OnExisting, Relational};
use crate::sql::{self, Converted};
use crate::token::Symbol;

impl Parser<'_> {
    /// `[(names)] AS query`.
    pub(super) fn create_view(&mut self, header: Header) -> Parsed<ObjectStatement> {
        let columns = if self.take(Symbol::LParen)? { self.ident_list()? } else { Vec::new() };
        self.expect_word("AS")?;
        let start = self.previous.span.end;
        let query = self.query(&[])?;
        let text = self.written_between(start, query.span.end);
        let Header { name, on_existing, temporary } = header;
        Ok(ObjectStatement::CreateView(CreateView { name, on_existing, temporary, columns, query, text }))
    }

    /// `RECURSIVE VIEW v (names) AS query`, which reads itself: the view of `WITH RECURSIVE v(names) AS (query) SELECT
    /// names FROM v`, as in PostgreSQL.
    pub(in super::super) fn create_recursive_view(
        &mut self,
        replace: bool,
        temporary: bool,
    ) -> Parsed<Relational> {
        let start = self.advance()?.span.start;
        self.advance()?;
        let on_existing = if self.if_not_exists()? {
            OnExisting::Keep
        } else if replace {
            OnExisting::Replace
        } else {
            OnExisting::Fail
        };
        let name = self.object_name("a name for the view")?;
        self.expect(Symbol::LParen, "`(` and the names of the columns")?;
        let columns = self.ident_list()?;
        self.expect_word("AS")?;
        let body = self.previous.span.end;
        let (term, span) = self.converted(&[], false)?;
        let body = self.written_between(body, span.end);
        let Some(own) = name.parts.last() else { return Err(self.unexpected("a name for the view")) };
        let query = self.parse_query(&recursive(own, &columns, term, start), Span::new(start, span.end))?;
        let written = |name: &Ident| name.span.text(self.source);
        let names = columns.iter().map(written).collect::<Vec<_>>().join(", ");
        let own = written(own);
        let text = format!("WITH RECURSIVE {own}({names}) AS ({body}) SELECT {names} FROM {own}").into();
        let columns = Vec::new();
        Ok(object(ObjectStatement::CreateView(CreateView {
            name,
            on_existing,
            temporary,
            columns,
            query,
            text,
        })))
    }
}

/// `WITH RECURSIVE own(columns) AS (term) SELECT columns FROM own`.
fn recursive(own: &Ident, columns: &[Ident], term: Converted, start: usize) -> Converted {
    let mut tokens = Converted::default();
    let name = |tokens: &mut Converted, name: &Ident| {
        tokens.push(Token::make_word(&name.name, Some('`')), name.span);
    };
    let names = |tokens: &mut Converted| {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                tokens.push(Token::Comma, column.span);
            }
            name(tokens, column);
        }
    };
    let place = Span::at(start);
    tokens.push(sql::keyword("WITH"), place);
    tokens.push(sql::keyword("RECURSIVE"), place);
    name(&mut tokens, own);
    tokens.push(Token::LParen, place);
    names(&mut tokens);
    tokens.push(Token::RParen, place);
    tokens.push(sql::keyword("AS"), place);
    tokens.push(Token::LParen, place);
    tokens.append(term);
    tokens.push(Token::RParen, place);
    tokens.push(sql::keyword("SELECT"), place);
    names(&mut tokens);
    tokens.push(sql::keyword("FROM"), place);
    name(&mut tokens, own);
    tokens
}
