//! The public error type.

use std::fmt;

use linal_error::{Code, suggest};
use linal_lang::diagnostic::Diagnostic;
use linal_lang::{Span, SyntaxError};

/// The reason why a statement failed: a stable code, a message and a span in the text.
///
/// Opaque on purpose: the kinds of errors are private to the crates that raise them, and programs match on
/// the code.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    message: String,
    help: Option<String>,
    span: Option<Span>,
}

/// The result of a statement.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error without a span and without help.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { code, message: message.into(), help: None, span: None }))
    }

    /// "There is no `what` `name`", with the nearest of the known names.
    pub fn unknown<'a>(
        code: Code,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Error {
        Error::new(code, format!("there is no {what} `{name}`")).suggest(name, known)
    }

    /// Adds the nearest of the known names, if one is near enough.
    pub fn suggest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
        self.0.help = suggest::did_you_mean(name, known).or(self.0.help);
        self
    }

    /// A feature of the language that this version does not implement.
    pub fn not_yet(what: &str) -> Error {
        Error::new(Code::NotSupported, format!("{what} is not supported by this version"))
    }

    /// The error of a panic, which is a bug, from the panic's message.
    pub fn of_panic(text: &str) -> Error {
        Error::new(Code::InternalError, format!("a bug in linal: {text}"))
            .with_help("the session is as it was before the statement; please report this")
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whether it has this code.
    pub fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// A hint, such as the nearest valid name or the syntax of a function.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The span in the source text, in bytes.
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    /// Sets the span, unless the error has one.
    pub fn at(mut self, span: Span) -> Error {
        self.0.span.get_or_insert(span);
        self
    }

    /// Removes the span, when it belongs to another text.
    pub fn without_span(mut self) -> Error {
        self.0.span = None;
        self
    }

    /// Sets the hint.
    pub fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.help = Some(help.into());
        self
    }

    /// Sets the hint, unless the error has one.
    pub fn or_help(mut self, help: impl Into<String>) -> Error {
        self.0.help.get_or_insert_with(|| help.into());
        self
    }

    /// Replaces the message.
    pub fn map_message(mut self, map: impl FnOnce(&str) -> String) -> Error {
        self.0.message = map(&self.0.message);
        self
    }

    /// Maps the span, for example from substituted text to the original.
    pub fn map_span(mut self, map: impl FnOnce(Span) -> Span) -> Error {
        self.0.span = self.0.span.map(map);
        self
    }

    /// Formats the error with the line of `source` that it refers to and a caret below the span.
    pub fn render(&self, source: &str, file: Option<&str>, colour: bool) -> String {
        let inner = &self.0;
        let diagnostic = Diagnostic {
            code: inner.code,
            message: &inner.message,
            source,
            span: inner.span,
            file,
            help: inner.help.as_deref(),
        };
        linal_lang::diagnostic::render(&diagnostic, colour)
    }
}

/// Formats a count: `1 value`, `3 values`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)?;
        if let Some(help) = &self.0.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<SyntaxError> for Error {
    fn from(error: SyntaxError) -> Error {
        let mut converted = Error::new(error.code, error.message).at(error.span);
        converted.0.help = error.help;
        converted
    }
}

impl From<linal_tensor::Error> for Error {
    fn from(error: linal_tensor::Error) -> Error {
        Error::new(error.code(), error.to_string())
    }
}
