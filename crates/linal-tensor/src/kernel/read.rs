//! Reading of views: as slices in logical order, or in memory order.

use smallvec::SmallVec;

use crate::kernel::Register;
use crate::kernel::copy::{Cursor, Run};
use crate::{Layout, Shape, View};

/// The elements `start .. start + len` in logical order: borrowed if the view is contiguous, else gathered
/// into the buffer, which must be at least `len` long.
#[inline]
pub(crate) fn block<'b, T: Register>(
    view: &View<'b>,
    start: usize,
    len: usize,
    buffer: &'b mut [T],
) -> &'b [T] {
    match view.contiguous::<T>() {
        Some(slice) => &slice[start..start + len],
        None => {
            let buffer = &mut buffer[..len];
            Cursor::new(view, start).write(buffer);
            buffer
        }
    }
}

/// The elements of a run: borrowed if they are contiguous, else gathered into the buffer.
#[inline(always)]
pub(crate) fn run<'b, T: Copy>(data: &'b [T], run: Run, buffer: &'b mut [T]) -> &'b [T] {
    if run.step == 1 {
        return &data[run.start..run.start + run.len];
    }
    let buffer = &mut buffer[..run.len];
    crate::kernel::copy::copy_run(data, run, buffer);
    buffer
}

/// The layout with its axes in memory order, for folds that do not depend on the order.
///
/// A transposed matrix becomes contiguous; broadcast axes are the outermost.
pub(crate) fn memory_order(layout: &Layout) -> Layout {
    if layout.is_contiguous() {
        return layout.clone();
    }
    let mut offset = layout.offset as isize;
    let mut axes: SmallVec<[(usize, isize); 4]> = SmallVec::new();
    for (&size, &stride) in layout.shape.dims().iter().zip(&layout.strides) {
        if stride < 0 {
            offset += stride * (size as isize - 1);
        }
        axes.push((size, stride.abs()));
    }
    axes.sort_by_key(|&(_, stride)| std::cmp::Reverse(if stride == 0 { isize::MAX } else { stride }));
    Layout {
        shape: axes.iter().map(|&(size, _)| size).collect::<Vec<_>>().into(),
        strides: axes.iter().map(|&(_, stride)| stride).collect(),
        offset: offset as usize,
    }
}

/// The lane along an axis with the given index in logical order.
pub(crate) fn lane<'a>(view: &View<'a>, axis: usize, lane: usize) -> View<'a> {
    let others = view.layout.select(axis, 0);
    let start = crate::kernel::copy::Runs::new(&others, lane).next_run(1).start;
    view.with_layout(Layout {
        shape: Shape::new(&[view.shape()[axis]]),
        strides: smallvec::smallvec![view.layout.strides[axis]],
        offset: start,
    })
}
