//! Words and symbols of queries whose meaning depends on the clause: FROM-first and TABLE, `ANY (VALUES ..)`, `* RENAME`, UNION BY
//! NAME, COLLATE, GLOB, `agg(ALL x)`, percentages of a LIMIT, and WITH TIES.

use super::convert::{Converter, keyword};
use super::state::PrevToken;
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use crate::{SyntaxError, keywords};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// The operator that represents GLOB.
const GLOB_OPERATOR: &str = super::GLOB;

impl Converter<'_> {
    /// Converts a word that is one of these keywords where it stands; returns whether it is.
    pub(super) fn select_word(&mut self, token: Token, text: &str) -> Result<bool, SyntaxError> {
        let word = |known: &str| text.eq_ignore_ascii_case(known);
        if word("table") && self.begins_query() && self.next_is(|next| next.is_name()) {
            self.select_everything(token);
        } else if word("values") && self.opens_quantified() {
            self.select_everything(token);
            self.emit(keyword("VALUES"), token.span, PrevToken::Keyword("VALUES"), true);
        } else if word("collate") && !self.state.expects && self.next_is(is_collation) {
            self.collation(token)?;
        } else if word("glob") && !self.state.expects && !self.next_is(ends_operand) {
            let operator = sql::Token::CustomBinaryOperator(GLOB_OPERATOR.to_owned());
            self.emit(operator, token.span, PrevToken::Symbol(Symbol::Other), true);
        } else if (word("isnull") || word("notnull")) && !self.state.expects {
            self.null_test(token, word("notnull"));
        } else if word("rename") && self.follows_star() {
            self.emit(keyword("RENAME"), token.span, PrevToken::Keyword("REPLACE"), true);
        } else if word("name") && self.is_by_name() {
            self.emit(keyword("NAME"), token.span, PrevToken::Keyword("ALL"), false);
        } else if word("ties") && self.state.last == PrevToken::Keyword("WITH") && self.follows_row_count() {
            self.emit(keyword("TIES"), token.span, PrevToken::Keyword("ONLY"), false);
        } else if word("percent") && !self.state.expects && self.is_in_limit() {
            self.emit(keyword("PERCENT"), token.span, PrevToken::Keyword("ONLY"), false);
        } else if word("all") && self.opens_aggregate() {
            self.emit(keyword("ALL"), token.span, PrevToken::Keyword("DISTINCT"), true);
        } else if word("x") && self.state.expects && self.next_is(|next| is_text_beside(next, token)) {
            self.blob(token)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// The `%` after the number of a LIMIT, as the word that it stands for; returns whether it is one.
    pub(super) fn percent_sign(&mut self, token: Token) -> bool {
        let mut ahead = self.lexer;
        let Ok(next) = ahead.next_token() else { return false };
        let ends = match next.kind {
            TokenKind::End | TokenKind::Symbol(Symbol::RParen | Symbol::Semicolon) => true,
            TokenKind::Word => {
                keywords::cannot_start_operand(&next.span.text(self.source).to_ascii_uppercase())
            }
            _ => false,
        };
        let is_sign = ends && self.is_in_limit();
        if is_sign {
            self.emit(keyword("PERCENT"), token.span, PrevToken::Keyword("ONLY"), false);
        }
        is_sign
    }

    /// `TABLE t` is `SELECT * FROM t`.
    fn select_everything(&mut self, token: Token) {
        self.emit(keyword("SELECT"), token.span, PrevToken::Keyword("SELECT"), true);
        self.emit(sql::Token::Mul, token.span, PrevToken::Star, false);
        self.emit(keyword("FROM"), token.span, PrevToken::Keyword("FROM"), true);
    }

    /// `x ISNULL` and `x NOTNULL` are `x IS NULL` and `x IS NOT NULL`.
    fn null_test(&mut self, token: Token, negated: bool) {
        self.emit(keyword("IS"), token.span, PrevToken::Keyword("IS"), true);
        if negated {
            self.emit(keyword("NOT"), token.span, PrevToken::Keyword("NOT"), true);
        }
        self.emit(keyword("NULL"), token.span, PrevToken::Keyword("NULL"), false);
    }

    /// Whether the parenthesis of ANY, SOME or ALL was opened, in which sqlparser reads no VALUES.
    fn opens_quantified(&self) -> bool {
        self.state.last == PrevToken::Symbol(Symbol::LParen)
            && matches!(self.state.before, PrevToken::Keyword("ANY" | "SOME" | "ALL"))
    }

    /// COLLATE and the name behind it, which may be written as a string.
    fn collation(&mut self, token: Token) -> Result<(), SyntaxError> {
        self.emit(keyword("COLLATE"), token.span, PrevToken::Keyword("COLLATE"), true);
        let name = self.lexer.next_token()?;
        let value = match name.kind {
            TokenKind::Word => name.span.text(self.source).to_owned(),
            _ => lexer::unquote_doubled(name.span.text(self.source)).into_owned(),
        };
        let word = sql::Word { value, quote_style: None, keyword: Keyword::NoKeyword };
        self.emit(sql::Token::Word(word), name.span, PrevToken::Name, false);
        Ok(())
    }

    /// `x'41ff'`: bytes as hexadecimal digits.
    fn blob(&mut self, token: Token) -> Result<(), SyntaxError> {
        let digits = self.lexer.next_token()?;
        let value = lexer::unquote_doubled(digits.span.text(self.source)).into_owned();
        let span = token.span.to(digits.span);
        self.emit(sql::Token::HexStringLiteral(value), span, PrevToken::Literal, false);
        Ok(())
    }

    /// Whether a query begins here.
    pub(super) fn begins_query(&self) -> bool {
        match self.state.last {
            PrevToken::Start | PrevToken::Symbol(Symbol::LParen) => true,
            PrevToken::Symbol(Symbol::RParen) => self.follows_common_tables(),
            PrevToken::Keyword(last) => {
                let is_operation = |word: &str| ["UNION", "EXCEPT", "INTERSECT"].contains(&word);
                let after_operation = matches!(self.state.before, PrevToken::Keyword(word) if is_operation(word) || word == "BY");
                is_operation(last) || matches!(last, "ALL" | "DISTINCT") && after_operation
            }
            _ => false,
        }
    }

    /// Whether only WITH and its common tables precede at this depth.
    fn follows_common_tables(&self) -> bool {
        let mut depth = 0usize;
        let mut has_with = false;
        for token in self.out.tokens.iter().rev() {
            match &token.token {
                sql::Token::RParen => depth += 1,
                sql::Token::LParen if depth == 0 => break,
                sql::Token::LParen => depth -= 1,
                sql::Token::Word(word) if depth == 0 => match word.keyword {
                    Keyword::SELECT | Keyword::VALUES | Keyword::FROM => return false,
                    Keyword::WITH => has_with = true,
                    _ => {}
                },
                _ => {}
            }
        }
        has_with
    }

    /// BY NAME of a set operation.
    fn is_by_name(&self) -> bool {
        self.state.last == PrevToken::Keyword("BY")
            && matches!(
                self.state.before,
                PrevToken::Keyword("UNION" | "EXCEPT" | "INTERSECT" | "ALL" | "DISTINCT")
            )
    }

    /// After a `*`, or after the list of one of its options.
    fn follows_star(&self) -> bool {
        self.state.last == PrevToken::Star
            || !self.state.expects && self.next_is(|next| next.is(Symbol::LParen))
    }

    /// Whether ROW or ROWS stands before WITH.
    fn follows_row_count(&self) -> bool {
        matches!(self.state.before, PrevToken::Keyword("ROW" | "ROWS" | "ONLY"))
            || matches!(self.state.before, PrevToken::Literal)
    }

    /// `SUM(ALL x)`.
    fn opens_aggregate(&self) -> bool {
        let begins_operand = |next: Token| {
            next.is_name()
                || next.is_number()
                || next.kind == TokenKind::Str
                || next.is(Symbol::LParen) && next.blank_before
        };
        self.state.last == PrevToken::Symbol(Symbol::LParen)
            && self.state.before == PrevToken::Name
            && self.next_is(begins_operand)
    }

    /// Whether the expression of a LIMIT, or the number of a FETCH, ends here.
    fn is_in_limit(&self) -> bool {
        let mut depth = 0usize;
        for token in self.out.tokens.iter().rev() {
            match &token.token {
                sql::Token::RParen | sql::Token::RBracket => depth += 1,
                sql::Token::LParen | sql::Token::LBracket if depth == 0 => return false,
                sql::Token::LParen | sql::Token::LBracket => depth -= 1,
                sql::Token::Word(word) if depth == 0 => match word.keyword {
                    Keyword::LIMIT | Keyword::FETCH => return true,
                    Keyword::SELECT | Keyword::FROM | Keyword::WHERE | Keyword::ORDER | Keyword::OFFSET => {
                        return false;
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        false
    }

    fn next_is(&self, accepts: impl Fn(Token) -> bool) -> bool {
        let mut ahead: Lexer<'_> = self.lexer;
        ahead.next_token().is_ok_and(accepts)
    }
}

/// The name of a collation; a string is one, too, since `"C"` is a string.
fn is_collation(token: Token) -> bool {
    token.is_name() || token.kind == TokenKind::Str
}

/// Whether no operand can begin with a token, so that the word before it is a name.
fn ends_operand(token: Token) -> bool {
    match token.kind {
        TokenKind::End => true,
        TokenKind::Symbol(symbol) => {
            !matches!(symbol, Symbol::LParen | Symbol::Minus | Symbol::Plus | Symbol::Other)
        }
        _ => false,
    }
}

fn is_text_beside(next: Token, word: Token) -> bool {
    next.kind == TokenKind::Str && next.span.start == word.span.end
}
