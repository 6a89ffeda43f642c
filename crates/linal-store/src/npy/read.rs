//! The elements of a NumPy array file.

use std::io::{BufReader, Read};
use std::path::Path;

use linal_tensor::{Bytes, Shape, Tensor};

use super::header::{self, Header};
use crate::elements::{ElementError, Elements, index_of};
use crate::error::{ReadError, Result};
use crate::progress::{Metered, ReadContext};
use crate::source::{Source, quoted};

/// Bytes decoded at a time: a multiple of every element size.
const BLOCK: usize = 256 << 10;

/// The number of bytes in a stream, known apart from its header.
pub(crate) enum StreamLength {
    /// Exactly this length, header included.
    Exact(u64),
    /// At most this length, as declared by the stream itself: memory grows as bytes arrive.
    AtMost(u64),
}

/// Reads a NumPy array file.
///
/// Integers become `i64`, half precision becomes `f32`; Booleans, floats and complex numbers keep their
/// dtype. Arrays in Fortran order keep their logical order.
///
/// # Errors
/// When the file is missing, is not a NumPy array, is shorter or longer than its header says, is not numeric,
/// the pool is exhausted, or the read was cancelled.
pub fn read_npy(path: &Path, context: &ReadContext) -> Result<Tensor> {
    let source = Source::open(path)?;
    parse(&source.label, source.file, source.length, context)
}

/// [`read_npy`] over a reader of the given length in bytes.
///
/// `label` names the input in errors.
///
/// # Errors
/// As [`read_npy`].
pub fn parse(label: &str, reader: impl Read, length: u64, context: &ReadContext) -> Result<Tensor> {
    let _watch = context.start_read(label, Some(length));
    let reader = BufReader::with_capacity(BLOCK, Metered::new(reader, context));
    read_array(&quoted(label), reader, &StreamLength::Exact(length), "READ_NPY", context)
}

/// Reads header and elements from a stream that must end after the last element.
pub(crate) fn read_array(
    place: &str,
    reader: impl Read,
    limits: &StreamLength,
    operation: &'static str,
    context: &ReadContext,
) -> Result<Tensor> {
    let mut reader = Counted::new(reader);
    let header = header::read(place, &mut reader)?;
    let (count, bytes) = declared(place, &header)?;
    check_length(place, bytes, reader.bytes, limits)?;
    let mut elements = Elements::new(header.format, count, operation, context.pool)?;
    if matches!(limits, StreamLength::Exact(_)) {
        elements.reserve_all()?;
    }
    read_elements(place, &mut reader, &mut elements, bytes, |error| element_error(place, error, &header, 0))?;
    expect_end(place, &mut reader)?;
    finish(elements, header)
}

/// Number of elements and their size in bytes.
pub(super) fn declared(place: &str, header: &Header) -> Result<(usize, usize)> {
    let shape = Shape::from(header.shape.as_slice());
    shape
        .checked_len()
        .and_then(|count| Some((count, count.checked_mul(header.format.size())?)))
        .ok_or_else(|| ReadError::bad_format(format!("{place}, field `shape`: {shape} is too large")))
}

/// Checks the declared sizes against the length of the stream before any allocation.
pub(super) fn check_length(place: &str, declared: usize, header: u64, limits: &StreamLength) -> Result<()> {
    let declared = declared as u64;
    let present = match limits {
        StreamLength::Exact(length) | StreamLength::AtMost(length) => length.saturating_sub(header),
    };
    let wrong = match limits {
        StreamLength::Exact(_) => declared != present,
        StreamLength::AtMost(_) => declared > present,
    };
    if wrong { Err(length_error(place, declared, present)) } else { Ok(()) }
}

fn length_error(place: &str, declared: u64, present: u64) -> ReadError {
    ReadError::bad_format(format!(
        "{place} declares {} of elements, but has {} after its header",
        Bytes(declared as usize),
        Bytes(present as usize)
    ))
}

pub(super) fn read_elements(
    place: &str,
    reader: &mut impl Read,
    elements: &mut Elements,
    bytes: usize,
    failed: impl Fn(&ElementError) -> ReadError,
) -> Result<()> {
    let mut block = vec![0; BLOCK.min(bytes)];
    let mut left = bytes;
    while left > 0 {
        let part = &mut block[..BLOCK.min(left)];
        reader.read_exact(part).map_err(|error| ReadError::from_io(place, &error))?;
        elements.push(part).map_err(|error| failed(&error))?;
        left -= part.len();
    }
    Ok(())
}

/// The error of an element, counted after those that were read `before`.
pub(super) fn element_error(place: &str, error: &ElementError, header: &Header, before: usize) -> ReadError {
    match error {
        ElementError::Limit(limit) => ReadError::from(limit.clone()),
        ElementError::TooLarge { position, value } => {
            let mut dims = header.shape.clone();
            if header.fortran_order {
                dims.reverse();
            }
            let mut index = index_of(before + *position, &dims);
            if header.fortran_order {
                index.reverse();
            }
            ReadError::unsupported(format!("{place}: element {index:?} is {value}, which does not fit i64"))
        }
    }
}

/// Checks for the end, at which a compressed stream verifies its checksum.
pub(super) fn expect_end(place: &str, reader: &mut impl Read) -> Result<()> {
    let mut rest = [0; 1];
    match reader.read(&mut rest) {
        Ok(0) => Ok(()),
        Ok(_) => Err(ReadError::bad_format(format!("{place} goes on after the array's last element"))),
        Err(error) => Err(ReadError::from_io(place, &error)),
    }
}

/// The tensor; column-major elements are a transposed view of the reversed shape.
fn finish(elements: Elements, header: Header) -> Result<Tensor> {
    let mut shape = header.shape;
    if !header.fortran_order {
        return Ok(elements.into_tensor(shape.into())?);
    }
    shape.reverse();
    Ok(elements.into_tensor(shape.into())?.transpose())
}

/// Counts the bytes read.
pub(super) struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R) -> Counted<R> {
        Counted { inner, bytes: 0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.bytes
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}
