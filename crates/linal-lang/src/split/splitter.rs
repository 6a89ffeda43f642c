//! The iterator over the statements of a script.

use super::boundary::{continues, opens_plainly, starts_statement};
use super::brackets::Brackets;
use super::outline::Outline;
use crate::lexer::Lexer;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};

/// One statement of a script, not parsed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// From its first token to its last, without the `;`.
    pub span: Span,
}

/// Splits a script into its statements. After an error the iterator goes on with the next statement.
pub fn split(text: &str) -> Split<'_> {
    Split {
        text,
        lexer: Lexer::new(text, Span::new(0, text.len())),
        line_start: 0,
        cautious: false,
        ending: Ending::Whole,
    }
}

/// The iterator that [`split`] makes.
#[derive(Debug)]
pub struct Split<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// Start of the line that the cursor is on, comments apart.
    line_start: usize,
    /// Set once a bracket was open at the end of the text: from then on a line that begins like a
    /// statement ends the one with the open bracket. So a whole script is read at most twice.
    cautious: bool,
    ending: Ending,
}

/// How the text of the last fragment came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By `;`, by a line end, or by the end of a text that could end there.
    Whole,
    /// By the end of the text, though more had to come.
    Open,
}

/// Where a statement was when it ended.
struct Extent {
    end: usize,
    fault: Option<SyntaxError>,
}

impl Iterator for Split<'_> {
    type Item = Result<Fragment, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.ending = Ending::Whole;
        let first = match self.first_token() {
            Ok(first) if first.kind == TokenKind::End => return None,
            Ok(first) => first,
            Err(error) => return Some(Err(self.give_up(error))),
        };
        Some(self.statement(first))
    }
}

impl Split<'_> {
    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    /// Skips blank lines, comments and lone semicolons; the cursor stays before the token.
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
        let begin = (self.lexer, self.line_start);
        match self.extent(first) {
            Ok(Extent { end, fault: None }) => Ok(Fragment { span: Span::new(first.span.start, end) }),
            Ok(_) if self.ending == Ending::Open && !self.cautious => {
                // The open bracket swallowed the rest: look for a statement to go on with.
                self.cautious = true;
                (self.lexer, self.line_start) = begin;
                let again = self.statement(first);
                self.ending = Ending::Open;
                again
            }
            Ok(Extent { fault: Some(fault), .. }) => Err(fault),
            Err(error) => Err(self.give_up(error)),
        }
    }

    /// Reads the tokens of one statement up to its end.
    fn extent(&mut self, first: Token) -> Result<Extent, SyntaxError> {
        let indent = self.indent();
        let mut outline = Outline::new(self.text, first);
        let mut brackets = Brackets::default();
        let mut extent = Extent { end: first.span.end, fault: None };
        loop {
            let line_ended = match self.skip_trivia() {
                // The comment without an end stands on a line of its own and is the next thing to report.
                Err(error) if self.on_another_line(extent.end, &error) && brackets.is_empty() => {
                    return Ok(self.finish(extent, &brackets, false, false));
                }
                line_ended => line_ended?,
            };
            let mut ahead = self.lexer;
            let token = ahead.token(true)?;
            if token.is(Symbol::Semicolon) || token.kind == TokenKind::End {
                self.lexer = ahead;
                let at_end = token.kind == TokenKind::End;
                return Ok(self.finish(extent, &brackets, at_end && !outline.may_end(self.text), at_end));
            }
            if line_ended && self.ends_before(token, ahead, indent, &outline, &brackets) {
                return Ok(self.finish(extent, &brackets, false, false));
            }
            self.lexer = ahead;
            outline.see(self.text, token, brackets.is_empty());
            extent.end = token.span.end;
            if let TokenKind::Symbol(symbol) = token.kind
                && let Err(fault) = brackets.see(symbol, token.span)
            {
                extent.fault.get_or_insert(fault);
            }
            if !brackets.is_empty() {
                self.lexer.skip_plain_elements();
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
        outline: &Outline<'_>,
        brackets: &Brackets,
    ) -> bool {
        let deeper = self.indent() > indent;
        match brackets.is_empty() {
            false => self.cautious && !deeper && starts_statement(self.text, token),
            true if deeper => false,
            // `LET a =` before `SHOW b` was forgotten; the line below is not to blame.
            true if outline.wants_operand() && !outline.may_end(self.text) => {
                opens_plainly(self.text, token, after)
            }
            true => outline.may_end(self.text) && !continues(self.text, token, after, outline),
        }
    }

    fn finish(&mut self, mut extent: Extent, brackets: &Brackets, dangling: bool, at_end: bool) -> Extent {
        let unclosed = brackets.unclosed();
        if dangling || at_end && unclosed.is_some() {
            self.ending = Ending::Open;
        }
        // A wrong bracket that was closed wrongly comes first: what follows is its consequence.
        extent.fault = extent.fault.or(unclosed);
        extent
    }

    /// After a text that has no end: goes on with the next line, or ends when the rest is a comment.
    fn give_up(&mut self, error: SyntaxError) -> SyntaxError {
        self.ending = Ending::Open;
        let from = error.span.start;
        let resume = match error.code {
            Code::UnterminatedComment => self.text.len(),
            _ => self.text[from..].find('\n').map_or(self.text.len(), |length| from + length + 1),
        };
        self.lexer.seek(resume);
        self.line_start = resume;
        error
    }

    /// Skips to the next token; says whether a line ended before it.
    fn skip_trivia(&mut self) -> Result<bool, SyntaxError> {
        let trivia = self.lexer.skip_trivia()?;
        if let Some(start) = trivia.line_start {
            self.line_start = start;
        }
        Ok(trivia.newline)
    }

    /// Width of the blanks that the current line begins with; a tab goes to the next multiple of eight.
    fn indent(&self) -> usize {
        let line = &self.text.as_bytes()[self.line_start..];
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).fold(0, |width, byte| match byte {
            b'\t' => (width / 8 + 1) * 8,
            _ => width + 1,
        })
    }
}
