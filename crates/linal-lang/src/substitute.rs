//! Script variables: `${name}` in strings and in place of literals, substituted before parsing.

use crate::lexer::{Lexer, is_word_char};
use crate::parser::is_literal;
use crate::token::{Symbol, TokenKind};
use crate::{Code, Span, SyntaxError};
use linal_error::suggest;
use std::borrow::Cow;

/// A text with its variables substituted, and a map back to the offsets of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substituted<'a> {
    /// The text to parse; borrowed when it has no variable.
    pub text: Cow<'a, str>,
    substitutions: Vec<Substitution>,
}

/// One substitution: its span in the new text and in the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Substitution {
    new: Span,
    original: Span,
}

impl Substituted<'_> {
    /// Maps a span of the new text to the original. A span that overlaps a substituted value covers the whole
    /// `${name}`.
    pub fn original(&self, span: Span) -> Span {
        Span::new(self.map_offset(span.start, false), self.map_offset(span.end, true))
    }

    fn map_offset(&self, offset: usize, end: bool) -> usize {
        let after = self.substitutions.partition_point(|substitution| {
            substitution.new.start < offset || substitution.new.start == offset && !end
        });
        let Some(substitution) = after.checked_sub(1).map(|at| self.substitutions[at]) else {
            return offset;
        };
        match offset.checked_sub(substitution.new.end) {
            Some(beyond) => substitution.original.end + beyond,
            None if end => substitution.original.end,
            None => substitution.original.start,
        }
    }
}

/// Replaces each `${name}` by the value that `lookup` returns. Within a string the value becomes part of the
/// string; elsewhere it becomes a literal: a number, a Boolean, `NULL` or a list of numbers unchanged, any
/// other text as a string. Within a string `$${` escapes `${`. Comments, backtick names and `$$..$$` are not
/// substituted. A text without `${` costs one search and no copy. `names` are the candidates for suggestions.
///
/// # Errors
///
/// A name that `lookup` does not know, a `${` without its `}`, or a variable adjacent to a word character.
pub fn substitute<'a>(
    text: &'a str,
    lookup: &dyn Fn(&str) -> Option<String>,
    names: &[&str],
) -> Result<Substituted<'a>, SyntaxError> {
    if !text.contains("${") {
        return Ok(Substituted { text: Cow::Borrowed(text), substitutions: Vec::new() });
    }
    let mut writer = Writer {
        source: text,
        lookup,
        names,
        text: String::with_capacity(text.len()),
        copied: 0,
        substitutions: Vec::new(),
    };
    writer.tokens()?;
    writer.text.push_str(&text[writer.copied..]);
    Ok(Substituted { text: Cow::Owned(writer.text), substitutions: writer.substitutions })
}

struct Writer<'a, 'b> {
    source: &'a str,
    lookup: &'b dyn Fn(&str) -> Option<String>,
    names: &'b [&'b str],
    text: String,
    /// Offset in the source up to which the text is copied.
    copied: usize,
    substitutions: Vec<Substitution>,
}

impl Writer<'_, '_> {
    fn tokens(&mut self) -> Result<(), SyntaxError> {
        let mut lexer = Lexer::new(self.source, Span::new(0, self.source.len()));
        // The splitter reports unterminated tokens, and recovers from them.
        while let Ok(token) = lexer.next_token() {
            match token.kind {
                TokenKind::End => break,
                TokenKind::Str => self.string(token.span)?,
                TokenKind::Symbol(Symbol::Other) if self.source[token.span.start..].starts_with("${") => {
                    let variable = self.literal(token.span.start)?;
                    lexer.seek(variable.end);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn string(&mut self, span: Span) -> Result<(), SyntaxError> {
        let quote = &self.source[span.start..=span.start];
        if quote == "$" {
            // The text of `$$..$$` stands as it is, so that it may contain `${`.
            return Ok(());
        }
        let quote = if quote.eq_ignore_ascii_case("e") { "'" } else { quote };
        let mut at = span.start;
        while let Some(found) = self.source[at..span.end].find("${") {
            let start = at + found;
            if self.source[..start].ends_with('$') {
                self.replace(Span::new(start - 1, start), "");
                at = start + 2;
                continue;
            }
            let variable = self.variable(start, span.end)?;
            let value = self.value(variable)?;
            self.replace(variable, &value.replace(quote, &quote.repeat(2)));
            at = variable.end;
        }
        Ok(())
    }

    /// A variable outside strings stands for a whole literal.
    fn literal(&mut self, start: usize) -> Result<Span, SyntaxError> {
        let variable = self.variable(start, self.source.len())?;
        let before = self.source[..start].chars().next_back();
        let after = self.source[variable.end..].chars().next();
        if before.is_some_and(is_word_char) || after.is_some_and(is_word_char) {
            let message = "a script variable stands for a whole literal, not for a part of a name";
            return Err(SyntaxError::new(Code::UnexpectedToken, variable, message)
                .with_help("put blanks around it, or write it within a string"));
        }
        let value = self.value(variable)?;
        if is_literal(value.trim()) {
            self.replace(variable, value.trim())
        } else {
            self.replace(variable, &format!("'{}'", value.replace('\'', "''")))
        }
        Ok(variable)
    }

    /// The span of a `${name}` that begins at `start` and must end before `limit`.
    fn variable(&self, start: usize, limit: usize) -> Result<Span, SyntaxError> {
        let rest = &self.source[start + 2..limit];
        let length = rest.find(|c: char| !(is_word_char(c) || c == '-')).unwrap_or(rest.len());
        if length > 0 && rest[length..].starts_with('}') {
            return Ok(Span::new(start, start + 2 + length + 1));
        }
        let span = Span::new(start, start + 2 + length);
        Err(SyntaxError::new(Code::UnknownVariable, span, "expected `${name}`")
            .with_help("within a string, write `$${` for the characters `${`"))
    }

    fn value(&self, variable: Span) -> Result<String, SyntaxError> {
        let name = &self.source[variable.start + 2..variable.end - 1];
        (self.lookup)(name).ok_or_else(|| {
            let message = format!("the script variable `{name}` is not set");
            let error = SyntaxError::new(Code::UnknownVariable, variable, message);
            match suggest::nearest(name, self.names.iter().copied()) {
                Some(near) => error.with_help(suggest::meant(format!("${{{near}}}"))),
                None => error.with_help(format!("set it with `--set {name}=...`")),
            }
        })
    }

    fn replace(&mut self, original: Span, value: &str) {
        self.text.push_str(&self.source[self.copied..original.start]);
        let start = self.text.len();
        self.text.push_str(value);
        self.copied = original.end;
        self.substitutions.push(Substitution { new: Span::new(start, self.text.len()), original });
    }
}
