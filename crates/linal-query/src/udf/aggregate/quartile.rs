//! `__quartile(x, fraction)`: the approximate quantile of SUMMARIZE.
//!
//! DataFusion's digest keeps centroids of the values, but takes a quantile from one of them, with the slope of its
//! neighbours: the median of 1, 2, 3 and 100 is then far from 2.5. Here a quantile lies between the two centroids around
//! it, as in DuckDB.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::functions_aggregate::approx_percentile_cont::approx_percentile_cont_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature};
use datafusion::physical_expr::expressions::Literal;

/// The aggregate.
pub(super) fn quartile() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Quartile { digest: approx_percentile_cont_udaf() }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Quartile {
    digest: Arc<AggregateUDF>,
}

impl AggregateUDFImpl for Quartile {
    fn name(&self) -> &str {
        "__quartile"
    }

    fn signature(&self) -> &Signature {
        self.digest.signature()
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        let fraction = args.exprs.get(1).and_then(|arg| arg.downcast_ref::<Literal>()).map(Literal::value);
        let Some(ScalarValue::Float64(Some(fraction))) = fraction else {
            return internal_err!("a quartile takes a literal fraction");
        };
        let fraction = *fraction;
        Ok(Box::new(Digest { centroids: self.digest.accumulator(args)?, fraction }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        self.digest.state_fields(args)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

#[derive(Debug)]
struct Digest {
    /// DataFusion's accumulator, whose state is the digest.
    centroids: Box<dyn Accumulator>,
    fraction: f64,
}

impl Accumulator for Digest {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.centroids.update_batch(values)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let state = self.centroids.state()?;
        let [
            _,
            _,
            ScalarValue::Float64(Some(count)),
            ScalarValue::Float64(Some(max)),
            ScalarValue::Float64(Some(min)),
            ScalarValue::List(centroids),
        ] = state.as_slice()
        else {
            return internal_err!("a digest has another state than expected");
        };
        if *count <= 0.0 || centroids.is_empty() {
            return Ok(ScalarValue::Float64(None));
        }
        let centroids = centroids.value(0);
        let numbers = centroids.as_primitive::<Float64Type>().values();
        Ok(ScalarValue::Float64(Some(at_rank(numbers, self.fraction * count, [*min, *max]))))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.centroids.size()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        self.centroids.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.centroids.merge_batch(states)
    }
}

/// The value at a rank among centroids, which are means and weights in turn. A mean lies in the middle of its weight.
fn at_rank(centroids: &[f64], rank: f64, [min, max]: [f64; 2]) -> f64 {
    let (mut place, mut value) = (0.0, min);
    let mut before = 0.0;
    for centroid in centroids.chunks_exact(2) {
        let (mean, weight) = (centroid[0], centroid[1]);
        let middle = before + weight / 2.0;
        if rank <= middle {
            return between((place, value), (middle, mean), rank);
        }
        (place, value) = (middle, mean);
        before += weight;
    }
    between((place, value), (before, max), rank)
}

/// The value on the line through two points.
fn between((left, low): (f64, f64), (right, high): (f64, f64), place: f64) -> f64 {
    if right <= left || low == high { high } else { low + (high - low) * ((place - left) / (right - left)) }
}

#[cfg(test)]
mod tests {
    use super::at_rank;

    #[test]
    fn quartiles_lie_between_values() {
        let four = [1.5, 1.0, 2.5, 1.0, 10.0, 1.0, 100.0, 1.0];
        let at = |fraction: f64| at_rank(&four, fraction * 4.0, [1.5, 100.0]);
        assert_eq!([at(0.0), at(0.25), at(0.5), at(0.75), at(1.0)], [1.5, 2.0, 6.25, 55.0, 100.0]);
        assert_eq!(at_rank(&[5.0, 1.0], 0.25, [5.0, 5.0]), 5.0);
    }

    #[test]
    fn a_centroid_of_several_values_has_a_slope() {
        // Five values from 1 to 9 with the mean 5, and one of 20.
        let centroids = [5.0, 5.0, 20.0, 1.0];
        assert_eq!(at_rank(&centroids, 2.5, [1.0, 20.0]), 5.0);
        assert_eq!(at_rank(&centroids, 1.25, [1.0, 20.0]), 3.0);
        assert_eq!(at_rank(&centroids, 4.0, [1.0, 20.0]), 12.5);
    }
}
