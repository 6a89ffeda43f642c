//! What can be wrong with a file.

use std::fmt;
use std::io;

use linal_error::Code;
use linal_tensor::Error as TensorError;

/// Why a file did not become a tensor: a stable code, a sentence that names the file and the place in it,
/// and where possible what may help.
///
/// Opaque on purpose: programs match on [`ReadError::code`], people read the text.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError(Box<Inner>);

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    code: Code,
    message: String,
    help: Option<String>,
    /// The limit of the statement that was met: memory, or it was asked to stop.
    limit: Option<TensorError>,
}

/// The result of reading a file.
pub(crate) type Result<T> = std::result::Result<T, ReadError>;

impl ReadError {
    fn new(code: Code, message: impl Into<String>) -> ReadError {
        ReadError(Box::new(Inner { code, message: message.into(), help: None, limit: None }))
    }

    pub(crate) fn file_not_found(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::FileNotFound, message)
    }

    pub(crate) fn io(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::Io, message)
    }

    /// An error of rows that the program above gives to a writer.
    pub fn of_rows(message: impl Into<String>) -> ReadError {
        ReadError::io(message)
    }

    pub(crate) fn bad_format(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::BadFormat, message)
    }

    pub(crate) fn name_not_found(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::NameNotFound, message)
    }

    pub(crate) fn name_exists(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::NameExists, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::Unsupported, message)
    }

    pub(crate) fn not_numeric(message: impl Into<String>) -> ReadError {
        ReadError::new(Code::NotNumeric, message)
    }

    pub(crate) fn with_help(mut self, help: Option<String>) -> ReadError {
        self.0.help = help;
        self
    }

    /// An input or output error at a place, such as a quoted file name.
    ///
    /// An error of the statement's limits that travelled through [`io::Error`] comes out as what it was,
    /// and a stream that ends or contradicts itself is the file's fault, not the machine's.
    pub(crate) fn from_io(place: &str, error: &io::Error) -> ReadError {
        if let Some(limit) = error.get_ref().and_then(|inner| inner.downcast_ref::<TensorError>()) {
            return ReadError::from(limit.clone());
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => ReadError::bad_format(format!("{place} ends too early")),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                ReadError::bad_format(format!("{place} is damaged: {error}"))
            }
            kind => ReadError::io(format!("{place} cannot be read: {kind}")),
        }
    }

    /// The stable code: `E0401` to `E0406`, `E0315` for a folder that has files, or the code of a limit that was
    /// met (`E0501` memory, `E0503` cancelled).
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What may help: the nearest valid name, an option to set.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The limit of the statement that ended the reading, when it was not the file.
    pub fn limit(&self) -> Option<&TensorError> {
        self.0.limit.as_ref()
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ReadError {}

impl From<TensorError> for ReadError {
    fn from(error: TensorError) -> ReadError {
        let mut converted = ReadError::new(error.code(), error.to_string());
        converted.0.limit = Some(error);
        converted
    }
}
