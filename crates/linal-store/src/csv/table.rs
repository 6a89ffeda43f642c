//! Collects numbers row by row: integers until the first float, then floats. Integers are never rounded.

use csv::ByteRecord;
use linal_tensor::{Error as TensorError, Tensor};

use super::cell;
use crate::charged_vec::ChargedVec;
use crate::numeric;
use crate::progress::ReadContext;

const OPERATION: &str = "READ_CSV";

/// The values in row-major order.
pub(crate) struct Table {
    values: Values,
    rows: usize,
}

enum Values {
    Integers(ChargedVec<i64>),
    Floats(ChargedVec<f64>),
}

/// Why a row was rejected.
pub(crate) enum RowError {
    /// The cell of this column is not a number.
    Cell(usize),
    /// The cell of this column is an integer that `f64` would round.
    Rounded(usize),
    /// The cell of this column does not fit an `i64`, and `f64` would round an earlier integer.
    RoundedBefore(usize, i64),
    Limit(TensorError),
}

impl From<TensorError> for RowError {
    fn from(error: TensorError) -> RowError {
        RowError::Limit(error)
    }
}

impl Table {
    /// An empty table.
    pub(crate) fn new(context: &ReadContext) -> Result<Table, TensorError> {
        Ok(Table { values: Values::Integers(ChargedVec::new(OPERATION, context.pool)?), rows: 0 })
    }

    /// Reserves an estimated number of values when the pool has room; otherwise memory grows with the rows.
    pub(crate) fn expect(&mut self, numbers: usize) {
        if let Values::Integers(values) = &mut self.values {
            // An estimate that exceeds the budget is no error.
            let _ = values.reserve_exact(numbers);
        }
    }

    /// Adds the selected cells of a row that has all of them.
    pub(crate) fn push(&mut self, row: &ByteRecord, columns: &[usize]) -> Result<(), RowError> {
        for &column in columns {
            let text = cell::trim(row.get(column).unwrap_or_default());
            self.push_cell(text, column)?;
        }
        self.rows += 1;
        Ok(())
    }

    #[inline]
    fn push_cell(&mut self, text: &[u8], column: usize) -> Result<(), RowError> {
        if let Values::Integers(values) = &mut self.values {
            if let Some(value) = cell::integer(text) {
                return Ok(values.push(value)?);
            }
            // A cell that is not a number is reported before earlier integers that would be rounded.
            let before = numeric::float(text).and_then(|_| numeric::first_rounded(values.as_slice()));
            if let Some(integer) = before {
                return Err(RowError::RoundedBefore(column, integer));
            }
            self.widen()?;
        }
        let Values::Floats(values) = &mut self.values else { return Ok(()) };
        if numeric::is_rounded_integer(text) {
            return Err(RowError::Rounded(column));
        }
        let value = numeric::float(text).ok_or(RowError::Cell(column))?;
        Ok(values.push(value)?)
    }

    /// Converts the integers so far to floats, which represent them exactly.
    fn widen(&mut self) -> Result<(), TensorError> {
        if let Values::Integers(values) = &mut self.values {
            let integers = values.take()?;
            self.values = Values::Floats(integers.into_f64());
        }
        Ok(())
    }

    /// The tensor: a vector for one column, otherwise a matrix. Without rows it has the default dtype.
    pub(crate) fn into_tensor(mut self, columns: usize) -> Result<Tensor, TensorError> {
        if self.rows == 0 {
            self.widen()?;
        }
        let shape = match columns {
            1 => vec![self.rows],
            columns => vec![self.rows, columns],
        };
        match self.values {
            Values::Integers(values) => values.into_tensor(shape),
            Values::Floats(values) => values.into_tensor(shape),
        }
    }
}
