//! The iterator over the statements of a script.

use super::boundary::{certainly_starts_statement, continues_statement, starts_statement};
use super::brackets::Brackets;
use super::statement_state::StatementState;
use crate::lexer::Lexer;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};

/// One statement of a script, not parsed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// From its first token to its last, without the `;`.
    pub span: Span,
}

/// Splits a script into its statements. After an error the iterator continues with the next statement.
pub fn split(text: &str) -> Split<'_> {
    Split {
        text,
        lexer: Lexer::new(text, Span::new(0, text.len())),
        line_start: 0,
        recovering: false,
        ending: Ending::Complete,
    }
}

/// The iterator that [`split`] makes.
#[derive(Debug)]
pub struct Split<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// Start of the line of the cursor, ignoring comments.
    line_start: usize,
    /// Set once a bracket was open at the end of the text: from then on a line that begins like a statement
    /// ends the statement with the open bracket. So a script is scanned at most twice.
    recovering: bool,
    ending: Ending,
}

/// How the last fragment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With `;`, with a line end, or with the end of a text that could end there.
    Complete,
    /// With the end of the text, though the statement is incomplete.
    Incomplete,
}

/// The end of a statement, and its first bracket error.
struct Extent {
    end: usize,
    bracket_error: Option<SyntaxError>,
}

impl Iterator for Split<'_> {
    type Item = Result<Fragment, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.ending = Ending::Complete;
        let first = match self.first_token() {
            Ok(first) if first.kind == TokenKind::End => return None,
            Ok(first) => first,
            Err(error) => return Some(Err(self.recover(error))),
        };
        Some(self.statement(first))
    }
}

impl Split<'_> {
    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    /// Skips blank lines, comments and empty statements; the cursor stays before the token.
    fn first_token(&mut self) -> Result<Token, SyntaxError> {
        loop {
            self.skip_trivia()?;
            let mut ahead = self.lexer;
            let token = ahead.token(true)?;
            if !token.is(Symbol::Semicolon) {
                return Ok(token);
            }
            self.lexer = ahead;
        }
    }

    fn statement(&mut self, first: Token) -> Result<Fragment, SyntaxError> {
        let start = (self.lexer, self.line_start);
        match self.extent(first) {
            Ok(Extent { end, bracket_error: None }) => {
                Ok(Fragment { span: Span::new(first.span.start, end) })
            }
            Ok(_) if self.ending == Ending::Incomplete && !self.recovering => {
                // The open bracket consumed the rest: look for a statement to recover at.
                self.recovering = true;
                (self.lexer, self.line_start) = start;
                let again = self.statement(first);
                self.ending = Ending::Incomplete;
                again
            }
            Ok(Extent { bracket_error: Some(bracket_error), .. }) => Err(bracket_error),
            Err(error) => Err(self.recover(error)),
        }
    }

    /// Scans the tokens of one statement.
    fn extent(&mut self, first: Token) -> Result<Extent, SyntaxError> {
        let indent = self.indent();
        let mut state = StatementState::new(self.text, first);
        let mut brackets = Brackets::default();
        let mut extent = Extent { end: first.span.end, bracket_error: None };
        loop {
            let line_ended = match self.skip_trivia() {
                // The unterminated comment stands on a line of its own and is the next error to report.
                Err(error) if self.on_another_line(extent.end, &error) && brackets.is_empty() => {
                    return Ok(self.finish(extent, &brackets, false, false));
                }
                line_ended => line_ended?,
            };
            let mut ahead = self.lexer;
            let token = ahead.token(true)?;
            let ends_here = brackets.is_empty() || !state.has_body();
            if token.is(Symbol::Semicolon) && ends_here || token.kind == TokenKind::End {
                self.lexer = ahead;
                let at_end = token.kind == TokenKind::End;
                return Ok(self.finish(extent, &brackets, at_end && !state.may_end(self.text), at_end));
            }
            if line_ended && self.ends_before(token, ahead, indent, &state, &brackets) {
                return Ok(self.finish(extent, &brackets, false, false));
            }
            self.lexer = ahead;
            state.advance(self.text, token, brackets.is_empty());
            extent.end = token.span.end;
            if let TokenKind::Symbol(symbol) = token.kind
                && let Err(bracket_error) = brackets.advance(symbol, token.span)
            {
                extent.bracket_error.get_or_insert(bracket_error);
            }
            if !brackets.is_empty() {
                self.lexer.skip_numbers();
            }
        }
    }

    fn on_another_line(&self, end: usize, error: &SyntaxError) -> bool {
        Span::new(end, error.span.start).text(self.text).contains('\n')
    }

    /// Whether the statement ended with the line before `token`.
    fn ends_before(
        &self,
        token: Token,
        after: Lexer<'_>,
        indent: usize,
        state: &StatementState<'_>,
        brackets: &Brackets,
    ) -> bool {
        let deeper = self.indent() > indent;
        if !brackets.is_empty() {
            self.recovering && !deeper && starts_statement(self.text, token)
        } else if deeper {
            false
        } else if state.needs_operand() && !state.may_end(self.text) {
            // `LET a =` before `SHOW b` is incomplete; the second line is not the error.
            certainly_starts_statement(self.text, token, after)
        } else {
            state.may_end(self.text) && !continues_statement(self.text, token, after, state)
        }
    }

    fn finish(&mut self, mut extent: Extent, brackets: &Brackets, dangling: bool, at_end: bool) -> Extent {
        let unclosed = brackets.unclosed();
        if dangling || at_end && unclosed.is_some() {
            self.ending = Ending::Incomplete;
        }
        // The first bracket that does not match is the cause of later errors.
        extent.bracket_error = extent.bracket_error.or(unclosed);
        extent
    }

    /// Recovers after an unterminated token: continues on the next line, or ends when the rest is a comment.
    fn recover(&mut self, error: SyntaxError) -> SyntaxError {
        self.ending = Ending::Incomplete;
        let from = error.span.start;
        let resume = match error.code {
            Code::UnterminatedComment => self.text.len(),
            _ => self.text[from..].find('\n').map_or(self.text.len(), |length| from + length + 1),
        };
        self.lexer.seek(resume);
        self.line_start = resume;
        error
    }

    /// Skips to the next token; returns whether a line ended before it.
    fn skip_trivia(&mut self) -> Result<bool, SyntaxError> {
        let trivia = self.lexer.skip_trivia()?;
        if let Some(start) = trivia.line_start {
            self.line_start = start;
        }
        Ok(trivia.newline)
    }

    /// Indentation of the current line; a tab advances to the next multiple of eight.
    fn indent(&self) -> usize {
        let line = &self.text.as_bytes()[self.line_start..];
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).fold(0, |width, byte| match byte {
            b'\t' => (width / 8 + 1) * 8,
            _ => width + 1,
        })
    }
}
