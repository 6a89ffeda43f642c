//! Panics of decoders of other crates as errors.

use crate::error::{ReadError, Result};

/// Calls a decoder of another crate on untrusted bytes; its panic becomes an error at `place`.
///
/// Such a panic is a bug of that crate on invalid bytes. No state survives the call half changed: the file is
/// only read, and all handles are dropped after the read.
pub(crate) fn catch_panic<T>(place: &str, call: impl FnOnce() -> T) -> Result<T> {
    linal_error::catch_panic(call).map_err(|_| {
        ReadError::bad_format(format!("{place} is damaged in a way that its reader does not know"))
    })
}
