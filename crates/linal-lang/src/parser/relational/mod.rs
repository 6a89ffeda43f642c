//! Statements over datasets. Their keywords are parsed here; queries and scalar expressions go through
//! [`crate::sql`].

mod alter;
mod attach;
mod change;
mod constraint;
mod create;
mod drop;
mod files;
mod index;
mod insert;
mod listing;
mod merge;
mod named_query;
mod objects;
mod pipeline;
mod query;
mod search;
mod update;
mod versions;

use super::cursor::{Parsed, Parser};
use crate::ast::relational::Relational;
use crate::ast::{FilePath, Statement};
use crate::token::{Symbol, Token, TokenKind};
use crate::{keywords, lexer};

type Rule<P> = fn(&mut P) -> Parsed<Relational>;

impl Parser<'_> {
    /// The rules by opening keyword, the most frequent first.
    const RELATIONAL: [(&'static str, Rule<Self>); 29] = [
        ("SELECT", Self::query_statement),
        ("INSERT", Self::insert_statement),
        ("UPDATE", Self::update_statement),
        ("DELETE", Self::delete_statement),
        ("WITH", Self::with_statement),
        ("MERGE", Self::merge_statement),
        ("SEARCH", Self::search_statement),
        ("DATASET", Self::dataset_statement),
        ("APPLY", Self::apply_statement),
        ("ATTACH", Self::attach_statement),
        ("AUDIT", Self::audit_statement),
        ("COPY", Self::copy_statement),
        ("DELIVER", Self::deliver_statement),
        ("DESCRIBE", Self::describe_statement),
        ("EXPIRE", Self::expire_statement),
        ("IMPORT", Self::import_statement),
        ("LIST", Self::list_statement),
        ("LOAD", Self::load_statement),
        ("MATERIALIZE", Self::materialize_statement),
        ("RESTORE", Self::restore_statement),
        ("SAVE", Self::save_statement),
        ("TRANSFORM", Self::transform_statement),
        ("VALUES", Self::query_statement),
        ("TRUNCATE", Self::truncate_statement),
        ("PIVOT", Self::query_statement),
        ("PIVOT_LONGER", Self::query_statement),
        ("PIVOT_WIDER", Self::query_statement),
        ("SUMMARIZE", Self::query_statement),
        ("UNPIVOT", Self::query_statement),
    ];

    /// Parses a statement that opens with a relational keyword; `None` for any other.
    pub(super) fn relational(&mut self) -> Parsed<Option<Statement>> {
        if self.token.kind == TokenKind::Word {
            let opening = self.text(self.token);
            let rule = Self::RELATIONAL.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(opening));
            if let Some((_, rule)) = rule {
                return rule(self).map(|statement| Some(Statement::Relational(Box::new(statement))));
            }
        }
        if self.opens_query() {
            return self.parse_relational(Self::query_statement).map(Some);
        }
        // A dataset may be named comment.
        if self.at_word("COMMENT") && self.is_word(self.peek(), "ON") {
            return self.parse_relational(Self::comment_statement).map(Some);
        }
        if self.opens_diff() {
            return self.parse_relational(Self::diff_statement).map(Some);
        }
        if self.opens_method() {
            return self.parse_relational(Self::add_column_statement).map(Some);
        }
        Ok(None)
    }

    pub(super) fn parse_relational(&mut self, rule: Rule<Self>) -> Parsed<Statement> {
        rule(self).map(|statement| Statement::Relational(Box::new(statement)))
    }

    /// `(SELECT ...) UNION ...`, `FROM t` and `TABLE t`.
    fn opens_query(&self) -> bool {
        if self.opens_with_table() {
            return true;
        }
        let mut ahead = self.lexer;
        let mut token = self.token;
        while token.is(Symbol::LParen) {
            match ahead.next_token() {
                Ok(next) => token = next,
                Err(_) => return false,
            }
        }
        let opening = ["SELECT", "WITH", "VALUES", "FROM", "PIVOT", "UNPIVOT", "SUMMARIZE"];
        self.at(Symbol::LParen) && opening.into_iter().any(|word| self.is_word(token, word))
    }

    /// `FROM t` and `TABLE t`.
    fn opens_with_table(&self) -> bool {
        let next = self.peek();
        let is_table = next.is_name() || next.kind == TokenKind::Str;
        self.at_word("FROM") && (is_table || next.is(Symbol::LParen))
            || self.at_word("TABLE") && next.is_name()
    }

    /// `ds.add_column(...)`.
    fn opens_method(&self) -> bool {
        let mut ahead = self.lexer;
        let mut next = || ahead.next_token().ok();
        self.token.is_name()
            && next().is_some_and(|token| token.is(Symbol::Dot))
            && next().is_some_and(|token| self.is_word(token, "add_column"))
            && next().is_some_and(|token| token.is(Symbol::LParen))
    }

    /// The second token after the current one; the end token when it is invalid.
    pub(super) fn peek_second(&self) -> Token {
        let mut ahead = self.lexer;
        let end = Token { kind: TokenKind::End, span: self.token.span, blank_before: true };
        ahead.next_token().and_then(|_| ahead.next_token()).unwrap_or(end)
    }

    /// Consumes the keyword when `accepts` holds of the next token, since it may be a name as well.
    pub(super) fn take_word_before(&mut self, word: &str, then: impl Fn(Token) -> bool) -> Parsed<bool> {
        let found = self.at_word(word) && then(self.peek());
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// `IF NOT EXISTS`.
    pub(super) fn if_not_exists(&mut self) -> Parsed<bool> {
        if !(self.at_word("IF") && self.is_word(self.peek(), "NOT")) {
            return Ok(false);
        }
        self.advance()?;
        self.advance()?;
        self.expect_word("EXISTS")?;
        Ok(true)
    }

    /// A path; a quoted name counts as one where `"x"` is a name.
    pub(super) fn file_path(&mut self, expected: &str) -> Parsed<FilePath> {
        match self.token.kind {
            TokenKind::Str | TokenKind::QuotedName => {
                let token = self.advance()?;
                Ok(FilePath { text: lexer::unquote_doubled(self.text(token)).into(), span: token.span })
            }
            _ => Err(self.unexpected(expected).with_help("a path is written in quotes")),
        }
    }

    /// A literal or a word as written, for options.
    fn option_value(&mut self) -> Parsed<Box<str>> {
        let token = self.token;
        let plain = token.is_name() || token.is_number();
        match token.kind {
            TokenKind::Str => Ok(lexer::string(self.source, self.advance()?)),
            _ if plain => self.advance().map(|token| self.text(token).into()),
            TokenKind::Symbol(Symbol::Minus) if self.peek().is_number() => {
                self.advance()?;
                let number = self.advance()?;
                Ok(format!("-{}", self.text(number)).into())
            }
            _ => Err(self.unexpected("the value of the option")),
        }
    }

    /// `key = value` or `key => value`, separated by commas, up to `)`.
    fn options(&mut self) -> Parsed<Vec<(crate::ast::Ident, Box<str>)>> {
        let mut options = Vec::new();
        loop {
            options.push(self.option()?);
            if !self.take(Symbol::Comma)? {
                break;
            }
        }
        self.expect(Symbol::RParen, "`,` or `)`")?;
        Ok(options)
    }

    fn option(&mut self) -> Parsed<(crate::ast::Ident, Box<str>)> {
        let key = self.ident("the name of an option")?;
        if !self.take(Symbol::Eq)? && !self.take(Symbol::Arrow)? {
            return Err(self.unexpected("`=`"));
        }
        Ok((key, self.option_value()?))
    }

    /// `(a, b, c)`, after the parenthesis.
    fn ident_list(&mut self) -> Parsed<Vec<crate::ast::Ident>> {
        let mut names = Vec::new();
        loop {
            names.push(self.ident("the name of a column")?);
            if !self.take(Symbol::Comma)? {
                break;
            }
        }
        self.expect(Symbol::RParen, "`,` or `)`")?;
        Ok(names)
    }

    pub(super) fn is_reserved(&self, token: Token) -> bool {
        token.kind == TokenKind::Word && keywords::is_reserved(self.text(token))
    }
}
