//! What the statements that change rows share: sources, `RETURNING`, `ON CONFLICT`, and `WITH` before them.

use sqlparser::ast as tree;
use sqlparser::tokenizer::Token as SqlToken;

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::Ident;
use crate::ast::merge::{ConflictAction, OnConflict, Sources};
use crate::ast::relational::{InsertSource, Query, Relational, Scalar};
use crate::sql::{self, Converted};
use crate::token::{Symbol, TokenKind};

/// The statements that may follow a WITH, besides queries.
const CHANGES: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "MERGE"];

impl Parser<'_> {
    /// `WITH x AS (..)` before a query or a statement that changes rows.
    pub(super) fn with_statement(&mut self) -> Parsed<Relational> {
        if !self.changes_after_with() {
            return self.query_statement();
        }
        let start = self.token.span.start;
        let (mut tokens, span) = self.converted(&CHANGES, false)?;
        tokens.push(sql::keyword("SELECT"), Span::at(span.end));
        tokens.push(SqlToken::Number("1".to_owned(), false), Span::at(span.end));
        let query = self.parse_query(&tokens, Span::new(start, span.end))?;
        let with = query.sql.with.map(Box::new);
        let mut statement = match self.text(self.token).to_ascii_uppercase().as_str() {
            "INSERT" => self.insert_statement()?,
            "UPDATE" => self.update_statement()?,
            "DELETE" => self.delete_statement()?,
            _ => self.merge_statement()?,
        };
        attach(&mut statement, with);
        Ok(statement)
    }

    /// Whether the first statement after the common table expressions changes rows.
    fn changes_after_with(&self) -> bool {
        let mut lexer = self.lexer_at_token();
        let mut depth = 0usize;
        while let Ok(token) = lexer.next_token() {
            match token.kind {
                TokenKind::End | TokenKind::Bad(_) => return false,
                TokenKind::Symbol(Symbol::LParen | Symbol::LBracket) => depth += 1,
                TokenKind::Symbol(Symbol::RParen | Symbol::RBracket) => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 => {
                    let is = |word: &str| self.is_word(token, word);
                    if CHANGES.into_iter().any(is) {
                        return true;
                    }
                    if ["SELECT", "VALUES", "FROM", "TABLE"].into_iter().any(is) {
                        return false;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// `[FROM .. | USING ..] [WHERE e]` of an UPDATE or DELETE.
    pub(super) fn sources_and_filter(&mut self, word: &str) -> Parsed<(Sources, Option<Scalar>)> {
        if !self.take_word(word)? {
            let filter = if self.take_word("WHERE")? || self.take_word("FILTER")? {
                Some(self.scalar("a condition", &["RETURNING"])?)
            } else {
                None
            };
            return Ok((Sources::default(), filter));
        }
        let select = self.select_from(&["RETURNING"])?;
        let tree::Query { body, .. } = *select.sql;
        let tree::SetExpr::Select(body) = *body else { return Err(self.unexpected("a dataset")) };
        let span = select.span;
        let filter = body.selection.map(|condition| Scalar { sql: Box::new(condition), span });
        Ok((Sources { with: None, from: body.from }, filter))
    }

    /// `SELECT * FROM ..`, where the current token follows the FROM, up to a terminator.
    pub(super) fn select_from(&mut self, terminators: &[&str]) -> Parsed<Query> {
        let start = self.token.span.start;
        let (from, span) = self.converted_after_from(terminators)?;
        let mut tokens = Converted::default();
        tokens.push(sql::keyword("SELECT"), Span::at(start));
        tokens.push(SqlToken::Mul, Span::at(start));
        tokens.append(from);
        self.parse_query(&tokens, span)
    }

    /// `[RETURNING items]`: a SELECT of the items, without a FROM.
    pub(super) fn returning(&mut self) -> Parsed<Option<Query>> {
        if !self.at_word("RETURNING") {
            return Ok(None);
        }
        let word = self.advance()?;
        let start = self.token.span.start;
        let (items, span) = self.converted_after_select(&[])?;
        if items.tokens.len() < 2 {
            return Err(self.unexpected("an expression or `*`"));
        }
        self.parse_query(&items, Span::new(word.span.start.min(start), span.end)).map(Some)
    }

    /// `[ON CONFLICT [(columns)] DO ..]`.
    pub(super) fn on_conflict(&mut self) -> Parsed<Option<OnConflict>> {
        if !(self.at_word("ON") && self.is_word(self.peek(), "CONFLICT")) {
            return Ok(None);
        }
        let start = self.advance()?.span.start;
        self.advance()?;
        let columns = if self.take(Symbol::LParen)? { Some(self.ident_list()?) } else { None };
        if self.at_word("WHERE") {
            return Err(self.unexpected("`DO`").with_help(
                "a condition after the columns is one of a partial index, of which there are none; write DO \
                 UPDATE SET .. WHERE ..",
            ));
        }
        if self.at_word("ON") {
            return Err(self
                .unexpected("`DO`")
                .with_help("name the columns of the key instead of the constraint: ON CONFLICT (a, b)"));
        }
        self.expect_word("DO")?;
        let action = if self.take_word("NOTHING")? {
            ConflictAction::Nothing
        } else if self.take_word("UPDATE")? {
            self.expect_word("SET")?;
            let assignments = self.assignments(&["WHERE", "RETURNING"])?;
            let filter = if self.take_word("WHERE")? {
                Some(self.scalar("a condition", &["RETURNING"])?)
            } else {
                None
            };
            ConflictAction::Update { assignments, filter }
        } else {
            return Err(self.unexpected("`NOTHING` or `UPDATE`"));
        };
        let span = Span::new(start, self.previous.span.end);
        Ok(Some(OnConflict { columns, action, span }))
    }

    /// `a = e, ..`, `(a, b) = (e, f)`, up to one of the terminators.
    pub(super) fn assignments(&mut self, terminators: &[&str]) -> Parsed<Vec<(Ident, Scalar)>> {
        let mut assignments = Vec::new();
        loop {
            if self.at(Symbol::LParen) {
                self.advance()?;
                let columns = self.ident_list()?;
                self.take_assignment_sign()?;
                self.row_assignment(columns, terminators, &mut assignments)?;
            } else {
                let mut column = self.ident("the name of a column")?;
                // `t.a = e`: the qualifier is that of the changed dataset.
                if self.take(Symbol::Dot)? {
                    column = self.ident("the name of a column")?;
                }
                self.take_assignment_sign()?;
                assignments.push((column, self.scalar("a value", terminators)?));
            }
            if !self.take(Symbol::Comma)? {
                return Ok(assignments);
            }
        }
    }

    /// `=` or `==`.
    fn take_assignment_sign(&mut self) -> Parsed<()> {
        if !self.take(Symbol::EqEq)? {
            self.expect(Symbol::Eq, "`=`")?;
        }
        Ok(())
    }

    /// `(e, f)` for several columns: each has its own expression.
    fn row_assignment(
        &mut self,
        columns: Vec<Ident>,
        terminators: &[&str],
        assignments: &mut Vec<(Ident, Scalar)>,
    ) -> Parsed<()> {
        let row = self.scalar("a row of values", terminators)?;
        let values = match *row.sql {
            tree::Expr::Tuple(values) => values,
            tree::Expr::Nested(value) => vec![*value],
            _ => Vec::new(),
        };
        if values.len() != columns.len() {
            let message = format!("{} columns are set to a row of {} values", columns.len(), values.len());
            return Err(crate::SyntaxError::new(crate::Code::WrongCount, row.span, message)
                .with_help("write (a, b) = (1, 2)"));
        }
        let span = row.span;
        let values = values.into_iter().map(|value| Scalar { sql: Box::new(value), span });
        assignments.extend(columns.into_iter().zip(values));
        Ok(())
    }
}

/// Gives the common table expressions to the queries of a statement.
fn attach(statement: &mut Relational, with: Option<Box<tree::With>>) {
    match statement {
        Relational::Insert(insert) => {
            if let (InsertSource::Query(query), Some(with)) = (&mut insert.source, with) {
                let inner = query.sql.with.take();
                query.sql.with = Some(joined(*with, inner));
            }
        }
        Relational::Update(update) => update.sources.with = with,
        Relational::Delete(delete) => delete.sources.with = with,
        Relational::Merge(merge) => merge.with = with,
        _ => {}
    }
}

/// The tables of both, the outer ones first.
fn joined(mut outer: tree::With, inner: Option<tree::With>) -> tree::With {
    if let Some(inner) = inner {
        outer.recursive |= inner.recursive;
        outer.cte_tables.extend(inner.cte_tables);
    }
    outer
}
