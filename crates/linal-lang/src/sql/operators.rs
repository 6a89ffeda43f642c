//! Symbols, brackets and lists.

use super::convert::Converter;
use super::state::{Bracket, PrevToken};
use crate::lexer::Lexer;
use crate::parser::numbers_end;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};
use sqlparser::tokenizer as sql;

impl Converter<'_> {
    pub(super) fn symbol(&mut self, token: Token, symbol: Symbol) -> Result<(), SyntaxError> {
        if symbol == Symbol::Minus && self.arrow(token)? || self.brace(token, symbol)? {
            return Ok(());
        }
        match symbol {
            Symbol::LParen => {
                let of_keys = self.state.last == PrevToken::Keyword("ON")
                    && self.state.before == PrevToken::Keyword("DISTINCT");
                self.emit(sql::Token::LParen, token.span, PrevToken::Symbol(symbol), true);
                self.state.open(if of_keys { Bracket::Keys } else { Bracket::Paren });
                Ok(())
            }
            Symbol::LBracket if self.state.expects => self.list(token),
            Symbol::LBracket => {
                self.emit(sql::Token::LBracket, token.span, PrevToken::Symbol(symbol), true);
                self.state.open(Bracket::Index);
                Ok(())
            }
            Symbol::RParen | Symbol::RBracket => {
                let closing =
                    if symbol == Symbol::RParen { sql::Token::RParen } else { sql::Token::RBracket };
                let precedes_items = self.state.bracket() == Bracket::Keys;
                self.state.close();
                self.emit(closing, token.span, PrevToken::Symbol(symbol), precedes_items);
                Ok(())
            }
            Symbol::Star if self.state.expects => {
                self.emit(sql::Token::Mul, token.span, PrevToken::Star, false);
                Ok(())
            }
            Symbol::Other => self.other_symbol(token),
            Symbol::DoubleSlash => Err(self.unexpected_token(token).double_slash()),
            _ => self.operator(token, symbol),
        }
    }

    fn operator(&mut self, token: Token, symbol: Symbol) -> Result<(), SyntaxError> {
        if symbol == Symbol::Percent && self.percent_sign(token) {
            return Ok(());
        }
        if symbol == Symbol::Colon && self.state.bracket() != Bracket::Index {
            // `:=` before a value, as `=>`: what follows is no type.
            let span = self.span_of_pair(token, Symbol::Eq);
            if span != token.span {
                self.emit(sql::Token::Assignment, span, PrevToken::Symbol(Symbol::Arrow), true);
                return Ok(());
            }
        }
        let cast = symbol == Symbol::Colon && self.state.bracket() != Bracket::Index;
        let (converted, span) = match symbol {
            Symbol::At => (sql::Token::AtAt, self.span_of_pair(token, Symbol::At)),
            Symbol::Lt | Symbol::Gt if self.is_pair(symbol) => {
                let shift = if symbol == Symbol::Lt { sql::Token::ShiftLeft } else { sql::Token::ShiftRight };
                (shift, self.span_of_pair(token, symbol))
            }
            Symbol::Colon if cast => (sql::Token::DoubleColon, self.span_of_pair(token, Symbol::Colon)),
            _ => match binary_operator(symbol) {
                Some(converted) => (converted, token.span),
                None => return Err(self.unexpected_token(token).error("an expression")),
            },
        };
        // A single colon outside an index is invalid: `::` is a cast.
        if cast && span == token.span {
            return Err(self.unexpected_token(token).error("an operator"));
        }
        self.emit(converted, span, PrevToken::Symbol(symbol), true);
        Ok(())
    }

    /// Whether the same symbol follows without a blank.
    pub(super) fn is_pair(&self, symbol: Symbol) -> bool {
        let mut ahead = self.lexer;
        ahead.next_token().is_ok_and(|next| next.is(symbol) && !next.blank_before)
    }

    /// The span of a symbol, extended over the same symbol when it follows without a blank.
    fn span_of_pair(&mut self, token: Token, symbol: Symbol) -> Span {
        let mut ahead = self.lexer;
        match ahead.next_token() {
            Ok(next) if next.is(symbol) && !next.blank_before => {
                self.lexer = ahead;
                token.span.to(next.span)
            }
            _ => token.span,
        }
    }

    /// Symbols of queries only: `||`, `~=`, the regular-expression operators, and the parameters `$1`,
    /// `$name` and `?`.
    fn other_symbol(&mut self, token: Token) -> Result<(), SyntaxError> {
        let mut ahead = self.lexer;
        let next = ahead.next_token()?;
        let span = token.span.to(next.span);
        let pair = if next.blank_before { "" } else { span.text(self.source) };
        if let Some((converted, span)) = self.regex_operator(token, pair)? {
            self.lexer.seek(span.end);
            self.emit(converted, span, PrevToken::Symbol(Symbol::Other), true);
            return Ok(());
        }
        if token.span.text(self.source) == "!" && !self.state.expects {
            // The factorial, behind its operand.
            self.emit(sql::Token::ExclamationMark, token.span, PrevToken::Literal, false);
            return Ok(());
        }
        let (converted, span, value) = match (token.span.text(self.source), pair) {
            ("~", _) if self.state.expects => (sql::Token::Tilde, token.span, false),
            (_, "||") => (sql::Token::StringConcat, span, false),
            ("&", _) => (sql::Token::Ampersand, token.span, false),
            ("|", _) => (sql::Token::Pipe, token.span, false),
            (_, "~=") => (sql::Token::CustomBinaryOperator("~=".to_owned()), span, false),
            ("$", _) if matches!(next.kind, TokenKind::Int | TokenKind::Word) && !next.blank_before => {
                (sql::Token::Placeholder(pair.to_owned()), span, true)
            }
            ("?", _) => (sql::Token::Placeholder("?".to_owned()), token.span, true),
            _ => {
                let expected = if self.state.expects { "an expression" } else { "an operator" };
                return Err(self.unexpected_token(token).error(expected));
            }
        };
        self.lexer.seek(span.end);
        if value {
            self.emit(converted, span, PrevToken::Literal, false)
        } else {
            self.emit(converted, span, PrevToken::Symbol(Symbol::Other), true)
        }
        Ok(())
    }

    /// The regular-expression operators `~`, `~*`, `!~` and `!~*`; `None` for other symbols and where an
    /// operand is expected.
    fn regex_operator(&self, token: Token, pair: &str) -> Result<Option<(sql::Token, Span)>, SyntaxError> {
        let negated = pair == "!~";
        if self.state.expects || pair == "~=" || !(negated || token.span.text(self.source) == "~") {
            return Ok(None);
        }
        let mut ahead = self.lexer;
        let mut span = token.span;
        if negated {
            span = span.to(ahead.next_token()?.span);
        }
        let next = ahead.next_token()?;
        if next.span.text(self.source) == "~" && !next.blank_before {
            return like_operator(self.source, negated, span.to(next.span), ahead).map(Some);
        }
        let any_case = next.is(Symbol::Star) && !next.blank_before;
        if any_case {
            span = span.to(next.span);
        }
        let converted = match (negated, any_case) {
            (false, false) => sql::Token::Tilde,
            (false, true) => sql::Token::TildeAsterisk,
            (true, false) => sql::Token::ExclamationMarkTilde,
            (true, true) => sql::Token::ExclamationMarkTildeAsterisk,
        };
        Ok(Some((converted, span)))
    }

    /// A list. In a list of numbers commas may be omitted; they are inserted.
    fn list(&mut self, open: Token) -> Result<(), SyntaxError> {
        self.emit(sql::Token::LBracket, open.span, PrevToken::Symbol(Symbol::LBracket), true);
        self.state.open(Bracket::List);
        // A nested list that already failed as a list of numbers is not tried again.
        if self.mixed_lists.last() == Some(&open.span.start) {
            self.mixed_lists.pop();
            return Ok(());
        }
        match numbers_end(self.lexer, open, &mut self.mixed_lists) {
            Ok(Some(close)) => self.number_list(close),
            Ok(None) => Ok(()),
            // Of rows of different lengths a query makes a list of lists.
            Err(error) if error.code() == Code::RaggedLiteral => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Converts the numbers up to the outermost closing bracket.
    fn number_list(&mut self, close: Token) -> Result<(), SyntaxError> {
        while self.lexer.offset() < close.span.start {
            let mut ahead: Lexer<'_> = self.lexer;
            let token = ahead.next_token()?;
            if token == close {
                break;
            }
            let begins = token.is_number()
                || matches!(token.kind, TokenKind::Word | TokenKind::Symbol(Symbol::Plus | Symbol::Minus));
            let inner = token.is(Symbol::LBracket);
            if (begins || inner) && !self.state.expects {
                self.emit(
                    sql::Token::Comma,
                    Span::at(token.span.start),
                    PrevToken::Symbol(Symbol::Comma),
                    true,
                );
            }
            self.lexer = ahead;
            if inner {
                self.emit(sql::Token::LBracket, token.span, PrevToken::Symbol(Symbol::LBracket), true);
                self.state.open(Bracket::List);
            } else {
                self.token(token)?
            }
        }
        Ok(())
    }
}

/// `~~`, `~~*`, `!~~`, `!~~*` and `~~~`: the operators of LIKE, ILIKE and GLOB; `span` covers them up to the second `~`.
fn like_operator(
    source: &str,
    negated: bool,
    span: Span,
    mut lexer: Lexer<'_>,
) -> Result<(sql::Token, Span), SyntaxError> {
    let next = lexer.next_token()?;
    let follows = |found: bool| found && !next.blank_before;
    let longer = span.to(next.span);
    Ok(if follows(!negated && next.span.text(source) == "~") {
        (sql::Token::CustomBinaryOperator(super::GLOB.to_owned()), longer)
    } else if follows(next.is(Symbol::Star)) {
        let negative = sql::Token::ExclamationMarkDoubleTildeAsterisk;
        (if negated { negative } else { sql::Token::DoubleTildeAsterisk }, longer)
    } else if negated {
        (sql::Token::ExclamationMarkDoubleTilde, span)
    } else {
        (sql::Token::DoubleTilde, span)
    })
}

fn binary_operator(symbol: Symbol) -> Option<sql::Token> {
    Some(match symbol {
        Symbol::LBrace => sql::Token::LBrace,
        Symbol::RBrace => sql::Token::RBrace,
        Symbol::Comma => sql::Token::Comma,
        Symbol::Colon => sql::Token::Colon,
        Symbol::Dot => sql::Token::Period,
        Symbol::Plus => sql::Token::Plus,
        Symbol::Minus => sql::Token::Minus,
        Symbol::Star => sql::Token::Mul,
        Symbol::Slash => sql::Token::Div,
        Symbol::Percent => sql::Token::Mod,
        Symbol::Caret | Symbol::StarStar => sql::Token::Caret,
        Symbol::Eq | Symbol::EqEq => sql::Token::Eq,
        Symbol::NotEq | Symbol::LtGt => sql::Token::Neq,
        Symbol::Lt => sql::Token::Lt,
        Symbol::LtEq => sql::Token::LtEq,
        Symbol::Gt => sql::Token::Gt,
        Symbol::GtEq => sql::Token::GtEq,
        Symbol::Arrow => sql::Token::RArrow,
        _ => return None,
    })
}
