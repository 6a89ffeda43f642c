//! Tokens of structs, maps, lambdas and list comprehensions, of types with parts, and of literals with a type.
//!
//! sqlparser reads `x -> ..` as a lambda wherever it stands, and has no comprehensions. What a token means is decided here, by its
//! position, so that `->` is a lambda in the call of a function that takes one and an access to JSON everywhere else.

use super::convert::Converter;
use super::state::{Bracket, PrevToken};
use crate::lexer;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Span, SyntaxError};
use sqlparser::tokenizer as sql;

/// The token that opens a list comprehension.
pub(super) const COMPREHENSION: &str = "[for";

/// The operator of JSON that gives JSON.
pub const JSON_ARROW: &str = "->";
/// The operator of JSON that gives a text.
pub const JSON_LONG_ARROW: &str = "->>";

/// Functions with an argument that is a lambda.
pub const LAMBDA_FUNCTIONS: [&str; 14] = [
    "list_transform",
    "array_transform",
    "list_apply",
    "array_apply",
    "apply",
    "list_filter",
    "array_filter",
    "filter",
    "list_reduce",
    "array_reduce",
    "reduce",
    "list_any_match",
    "array_any_match",
    "any_match",
];

/// Types that open a literal, `UUID '..'`, and that are no keywords of the language.
const LITERAL_TYPES: [&str; 4] = ["BLOB", "BYTEA", "JSON", "UUID"];

/// Types whose parts stand in parentheses.
const NESTED_TYPES: [&str; 3] = ["STRUCT", "MAP", "ROW"];

impl Converter<'_> {
    /// Converts a word that has a meaning in nested values; whether it has.
    pub(super) fn nested_word(&mut self, token: Token, text: &str) -> Result<bool, SyntaxError> {
        if self.state.last == PrevToken::Symbol(Symbol::Dot) {
            return Ok(false);
        }
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if self.state.bracket() == Bracket::List && !self.state.expects && (is("for") || is("if")) {
            return Ok(self.comprehension_word(token, text));
        }
        if self.state.bracket() == Bracket::Brace && self.opens_key() {
            self.name(token, text);
            return Ok(true);
        }
        if self.state.expects && is("lambda") && self.lambda_keyword()? {
            return Ok(true);
        }
        if self.state.names_type() && NESTED_TYPES.into_iter().any(is) && self.nested_type(token)? {
            return Ok(true);
        }
        let opens_literal = self.state.expects && LITERAL_TYPES.into_iter().any(is);
        if opens_literal && self.peek().is_some_and(|next| next.kind == TokenKind::Str) {
            self.emit(sql::Token::make_word(text, None), token.span, PrevToken::Keyword("DATE"), true);
            return Ok(true);
        }
        Ok(false)
    }

    fn peek(&self) -> Option<Token> {
        let mut ahead = self.lexer;
        ahead.next_token().ok()
    }

    fn name(&mut self, token: Token, text: &str) {
        let word = sql::Word {
            value: text.to_owned(),
            quote_style: None,
            keyword: sqlparser::keywords::Keyword::NoKeyword,
        };
        self.emit(sql::Token::Word(word), token.span, PrevToken::Name, false);
    }

    /// FOR and IF of a comprehension; the bracket before it becomes the token that opens one.
    fn comprehension_word(&mut self, token: Token, text: &str) -> bool {
        if text.eq_ignore_ascii_case("for") {
            let Some(open) = self.opening_bracket() else { return false };
            self.out.tokens[open].token = sql::Token::CustomBinaryOperator(COMPREHENSION.to_owned());
        }
        self.emit(sql::Token::make_word(text, None), token.span, PrevToken::Keyword("FOR"), true);
        true
    }

    /// The index of the token that opens the innermost open list.
    fn opening_bracket(&self) -> Option<usize> {
        let mut depth = 0usize;
        for (at, token) in self.out.tokens.iter().enumerate().rev() {
            match &token.token {
                sql::Token::RBracket => depth += 1,
                sql::Token::LBracket if depth == 0 => return Some(at),
                sql::Token::LBracket => depth -= 1,
                sql::Token::CustomBinaryOperator(operator) if operator == COMPREHENSION => {
                    depth = depth.checked_sub(1)?;
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a word between braces is a key: a single colon follows it.
    fn opens_key(&self) -> bool {
        let mut ahead = self.lexer;
        let mut next = || ahead.next_token().ok();
        let begins = matches!(
            self.out.tokens.last().map(|token| &token.token),
            Some(sql::Token::LBrace | sql::Token::Comma)
        );
        begins
            && next().is_some_and(|token| token.is(Symbol::Colon))
            && next().is_some_and(|token| !token.is(Symbol::Colon) || token.blank_before)
    }

    /// `lambda x, i: e` as `(x, i) -> e`.
    fn lambda_keyword(&mut self) -> Result<bool, SyntaxError> {
        let mut ahead = self.lexer;
        let mut names = Vec::new();
        let colon = loop {
            let name = ahead.next_token()?;
            let separator = ahead.next_token()?;
            if !name.is_name() {
                return Ok(false);
            }
            names.push(name);
            if separator.is(Symbol::Colon) {
                break separator;
            }
            if !separator.is(Symbol::Comma) {
                return Ok(false);
            }
        };
        self.lexer = ahead;
        let symbol = PrevToken::Symbol(Symbol::LParen);
        self.emit(sql::Token::LParen, names[0].span, symbol, true);
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                self.emit(sql::Token::Comma, Span::at(name.span.start), symbol, true);
            }
            let text = lexer::name(self.source, *name);
            self.name(*name, &text);
        }
        self.emit(sql::Token::RParen, colon.span, PrevToken::Name, false);
        self.emit(sql::Token::Arrow, colon.span, PrevToken::Symbol(Symbol::Gt), true);
        Ok(true)
    }

    /// `STRUCT(a INT, b VARCHAR)` after AS or `::`, as one name: sqlparser reads it in other dialects only.
    fn nested_type(&mut self, token: Token) -> Result<bool, SyntaxError> {
        let mut ahead = self.lexer;
        if !ahead.next_token()?.is(Symbol::LParen) {
            return Ok(false);
        }
        let mut depth = 1usize;
        let mut end = token.span;
        while depth > 0 {
            let next = ahead.next_token()?;
            match next.kind {
                TokenKind::Symbol(Symbol::LParen) => depth += 1,
                TokenKind::Symbol(Symbol::RParen) => depth -= 1,
                TokenKind::End | TokenKind::Bad(_) => return Ok(false),
                _ => {}
            }
            end = next.span;
        }
        self.lexer = ahead;
        let span = token.span.to(end);
        let text = span.text(self.source).to_owned();
        self.name(Token { span, ..token }, &text);
        Ok(true)
    }

    /// `->` and `->>`; whether a minus opens one.
    pub(super) fn arrow(&mut self, minus: Token) -> Result<bool, SyntaxError> {
        if self.state.expects {
            return Ok(false);
        }
        let mut ahead = self.lexer;
        let next = ahead.next_token()?;
        if next.blank_before || !next.is(Symbol::Gt) {
            return Ok(false);
        }
        self.lexer = ahead;
        let mut span = minus.span.to(next.span);
        let last = ahead.next_token()?;
        let is_long = last.is(Symbol::Gt) && !last.blank_before;
        if is_long {
            self.lexer = ahead;
            span = span.to(last.span);
        }
        let token = if is_long {
            sql::Token::CustomBinaryOperator(JSON_LONG_ARROW.to_owned())
        } else if self.follows_parameters() {
            sql::Token::Arrow
        } else {
            sql::Token::CustomBinaryOperator(JSON_ARROW.to_owned())
        };
        self.emit(token, span, PrevToken::Symbol(Symbol::Gt), true);
        Ok(true)
    }

    /// Whether the converted tokens end with the parameters of a lambda: a name, or names in parentheses, which begin an argument
    /// of a function that takes a lambda.
    fn follows_parameters(&self) -> bool {
        let tokens = &self.out.tokens;
        let token = |at: usize| tokens.get(at).map(|token| &token.token);
        let Some(mut at) = tokens.len().checked_sub(1) else { return false };
        match token(at) {
            Some(sql::Token::Word(_)) => {}
            Some(sql::Token::RParen) => {
                while !matches!(token(at), Some(sql::Token::LParen)) {
                    let Some(before) = at.checked_sub(1) else { return false };
                    at = before;
                    if !matches!(
                        token(at),
                        Some(sql::Token::Word(_) | sql::Token::Comma | sql::Token::LParen)
                    ) {
                        return false;
                    }
                }
            }
            _ => return false,
        }
        let Some(before) = at.checked_sub(1) else { return false };
        matches!(token(before), Some(sql::Token::Comma | sql::Token::LParen))
            && self.innermost_call(before).is_some_and(|name| {
                LAMBDA_FUNCTIONS.iter().any(|function| function.eq_ignore_ascii_case(name))
            })
    }

    /// The name of the function whose arguments the token at an index stands in, or opens.
    fn innermost_call(&self, from: usize) -> Option<&str> {
        let mut depth = 0usize;
        for at in (0..=from).rev() {
            match &self.out.tokens[at].token {
                sql::Token::RParen | sql::Token::RBracket | sql::Token::RBrace => depth += 1,
                sql::Token::LParen if depth == 0 => {
                    return match &self.out.tokens.get(at.checked_sub(1)?)?.token {
                        sql::Token::Word(word) => Some(&word.value),
                        _ => None,
                    };
                }
                sql::Token::LParen | sql::Token::LBracket | sql::Token::LBrace => {
                    depth = depth.checked_sub(1)?;
                }
                sql::Token::CustomBinaryOperator(operator) if operator == COMPREHENSION => {
                    depth = depth.checked_sub(1)?;
                }
                _ => {}
            }
        }
        None
    }

    /// A brace or a symbol within braces; whether it was one.
    pub(super) fn brace(&mut self, token: Token, symbol: Symbol) -> Result<bool, SyntaxError> {
        match symbol {
            Symbol::LBrace if self.state.expects || self.follows_map() => {
                self.emit(sql::Token::LBrace, token.span, PrevToken::Symbol(Symbol::LBrace), true);
                self.state.open(Bracket::Brace);
            }
            Symbol::RBrace => {
                self.state.close();
                self.emit(sql::Token::RBrace, token.span, PrevToken::Symbol(symbol), false);
            }
            Symbol::Colon if self.state.bracket() == Bracket::Brace && !self.is_pair(symbol) => {
                self.emit(sql::Token::Colon, token.span, PrevToken::Symbol(Symbol::Comma), true);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn follows_map(&self) -> bool {
        matches!(self.out.tokens.last().map(|token| &token.token),
            Some(sql::Token::Word(word)) if word.value.eq_ignore_ascii_case("map"))
    }
}
