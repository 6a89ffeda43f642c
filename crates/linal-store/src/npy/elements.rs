//! The elements of an array, some rows at a time.

use std::io::Read;

use linal_tensor::{DType, Shape, Tensor};

use super::header::{self, Header};
use super::read::{Counted, StreamLength, check_length, declared, element_error, expect_end, read_elements};
use crate::elements::Elements;
use crate::error::Result;
use crate::progress::ReadContext;

/// An array of which some rows were read.
pub(crate) struct ArrayElements<R> {
    place: String,
    reader: Counted<R>,
    header: Header,
    /// The next row.
    row: usize,
}

impl<R: Read> ArrayElements<R> {
    /// Reads the header, and checks what it declares.
    pub(crate) fn open(place: &str, reader: R, length: &StreamLength) -> Result<ArrayElements<R>> {
        let mut reader = Counted::new(reader);
        let header = header::read(place, &mut reader)?;
        let (_, bytes) = declared(place, &header)?;
        check_length(place, bytes, reader.count(), length)?;
        Ok(ArrayElements { place: place.to_string(), reader, header, row: 0 })
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    pub(crate) fn dtype(&self) -> DType {
        self.header.format.dtype()
    }

    pub(crate) fn is_fortran_order(&self) -> bool {
        self.header.fortran_order
    }

    /// Number of elements of a row.
    pub(crate) fn row_len(&self) -> usize {
        self.header.shape.iter().skip(1).product()
    }

    /// The next rows of an array in C order with at least one axis; `None` after the last, which must be the
    /// end of the stream.
    pub(crate) fn rows(
        &mut self,
        most: usize,
        operation: &'static str,
        context: &ReadContext<'_>,
    ) -> Result<Option<Tensor>> {
        let left = self.header.shape.first().copied().unwrap_or(0) - self.row;
        if left == 0 {
            return expect_end(&self.place, &mut self.reader).map(|()| None);
        }
        let rows = most.min(left);
        let count = rows * self.row_len();
        let mut elements = Elements::new(self.header.format, count, operation, context.pool)?;
        let before = self.row * self.row_len();
        let bytes = count * self.header.format.size();
        read_elements(&self.place, &mut self.reader, &mut elements, bytes, |error| {
            element_error(&self.place, error, &self.header, before)
        })?;
        self.row += rows;
        let dims: Vec<usize> = std::iter::once(rows).chain(self.header.shape[1..].iter().copied()).collect();
        Ok(Some(elements.into_tensor(Shape::from(dims))?))
    }
}
