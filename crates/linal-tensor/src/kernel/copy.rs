//! Reading the elements of any layout in logical order.

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
        out.extend(run.places().map(|place| data[place]));
    });
    out
}

/// Writes the elements `start .. start + out.len()` of a view, counted in logical order.
pub fn gather<'o, T: Register>(view: &View<'_>, start: usize, out: &'o mut [MaybeUninit<T>]) -> &'o mut [T] {
    if let Some(slice) = view.contiguous::<T>() {
        return write_map(out, &slice[start..start + out.len()], |x| x);
    }
    // Runs have different lengths, so the block is initialised first; it is in a near cache when it is written again.
    let out = write_each(out, |_| T::default());
    gather_into(view, start, out);
    out
}

/// As [`gather`], over a block that was written before.
pub(crate) fn gather_into<T: Register>(view: &View<'_>, start: usize, out: &mut [T]) {
    let mut cursor = Cursor::new(view, start);
    match cursor.runs.panel(start, out.len()) {
        Some(panel) => panel.write(cursor.data, out),
        None => cursor.write(out),
    }
}

/// Reads a view in logical order, in pieces.
pub(crate) struct Cursor<'v, T> {
    data: &'v [T],
    runs: Runs,
    run: Run,
}

impl<'v, T: FromData> Cursor<'v, T> {
    /// A walk from the element `start`.
    pub fn new(view: &View<'v>, start: usize) -> Cursor<'v, T> {
        let runs = Runs::new(&view.layout, start);
        Cursor { data: view.buffer(), runs, run: Run { start: 0, step: 0, len: 0 } }
    }

    /// Writes the next elements, of which there must be enough.
    pub fn write(&mut self, mut out: &mut [T]) {
        while !out.is_empty() {
            if self.run.len == 0 {
                self.run = self.runs.next_run(usize::MAX);
            }
            let len = self.run.len.min(out.len());
            let (now, later) = out.split_at_mut(len);
            copy_run(self.data, Run { len, ..self.run }, now);
            self.run.start = self.run.start.wrapping_add_signed(self.run.step * len as isize);
            self.run.len -= len;
            out = later;
        }
    }
}

/// Copies a run to as many places.
pub(crate) fn copy_run<T: Copy>(data: &[T], run: Run, out: &mut [T]) {
    /// Shorter runs are over before a vector loop has begun.
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
        -1 => out.iter_mut().zip(data[last..=run.start].iter().rev()).for_each(|(place, x)| *place = *x),
        _ => out.iter_mut().zip(run.places()).for_each(|(place, from)| *place = data[from]),
    }
}

/// Copies the first element of every `STEP`, up to the last element.
fn every<const STEP: usize, T: Copy>(data: &[T], out: &mut [T]) {
    vectorized(
        #[inline(always)]
        || {
            let (steps, _) = data.as_chunks::<STEP>();
            for (place, step) in out.iter_mut().zip(steps) {
                *place = step[0];
            }
            // Nothing stands behind the last element, so it is no whole step.
            if let (Some(place), Some(last)) = (out.last_mut(), data.last()) {
                *place = *last;
            }
        },
    );
}

/// Places of neighbouring elements along the last axis.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Place of the first element in the buffer.
    pub start: usize,
    /// Distance between places.
    pub step: isize,
    /// Number of elements.
    pub len: usize,
}

impl Run {
    /// The places in order.
    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..self.len).map(move |i| self.start.wrapping_add_signed(self.step * i as isize))
    }
}

/// Calls `visit` for the runs that hold the elements `start .. start + len` in logical order.
pub fn for_each_run(layout: &Layout, start: usize, len: usize, mut visit: impl FnMut(Run)) {
    if len == 0 {
        return;
    }
    let mut runs = Runs::new(layout, start);
    let mut left = len;
    while left > 0 {
        let run = runs.next_run(left);
        left -= run.len;
        visit(run);
    }
}

/// Walks a layout in logical order, a run of the last axis at a time.
///
/// Axes that lie behind one another are merged first, so that a run is as long as it can be.
pub struct Runs {
    dims: SmallVec<[usize; 4]>,
    strides: Strides,
    counters: SmallVec<[usize; 4]>,
    place: isize,
}

impl Runs {
    /// A walk from the element `start`, which must exist or be the end.
    pub fn new(layout: &Layout, start: usize) -> Runs {
        let (dims, strides) = merge_axes(&layout.shape, &layout.strides);
        let mut counters: SmallVec<[usize; 4]> = SmallVec::from_elem(0, dims.len());
        let mut place = layout.offset as isize;
        let mut rest = start;
        for axis in (0..dims.len()).rev() {
            let d = dims[axis].max(1);
            counters[axis] = rest % d;
            rest /= d;
            place += counters[axis] as isize * strides[axis];
        }
        Runs { dims, strides, counters, place }
    }

    /// The next run of at most `limit` elements.
    pub fn next_run(&mut self, limit: usize) -> Run {
        let Some(last) = self.dims.len().checked_sub(1) else {
            return Run { start: self.place as usize, step: 0, len: 1 };
        };
        let len = (self.dims[last] - self.counters[last]).min(limit);
        let run = Run { start: self.place as usize, step: self.strides[last], len };
        self.advance(last, len);
        run
    }

    /// The elements `start .. start + len` as a part of a matrix whose columns lie closer together than its rows.
    pub(crate) fn panel(&self, start: usize, len: usize) -> Option<Panel> {
        let (&[.., rows, columns], &[.., row_step, column_step]) = (&self.dims[..], &self.strides[..]) else {
            return None;
        };
        let (row, column) = (start / columns.max(1) % rows.max(1), start % columns.max(1));
        let panel = Panel {
            first: self.place - column as isize * column_step,
            columns,
            row_step,
            column_step,
            skip: column,
        };
        let inside = row * columns + column + len <= rows * columns;
        let crosswise = row_step != 0 && row_step.unsigned_abs() < column_step.unsigned_abs();
        (inside && crosswise && len >= Panel::LEAST_ROWS * columns).then_some(panel)
    }

    fn advance(&mut self, last: usize, len: usize) {
        self.counters[last] += len;
        self.place += self.strides[last] * len as isize;
        let mut axis = last;
        while self.counters[axis] == self.dims[axis] && axis > 0 {
            self.place -= self.strides[axis] * self.dims[axis] as isize;
            self.counters[axis] = 0;
            axis -= 1;
            self.counters[axis] += 1;
            self.place += self.strides[axis];
        }
    }
}

/// Drops axes of size 1 and joins neighbouring axes that lie behind one another.
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
