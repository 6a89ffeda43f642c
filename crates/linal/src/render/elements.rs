//! The elements of a tensor as rows of its last axis, read in place for any layout.

use linal_tensor::{Data, Element, Layout, Scalar, Tensor};

/// A tensor as rows: the last axis runs along a row, all others enumerate the rows. A scalar is one row of
/// one element, a vector one row.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    data: Data<'a>,
    layout: &'a Layout,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(tensor: &'a Tensor) -> Elements<'a> {
        Elements { data: tensor.data(), layout: tensor.layout() }
    }

    /// The shape.
    pub(super) fn dims(&self) -> &'a [usize] {
        self.layout.shape().dims()
    }

    /// The shape without the last axis.
    pub(super) fn leading(&self) -> &'a [usize] {
        self.dims().split_last().map_or(&[], |(_, leading)| leading)
    }

    /// Number of elements per row.
    pub(super) fn width(&self) -> usize {
        self.dims().last().copied().unwrap_or(1)
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.leading().iter().product()
    }

    /// The index of a row along each leading axis, in logical order.
    pub(crate) fn row_index(&self, row: usize) -> Vec<usize> {
        let mut rest = row;
        let mut index: Vec<usize> = self
            .leading()
            .iter()
            .rev()
            .map(|&size| {
                let index = rest % size.max(1);
                rest /= size.max(1);
                index
            })
            .collect();
        index.reverse();
        index
    }

    /// The elements of the row at an index of the leading axes.
    pub(super) fn row(&self, index: &[usize]) -> impl Iterator<Item = Scalar> + use<'a> {
        self.into_row(index)
    }

    /// [`Elements::row`] of a copy.
    pub(crate) fn into_row(self, index: &[usize]) -> impl Iterator<Item = Scalar> + use<'a> {
        let start = self.offset(index);
        let step = self.layout.strides().last().copied().unwrap_or(0);
        (0..self.width()).map(move |i| self.scalar(start.wrapping_add_signed(step * i as isize)))
    }

    /// One element of the row at an index of the leading axes.
    pub(super) fn at(&self, index: &[usize], column: usize) -> Scalar {
        let step = self.layout.strides().last().copied().unwrap_or(0);
        self.scalar(self.offset(index).wrapping_add_signed(step * column as isize))
    }

    fn offset(&self, index: &[usize]) -> usize {
        let steps = index.iter().zip(self.layout.strides());
        steps.fold(self.layout.offset(), |offset, (&i, &step)| offset.wrapping_add_signed(step * i as isize))
    }

    fn scalar(&self, offset: usize) -> Scalar {
        match self.data {
            Data::Bool(data) => data[offset].to_scalar(),
            Data::I64(data) => data[offset].to_scalar(),
            Data::F32(data) => data[offset].to_scalar(),
            Data::F64(data) => data[offset].to_scalar(),
            Data::C64(data) => data[offset].to_scalar(),
            Data::C128(data) => data[offset].to_scalar(),
        }
    }
}
