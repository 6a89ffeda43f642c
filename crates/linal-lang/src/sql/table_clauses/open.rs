//! The words that open a construct.

use super::super::convert::{Converter, keyword};
use super::super::keywords;
use super::super::state::PrevToken;
use super::tokens::{Insert, find, is_keyword};
use crate::SyntaxError;
use crate::lexer::Lexer;
use crate::token::{Symbol, Token, TokenKind};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// The words that begin a query.
const QUERIES: [&str; 7] = ["SELECT", "WITH", "VALUES", "FROM", "PIVOT", "UNPIVOT", "TABLE"];

impl Converter<'_> {
    /// Converts a word that opens a construct; returns whether it does.
    pub(in super::super) fn table_clause(&mut self, token: Token, text: &str) -> Result<bool, SyntaxError> {
        let item = match text.len() {
            5 if text.eq_ignore_ascii_case("pivot") => super::PIVOT,
            11 if text.eq_ignore_ascii_case("pivot_wider") => super::PIVOT,
            7 if text.eq_ignore_ascii_case("unpivot") => super::UNPIVOT,
            12 if text.eq_ignore_ascii_case("pivot_longer") => super::UNPIVOT,
            9 if text.eq_ignore_ascii_case("summarize") => super::SUMMARIZE,
            8 if text.eq_ignore_ascii_case("describe") => super::DESCRIBE,
            4 if text.eq_ignore_ascii_case("show") => return Ok(self.shown(token)),
            11 if text.eq_ignore_ascii_case("tablesample") => return self.table_sample(token),
            6 if text.eq_ignore_ascii_case("sample") => return self.using_sample(token),
            _ => return Ok(false),
        };
        if self.ends_at_comma || !self.opens_query_here() || !self.has_source(item) {
            return Ok(false);
        }
        self.emit(keyword("SELECT"), token.span, PrevToken::Keyword("SELECT"), true);
        let name = sql::Word { value: item.to_owned(), quote_style: None, keyword: Keyword::NoKeyword };
        self.emit(sql::Token::Word(name), token.span, PrevToken::Name, false);
        self.emit(keyword("FROM"), token.span, PrevToken::Keyword("FROM"), true);
        if matches!(item, super::SUMMARIZE | super::DESCRIBE) && self.query_follows() {
            // The query is closed by `close_query`, when all of its tokens are there.
            self.state.last = PrevToken::Start;
        }
        Ok(true)
    }

    /// `(SHOW TABLES)` as `(SELECT * FROM __shown('tables'))`; whether the word opens one.
    fn shown(&mut self, token: Token) -> bool {
        let mut ahead = self.lexer;
        let (Ok(what), true) = (ahead.next_token(), self.state.last == PrevToken::Symbol(Symbol::LParen))
        else {
            return false;
        };
        let word = what.span.text(self.source).to_ascii_lowercase();
        let closes = ahead.next_token().is_ok_and(|next| next.is(Symbol::RParen));
        if !closes || !["tables", "databases", "views"].contains(&word.as_str()) {
            return false;
        }
        self.lexer.seek(what.span.end);
        let span = token.span.to(what.span);
        let name =
            sql::Word { value: super::SHOWN.to_owned(), quote_style: None, keyword: Keyword::NoKeyword };
        self.emit(keyword("SELECT"), span, PrevToken::Keyword("SELECT"), true);
        self.emit(sql::Token::Mul, span, PrevToken::Star, false);
        self.emit(keyword("FROM"), span, PrevToken::Keyword("FROM"), true);
        for part in [
            sql::Token::Word(name),
            sql::Token::LParen,
            sql::Token::SingleQuotedString(word),
            sql::Token::RParen,
        ] {
            self.emit(part, span, PrevToken::Name, false);
        }
        true
    }

    /// Whether a query may begin here.
    fn opens_query_here(&self) -> bool {
        match self.state.last {
            PrevToken::Start => true,
            PrevToken::Symbol(Symbol::LParen)
            | PrevToken::Keyword("UNION" | "EXCEPT" | "INTERSECT" | "ALL") => true,
            // After the last common table expression.
            PrevToken::Symbol(Symbol::RParen) => self.is_after_common_tables(),
            _ => false,
        }
    }

    /// Whether the innermost open query has only its WITH so far.
    fn is_after_common_tables(&self) -> bool {
        let tokens = &self.out.tokens;
        let mut depth = 0usize;
        for token in tokens.iter().rev() {
            match &token.token {
                sql::Token::RParen | sql::Token::RBracket => depth += 1,
                sql::Token::LParen | sql::Token::LBracket if depth == 0 => return false,
                sql::Token::LParen | sql::Token::LBracket => depth -= 1,
                sql::Token::Word(word) if depth == 0 => match word.keyword {
                    Keyword::WITH => return true,
                    Keyword::SELECT | Keyword::FROM | Keyword::VALUES => return false,
                    _ => {}
                },
                _ => {}
            }
        }
        false
    }

    /// Whether what follows can be the source of a construct, so that the word is no name.
    fn has_source(&self, item: &str) -> bool {
        let mut lexer = self.lexer;
        let Ok(next) = lexer.next_token() else { return false };
        let text = next.span.text(self.source);
        let is_clause = keywords::cannot_start_operand(&text.to_ascii_uppercase());
        match next.kind {
            TokenKind::Str | TokenKind::QuotedName => true,
            TokenKind::Symbol(Symbol::LParen) => opens_query(self.source, lexer),
            TokenKind::Word if is_clause => self.query_follows(),
            // `DESCRIBE t` is a statement of its own, except within a query.
            TokenKind::Word if item == super::DESCRIBE && self.state.last == PrevToken::Start => {
                self.query_follows()
            }
            TokenKind::Word => true,
            _ => false,
        }
    }

    /// Whether a query follows.
    fn query_follows(&self) -> bool {
        let mut lexer = self.lexer;
        let Ok(next) = lexer.next_token() else { return false };
        let text = next.span.text(self.source);
        next.kind == TokenKind::Word && QUERIES.iter().any(|word| text.eq_ignore_ascii_case(word))
    }
}

/// Whether a query begins in the parentheses that are open, at any depth.
fn opens_query(source: &str, mut lexer: Lexer<'_>) -> bool {
    while let Ok(token) = lexer.next_token() {
        if !token.is(Symbol::LParen) {
            let text = token.span.text(source);
            let mut words = QUERIES.iter().chain(&["SUMMARIZE", "DESCRIBE"]);
            return token.kind == TokenKind::Word && words.any(|word| text.eq_ignore_ascii_case(word));
        }
    }
    false
}

/// Puts parentheses around the query after `SELECT __summarize FROM`; returns how many tokens precede what is new.
pub(super) fn close_query(tokens: &mut Vec<sql::TokenWithSpan>, item: usize) -> usize {
    const OPENS: [Keyword; 3] = [Keyword::SELECT, Keyword::WITH, Keyword::VALUES];
    let first = item + 2;
    if tokens.get(first).is_some_and(|token| is_keyword(token, &OPENS)) {
        let insert = Insert(tokens[item].span);
        let end = find(tokens, first, |_, _| false);
        tokens.insert(end, insert.token(sql::Token::RParen));
        tokens.insert(first, insert.token(sql::Token::LParen));
    }
    0
}
