//! Each value once. The shape of the result depends on the values, so this is no graph node.

use crate::kernel::sort::{self, Order, dispatch_order};
use crate::kernel::{Sink, TILE, Value};
use crate::raw::{write_each, write_map};
use crate::{ExecutionContext, Result, Shape, Tensor, View};

const NAME: &str = "UNIQUE";

/// The distinct elements as a vector in ascending order; all NaN count as one, which comes last.
///
/// # Errors
/// Complex numbers; the budget; cancellation.
pub fn unique(a: &Tensor, context: &ExecutionContext) -> Result<Tensor> {
    let view = a.view();
    let value = dispatch_order!(NAME, a.dtype(), T => distinct::<T>(&view, context))?;
    super::mask::tensor(value)
}

fn distinct<'c, T: Order>(view: &View<'_>, context: &'c ExecutionContext) -> Result<Value<'c>> {
    let control = context.control();
    let values = sort::scratch_copy::<T>(view, context, NAME)?;
    let numbers = sort::sort_lane(values, context.threads() > 1, control)?;
    let mut count = numbers.min(1);
    for i in 1..numbers {
        if i.is_multiple_of(TILE) {
            control.poll()?;
        }
        // Written without a branch; a place is written before it is read, for it lies no further than `i`.
        values[count] = values[i];
        count += usize::from(values[i] != values[count - 1]);
    }
    let nan = (numbers < values.len()).then(|| values[numbers]);
    let sink = Sink { context, keep: true, operation: NAME };
    match nan {
        None => sink.produce(&Shape::new(&[count]), |out| Ok(write_map(out, &values[..count], |x| x))),
        Some(nan) => sink.produce(&Shape::new(&[count + 1]), |out| {
            Ok(write_each(out, |i| if i < count { values[i] } else { nan }))
        }),
    }
}
