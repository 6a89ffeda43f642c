//! The one public error.

use std::any::Any;
use std::fmt;

use linal_error::{Code, suggest};
use linal_lang::diagnostic::Diagnostic;
use linal_lang::{Span, SyntaxError};

/// Why a statement failed: a stable code, a sentence, and where in the text.
///
/// Opaque on purpose; kinds are private to the crates that know them, and the code is what programs match on.
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
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { code, message: message.into(), help: None, span: None }))
    }

    /// "There is no `what` `name`", with the nearest of the names that there are.
    pub(crate) fn unknown<'a>(
        code: Code,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Error {
        Error::new(code, format!("there is no {what} `{name}`")).suggest(name, known)
    }

    /// The error with the nearest of the names that there are, if one is near enough to be meant.
    pub(crate) fn suggest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
        self.0.help = suggest::did_you_mean(name, known).or(self.0.help);
        self
    }

    /// Something of the language that this version does not have.
    pub(crate) fn not_yet(what: &str) -> Error {
        Error::new(Code::NotSupported, format!("{what} is not supported by this version"))
    }

    /// The error that stands for a panic, which is a bug: what it was raised with is the message.
    pub fn of_panic(panic: &(dyn Any + Send)) -> Error {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown".to_string());
        Error::new(Code::InternalError, format!("a bug in linal: {text}"))
            .with_help("the session is as it was before the statement; please report this")
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whether it has a code.
    pub fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    /// What went wrong, as a sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What may help: the nearest valid name, the form of a function.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Where in the source text, in bytes.
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    /// The error at a place of the text, unless it has one already.
    pub(crate) fn at(mut self, span: Span) -> Error {
        self.0.span.get_or_insert(span);
        self
    }

    /// The error without a place, when its place was not of the text.
    pub(crate) fn without_span(mut self) -> Error {
        self.0.span = None;
        self
    }

    /// The error with a hint.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.help = Some(help.into());
        self
    }

    /// The error with a hint, unless it has one already.
    pub(crate) fn or_help(mut self, help: impl Into<String>) -> Error {
        self.0.help.get_or_insert_with(|| help.into());
        self
    }

    /// The error with its message in other words.
    pub(crate) fn map_message(mut self, map: impl FnOnce(&str) -> String) -> Error {
        self.0.message = map(&self.0.message);
        self
    }

    /// The error with its span moved by a function: from substituted text back to the original.
    pub(crate) fn map_span(mut self, map: impl FnOnce(Span) -> Span) -> Error {
        self.0.span = self.0.span.map(map);
        self
    }

    /// The error as people read it, with the line of `source` that it is about and a caret under the place.
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

/// A number of things: `1 value`, `3 values`.
pub(crate) fn count(number: usize, thing: &str) -> String {
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
