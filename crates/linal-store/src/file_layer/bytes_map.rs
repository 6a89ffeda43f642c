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

use bytes::Bytes;
use memmap2::Mmap;

/// Maps a whole file, read-only.
pub(super) fn map(file: &File) -> io::Result<Bytes> {
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the invariant of the module.
    let map = unsafe { Mmap::map(file)? };
    Ok(Bytes::from_owner(map))
}
