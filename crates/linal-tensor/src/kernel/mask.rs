//! Selection by a Boolean mask. The shape of the result depends on the mask, so there is no graph node for
//! it.

use crate::kernel::{BLOCK, Output, Register, TILE, Value, copy, read};
use crate::uninit::{write_chunks, write_each};
use crate::{Control, DType, Error, ExecutionContext, Result, Shape, Tensor, View};

const NAME: &str = "mask";

/// The elements where the mask is true, in logical order; whole rows where the mask covers the leading axes
/// only.
///
/// # Errors
/// A mask that is not Boolean, or whose shape is not that of the tensor or of its leading axes; the memory
/// limit; cancellation.
pub fn mask(a: &Tensor, mask: &Tensor, context: &ExecutionContext) -> Result<Tensor> {
    if mask.dtype() != DType::Bool {
        return Err(Error::DTypeMismatch {
            operation: NAME,
            found: mask.dtype(),
            rule: "a mask of Booleans",
        });
    }
    let rank = mask.shape().rank();
    let (leading, rest) = match a.shape().dims().split_at_checked(rank) {
        Some(parts) => parts,
        None => (a.shape().dims(), [].as_slice()),
    };
    if leading != mask.shape().dims() {
        return Err(Error::ShapeMismatch {
            operation: NAME,
            left: a.shape().clone(),
            right: mask.shape().clone(),
            rule: "the mask must have the shape of the tensor, or of its leading axes",
        });
    }
    let mask = mask.view();
    let count = count(&mask, context)?;
    let shape = Shape::new(rest).with_axis(0, count);
    let row = rest.iter().product();
    let value = crate::dispatch!(a.dtype(), T => select::<T>(&a.view(), &mask, row, &shape, context))?;
    tensor(value)
}

/// The tensor of a value that outlives the program.
pub(super) fn tensor(value: Value<'_>) -> Result<Tensor> {
    match value {
        Value::Owned(tensor) => Ok(tensor),
        Value::Input(tensor) => Ok(tensor.clone()),
        Value::Scratch(_) => Err(Error::argument(NAME, "the result was not kept")),
    }
}

fn count(mask: &View<'_>, context: &ExecutionContext) -> Result<usize> {
    let mut buffer = [false; BLOCK];
    let mut count = 0;
    for start in (0..mask.len()).step_by(BLOCK) {
        if start.is_multiple_of(TILE) {
            context.poll()?;
        }
        let block = read::block(mask, start, BLOCK.min(mask.len() - start), &mut buffer);
        count += block.iter().filter(|&&selected| selected).count();
    }
    Ok(count)
}

fn select<'c, T: Register>(
    view: &View<'_>,
    mask: &View<'_>,
    row: usize,
    shape: &Shape,
    context: &'c ExecutionContext,
) -> Result<Value<'c>> {
    let output = Output { context, keep: true, operation: NAME };
    let control = context.control();
    output.produce::<T>(shape, |out| {
        if row == 1 {
            let mut numbers = [T::default(); BLOCK];
            let mut selected = Selected::new(mask, |start, len, take: &[bool], selected: &mut [T; BLOCK]| {
                let block = read::block(view, start, len, &mut numbers);
                compress(take, selected, |i| block[i])
            });
            return write_chunks(out, 1, |_, element| {
                let value = selected.next(control)?;
                Ok(write_each(element, |_| value))
            });
        }
        let mut rows = Selected::new(mask, |start, _, take: &[bool], selected: &mut [usize; BLOCK]| {
            compress(take, selected, |i| start + i)
        });
        write_chunks(out, row, |_, part| Ok(copy::gather(view, rows.next(control)? * row, part)))
    })
}

/// Writes the selected items contiguously, without a branch on the mask, and returns their number.
fn compress<I>(take: &[bool], selected: &mut [I; BLOCK], item: impl Fn(usize) -> I) -> usize {
    let mut count = 0;
    for (i, &take) in take.iter().enumerate() {
        selected[count] = item(i);
        count += usize::from(take);
    }
    count
}

/// The items at the true elements of a mask, selected block by block.
struct Selected<'m, 'a, I, F> {
    mask: &'m View<'a>,
    /// Writes the selected items of a block, given its start, its length and its part of the mask.
    fill: F,
    /// The start of the next block.
    start: usize,
    items: [I; BLOCK],
    count: usize,
    next: usize,
}

impl<'m, 'a, I, F> Selected<'m, 'a, I, F>
where
    I: Copy + Default,
    F: FnMut(usize, usize, &[bool], &mut [I; BLOCK]) -> usize,
{
    fn new(mask: &'m View<'a>, fill: F) -> Self {
        Selected { mask, fill, start: 0, items: [I::default(); BLOCK], count: 0, next: 0 }
    }

    /// The next item. There are as many as true elements; after them it is a default.
    #[inline]
    fn next(&mut self, control: &Control) -> Result<I> {
        while self.next == self.count && self.start < self.mask.len() {
            self.refill(control)?;
        }
        let item = self.items.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        Ok(item)
    }

    fn refill(&mut self, control: &Control) -> Result<()> {
        if self.start.is_multiple_of(TILE) {
            control.poll()?;
        }
        let mut buffer = [false; BLOCK];
        let len = BLOCK.min(self.mask.len() - self.start);
        let take = read::block(self.mask, self.start, len, &mut buffer);
        self.count = (self.fill)(self.start, len, take, &mut self.items);
        self.start += len;
        self.next = 0;
        Ok(())
    }
}
