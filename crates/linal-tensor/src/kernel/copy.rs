//! Reading the elements of any layout in logical order.

use std::mem::MaybeUninit;

use crate::raw::write_map;
use crate::shape::Strides;
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
pub fn gather<'o, T: FromData>(view: &View<'_>, start: usize, out: &'o mut [MaybeUninit<T>]) -> &'o mut [T] {
    if let Some(slice) = view.contiguous::<T>() {
        return write_map(out, &slice[start..start + out.len()], |x| x);
    }
    let data = view.buffer::<T>();
    let mut places = Runs::new(&view.layout, start);
    let mut run = Run { start: 0, step: 0, len: 0 };
    crate::raw::write_each(out, |_| {
        if run.len == 0 {
            run = places.next_run(usize::MAX);
        }
        let value = data[run.start];
        run.start = run.start.wrapping_add_signed(run.step);
        run.len -= 1;
        value
    })
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
