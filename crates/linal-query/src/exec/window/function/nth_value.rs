//! FIRST_VALUE, LAST_VALUE and NTH_VALUE: a row of the frame by its position.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, internal_err};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;
use crate::exec::window::frame::Frames;

/// Which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nth {
    First,
    Last,
    /// By a position, from 1; a negative one has no row, as in DuckDB.
    Numbered,
}

impl Nth {
    /// The values for all rows; NULL where the frame has no such row.
    pub fn evaluate(self, args: &[ArrayRef], frames: &Frames, ignores_nulls: bool) -> Result<ArrayRef> {
        let Some(values) = args.first() else {
            return internal_err!("a value of a frame without an argument");
        };
        let numbers = match (self, args.get(1)) {
            (Nth::Numbered, Some(numbers)) => Some(cast(numbers, &DataType::Int64)?),
            (Nth::Numbered, None) => return internal_err!("NTH_VALUE without a number"),
            _ => None,
        };
        let numbers = numbers.as_ref().map(|numbers| numbers.as_primitive::<Int64Type>());
        let candidates = Candidates::of(values, ignores_nulls);
        let number = |row: usize| match (self, numbers) {
            (Nth::First, _) => Some(1),
            (Nth::Last, _) => Some(-1),
            (Nth::Numbered, Some(numbers)) if numbers.is_valid(row) => Some(numbers.value(row)),
            (Nth::Numbered, _) => None,
        };
        let mut chosen = Vec::with_capacity(frames.len());
        for row in 0..frames.len() {
            chosen.push(match number(row) {
                Some(0) => return Err(zero()),
                Some(..0) if self == Nth::Numbered => None,
                Some(number) => candidates.pick(&frames.pieces(row), number),
                None => None,
            });
        }
        Ok(take(values, &UInt64Array::from(chosen), None)?)
    }
}

fn zero() -> datafusion::common::DataFusionError {
    let error = Error::new(Code::WrongArguments, "NTH_VALUE counts the rows of a frame from 1, not from 0");
    external(error)
}

/// The rows that may be selected.
struct Candidates {
    /// The rows that are not NULL; `None` if every row may be selected.
    valid: Option<Vec<usize>>,
}

impl Candidates {
    fn of(values: &ArrayRef, ignores_nulls: bool) -> Candidates {
        let nulls = values.logical_nulls().filter(|nulls| ignores_nulls && nulls.null_count() > 0);
        Candidates { valid: nulls.map(|nulls| nulls.valid_indices().collect()) }
    }

    /// The row at a position in the ranges of a frame.
    fn pick(&self, pieces: &[Range<usize>], number: i64) -> Option<u64> {
        let mut left = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
        let mut found = None;
        let mut step = |piece: &Range<usize>| {
            let places = self.places(piece);
            if left <= places.len() && found.is_none() {
                found = Some(if number > 0 { places.start + left - 1 } else { places.end - left });
            }
            left = left.saturating_sub(places.len());
        };
        if number > 0 {
            pieces.iter().for_each(&mut step);
        } else {
            pieces.iter().rev().for_each(&mut step);
        }
        found.map(|place| self.row(place) as u64)
    }

    /// A range of rows as a range of candidates.
    fn places(&self, rows: &Range<usize>) -> Range<usize> {
        match &self.valid {
            None => rows.clone(),
            Some(valid) => {
                valid.partition_point(|&row| row < rows.start)..valid.partition_point(|&row| row < rows.end)
            }
        }
    }

    fn row(&self, place: usize) -> usize {
        self.valid.as_ref().map_or(place, |valid| valid[place])
    }
}
