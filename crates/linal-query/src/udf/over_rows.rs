//! Evaluates functions over arrays of equal length.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

/// Evaluates a function over the rows of a batch; a call of literals returns a literal.
pub(super) fn over_rows(
    args: &ScalarFunctionArgs,
    compute: impl FnOnce(&[ArrayRef]) -> DfResult<ArrayRef>,
) -> DfResult<ColumnarValue> {
    let is_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
    let rows = if is_constant { 1 } else { args.number_rows };
    let arrays = args.args.iter().map(|value| value.to_array(rows)).collect::<DfResult<Vec<_>>>()?;
    let result = compute(&arrays)?;
    if is_constant { Ok(ColumnarValue::Scalar(only_row(&result)?)) } else { Ok(ColumnarValue::Array(result)) }
}

/// The only row as a literal. DataFusion's conversion would lose the metadata of the elements of a list.
fn only_row(array: &ArrayRef) -> DfResult<ScalarValue> {
    match array.as_list_opt::<i32>() {
        Some(list) => Ok(ScalarValue::List(Arc::new(list.clone()))),
        None => ScalarValue::try_from_array(array, 0),
    }
}
