//! The errors of jobs and schedules.

use std::fmt;
use std::io;

use linal_error::Code;
use linal_store::database::StoreError;

/// Why something was not done with a job or a schedule: a stable code, a sentence, and where possible what may help.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    code: Code,
    message: String,
    help: Option<String>,
}

/// The result of an operation on jobs.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { code, message: message.into(), help: None }))
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn damaged(what: &str) -> Error {
        Error::new(Code::DamagedDatabase, format!("the catalog: {what} cannot be read"))
    }

    pub(crate) fn io(what: &str, error: &io::Error) -> Error {
        Error::new(Code::Io, format!("{what}: {error}"))
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What may help.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        let converted = Error::new(error.code(), error.to_string());
        match error.help() {
            Some(help) => converted.with_help(help),
            None => converted,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        StoreError::from(error).into()
    }
}
