//! The errors of the store.

use std::fmt;
use std::io;
use std::path::Path;

use arrow::error::ArrowError;
use linal_error::Code;
use parquet::errors::ParquetError;
use rusqlite::ErrorCode;

/// Why an operation of the store failed: a stable code, a sentence, and where possible what may help.
///
/// Opaque on purpose: programs match on [`StoreError::code`], people read the text.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreError(Box<Inner>);

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    code: Code,
    message: String,
    help: Option<String>,
}

/// The result of an operation of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> StoreError {
        StoreError(Box::new(Inner { code, message: message.into(), help: None }))
    }

    /// An error of rows that the program above makes for a transaction.
    pub fn of_rows(code: Code, message: impl Into<String>, help: Option<&str>) -> StoreError {
        let error = StoreError::new(code, message);
        match help {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> StoreError {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn damaged(message: impl Into<String>) -> StoreError {
        StoreError::new(Code::DamagedDatabase, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> StoreError {
        StoreError::new(Code::InternalError, message)
    }

    pub(crate) fn conflict(name: &str) -> StoreError {
        let message =
            format!("another transaction has changed `{name}` in the meantime; nothing was changed");
        StoreError::new(Code::Conflict, message).with_help("run the transaction again")
    }

    /// An operation on a file that failed: "cannot be read", "cannot be written".
    pub(crate) fn io(path: &Path, what: &str, error: &io::Error) -> StoreError {
        let place = path.display();
        match error.kind() {
            // What is written anew was not there before: the folder that it goes to is missing.
            io::ErrorKind::NotFound if what == "cannot be written" || what == "cannot be created" => {
                StoreError::new(Code::FileNotFound, format!("'{place}' {what}: there is no such folder"))
            }
            io::ErrorKind::NotFound => StoreError::damaged(format!("the file '{place}' is missing")),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::new(Code::DiskFull, format!("'{place}' {what}: there is no space left"))
            }
            _ => StoreError::new(Code::Io, format!("'{place}' {what}: {error}")),
        }
    }

    /// A segment that the Parquet or Arrow reader does not accept, though its hash is right or unchecked.
    pub(crate) fn unreadable(path: &Path, error: &dyn fmt::Display) -> StoreError {
        StoreError::damaged(format!("'{}' cannot be decoded: {error}", path.display()))
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

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        let text = format!("the catalog: {error}");
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::damaged(text),
            Some(ErrorCode::DiskFull) => {
                StoreError::new(Code::DiskFull, "the catalog cannot be written: there is no space left")
            }
            Some(ErrorCode::ReadOnly) => StoreError::new(Code::ReadOnly, text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::new(Code::DatabaseLocked, text)
            }
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::FileLockingProtocolFailed,
            ) => StoreError::new(Code::Io, text),
            Some(_) => StoreError::internal(text),
            // A row that is missing, or a value of another type than was written.
            None => StoreError::damaged(text),
        }
    }
}

/// A statement that is past its deadline, was cancelled, or has no memory.
impl From<linal_tensor::Error> for StoreError {
    fn from(error: linal_tensor::Error) -> StoreError {
        StoreError::new(error.code(), error.to_string())
    }
}

impl From<ArrowError> for StoreError {
    fn from(error: ArrowError) -> StoreError {
        StoreError::internal(format!("Arrow: {error}"))
    }
}

impl From<ParquetError> for StoreError {
    fn from(error: ParquetError) -> StoreError {
        StoreError::internal(format!("Parquet: {error}"))
    }
}
