//! Copies of the elements of any layout in logical order.

use std::mem::MaybeUninit;

use crate::kernel::transpose::Panel;
use crate::kernel::{Register, vectorized};
use crate::shape::Strides;
use crate::uninit::{write_each, write_map};
use crate::{FromData, Layout, Shape, View};
use smallvec::SmallVec;

/// A copy of a view's elements in logical order.
pub fn to_vec<T: FromData>(view: &View<'_>) -> Vec<T> {
    if let Some(slice) = view.contiguous::<T>() {
        return slice.to_vec();
    }
    let data = view.buffer::<T>();
    let mut out = Vec::with_capacity(view.len());
    for_each_run(&view.layout, 0, view.len(), |run| {
        out.extend(run.indices().map(|index| data[index]));
    });
    out
}

/// Writes the elements `start .. start + out.len()` of a view, counted in logical order.
pub fn gather<'o, T: Register>(view: &View<'_>, start: usize, out: &'o mut [MaybeUninit<T>]) -> &'o mut [T] {
    if let Some(slice) = view.contiguous::<T>() {
        return write_map(out, &slice[start..start + out.len()], |x| x);
    }
    // Runs differ in length, so the block is initialised first. It is in the L1 cache when it is written
    // again.
    let out = write_each(out, |_| T::default());
    gather_into(view, start, out);
    out
}

/// As [`gather`], into an initialised block.
pub(crate) fn gather_into<T: Register>(view: &View<'_>, start: usize, out: &mut [T]) {
    let mut cursor = Cursor::new(view, start);
    match cursor.runs.panel(start, out.len()) {
        Some(panel) => panel.write(cursor.data, out),
        None => cursor.write(out),
    }
}

/// A cursor that reads a view in logical order, block by block.
pub(crate) struct Cursor<'v, T> {
    data: &'v [T],
    runs: Runs,
    run: Run,
}

impl<'v, T: FromData> Cursor<'v, T> {
    /// A cursor at the element `start`.
    pub fn new(view: &View<'v>, start: usize) -> Cursor<'v, T> {
        let runs = Runs::new(&view.layout, start);
        Cursor { data: view.buffer(), runs, run: Run { start: 0, step: 0, len: 0 } }
    }

    /// Writes the next `out.len()` elements, which must exist.
    pub fn write(&mut self, mut out: &mut [T]) {
        while !out.is_empty() {
            if self.run.len == 0 {
                self.run = self.runs.next_run(usize::MAX);
            }
            let len = self.run.len.min(out.len());
            let (block, rest) = out.split_at_mut(len);
            copy_run(self.data, Run { len, ..self.run }, block);
            self.run.start = self.run.start.wrapping_add_signed(self.run.step * len as isize);
            self.run.len -= len;
            out = rest;
        }
    }
}

/// Copies a run to a slice of equal length.
pub(crate) fn copy_run<T: Copy>(data: &[T], run: Run, out: &mut [T]) {
    /// For shorter runs a vector loop does not pay.
    const SHORT: usize = 16;
    let Some(last) = run.len.checked_sub(1) else {
        return;
    };
    let last = run.start.wrapping_add_signed(run.step * last as isize);
    match run.step {
        0 => out.fill(data[run.start]),
        1 => out.copy_from_slice(&data[run.start..=last]),
        2 if run.len > SHORT => every::<2, T>(&data[run.start..=last], out),
        3 if run.len > SHORT => every::<3, T>(&data[run.start..=last], out),
        4 if run.len > SHORT => every::<4, T>(&data[run.start..=last], out),
        -1 => out.iter_mut().zip(data[last..=run.start].iter().rev()).for_each(|(slot, x)| *slot = *x),
        _ => out.iter_mut().zip(run.indices()).for_each(|(slot, index)| *slot = data[index]),
    }
}

/// Copies every `STEP`th element, up to the last one.
fn every<const STEP: usize, T: Copy>(data: &[T], out: &mut [T]) {
    vectorized(
        #[inline(always)]
        || {
            let (steps, _) = data.as_chunks::<STEP>();
            for (slot, step) in out.iter_mut().zip(steps) {
                *slot = step[0];
            }
            // The last element has no complete step.
            if let (Some(slot), Some(last)) = (out.last_mut(), data.last()) {
                *slot = *last;
            }
        },
    );
}

/// Elements at a constant stride along the last axis.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Index of the first element in the buffer.
    pub start: usize,
    /// Distance of adjacent elements in the buffer.
    pub step: isize,
    /// Number of elements.
    pub len: usize,
}

impl Run {
    /// The indices in order.
    pub fn indices(self) -> impl Iterator<Item = usize> {
        (0..self.len).map(move |i| self.start.wrapping_add_signed(self.step * i as isize))
    }
}

/// Calls `visit` for the runs of the elements `start .. start + len` in logical order.
pub fn for_each_run(layout: &Layout, start: usize, len: usize, mut visit: impl FnMut(Run)) {
    if len == 0 {
        return;
    }
    let mut runs = Runs::new(layout, start);
    let mut remaining = len;
    while remaining > 0 {
        let run = runs.next_run(remaining);
        remaining -= run.len;
        visit(run);
    }
}

/// Iterates over a layout in logical order, by runs of the last axis.
///
/// Contiguous axes are merged first, so runs are as long as possible.
pub struct Runs {
    dims: SmallVec<[usize; 4]>,
    strides: Strides,
    counters: SmallVec<[usize; 4]>,
    offset: isize,
}

impl Runs {
    /// The runs from the element `start`, which must exist or be the end.
    pub fn new(layout: &Layout, start: usize) -> Runs {
        let (dims, strides) = merge_axes(&layout.shape, &layout.strides);
        let mut counters: SmallVec<[usize; 4]> = SmallVec::from_elem(0, dims.len());
        let mut offset = layout.offset as isize;
        let mut rest = start;
        for axis in (0..dims.len()).rev() {
            let d = dims[axis].max(1);
            counters[axis] = rest % d;
            rest /= d;
            offset += counters[axis] as isize * strides[axis];
        }
        Runs { dims, strides, counters, offset }
    }

    /// The next run of at most `limit` elements.
    pub fn next_run(&mut self, limit: usize) -> Run {
        let Some(last) = self.dims.len().checked_sub(1) else {
            return Run { start: self.offset as usize, step: 0, len: 1 };
        };
        let len = (self.dims[last] - self.counters[last]).min(limit);
        let run = Run { start: self.offset as usize, step: self.strides[last], len };
        self.advance(last, len);
        run
    }

    /// The elements `start .. start + len` as a panel of a matrix whose columns are more contiguous than its
    /// rows.
    pub(crate) fn panel(&self, start: usize, len: usize) -> Option<Panel> {
        let (&[.., rows, columns], &[.., row_step, column_step]) = (&self.dims[..], &self.strides[..]) else {
            return None;
        };
        let (row, column) = (start / columns.max(1) % rows.max(1), start % columns.max(1));
        let panel = Panel {
            first: self.offset - column as isize * column_step,
            columns,
            row_step,
            column_step,
            skip: column,
        };
        let inside = row * columns + column + len <= rows * columns;
        let is_transposed = row_step != 0 && row_step.unsigned_abs() < column_step.unsigned_abs();
        (inside && is_transposed && len >= Panel::MIN_ROWS * columns).then_some(panel)
    }

    fn advance(&mut self, last: usize, len: usize) {
        self.counters[last] += len;
        self.offset += self.strides[last] * len as isize;
        let mut axis = last;
        while self.counters[axis] == self.dims[axis] && axis > 0 {
            self.offset -= self.strides[axis] * self.dims[axis] as isize;
            self.counters[axis] = 0;
            axis -= 1;
            self.counters[axis] += 1;
            self.offset += self.strides[axis];
        }
    }
}

/// Drops axes of size 1, and merges adjacent axes that are contiguous.
fn merge_axes(shape: &Shape, strides: &[isize]) -> (SmallVec<[usize; 4]>, Strides) {
    let mut dims: SmallVec<[usize; 4]> = SmallVec::new();
    let mut steps = Strides::new();
    for (&d, &s) in shape.dims().iter().zip(strides).filter(|(d, _)| **d != 1) {
        match (dims.last_mut(), steps.last_mut()) {
            (Some(outer), Some(step)) if *step == s * d as isize => {
                *outer *= d;
                *step = s;
            }
            _ => {
                dims.push(d);
                steps.push(s);
            }
        }
    }
    (dims, steps)
}
