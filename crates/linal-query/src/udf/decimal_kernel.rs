//! Sums and products of decimals whose numbers fit 64 bits, as nearly all do, without a check of each result.
//!
//! Of such numbers, products are below 2^126 and sums of numbers that were brought to one scale by at most 10^18 below 2^125: neither has
//! more than 38 digits.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

use super::decimal::DecimalOperation;

/// The largest power of ten by which a number of 64 bits is multiplied.
const MOST_ZEROS: u32 = 18;

/// The result of an operator for columns without numbers beyond 64 bits; `None` for others, and where no operand is a column.
pub(super) fn of_short_numbers(
    operation: DecimalOperation,
    [left, right]: [&ColumnarValue; 2],
    data_type: &DataType,
) -> Option<ArrayRef> {
    let DataType::Decimal128(_, scale) = data_type else { return None };
    let (left, right) = (Operand::of(left)?, Operand::of(right)?);
    let rows = left.rows().or(right.rows())?;
    if [&left, &right].iter().any(|operand| operand.rows().is_some_and(|other| other != rows)) {
        return None;
    }
    let values = match operation {
        DecimalOperation::Mul => combined(&left, &right, rows, |left, right| left * right),
        DecimalOperation::Add | DecimalOperation::Sub => {
            let (up, down) = (left.factor(*scale)?, right.factor(*scale)?);
            match (operation, up, down) {
                (DecimalOperation::Add, 1, 1) => combined(&left, &right, rows, |left, right| left + right),
                (DecimalOperation::Add, ..) => {
                    combined(&left, &right, rows, |left, right| left * up + right * down)
                }
                (_, 1, 1) => combined(&left, &right, rows, |left, right| left - right),
                _ => combined(&left, &right, rows, |left, right| left * up - right * down),
            }
        }
        DecimalOperation::Rem | DecimalOperation::Neg => None,
    }?;
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    Some(Arc::new(Decimal128Array::new(values.into(), nulls).with_data_type(data_type.clone())))
}

/// An operand, with its digits behind the point.
enum Operand<'a> {
    Column(&'a Decimal128Array, i8),
    Number(i128, i8),
}

impl<'a> Operand<'a> {
    fn of(value: &'a ColumnarValue) -> Option<Operand<'a>> {
        match value {
            ColumnarValue::Array(array) => {
                let DataType::Decimal128(_, scale) = array.data_type() else { return None };
                Some(Operand::Column(array.as_primitive_opt::<Decimal128Type>()?, *scale))
            }
            ColumnarValue::Scalar(ScalarValue::Decimal128(Some(value), _, scale)) => {
                Some(Operand::Number(*value, *scale))
            }
            ColumnarValue::Scalar(_) => None,
        }
    }

    fn rows(&self) -> Option<usize> {
        match self {
            Operand::Column(column, _) => Some(column.len()),
            Operand::Number(..) => None,
        }
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Operand::Column(column, _) => PrimitiveArray::nulls(column),
            Operand::Number(..) => None,
        }
    }

    /// What brings the number to a scale.
    fn factor(&self, to: i8) -> Option<i128> {
        let (Operand::Column(_, scale) | Operand::Number(_, scale)) = self;
        let zeros = u32::try_from(i32::from(to) - i32::from(*scale)).ok()?;
        (zeros <= MOST_ZEROS).then(|| 10i128.pow(zeros))
    }
}

/// The upper half of a number, which is zero when the lower one is the number.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves of the number")]
fn excess(value: i128) -> i64 {
    ((value >> 64) as i64) ^ ((value as i64) >> 63)
}

/// The lower half of a number.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the caller looks at the other half")]
fn short(value: i128) -> i128 {
    i128::from(value as i64)
}

/// The results row by row; `None` when a number does not fit 64 bits.
fn combined(
    left: &Operand<'_>,
    right: &Operand<'_>,
    rows: usize,
    combine: impl Fn(i128, i128) -> i128,
) -> Option<Vec<i128>> {
    let mut excesses = 0;
    let mut values = Vec::with_capacity(rows);
    match (left, right) {
        (Operand::Column(left, _), Operand::Column(right, _)) => {
            values.extend(left.values().iter().zip(right.values()).map(|(left, right)| {
                excesses |= excess(*left) | excess(*right);
                combine(short(*left), short(*right))
            }));
        }
        (Operand::Column(left, _), Operand::Number(right, _)) => {
            excesses |= excess(*right);
            let right = short(*right);
            values.extend(left.values().iter().map(|left| {
                excesses |= excess(*left);
                combine(short(*left), right)
            }));
        }
        (Operand::Number(left, _), Operand::Column(right, _)) => {
            excesses |= excess(*left);
            let left = short(*left);
            values.extend(right.values().iter().map(|right| {
                excesses |= excess(*right);
                combine(left, short(*right))
            }));
        }
        (Operand::Number(..), Operand::Number(..)) => return None,
    }
    (excesses == 0).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[Option<i128>], digits: u8, scale: i8) -> ColumnarValue {
        let values: Decimal128Array = values.iter().copied().collect();
        ColumnarValue::Array(Arc::new(values.with_data_type(DataType::Decimal128(digits, scale))))
    }

    fn number(value: i128, digits: u8, scale: i8) -> ColumnarValue {
        ColumnarValue::Scalar(ScalarValue::Decimal128(Some(value), digits, scale))
    }

    fn values(
        operation: DecimalOperation,
        left: &ColumnarValue,
        right: &ColumnarValue,
        scale: i8,
    ) -> Option<Vec<Option<i128>>> {
        let result = of_short_numbers(operation, [left, right], &DataType::Decimal128(38, scale))?;
        Some(result.as_primitive::<Decimal128Type>().iter().collect())
    }

    #[test]
    fn short_numbers() {
        let most = i128::from(i64::MAX);
        let column = &column(&[Some(most), None, Some(-most - 1), Some(150)], 20, 2);
        let least = -most - 1;
        assert_eq!(
            values(DecimalOperation::Mul, column, column, 4).unwrap(),
            [Some(most * most), None, Some(least * least), Some(22_500)]
        );
        let one = &number(1, 20, 0);
        assert_eq!(
            values(DecimalOperation::Sub, one, column, 2).unwrap(),
            [Some(100 - most), None, Some(100 - least), Some(-50)]
        );
        assert_eq!(
            values(DecimalOperation::Add, column, one, 2).unwrap(),
            [Some(most + 100), None, Some(least + 100), Some(250)]
        );
    }

    #[test]
    fn others_are_left_to_the_checked_operator() {
        let long = i128::from(i64::MAX) + 1;
        let (short, one) = (&column(&[Some(1), Some(2)], 20, 0), &number(1, 20, 0));
        for other in [number(long, 20, 0), column(&[Some(1), Some(-long - 1)], 20, 0), number(1, 38, 19)] {
            assert_eq!(values(DecimalOperation::Add, short, &other, 19), None);
        }
        assert_eq!(values(DecimalOperation::Mul, &number(long, 20, 0), short, 0), None);
        assert_eq!(values(DecimalOperation::Mul, one, one, 0), None);
        assert_eq!(values(DecimalOperation::Rem, short, one, 0), None);
        assert_eq!(
            values(
                DecimalOperation::Add,
                short,
                &ColumnarValue::Scalar(ScalarValue::Decimal128(None, 20, 0)),
                0
            ),
            None
        );
    }
}
