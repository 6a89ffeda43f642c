//! `NTILE(n)`: divides the partition into n buckets of nearly equal size, the larger ones first.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, internal_err};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;
use crate::exec::window::frame::Layout;

/// The bucket of each row; NULL where the number of buckets is NULL.
pub(super) fn ntile(args: &[ArrayRef], layout: &Layout) -> Result<ArrayRef> {
    let [parts] = args else { return internal_err!("NTILE takes one argument") };
    let parts = cast(parts, &DataType::Int64)?;
    let parts = parts.as_primitive::<Int64Type>();
    let mut values = Vec::with_capacity(layout.rows);
    for partition in layout.partitions.ranges() {
        for row in partition.clone() {
            if parts.is_null(row) {
                values.push(None);
                continue;
            }
            let parts = parts.value(row);
            if parts <= 0 {
                let message = format!("NTILE divides into one part at least, not into {parts}");
                return Err(external(Error::new(Code::WrongArguments, message)));
            }
            values.push(Some(part(row - partition.start, partition.len(), parts)));
        }
    }
    Ok(Arc::new(Int64Array::from(values)))
}

/// The bucket of a row in a partition of `rows` rows.
fn part(row: usize, rows: usize, parts: i64) -> i64 {
    let (row, rows) = (row as i64, rows as i64);
    let (size, larger) = (rows / parts, rows % parts);
    let in_larger = larger * (size + 1);
    if row < in_larger { row / (size + 1) + 1 } else { larger + (row - in_larger) / size.max(1) + 1 }
}
