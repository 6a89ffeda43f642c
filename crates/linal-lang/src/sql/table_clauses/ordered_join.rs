//! `ASOF JOIN` and `POSITIONAL JOIN`, for which sqlparser has no node.

use super::super::convert::{Converter, keyword};
use super::super::state::PrevToken;
use crate::token::{Token, TokenKind};

impl Converter<'_> {
    /// Converts the word that opens such a join; returns whether it does.
    pub(in super::super) fn ordered_join(&mut self, token: Token, text: &str) -> bool {
        if self.state.expects || !matches!(text.len(), 4 | 10) {
            return false;
        }
        let is_asof = text.eq_ignore_ascii_case("asof");
        if !is_asof && !text.eq_ignore_ascii_case("positional") {
            return false;
        }
        let mut lexer = self.lexer;
        loop {
            let Some(word) = lexer.next_token().ok().filter(|token| token.kind == TokenKind::Word) else {
                return false;
            };
            let is = |other: &str| word.span.text(self.source).eq_ignore_ascii_case(other);
            if is("JOIN") {
                break;
            }
            let kinds = ["INNER", "LEFT", "RIGHT", "FULL", "OUTER", "SEMI", "ANTI"];
            if !is_asof || !kinds.into_iter().any(is) {
                return false;
            }
        }
        if is_asof {
            // The kind of the join follows.
            self.emit(keyword("GLOBAL"), token.span, PrevToken::Name, false);
        } else {
            self.lexer = lexer;
            self.emit(keyword("STRAIGHT_JOIN"), token.span, PrevToken::Keyword("JOIN"), true);
        }
        true
    }
}
