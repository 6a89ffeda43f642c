//! Arrow IPC: the file format (Feather 2) and the stream format.

mod blocks;
mod message;
mod read;
mod sequence;
mod stream;

pub(crate) use blocks::visit_metadata;
pub(crate) use message::check_ipc_types;
pub(super) use read::read;
pub(crate) use read::read_mapped;
pub(super) use stream::open;

use crate::error::{ReadError, Result};

/// The magic at the start and the end of a file of the file format.
const FILE_MAGIC: &[u8] = b"ARROW1";

/// Rejects a file that begins as those of the first version of Feather.
fn check_version(place: &str, start: &[u8]) -> Result<()> {
    if start.starts_with(b"FEA1") {
        return Err(ReadError::unsupported(format!("{place} is of the first version of Feather")));
    }
    Ok(())
}
