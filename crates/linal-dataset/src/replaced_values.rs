//! Columns with other values in some rows.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanBufferBuilder, PrimitiveArray,
    downcast_primitive_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{concat, interleave};
use arrow::datatypes::DataType;

use super::arrow_error;
use crate::error::Result;

/// Replaces the values of some rows. Row numbers are relative to `first`.
pub(super) fn merged(old: &ArrayRef, new: &ArrayRef, rows: &[usize], first: usize) -> Result<ArrayRef> {
    if rows.len() == old.len() {
        return Ok(new.clone());
    }
    // Concatenation takes the buffers of each part, and both parts of `old` have all of them: their number would double with
    // every UPDATE of one text.
    let has_views = matches!(old.data_type(), DataType::Utf8View | DataType::BinaryView);
    if let ([row], false) = (rows, has_views) {
        let at = row - first;
        let parts = [old.slice(0, at), new.clone(), old.slice(at + 1, old.len() - at - 1)];
        return concat(&parts.each_ref().map(|part| part.as_ref())).map_err(arrow_error);
    }
    downcast_primitive_array!(
        old => return Ok(scattered(old, new, rows, first)),
        _ => (),
    );
    let mut places: Vec<(usize, usize)> = (0..old.len()).map(|row| (0, row)).collect();
    for (at, row) in rows.iter().enumerate() {
        places[row - first] = (1, at);
    }
    let changed = interleave(&[old.as_ref(), new.as_ref()], &places).map_err(arrow_error)?;
    Ok(match changed.as_string_view_opt() {
        // The texts of many updates, each in a buffer of its own.
        Some(texts) if texts.data_buffers().len() > MOST_BUFFERS => Arc::new(texts.gc()),
        _ => changed,
    })
}

/// Buffers of a column of texts after an UPDATE, beyond which they are copied to one.
const MOST_BUFFERS: usize = 64;

/// As [`merged`], for numbers: a copy in which the new ones are written. Both arrays have the same type.
fn scattered<T: ArrowPrimitiveType>(
    old: &PrimitiveArray<T>,
    new: &ArrayRef,
    rows: &[usize],
    first: usize,
) -> ArrayRef {
    let new = new.as_primitive::<T>();
    let mut values = old.values().to_vec();
    for (row, value) in rows.iter().zip(new.values()) {
        values[row - first] = *value;
    }
    let has_nulls = old.null_count() + new.null_count() > 0;
    let nulls = has_nulls.then(|| {
        let mut valid = BooleanBufferBuilder::new(old.len());
        match old.nulls() {
            Some(nulls) => valid.append_buffer(nulls.inner()),
            None => valid.append_n(old.len(), true),
        }
        for (at, row) in rows.iter().enumerate() {
            valid.set_bit(row - first, new.is_valid(at));
        }
        NullBuffer::new(valid.finish())
    });
    let values = PrimitiveArray::<T>::new(values.into(), nulls);
    Arc::new(values.with_data_type(old.data_type().clone()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, Int64Array, StringViewArray, UInt64Array};
    use arrow::compute::take;

    use super::*;

    /// Values of old rows, and of new ones behind them, taken one by one.
    fn twin(old: &ArrayRef, new: &ArrayRef, rows: &[usize], first: usize) -> ArrayRef {
        let both = concat(&[old.as_ref(), new.as_ref()]).unwrap();
        let place = |row: usize| match rows.iter().position(|changed| changed - first == row) {
            Some(at) => (old.len() + at) as u64,
            None => row as u64,
        };
        take(&both, &UInt64Array::from_iter_values((0..old.len()).map(place)), None).unwrap()
    }

    #[test]
    fn new_values_are_where_their_rows_are() {
        let decimals =
            |values: &[i128]| Decimal128Array::from(values.to_vec()).with_precision_and_scale(10, 2).unwrap();
        let cases: [(ArrayRef, ArrayRef); 4] = [
            (
                Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4), None])),
                Arc::new(Int64Array::from(vec![Some(7), None])),
            ),
            (Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5])), Arc::new(Int64Array::from(vec![8, 9]))),
            (Arc::new(decimals(&[1, 2, 3, 4, 5])), Arc::new(decimals(&[-1, -2]))),
            (
                Arc::new(StringViewArray::from(vec!["a", "b", "c", "d", "e"])),
                Arc::new(StringViewArray::from(vec![Some("x"), None])),
            ),
        ];
        for (old, new) in cases {
            for rows in [[10, 11], [10, 14], [12, 13], [13, 14]] {
                let changed = merged(&old, &new, &rows, 10).unwrap();
                assert_eq!(&changed, &twin(&old, &new, &rows, 10), "rows {rows:?} of {old:?}");
            }
        }
    }
}
