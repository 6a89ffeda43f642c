//! SUM of integers and decimals, from exact prefix sums.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Builder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, Int64Type, UInt64Type, i256};
use datafusion::common::Result;
use linal_dataset::Error;
use linal_error::Code;

use super::counts::PrefixCounts;
use crate::error::external;
use crate::exec::window::frame::Frames;

/// The integer sum of each frame; NULL without values.
///
/// # Errors A sum out of Int's range. Prefix sums beyond the frame may be of any size.
pub(super) fn of_integers(values: &ArrayRef, frames: &Frames) -> Result<ArrayRef> {
    let nulls = values.logical_nulls();
    let is_valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let unsigned = (values.data_type() == &DataType::UInt64).then(|| values.as_primitive::<UInt64Type>());
    let signed = if unsigned.is_none() { Some(cast(values, &DataType::Int64)?) } else { None };
    let signed = signed.as_ref().map(|values| values.as_primitive::<Int64Type>());
    let value = |row: usize| match (unsigned, signed) {
        (Some(unsigned), _) => i128::from(unsigned.value(row)),
        (None, Some(signed)) => i128::from(signed.value(row)),
        (None, None) => 0,
    };
    let mut total = 0i128;
    let mut totals = Vec::with_capacity(values.len() + 1);
    totals.push(total);
    for row in 0..values.len() {
        if is_valid(row) {
            total += value(row);
        }
        totals.push(total);
    }
    let known = PrefixCounts::new(values.len(), is_valid);
    let mut results = Int64Builder::with_capacity(frames.len());
    for row in 0..frames.len() {
        if known.of(frames, row) == 0 {
            results.append_null();
            continue;
        }
        let sum =
            frames.pieces(row).iter().map(|piece| totals[piece.end] - totals[piece.start]).sum::<i128>();
        let too_large = linal_tensor::Error::IntegerOverflow { operation: "SUM" };
        let sum = i64::try_from(sum).map_err(|_| external(too_large.into()))?;
        results.append_value(sum);
    }
    Ok(Arc::new(results.finish()))
}

/// The decimal sum of each frame; NULL without values.
///
/// # Errors A sum beyond the precision of the result type.
pub(super) fn of_decimals(values: &ArrayRef, result: &DataType, frames: &Frames) -> Result<ArrayRef> {
    let (DataType::Decimal32(_, scale)
    | DataType::Decimal64(_, scale)
    | DataType::Decimal128(_, scale)
    | DataType::Decimal256(_, scale)) = values.data_type()
    else {
        return datafusion::common::internal_err!("decimals of another type");
    };
    let wide = cast(values, &DataType::Decimal256(76, *scale))?;
    let wide = wide.as_primitive::<Decimal256Type>();
    let too_large = || {
        let error = Error::new(Code::Overflow, "a SUM of decimals has more than 38 digits");
        external(error.with_help("SUM(CAST(x AS Float)) keeps the first 15"))
    };
    let mut total = i256::ZERO;
    let mut totals = Vec::with_capacity(wide.len() + 1);
    totals.push(total);
    for row in 0..wide.len() {
        if wide.is_valid(row) {
            total = total.checked_add(wide.value(row)).ok_or_else(too_large)?;
        }
        totals.push(total);
    }
    let known = PrefixCounts::new(wide.len(), |row| wide.is_valid(row));
    let mut sums: Vec<Option<i256>> = Vec::with_capacity(frames.len());
    for row in 0..frames.len() {
        let add = |sum: i256, piece: &std::ops::Range<usize>| {
            sum.wrapping_add(totals[piece.end].wrapping_sub(totals[piece.start]))
        };
        let sum = frames.pieces(row).iter().fold(i256::ZERO, add);
        sums.push((known.of(frames, row) > 0).then_some(sum));
    }
    let (DataType::Decimal128(precision, _) | DataType::Decimal256(precision, _)) = result else {
        return datafusion::common::internal_err!("a sum of decimals of another type");
    };
    let sums = arrow::array::Decimal256Array::from(sums).with_precision_and_scale(76, *scale)?;
    sums.validate_decimal_precision(*precision).map_err(|_| too_large())?;
    Ok(cast(&sums, result)?)
}
