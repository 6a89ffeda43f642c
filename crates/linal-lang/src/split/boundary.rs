//! Whether the first token of a line begins a statement.

use super::statement_state::StatementState;
use crate::keywords;
use crate::lexer::Lexer;
use crate::token::{Symbol, Token, TokenKind};

/// Whether a line that begins with `first` continues the statement before it, judged by that token alone.
/// `after` is the lexer after `first`.
pub(super) fn continues_statement(
    text: &str,
    first: Token,
    after: Lexer<'_>,
    state: &StatementState<'_>,
) -> bool {
    match first.kind {
        TokenKind::Word => word_continues(text, first.span.text(text), after, state),
        TokenKind::Symbol(Symbol::LParen) => !opens_query(text, after),
        TokenKind::Symbol(Symbol::Semicolon) | TokenKind::End => false,
        TokenKind::Symbol(Symbol::Other) | TokenKind::Bad(_) | TokenKind::QuotedName => false,
        _ => true,
    }
}

/// Whether the line begins with the keyword of a statement, for error recovery.
pub(super) fn starts_statement(text: &str, first: Token) -> bool {
    first.kind == TokenKind::Word && keywords::opens_statement(first.span.text(text))
}

/// Whether the line certainly begins a statement: its opening keyword is followed by a name or a string,
/// which no operand can be. `after` is the lexer after `first`.
pub(super) fn certainly_starts_statement(text: &str, first: Token, mut after: Lexer<'_>) -> bool {
    starts_statement(text, first)
        && next(&mut after).is_some_and(|token| {
            let plain = token.is_name() || token.kind == TokenKind::Str;
            let line = &text[first.span.end..token.span.start];
            plain && !line.contains('\n') && !is_word(text, token, "DIV")
        })
}

fn word_continues(text: &str, word: &str, mut after: Lexer<'_>, state: &StatementState<'_>) -> bool {
    if state.requires(word) {
        return true;
    }
    if keywords::contains(&["WITH"], word) {
        return !opens_cte(text, after);
    }
    if keywords::contains(&["PIVOT", "UNPIVOT"], word) {
        return opens_clause(text, after);
    }
    // `window.add_column(...)` begins with the name of a dataset, whatever that name is.
    keywords::continues_statement(word) && !next(&mut after).is_some_and(|token| token.is(Symbol::Dot))
}

/// `WITH name AS`, `WITH name (columns) AS` and `WITH RECURSIVE` open a query; `WITH b` is a clause.
fn opens_cte(text: &str, mut after: Lexer<'_>) -> bool {
    let Some(name) = next(&mut after).filter(Token::is_name) else {
        return false;
    };
    let follows = next(&mut after);
    let opens = follows.is_some_and(|token| token.is(Symbol::LParen) || is_word(text, token, "AS"));
    opens || is_word(text, name, "RECURSIVE") && follows.is_some_and(|token| token.is_name())
}

/// `PIVOT (SUM(x) FOR ..)` and `UNPIVOT INCLUDE NULLS (..)` are clauses of a FROM; `PIVOT (SELECT ..)` opens a statement.
fn opens_clause(text: &str, mut after: Lexer<'_>) -> bool {
    let before = after;
    let Some(token) = next(&mut after) else { return false };
    let has_option = ["INCLUDE", "EXCLUDE"].into_iter().any(|word| is_word(text, token, word))
        && next(&mut after).is_some_and(|token| is_word(text, token, "NULLS"));
    has_option || token.is(Symbol::LParen) && !opens_query(text, skip_one(before))
}

/// The lexer after its next token.
fn skip_one(mut lexer: Lexer<'_>) -> Lexer<'_> {
    let _ = next(&mut lexer);
    lexer
}

/// `(SELECT ...)` and `((SELECT ...) ...)` are statements; `(1, 2)` is not.
fn opens_query(text: &str, mut after: Lexer<'_>) -> bool {
    next(&mut after).is_some_and(|token| {
        token.is(Symbol::LParen) || is_word(text, token, "SELECT") || is_word(text, token, "WITH")
    })
}

fn is_word(text: &str, token: Token, word: &str) -> bool {
    token.kind == TokenKind::Word && token.span.text(text).eq_ignore_ascii_case(word)
}

fn next(lexer: &mut Lexer<'_>) -> Option<Token> {
    lexer.next_token().ok()
}
