//! Maps a file into memory.
//!
//! The only unsafe code of this crate. Its invariant: a mapped file is not changed while it is mapped. The
//! store writes a file under a temporary name, renames it when it is complete and never writes to it again; a
//! removed file stays mapped. A file that another program truncates meanwhile ends the process with SIGBUS,
//! as it does for every program that maps files; one that another program overwrites yields other numbers,
//! never an invalid value, since the types of tensor columns have a meaning for every pattern of bits.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use memmap2::{Mmap, UncheckedAdvice};

/// The size of the pages that are given back. Where those of the system are larger, the call below also takes
/// what precedes the range in its first page, which is read again when it is used.
const PAGE: usize = 4096;

/// The contents of a file in memory. Clones share it.
#[derive(Clone, Debug)]
pub struct FileMap {
    bytes: Bytes,
    /// `None` for contents that are not mapped.
    map: Option<Arc<Mmap>>,
}

/// Keeps a file mapped as long as its bytes are used.
struct Owner(Arc<Mmap>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for FileMap {
    /// Contents that a file layer has read rather than mapped.
    fn from(bytes: Bytes) -> FileMap {
        FileMap { bytes, map: None }
    }
}

impl FileMap {
    /// The contents.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Tells the system that the pages within a range of bytes may leave the memory of the process. They are
    /// read from the file again at the next use, so that nothing changes but what is resident. Without effect
    /// for contents that are not mapped.
    pub fn release(&self, range: Range<usize>) {
        let Some(map) = &self.map else { return };
        let start = range.start.next_multiple_of(PAGE);
        let end = if range.end >= map.len() { map.len() } else { range.end / PAGE * PAGE };
        if start >= end {
            return;
        }
        // SAFETY: `DontNeed` drops the pages of the range. The map is shared, of a file and read-only, so
        // that a page which is used again has the contents of the file, which are those from before by the
        // invariant of the module. References into the map stay valid.
        let advised = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, end - start) };
        // It is a hint: pages that stay do no harm.
        let _ = advised;
    }
}

/// Maps a whole file, read-only.
pub(super) fn map(file: &File) -> io::Result<FileMap> {
    if file.metadata()?.len() == 0 {
        return Ok(FileMap::from(Bytes::new()));
    }
    // SAFETY: the invariant of the module.
    let map = Arc::new(unsafe { Mmap::map(file)? });
    Ok(FileMap { bytes: Bytes::from_owner(Owner(map.clone())), map: Some(map) })
}
