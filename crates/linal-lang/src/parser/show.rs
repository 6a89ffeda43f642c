//! `SHOW`.

use super::cursor::{Parsed, Parser};
use crate::ast::{Show, Statement};
use crate::lexer;
use crate::token::{Symbol, Token, TokenKind};

/// Words that make `SHOW` relational when an argument follows.
const OBJECTS: &[&str] = &["DATASET", "SCHEMA"];
/// Words that make `SHOW` relational without an argument.
const LISTS: &[&str] = &["DATASETS", "INDEXES", "PIPELINES", "TABLES"];

impl Parser<'_> {
    /// The words after SHOW are not reserved: `SHOW shape` alone shows a variable of that name.
    pub(super) fn show_statement(&mut self) -> Parsed<Statement> {
        let word = self.peek();
        let after = self.peek_second();
        let alone = after.kind == TokenKind::End;
        if self.is_job_listing(word, after) {
            return self.show_jobs();
        }
        if let Some(kind) = self.listed_kind(word).filter(|_| alone) {
            return self.show_objects(kind);
        }
        if self.is_relational_show(word, after) {
            return self.show_relational();
        }
        let show = match word.kind {
            TokenKind::Str if alone => self.show_text()?,
            TokenKind::Word if alone && self.is_word(word, "SETTINGS") => {
                self.show_words(1, Show::Settings)?
            }
            TokenKind::Word if alone && self.is_word(word, "DATABASES") => {
                self.show_words(1, Show::Databases)?
            }
            TokenKind::Word if alone && self.is_word(word, "QUERIES") => self.show_words(1, Show::Queries)?,
            TokenKind::Word if alone && self.is_word(word, "ALL") => self.show_words(1, Show::All)?,
            TokenKind::Word if self.is_word(word, "ALL") && self.is_all_tensors(after) => {
                self.show_words(2, Show::AllTensors)?
            }
            TokenKind::Word if self.is_word(word, "SHAPE") && self.starts_argument(after) => {
                self.show_shape()?
            }
            TokenKind::Word if self.is_word(word, "LINEAGE") && after.is_name() => self.show_lineage()?,
            _ => {
                self.advance()?;
                Show::Value(self.value()?)
            }
        };
        Ok(Statement::Show(show))
    }

    fn is_relational_show(&self, word: Token, after: Token) -> bool {
        let in_list = |words: &[&str]| words.iter().any(|object| self.is_word(word, object));
        let alone = after.kind == TokenKind::End;
        in_list(LISTS) && (alone || after.is_name())
            || in_list(OBJECTS) && after.is_name()
            || self.is_word(word, "ALL")
                && (self.is_word(after, "DATASETS")
                    || self.is_word(after, "TABLES") && self.ends_after(after))
    }

    /// `ALL TENSORS` at the end of the statement; otherwise `tensors` is an argument of the function ALL.
    fn is_all_tensors(&self, after: Token) -> bool {
        self.is_word(after, "TENSORS") && self.ends_after(after)
    }

    /// Whether a token is the last one of the statement.
    fn ends_after(&self, token: Token) -> bool {
        let mut ahead = self.lexer;
        ahead.seek(token.span.end);
        ahead.next_token().is_ok_and(|token| token.kind == TokenKind::End)
    }

    fn starts_argument(&self, token: Token) -> bool {
        let indexing = token.is(Symbol::LBracket) && !token.blank_before;
        self.starts_operand(token) && !indexing
    }

    fn show_text(&mut self) -> Parsed<Show> {
        self.advance()?;
        let token = self.advance()?;
        Ok(Show::Text(lexer::string(self.source, token)))
    }

    fn show_words(&mut self, words: usize, show: Show) -> Parsed<Show> {
        for _ in 0..=words {
            self.advance()?;
        }
        Ok(show)
    }

    fn show_shape(&mut self) -> Parsed<Show> {
        self.advance()?;
        self.advance()?;
        self.value().map(Show::Shape)
    }

    fn show_lineage(&mut self) -> Parsed<Show> {
        self.advance()?;
        self.advance()?;
        self.object_name("the name whose lineage to show").map(Show::Lineage)
    }
}
