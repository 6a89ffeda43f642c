//! Reading views in pieces that loops like: slices in logical order, or a view in the order of memory.

use smallvec::SmallVec;

use crate::kernel::Register;
use crate::kernel::copy::{Cursor, Run};
use crate::{Layout, Shape, View};

/// The elements `start .. start + len` in logical order: borrowed where they lie one after the other, else gathered
/// into the buffer, which must have room for them.
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

/// The elements of a run: borrowed where they are neighbours, else gathered into the buffer.
#[inline(always)]
pub(crate) fn run<'b, T: Copy>(data: &'b [T], run: Run, buffer: &'b mut [T]) -> &'b [T] {
    if run.step == 1 {
        return &data[run.start..run.start + run.len];
    }
    let buffer = &mut buffer[..run.len];
    crate::kernel::copy::copy_run(data, run, buffer);
    buffer
}

/// The same elements in the order in which they lie in memory, for sums and other folds that do not care.
///
/// A transposed matrix becomes a contiguous one; what is repeated by broadcasting is repeated on the outside.
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

/// The elements along one axis at one place of all others, which is counted in logical order.
pub(crate) fn lane<'a>(view: &View<'a>, axis: usize, lane: usize) -> View<'a> {
    let others = view.layout.select(axis, 0);
    let start = crate::kernel::copy::Runs::new(&others, lane).next_run(1).start;
    view.with_layout(Layout {
        shape: Shape::new(&[view.shape()[axis]]),
        strides: smallvec::smallvec![view.layout.strides[axis]],
        offset: start,
    })
}
