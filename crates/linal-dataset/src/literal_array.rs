//! A literal as an array of one row, for columns whose values are built from no literal directly: lists, structs, UUIDs and the like.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringViewArray, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use linal_lang::ast::relational::Literal;
use linal_lang::ast::{NumberArray, Numbers};
use linal_store::ColumnType;
use linal_store::temporal::Zone;

use super::coerce::{At, stored};
use super::literal::Misfit;

/// Whether values of a type are stored as arrays of one row each until the tail is sealed.
pub(super) fn is_general(column_type: &ColumnType) -> bool {
    match column_type {
        ColumnType::Other(other) => !matches!(
            other,
            DataType::Decimal128(..)
                | DataType::Interval(IntervalUnit::MonthDayNano)
                | DataType::Time64(TimeUnit::Nanosecond)
                | DataType::Timestamp(TimeUnit::Microsecond, Some(_))
        ),
        _ => false,
    }
}

/// The value that a column of such a type stores for a literal.
pub(super) fn one(value: &Literal, column_type: &ColumnType, zone: &Zone) -> Result<ArrayRef, Misfit> {
    let array: ArrayRef = match value {
        Literal::Null | Literal::Default => return Ok(new_null_array(&column_type.data_type(), 1)),
        Literal::Bool(x) => Arc::new(BooleanArray::from(vec![*x])),
        Literal::Int(x) => Arc::new(Int64Array::from(vec![*x])),
        Literal::Float(x) => Arc::new(Float64Array::from(vec![*x])),
        Literal::Str(text) => Arc::new(StringViewArray::from(vec![&**text])),
        Literal::Numbers(numbers) => lists(numbers).map_err(|error| Misfit::Type(error.to_string()))?,
    };
    let field = Field::new("", array.data_type().clone(), true);
    stored(&array, &field, column_type, zone).map_err(|At(_, misfit)| misfit)
}

/// Numbers as lists, one within another for each axis.
fn lists(numbers: &NumberArray) -> Result<ArrayRef, arrow::error::ArrowError> {
    let mut values: ArrayRef = match &numbers.data {
        Numbers::Int(values) => Arc::new(Int64Array::from(values.clone())),
        Numbers::Float(floats) => Arc::new(Float64Array::from(floats.values.clone())),
        Numbers::Bool(values) => Arc::new(BooleanArray::from(values.clone())),
    };
    for (axis, &length) in numbers.shape.iter().enumerate().rev() {
        let count = numbers.shape[..axis].iter().product();
        let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        let offsets = OffsetBuffer::from_repeated_length(length, count);
        values = Arc::new(ListArray::try_new(item, offsets, values, None)?);
    }
    Ok(values)
}
