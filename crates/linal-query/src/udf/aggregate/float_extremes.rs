//! MIN and MAX of floats in groups, with NaN above all numbers.
//!
//! DataFusion 55 takes a NaN for the new extreme whatever it has, and begins with the greatest and the least finite number: of 3.75 and
//! NaN in a group MIN is NaN there, of infinities 1.8e308. Without groups its accumulators compare as ORDER BY does.

use arrow::datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type};
use datafusion::logical_expr::GroupsAccumulator;
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;
use linal_tensor::kernel::segment_reduce::SegmentOp;

/// The accumulator of MIN or MAX for a type of floats; `None` for other operations and types.
pub(super) fn float_extremes(op: SegmentOp, data_type: &DataType) -> Option<Box<dyn GroupsAccumulator>> {
    match data_type {
        DataType::Float64 => of::<Float64Type>(op, data_type, [f64::NAN, f64::NEG_INFINITY]),
        DataType::Float32 => of::<Float32Type>(op, data_type, [f32::NAN, f32::NEG_INFINITY]),
        _ => None,
    }
}

/// `start` has the values that MIN and MAX begin with: the greatest and the least of all.
fn of<T: ArrowPrimitiveType + Send>(
    op: SegmentOp,
    data_type: &DataType,
    [greatest, least]: [T::Native; 2],
) -> Option<Box<dyn GroupsAccumulator>>
where
    T::Native: PartialOrd,
{
    // Only a NaN is not equal to itself.
    let is_nan = |value: T::Native| value.partial_cmp(&value).is_none();
    match op {
        SegmentOp::Min => {
            let keep = move |kept: &mut T::Native, new: T::Native| {
                if new < *kept || is_nan(*kept) {
                    *kept = new;
                }
            };
            let accumulator = PrimitiveGroupsAccumulator::<T, _>::new(data_type, keep);
            Some(Box::new(accumulator.with_starting_value(greatest)))
        }
        SegmentOp::Max => {
            let keep = move |kept: &mut T::Native, new: T::Native| {
                if new > *kept || is_nan(new) {
                    *kept = new;
                }
            };
            let accumulator = PrimitiveGroupsAccumulator::<T, _>::new(data_type, keep);
            Some(Box::new(accumulator.with_starting_value(least)))
        }
        _ => None,
    }
}
