//! Collects numbers row by row: integers until the first float, then floats. Integers are never rounded.

use linal_tensor::{Error as TensorError, Tensor};

use crate::charged_vec::ChargedVec;
use crate::numeric;
use crate::progress::ReadContext;
use crate::table::csv::cell;
use crate::table::csv::scan::Record;

const OPERATION: &str = "READ_CSV";

/// The values in row-major order.
pub(super) struct Values {
    numbers: Numbers,
    rows: usize,
}

enum Numbers {
    Integers(ChargedVec<i64>),
    Floats(ChargedVec<f64>),
}

/// Why a row was rejected.
pub(super) enum RowError {
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

impl Values {
    /// No values.
    pub(super) fn new(context: &ReadContext) -> Result<Values, TensorError> {
        Ok(Values { numbers: Numbers::Integers(ChargedVec::new(OPERATION, context.pool)?), rows: 0 })
    }

    /// Reserves an estimated number of values when the pool has room; otherwise memory grows with the rows.
    pub(super) fn expect(&mut self, numbers: usize) {
        if let Numbers::Integers(values) = &mut self.numbers {
            // An estimate that exceeds the budget is no error.
            let _ = values.reserve_exact(numbers);
        }
    }

    /// Adds the selected cells of a row that has all of them.
    pub(super) fn push(&mut self, row: &Record, columns: &[usize]) -> Result<(), RowError> {
        for &column in columns {
            let text = cell::trim(row.cell(column).unwrap_or_default());
            self.push_cell(text, column)?;
        }
        self.rows += 1;
        Ok(())
    }

    #[inline]
    fn push_cell(&mut self, text: &[u8], column: usize) -> Result<(), RowError> {
        if let Numbers::Integers(values) = &mut self.numbers {
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
        let Numbers::Floats(values) = &mut self.numbers else { return Ok(()) };
        if numeric::is_rounded_integer(text) {
            return Err(RowError::Rounded(column));
        }
        let value = numeric::float(text).ok_or(RowError::Cell(column))?;
        Ok(values.push(value)?)
    }

    /// Converts the integers so far to floats, which represent them exactly.
    fn widen(&mut self) -> Result<(), TensorError> {
        if let Numbers::Integers(values) = &mut self.numbers {
            let integers = values.take()?;
            self.numbers = Numbers::Floats(integers.into_f64());
        }
        Ok(())
    }

    /// The tensor: a vector for one column, otherwise a matrix. Without rows it has the default dtype.
    pub(super) fn into_tensor(mut self, columns: usize) -> Result<Tensor, TensorError> {
        if self.rows == 0 {
            self.widen()?;
        }
        let shape = match columns {
            1 => vec![self.rows],
            columns => vec![self.rows, columns],
        };
        match self.numbers {
            Numbers::Integers(values) => values.into_tensor(shape),
            Numbers::Floats(values) => values.into_tensor(shape),
        }
    }
}
