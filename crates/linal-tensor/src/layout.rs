//! The layout of a tensor in its buffer, and the views that change only the layout.

use smallvec::SmallVec;

use crate::shape::{Strides, broadcast_strides, inline_copy};
use crate::{Error, Result, Shape};

/// Shape, strides and offset, in elements. Every operation here is O(rank): no element is copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    pub(crate) shape: Shape,
    pub(crate) strides: Strides,
    pub(crate) offset: usize,
}

impl Clone for Layout {
    #[inline]
    fn clone(&self) -> Layout {
        Layout { shape: self.shape.clone(), strides: inline_copy(&self.strides), offset: self.offset }
    }
}

/// An entry of basic indexing: the elements taken along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Take {
    /// The whole axis.
    All,
    /// One index, counted from the end when negative; the axis is removed.
    At(i64),
    /// A half-open range with a step, each end counted from the end of the axis when negative.
    Range {
        /// First index; the start of the axis (its end, for a negative step) when absent.
        start: Option<i64>,
        /// First index that is excluded.
        stop: Option<i64>,
        /// Distance of indices; not zero.
        step: i64,
    },
}

impl Layout {
    /// The row-major layout of a shape.
    #[inline]
    pub fn contiguous(shape: Shape) -> Layout {
        let strides = shape.contiguous_strides();
        Layout { shape, strides, offset: 0 }
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The strides, in elements.
    pub fn strides(&self) -> &[isize] {
        &self.strides
    }

    /// Index of the first element in the buffer.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.shape.is_empty()
    }

    /// Whether the elements are contiguous in row-major order. Axes of size 1 may have any stride.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        if let ([_], &[step]) = (self.shape.dims(), self.strides.as_slice())
            && step == 1
        {
            return true;
        }
        let mut step = 1isize;
        for (&d, &s) in self.shape.dims().iter().zip(&self.strides).rev() {
            if d == 0 {
                return true;
            }
            if d != 1 {
                if s != step {
                    return false;
                }
                step *= d as isize;
            }
        }
        true
    }

    /// Whether the layout is that of one element: a scalar, or a broadcast scalar.
    pub fn is_scalar(&self) -> bool {
        self.shape.dims().iter().zip(&self.strides).all(|(&d, &s)| d == 1 || s == 0)
    }

    /// The layout with `offset` more elements before it.
    #[inline]
    pub fn offset_by(&self, offset: usize) -> Layout {
        Layout { offset: self.offset + offset, ..self.clone() }
    }

    /// The axes in the order given.
    pub fn permute(&self, order: &[usize]) -> Layout {
        let dims: SmallVec<[usize; 4]> = order.iter().map(|&a| self.shape[a]).collect();
        Layout {
            shape: Shape::new(&dims),
            strides: order.iter().map(|&a| self.strides[a]).collect(),
            offset: self.offset,
        }
    }

    /// The axes in reverse order.
    pub fn transpose(&self) -> Layout {
        let mut dims: SmallVec<[usize; 4]> = SmallVec::from_slice(self.shape.dims());
        dims.reverse();
        let mut strides = self.strides.clone();
        strides.reverse();
        Layout { shape: Shape::new(&dims), strides, offset: self.offset }
    }

    /// The layout broadcast to a shape.
    pub fn broadcast_to(&self, shape: &Shape) -> Layout {
        Layout {
            strides: broadcast_strides(&self.shape, &self.strides, shape),
            shape: shape.clone(),
            offset: self.offset,
        }
    }

    /// The same elements in row-major order under another shape of equal length; `None` when no strides
    /// describe it.
    pub fn reshape(&self, shape: &Shape) -> Option<Layout> {
        if self.is_contiguous() || self.is_empty() {
            return Some(Layout { offset: self.offset, ..Layout::contiguous(shape.clone()) });
        }
        let strides = reshape_strides(&self.shape, &self.strides, shape)?;
        Some(Layout { shape: shape.clone(), strides, offset: self.offset })
    }

    /// A new axis of size 1.
    pub fn insert_axis(&self, axis: usize) -> Layout {
        let mut strides = self.strides.clone();
        strides.insert(axis, 0);
        Layout { shape: self.shape.with_axis(axis, 1), strides, offset: self.offset }
    }

    /// The layout at an index of an axis, which is removed. The index must be in range.
    pub fn select(&self, axis: usize, index: usize) -> Layout {
        let mut strides = self.strides.clone();
        let step = strides.remove(axis);
        Layout {
            shape: self.shape.without(axis),
            strides,
            offset: self.offset.wrapping_add_signed(step * index as isize),
        }
    }

    /// The diagonal of two axes of equal size, as the last axis (`'ii->i'`).
    pub fn diagonal(&self, first: usize, second: usize) -> Layout {
        let (low, high) = (first.min(second), first.max(second));
        let mut strides = self.strides.clone();
        let step = strides.remove(high) + strides.remove(low);
        strides.push(step);
        let size = self.shape[low];
        let shape = self.shape.without(high).without(low);
        let rank = shape.rank();
        Layout { shape: shape.with_axis(rank, size), strides, offset: self.offset }
    }

    /// Basic indexing: an entry for each leading axis; the other axes are taken whole.
    pub fn index(&self, takes: &[Take]) -> Result<Layout> {
        if takes.len() > self.shape.rank() {
            return Err(Error::TooManyIndices { given: takes.len(), shape: self.shape.clone() });
        }
        let mut dims: SmallVec<[usize; 4]> = SmallVec::new();
        let mut strides = Strides::new();
        let mut offset = self.offset as isize;
        for axis in 0..self.shape.rank() {
            let (size, stride) = (self.shape[axis], self.strides[axis]);
            match takes.get(axis).copied().unwrap_or(Take::All) {
                Take::All => {
                    dims.push(size);
                    strides.push(stride);
                }
                Take::At(index) => offset += resolve_index(index, axis, size)? as isize * stride,
                Take::Range { start, stop, step } => {
                    let range = resolve_range(start, stop, step, axis, size)?;
                    dims.push(range.len);
                    strides.push(stride * range.step);
                    offset += range.start as isize * stride;
                }
            }
        }
        let shape = Shape::new(&dims);
        // The offset of a view without elements might lie beyond the buffer.
        let offset = if shape.is_empty() { 0 } else { offset as usize };
        Ok(Layout { shape, strides, offset })
    }

    /// The shape of the result of basic indexing.
    pub fn indexed_shape(shape: &Shape, takes: &[Take]) -> Result<Shape> {
        Layout::contiguous(shape.clone()).index(takes).map(|layout| layout.shape)
    }
}

/// An index, counted from the start of the axis.
fn resolve_index(index: i64, axis: usize, size: usize) -> Result<usize> {
    let resolved = if index < 0 { index.checked_add(size as i64) } else { Some(index) };
    match resolved {
        Some(resolved) if (0..size as i64).contains(&resolved) => Ok(resolved as usize),
        _ => Err(Error::IndexOutOfRange { index, axis, size }),
    }
}

struct ResolvedRange {
    start: usize,
    len: usize,
    step: isize,
}

/// A range with a start and a length. Bounds must lie within the axis (its end included); a range whose start
/// is beyond its stop is empty.
fn resolve_range(
    start: Option<i64>,
    stop: Option<i64>,
    step: i64,
    axis: usize,
    size: usize,
) -> Result<ResolvedRange> {
    let text = || describe_range(start, stop, step);
    if step == 0 {
        return Err(Error::argument("slice", "the step is 0"));
    }
    let n = size as i64;
    let bound = |at: i64| -> Result<i64> {
        let bound = if at < 0 { at.saturating_add(n) } else { at };
        if (0..=n).contains(&bound) {
            Ok(bound)
        } else {
            Err(Error::RangeOutOfRange { range: text(), axis, size })
        }
    };
    let (first, last) = if step > 0 {
        (start.map_or(Ok(0), bound)?, stop.map_or(Ok(n), bound)?)
    } else {
        // With a negative step the start is an index, not the end of the axis, and the stop may be before
        // index 0.
        let first = start.map_or(Ok(n), bound)?.min(n - 1);
        (first, stop.map_or(Ok(-1), bound)?)
    };
    let distance = if step > 0 { last - first } else { first - last };
    let len = if distance <= 0 { 0 } else { (distance as u64 - 1) / step.unsigned_abs() + 1 };
    Ok(ResolvedRange { start: first.max(0) as usize, len: len as usize, step: step as isize })
}

fn describe_range(start: Option<i64>, stop: Option<i64>, step: i64) -> String {
    let end = |at: Option<i64>| at.map_or(String::new(), |at| at.to_string());
    match step {
        1 => format!("{}:{}", end(start), end(stop)),
        _ => format!("{}:{}:{step}", end(start), end(stop)),
    }
}

/// The strides of a reshaped view; `None` when the elements would have to be copied.
///
/// Axes of both shapes are matched in groups of equal length. The old axes of a group must be contiguous with
/// one another.
fn reshape_strides(old: &Shape, old_strides: &[isize], new: &Shape) -> Option<Strides> {
    let old: SmallVec<[(usize, isize); 4]> =
        old.dims().iter().copied().zip(old_strides.iter().copied()).filter(|(d, _)| *d != 1).collect();
    let dims = new.dims();
    let mut strides: Strides = SmallVec::from_elem(0, dims.len());
    let (mut i, mut j) = (0, 0);
    while i < old.len() {
        let (first, from) = (i, j);
        let (mut a, mut b) = (old[i].0, *dims.get(j)?);
        i += 1;
        j += 1;
        while a != b {
            if a < b {
                a *= old.get(i)?.0;
                i += 1;
            } else {
                b *= *dims.get(j)?;
                j += 1;
            }
        }
        let group = &old[first..i];
        let contiguous = group.windows(2).all(|w| w[0].1 == w[1].1 * w[1].0 as isize);
        if !contiguous {
            return None;
        }
        let mut step = group.last()?.1;
        for axis in (from..j).rev() {
            strides[axis] = step;
            step *= dims[axis] as isize;
        }
    }
    Some(strides)
}
