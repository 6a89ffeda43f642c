//! Tokens with classes, for syntax highlighting at the prompt. Nothing is an error here.

use crate::lexer::Lexer;
use crate::token::{Symbol, TokenKind};
use crate::{Code, Span, keywords};

/// The class of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// A comment, or several with the blanks between.
    Comment,
    /// A keyword. Functions are names here, since this crate does not know them.
    Keyword,
    /// Any other word, or a quoted name.
    Name,
    /// A string, terminated or not.
    String,
    /// A number.
    Number,
    /// An operator.
    Operator,
    /// An opening or closing bracket.
    Bracket,
    /// Commas, dots, colons, semicolons.
    Punctuation,
    /// An invalid token.
    Error,
}

/// All tokens of a text with their classes, in order; blanks are skipped.
pub fn tokens(text: &str) -> impl Iterator<Item = (Span, TokenClass)> {
    let mut lexer = Lexer::new(text, Span::new(0, text.len()));
    let mut waiting = None;
    std::iter::from_fn(move || waiting.take().or_else(|| step(text, &mut lexer, &mut waiting)))
}

type Item = (Span, TokenClass);

/// Scans a token; a comment before it is yielded first.
fn step(text: &str, lexer: &mut Lexer<'_>, waiting: &mut Option<Item>) -> Option<Item> {
    let from = lexer.offset();
    let token = lexer.next_token();
    let (span, class) = match token {
        Ok(token) if token.kind == TokenKind::End => (token.span, None),
        Ok(token) => (token.span, Some(classify(token.kind, token.span.text(text)))),
        Err(error) => {
            let span = Span::new(error.span.start, text.len());
            lexer.seek(text.len());
            (span, Some(unfinished(error.code)))
        }
    };
    let comment = comment(text, Span::new(from, span.start));
    let item = class.map(|class| (span, class));
    match comment {
        Some(comment) => {
            *waiting = item;
            Some((comment, TokenClass::Comment))
        }
        None => item,
    }
}

fn comment(text: &str, gap: Span) -> Option<Span> {
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    let between = gap.text(text);
    let start = gap.start + (between.len() - between.trim_start_matches(blank).len());
    let length = between.trim_matches(blank).len();
    (length > 0).then(|| Span::new(start, start + length))
}

fn classify(kind: TokenKind, text: &str) -> TokenClass {
    match kind {
        TokenKind::Word if keywords::is_keyword(text) => TokenClass::Keyword,
        TokenKind::Word | TokenKind::QuotedName | TokenKind::End => TokenClass::Name,
        TokenKind::Str => TokenClass::String,
        TokenKind::Int | TokenKind::Hex | TokenKind::Float => TokenClass::Number,
        TokenKind::Bad(_) => TokenClass::Error,
        TokenKind::Symbol(symbol) => match symbol {
            Symbol::LParen | Symbol::RParen | Symbol::LBracket | Symbol::RBracket => TokenClass::Bracket,
            Symbol::LBrace | Symbol::RBrace => TokenClass::Bracket,
            Symbol::Comma | Symbol::Dot | Symbol::Colon | Symbol::Semicolon => TokenClass::Punctuation,
            _ => TokenClass::Operator,
        },
    }
}

fn unfinished(code: Code) -> TokenClass {
    match code {
        Code::UnterminatedComment => TokenClass::Comment,
        Code::UnterminatedString => TokenClass::String,
        _ => TokenClass::Name,
    }
}
