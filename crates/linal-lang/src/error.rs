//! The one error type of this crate: a stable code, a sentence, a place, and often a way out.

use crate::{Code, Span};

/// What is wrong with a text, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which mistake it is.
    pub code: Code,
    /// What was expected and what was found, as one sentence without a full stop.
    pub message: String,
    /// The offending text.
    pub span: Span,
    /// What to write instead, when that can be said.
    pub help: Option<String>,
}

impl SyntaxError {
    /// An error without help.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span, help: None }
    }

    /// The same error with a line of help.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Whether it has a code.
    pub fn is(&self, code: Code) -> bool {
        self.code == code
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for SyntaxError {}
