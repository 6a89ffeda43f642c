//! Quantiles and histograms.

use crate::kernel::generate::Spacing;
use crate::kernel::reduce::{MinMax, fold_all};
use crate::kernel::sort::{self, Order, dispatch_order};
use crate::kernel::threads::{CostClass, par_map, threads_for};
use crate::kernel::{BLOCK, Output, TILE, Value, copy, read};
use crate::uninit::{write_each, write_map};
use crate::{Control, DType, Error, Result, Shape, View};

/// Writes the quantiles at the fractions of input 1; NaN if a value is NaN.
///
/// # Errors
/// A fraction outside of 0 to 1; the memory limit; cancellation.
pub fn quantile<'c>(
    inputs: &[View<'_>],
    shape: &Shape,
    _dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let fractions: Vec<f64> = copy::to_vec(&inputs[1]);
    if let Some(fraction) = fractions.iter().find(|fraction| !(0.0..=1.0).contains(*fraction)) {
        return Err(Error::argument(
            output.operation,
            format!("the fraction {fraction} is not between 0 and 1"),
        ));
    }
    dispatch_order!(output.operation, inputs[0].dtype(), T => {
        let quantiles = quantiles::<T>(&inputs[0], &fractions, output)?;
        output.produce::<f64>(shape, |out| Ok(write_map(out, &quantiles, |x| x)))
    })
}

fn quantiles<T: Order>(values: &View<'_>, fractions: &[f64], output: Output<'_>) -> Result<Vec<f64>> {
    /// Up to this many fractions are found by selection; more are read from the sorted values.
    const FEW: usize = 4;
    let context = output.context;
    let control = context.control();
    let values = sort::scratch_copy::<T>(values, context, output.operation)?;
    if sort::nan_last(values) < values.len() {
        return Ok(vec![f64::NAN; fractions.len()]);
    }
    let sorted = fractions.len() > FEW;
    if sorted {
        sort::sort_lane(values, sort::threads_for(context, values.len(), values.len()), control)?;
    }
    fractions
        .iter()
        .map(|fraction| {
            // Linear interpolation, as the default of NumPy.
            let position = fraction * (values.len() - 1) as f64;
            let low = position.floor() as usize;
            if !sorted {
                select_around(values, low, control)?;
            }
            let high = (low + 1).min(values.len() - 1);
            Ok(lerp(values[low].real(), values[high].real(), position - low as f64))
        })
        .collect()
}

/// Moves the values of ranks `position` and `position + 1` to these indices.
fn select_around<T: Order>(values: &mut [T], position: usize, control: &Control) -> Result<()> {
    let before = |a: &T, b: &T| a < b;
    sort::select(values, position, &before, control)?;
    let next_position = position + 1;
    let next =
        (next_position..values.len()).reduce(|least, i| if values[i] < values[least] { i } else { least });
    if let Some(next) = next {
        values.swap(next_position, next);
    }
    Ok(())
}

/// Interpolates between `low` and `high`, from the nearer end. At an infinite end the result is that end.
fn lerp(low: f64, high: f64, fraction: f64) -> f64 {
    if low == high || fraction == 0.0 {
        low
    } else if fraction < 0.5 {
        low + (high - low) * fraction
    } else {
        high - (high - low) * (1.0 - fraction)
    }
}

/// Writes the number of elements in each bin. A bin includes its lower edge; the last one includes its upper
/// edge too.
///
/// # Errors
/// Values that are not finite; the memory limit; cancellation.
pub fn histogram<'c>(
    bins: usize,
    inputs: &[View<'_>],
    shape: &Shape,
    _dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    dispatch_order!(output.operation, inputs[0].dtype(), T => counts::<T>(bins, &inputs[0], shape, output))
}

/// Writes the edges of the bins, one more than there are bins.
///
/// # Errors
/// Values that are not finite; the memory limit; cancellation.
pub fn histogram_edges<'c>(
    bins: usize,
    inputs: &[View<'_>],
    shape: &Shape,
    _dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let bins = dispatch_order!(output.operation, inputs[0].dtype(), T => {
        Bins::spanning::<T>(bins, &inputs[0], output)
    })?;
    output.produce::<f64>(shape, |out| Ok(write_each(out, |i| bins.edges.at(i))))
}

/// Bins of equal width.
#[derive(Clone, Copy)]
struct Bins {
    count: usize,
    first: f64,
    /// Bins per unit of the range.
    per_unit: f64,
    edges: Spacing,
}

impl Bins {
    fn new(count: usize, first: f64, last: f64) -> Bins {
        let per_unit = count as f64 / (last - first);
        Bins { count, first, per_unit, edges: Spacing::new(first, last, count + 1) }
    }

    /// Bins between the minimum and the maximum; 0.5 to each side of a single value; 0 to 1 without elements.
    fn spanning<T: Order>(count: usize, view: &View<'_>, output: Output<'_>) -> Result<Bins> {
        if view.is_empty() {
            return Ok(Bins::new(count, 0.0, 1.0));
        }
        let first = fold_all(&MinMax::<false>, view, output.context).map(T::real)?;
        let last = fold_all(&MinMax::<true>, view, output.context).map(T::real)?;
        if !(last - first).is_finite() {
            return Err(Error::domain(
                output.operation,
                format!("the values reach from {first:?} to {last:?}, which is no finite range"),
            ));
        }
        if first == last {
            return Ok(Bins::new(count, first - 0.5, last + 0.5));
        }
        Ok(Bins::new(count, first, last))
    }

    /// The bin of a value in the range. The edges correct the bin if rounding gave an adjacent one.
    #[inline(always)]
    fn find(self, x: f64) -> usize {
        // The cast saturates, so an infinite or NaN quotient is harmless.
        let bin = (((x - self.first) * self.per_unit) as usize).min(self.count - 1);
        if x < self.edges.at(bin) {
            bin.saturating_sub(1)
        } else if bin + 1 < self.count && x >= self.edges.at(bin + 1) {
            bin + 1
        } else {
            bin
        }
    }

    /// Counts the elements of a range of a view.
    fn count_into<T: Order>(
        self,
        counts: &mut [i64],
        view: &View<'_>,
        range: std::ops::Range<usize>,
        control: &Control,
    ) -> Result<()> {
        let mut buffer = [T::default(); BLOCK];
        for start in range.clone().step_by(BLOCK) {
            if (start - range.start).is_multiple_of(TILE) {
                control.poll()?;
            }
            let block = read::block(view, start, BLOCK.min(range.end - start), &mut buffer);
            for &x in block {
                counts[self.find(x.real())] += 1;
            }
        }
        Ok(())
    }
}

fn counts<'c, T: Order>(
    bins: usize,
    view: &View<'_>,
    shape: &Shape,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let bins = Bins::spanning::<T>(bins, view, output)?;
    let control = output.context.control();
    let len = view.len();
    let threads = threads_for(output.context, len, CostClass::Histogram.cost()).min(len / BLOCK + 1);
    output.produce::<i64>(shape, |out| {
        let counts = write_each(out, |_| 0);
        if threads == 1 || bins.count > TILE {
            bins.count_into::<T>(counts, view, 0..len, control)?;
            return Ok(counts);
        }
        let share = len.div_ceil(threads);
        let parts: Vec<Vec<i64>> = par_map(threads, threads, |i| {
            let mut counts = vec![0; bins.count];
            let range = (i * share).min(len)..((i + 1) * share).min(len);
            bins.count_into::<T>(&mut counts, view, range, control).map(|()| counts)
        })?;
        for (bin, count) in counts.iter_mut().enumerate() {
            *count = parts.iter().map(|part| part[bin]).sum();
        }
        Ok(counts)
    })
}
