//! Errors and panics of decoders.

use arrow::error::ArrowError;
use linal_tensor::Error as TensorError;

use crate::catch_panic::catch_panic;
use crate::error::{ReadError, Result};

/// Calls a foreign decoder on untrusted bytes, and converts its errors and panics to an error at `place`.
pub(in crate::table) fn catch_failure<T, E: Into<ArrowError>>(
    place: &str,
    call: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    catch_panic(place, call)?.map_err(|error| translate(place, error.into()))
}

fn translate(place: &str, error: ArrowError) -> ReadError {
    match error {
        ArrowError::IoError(_, error) => ReadError::from_io(place, &error),
        ArrowError::NotYetImplemented(what) => {
            ReadError::unsupported(format!("{place} cannot be read: {what}"))
        }
        // Errors of the Parquet reader arrive as text.
        ArrowError::ParquetError(text) if text.starts_with("NYI: ") => {
            ReadError::unsupported(format!("{place} cannot be read: {}", text.trim_start_matches("NYI: ")))
        }
        ArrowError::ExternalError(error) => match error.downcast_ref::<TensorError>() {
            Some(limit) => ReadError::from(limit.clone()),
            None => ReadError::bad_format(format!("{place} is damaged: {error}")),
        },
        error => ReadError::bad_format(format!("{place} is damaged: {error}")),
    }
}
