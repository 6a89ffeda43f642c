//! Distinct elements. The shape of the result depends on the elements, so there is no graph node for it.

use crate::kernel::reduce::{ComplexNumber, dispatch_real_or_complex};
use crate::kernel::{Output, Register, TILE, Value, sort};
use crate::uninit::{write_each, write_map};
use crate::{Control, ExecutionContext, Result, Shape, Tensor, View};

const NAME: &str = "UNIQUE";

/// The distinct elements as a vector in ascending order; complex numbers are ordered by their real and then
/// their imaginary parts. All NaN, and all numbers with a NaN part, are one element, which is the last.
///
/// # Errors
/// The memory limit; cancellation.
pub fn unique(a: &Tensor, context: &ExecutionContext) -> Result<Tensor> {
    let view = a.view();
    let threads = sort::threads_for(context, view.len(), view.len());
    let control = context.control();
    let value = dispatch_real_or_complex!(a.dtype(), T =>
        real distinct::<T>(&view, context, |values| sort::sort_lane(values, threads, control)),
        complex distinct::<T>(&view, context, |values| sort_complex(values, threads, control)))?;
    super::mask::tensor(value)
}

/// Sorts as NumPy does; returns the number of elements before those with a NaN part.
fn sort_complex<T: ComplexNumber>(values: &mut [T], threads: usize, control: &Control) -> Result<usize> {
    sort::sort_by(values, &|a, b| complex_key(*a) < complex_key(*b), threads, control)?;
    Ok(values.partition_point(|z| !is_nan(*z)))
}

fn is_nan<T: ComplexNumber>(z: T) -> bool {
    let z = z.wide();
    z.re.is_nan() || z.im.is_nan()
}

/// The sort key: whether the parts are NaN, then the parts, with 0 for NaN.
fn complex_key<T: ComplexNumber>(z: T) -> (bool, bool, f64, f64) {
    let z = z.wide();
    let plain = |part: f64| if part.is_nan() { 0.0 } else { part };
    (z.re.is_nan(), z.im.is_nan(), plain(z.re), plain(z.im))
}

/// `sort` sorts the elements and returns the number of elements before NaN.
fn distinct<'c, T: Register>(
    view: &View<'_>,
    context: &'c ExecutionContext,
    sort: impl FnOnce(&mut [T]) -> Result<usize>,
) -> Result<Value<'c>> {
    let control = context.control();
    let values = sort::scratch_copy::<T>(view, context, NAME)?;
    let numbers = sort(values)?;
    let mut count = numbers.min(1);
    for i in 1..numbers {
        if i.is_multiple_of(TILE) {
            control.poll()?;
        }
        // Written without a branch: `count` is at most `i`, so no element is overwritten before it is read.
        values[count] = values[i];
        count += usize::from(values[i] != values[count - 1]);
    }
    let nan = (numbers < values.len()).then(|| values[numbers]);
    let output = Output { context, keep: true, operation: NAME };
    match nan {
        None => output.produce(&Shape::new(&[count]), |out| Ok(write_map(out, &values[..count], |x| x))),
        Some(nan) => output.produce(&Shape::new(&[count + 1]), |out| {
            Ok(write_each(out, |i| if i < count { values[i] } else { nan }))
        }),
    }
}
