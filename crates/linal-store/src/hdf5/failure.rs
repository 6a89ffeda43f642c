//! Errors and panics of `hdf5-pure`.

use hdf5_pure::{Error, FormatError};

use crate::catch_panic::catch_panic;
use crate::error::{ReadError, Result};

/// Calls `hdf5-pure`, and converts its errors and panics to an error at `place`.
pub(crate) fn catch_failure<T>(
    place: &str,
    call: impl FnOnce() -> std::result::Result<T, Error>,
) -> Result<T> {
    catch_panic(place, call)?.map_err(|error| translate(place, &error))
}

fn translate(place: &str, error: &Error) -> ReadError {
    match error {
        Error::Format(FormatError::SignatureNotFound) => {
            ReadError::bad_format(format!("{place} is not an HDF5 file: it has no HDF5 signature"))
        }
        Error::Format(
            error @ (FormatError::UnsupportedVersion(_)
            | FormatError::UnsupportedMessage(_)
            | FormatError::UnsupportedFilter(_)
            | FormatError::UnsupportedVirtualLayout
            | FormatError::UnsupportedExternalStorage
            | FormatError::InvalidLayoutVersion(_)
            | FormatError::InvalidDatatypeVersion { .. }
            | FormatError::InvalidFilterPipelineVersion(_)),
        ) => ReadError::unsupported(format!("{place} cannot be read: {error}")),
        Error::FileMarkedInUse { .. } => {
            ReadError::unsupported(format!("{place} is open for writing elsewhere: {error}"))
        }
        error => ReadError::bad_format(format!("{place} is damaged: {error}")),
    }
}
