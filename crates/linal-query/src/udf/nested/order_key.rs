//! `__order_key(x)`: a list, struct or map as bytes that are ordered as the values are. Arrow sorts none of them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, ListArray};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;

use super::definition::{Definition, Values, of_type};
use super::rows::keys;

pub(super) const FUNCTION: Definition = Definition {
    names: &["__order_key"],
    arguments: (1, 1),
    field: |_| Ok(of_type(DataType::Binary)),
    compute: bytes,
};

fn bytes(values: &Values<'_>) -> DfResult<ArrayRef> {
    let array = &values.arrays[0];
    let keys = keys(&without_maps(array)?, false)?;
    let bytes = (0..array.len()).map(|row| array.is_valid(row).then(|| keys.row(row).data().to_vec()));
    Ok(Arc::new(bytes.collect::<BinaryArray>()))
}

/// Maps as lists of entries.
fn without_maps(array: &ArrayRef) -> DfResult<ArrayRef> {
    let DataType::Map(entries, _) = array.data_type() else { return Ok(array.clone()) };
    let maps = array.as_map();
    let item = Arc::new(Field::new_list_field(entries.data_type().clone(), false));
    let pairs: ArrayRef = Arc::new(maps.entries().clone());
    Ok(Arc::new(ListArray::try_new(item, maps.offsets().clone(), pairs, maps.nulls().cloned())?))
}
