//! `INSERT`. Rows of literals are parsed in one pass without a tree, since a statement may have thousands.

use super::super::cursor::{Parsed, Parser};
use super::super::number_list::{Attempt, read_numbers};
use crate::ast::merge::{ConflictAction, OnConflict};
use crate::ast::relational::{Insert, InsertSource, Literal, Relational};
use crate::ast::{Ident, ObjectName};
use crate::lexer;
use crate::sql::{self, Converted};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};
use sqlparser::tokenizer as tokens;

/// What follows the query of an INSERT.
const INSERT_ENDS: &[&str] = &["ON CONFLICT", "RETURNING"];

/// Rows of literals in row-major order.
#[derive(Default)]
struct Rows {
    values: Vec<Literal>,
    spans: Vec<Span>,
    width: usize,
}

impl Parser<'_> {
    /// `INSERT [OR REPLACE | OR IGNORE] INTO t [AS u] [(columns)] [BY NAME] VALUES ...`, `... SELECT ...`,
    /// `INSERT INTO t DEFAULT VALUES`, or `INSERT INTO t (a = 1, b = 2)`; then `[ON CONFLICT ..] [RETURNING ..]`.
    pub(super) fn insert_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let mut on_conflict = self.or_action()?;
        self.expect_word("INTO")?;
        let table = self.object_name("the dataset to insert into")?;
        let alias = if self.take_word("AS")? { Some(self.ident("a name for the dataset")?) } else { None };
        let mut columns = None;
        if self.at(Symbol::LParen) && !self.opens_query() {
            let open = self.advance()?;
            if self.token.is_name() && (self.peek().is(Symbol::Eq) || self.peek().is(Symbol::EqEq)) {
                let insert = self.insert_assignments(table, open)?;
                return self.insert_rest(Insert { alias, ..insert }, on_conflict);
            }
            columns = Some(self.ident_list()?);
        }
        let by_name = self.by_name()?.unwrap_or(false);
        let source = if self.at_word("VALUES") {
            self.insert_values()?
        } else if self.opens_source() {
            InsertSource::Query(self.query(INSERT_ENDS)?)
        } else if columns.is_none() && self.take_word("DEFAULT")? {
            self.default_values()?
        } else {
            return Err(self.unexpected("VALUES or a query"));
        };
        if by_name && columns.is_some() {
            let span = table.span;
            return Err(SyntaxError::new(
                Code::UnexpectedToken,
                span,
                "BY NAME takes the columns of the query",
            )
            .with_help("leave out the list of columns, or BY NAME"));
        }
        let insert = Insert { alias, by_name, ..Insert::new(table, columns, source) };
        self.insert_rest(insert, on_conflict.take())
    }

    /// `[OR REPLACE | OR IGNORE]`.
    fn or_action(&mut self) -> Parsed<Option<OnConflict>> {
        if !self.at_word("OR") {
            return Ok(None);
        }
        let start = self.advance()?.span;
        let action = if self.take_word("REPLACE")? {
            ConflictAction::Replace
        } else if self.take_word("IGNORE")? {
            ConflictAction::Nothing
        } else {
            return Err(self.unexpected("`REPLACE` or `IGNORE`"));
        };
        Ok(Some(OnConflict { columns: None, action, span: start.to(self.previous.span) }))
    }

    /// `[ON CONFLICT ..] [RETURNING ..]`.
    fn insert_rest(&mut self, insert: Insert, or_action: Option<OnConflict>) -> Parsed<Relational> {
        let on_conflict = match (or_action, self.on_conflict()?) {
            (Some(_), Some(second)) => {
                let message = "OR REPLACE and OR IGNORE are an ON CONFLICT already";
                return Err(SyntaxError::new(Code::UnexpectedToken, second.span, message));
            }
            (first, second) => first.or(second),
        };
        let returning = self.returning()?;
        Ok(Relational::Insert(Insert { on_conflict, returning, ..insert }))
    }

    /// `DEFAULT VALUES`; the current token follows DEFAULT.
    fn default_values(&mut self) -> Parsed<InsertSource> {
        self.expect_word("VALUES")?;
        Ok(InsertSource::Defaults)
    }

    fn opens_source(&self) -> bool {
        self.at_word("SELECT") || self.at_word("WITH") || self.opens_query()
    }

    fn insert_values(&mut self) -> Parsed<InsertSource> {
        let begin = self.token;
        self.advance()?;
        if let Some(Rows { values, spans, width }) = self.literal_rows()? {
            return Ok(InsertSource::Literals { values, spans, width });
        }
        let previous = self.previous;
        self.resume_at(previous, begin.span.start)?;
        Ok(InsertSource::Query(self.query(INSERT_ENDS)?))
    }

    /// The rows after VALUES; `None` when one contains something else than literals.
    fn literal_rows(&mut self) -> Parsed<Option<Rows>> {
        let mut rows = Rows::default();
        let mut row = 0usize;
        loop {
            row += 1;
            let open = self.expect(Symbol::LParen, "`(`")?;
            let before = rows.values.len();
            if !self.literal_row(&mut rows)? {
                return Ok(None);
            }
            let width = rows.values.len() - before;
            if row == 1 {
                rows.width = width;
            } else if rows.width != width {
                return Err(row_length_error(row, rows.width, width, open.span.to(self.previous.span)));
            }
            if !self.take(Symbol::Comma)? {
                // The query parser or the end of the statement reports any other token.
                let ends = self.at_end() || self.at_word("RETURNING") || self.at_word("ON");
                return Ok(ends.then_some(rows));
            }
        }
    }

    /// The values up to the closing parenthesis.
    fn literal_row(&mut self, rows: &mut Rows) -> Parsed<bool> {
        loop {
            let start = self.token.span;
            let Some(literal) = self.insert_literal()? else {
                return Ok(false);
            };
            rows.values.push(literal);
            rows.spans.push(start.to(self.previous.span));
            if self.take(Symbol::RParen)? {
                return Ok(true);
            }
            if !self.take(Symbol::Comma)? {
                return Ok(false);
            }
        }
    }

    /// One literal; `None` when the next token is something else.
    fn insert_literal(&mut self) -> Parsed<Option<Literal>> {
        let token = self.token;
        let literal = match token.kind {
            TokenKind::Int | TokenKind::Hex | TokenKind::Float => self.number_literal(token, false)?,
            TokenKind::Symbol(Symbol::Minus | Symbol::Plus) if self.peek().is_number() => {
                self.advance()?;
                self.number_literal(self.token, token.is(Symbol::Minus))?
            }
            TokenKind::Str => Literal::Str(lexer::string(self.source, token)),
            TokenKind::Word => match literal_word(self.text(token)) {
                Some(literal) => literal,
                None => return Ok(None),
            },
            TokenKind::Symbol(Symbol::LBracket) => {
                return match read_numbers(self.lexer, token, false) {
                    Ok(Attempt::Numbers(array, close)) => {
                        self.resume_after(close)?;
                        Ok(Some(Literal::Numbers(Box::new(array))))
                    }
                    Ok(Attempt::Mixed { .. }) => Ok(None),
                    // Rows of different lengths are a list of lists.
                    Err(error) if error.code() == Code::RaggedLiteral => Ok(None),
                    Err(error) => Err(error),
                };
            }
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(literal))
    }

    fn number_literal(&self, token: Token, negative: bool) -> Parsed<Literal> {
        if token.kind == TokenKind::Float {
            let value = lexer::float(self.source, token)?;
            return Ok(Literal::Float(if negative { -value } else { value }));
        }
        let magnitude = lexer::integer(self.source, token)?;
        if negative {
            return Ok(Literal::Int(0i64.wrapping_sub_unsigned(magnitude)));
        }
        i64::try_from(magnitude).map(Literal::Int).map_err(|_| lexer::overflow(self.text(token), token))
    }

    /// `(a = 1, b = 2)`: one row with named columns.
    fn insert_assignments(&mut self, table: ObjectName, open: Token) -> Parsed<Insert> {
        let again = (self.previous, self.token.span.start);
        let mut columns = Vec::new();
        let mut rows = Rows::default();
        let literals = loop {
            columns.push(self.assigned_column()?);
            let start = self.token.span;
            let Some(literal) = self.insert_literal()? else {
                break false;
            };
            rows.values.push(literal);
            rows.spans.push(start.to(self.previous.span));
            if self.take(Symbol::RParen)? {
                break true;
            }
            if !self.take(Symbol::Comma)? {
                break false;
            }
        };
        let source = if literals {
            InsertSource::Literals { width: rows.values.len(), values: rows.values, spans: rows.spans }
        } else {
            self.resume_at(again.0, again.1)?;
            columns.clear();
            self.assigned_row(open, &mut columns)?
        };
        Ok(Insert::new(table, Some(columns), source))
    }

    fn assigned_column(&mut self) -> Parsed<Ident> {
        let column = self.ident("the name of a column")?;
        if !self.take(Symbol::EqEq)? {
            self.expect(Symbol::Eq, "`=`")?;
        }
        Ok(column)
    }

    /// The same with expressions: their tokens become a row of VALUES.
    fn assigned_row(&mut self, open: Token, columns: &mut Vec<Ident>) -> Parsed<InsertSource> {
        let mut row = Converted::default();
        row.push(sql::keyword("VALUES"), Span::at(open.span.start));
        row.push(tokens::Token::LParen, open.span);
        loop {
            columns.push(self.assigned_column()?);
            let (value, _) = self.converted(&[], true)?;
            if value.is_empty() {
                return Err(self.unexpected("a value"));
            }
            row.append(value);
            if !self.at(Symbol::Comma) {
                break;
            }
            row.push(tokens::Token::Comma, self.advance()?.span);
        }
        let close = self.expect(Symbol::RParen, "`,` or `)`")?;
        row.push(tokens::Token::RParen, close.span);
        Ok(InsertSource::Query(self.parse_query(&row, open.span.to(close.span))?))
    }
}

fn literal_word(word: &str) -> Option<Literal> {
    let is = |literal: &str| word.eq_ignore_ascii_case(literal);
    match word.len() {
        4 if is("true") => Some(Literal::Bool(true)),
        5 if is("false") => Some(Literal::Bool(false)),
        4 if is("null") => Some(Literal::Null),
        7 if is("default") => Some(Literal::Default),
        _ => None,
    }
}

fn row_length_error(row: usize, expected: usize, found: usize, span: Span) -> SyntaxError {
    let values = if found == 1 { "1 value".to_owned() } else { format!("{found} values") };
    let message = format!("row {row} has {values}, row 1 has {expected}");
    SyntaxError::new(Code::RaggedLiteral, span, message)
        .with_help("all rows must have the same number of values")
}
