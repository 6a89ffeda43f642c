//! The remaining aggregates: DataFusion's accumulators, or ours for tensors, over the rows of each frame.

use std::ops::Range;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;

use crate::exec::window::frame::{Frames, Pieces};
use crate::run::query_state::QueryState;

/// Frames between two checks for cancellation.
const PACE: usize = 256;

/// The aggregate of each frame.
pub(super) fn evaluate(
    function: &AggregateFunctionExpr,
    args: &[ArrayRef],
    frames: &Frames,
    running: &QueryState,
) -> Result<ArrayRef> {
    let mut window = Window::new(function, args)?;
    let mut last: Option<(Pieces, ScalarValue)> = None;
    let mut results = Vec::with_capacity(frames.len());
    for row in 0..frames.len() {
        if row % PACE == 0 {
            running.poll()?;
        }
        let pieces = frames.pieces(row);
        let value = match last.take() {
            Some((known, value)) if known == pieces => value,
            _ if frames.is_whole() => window.of(frames.whole(row))?,
            _ => window.of_pieces(&pieces)?,
        };
        results.push(value.clone());
        last = Some((pieces, value));
    }
    ScalarValue::iter_to_array(results)
}

/// How an accumulator follows a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Following {
    /// It is created anew for each frame.
    Anew,
    /// Rows are added, and it can be evaluated repeatedly.
    Growing,
    /// Rows are also retracted, with results as exact as those of a new one.
    Moving,
}

struct Window<'a> {
    function: &'a AggregateFunctionExpr,
    args: &'a [ArrayRef],
    following: Following,
    accumulator: Box<dyn Accumulator>,
    /// The rows in the accumulator.
    rows: Range<usize>,
}

impl<'a> Window<'a> {
    fn new(function: &'a AggregateFunctionExpr, args: &'a [ArrayRef]) -> Result<Window<'a>> {
        let following = following(function, args);
        let accumulator = made(function, following)?;
        Ok(Window { function, args, following, accumulator, rows: 0..0 })
    }

    fn of(&mut self, frame: Range<usize>) -> Result<ScalarValue> {
        let is_growing = self.rows.start == frame.start && self.rows.end <= frame.end;
        let is_moving =
            self.rows.start <= frame.start && frame.start < self.rows.end && self.rows.end <= frame.end;
        let goes_on = match self.following {
            Following::Anew => false,
            Following::Growing => is_growing,
            Following::Moving => is_growing || is_moving,
        };
        if !goes_on {
            self.accumulator = made(self.function, self.following)?;
            self.rows = frame.start..frame.start;
        }
        if self.rows.end < frame.end {
            self.accumulator.update_batch(&self.slices(self.rows.end..frame.end))?;
        }
        if self.rows.start < frame.start {
            self.accumulator.retract_batch(&self.slices(self.rows.start..frame.start))?;
        }
        self.rows = frame;
        self.accumulator.evaluate()
    }

    fn of_pieces(&self, pieces: &[Range<usize>]) -> Result<ScalarValue> {
        let mut accumulator = self.function.create_accumulator()?;
        let filled: Vec<&Range<usize>> = pieces.iter().filter(|piece| !piece.is_empty()).collect();
        let columns = self.args.iter().map(|arg| {
            let parts: Vec<ArrayRef> =
                filled.iter().map(|piece| arg.slice(piece.start, piece.len())).collect();
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            Ok(concat(&parts)?)
        });
        if !filled.is_empty() {
            accumulator.update_batch(&columns.collect::<Result<Vec<ArrayRef>>>()?)?;
        }
        accumulator.evaluate()
    }

    fn slices(&self, rows: Range<usize>) -> Vec<ArrayRef> {
        self.args.iter().map(|arg| arg.slice(rows.start, rows.len())).collect()
    }
}

fn made(function: &AggregateFunctionExpr, following: Following) -> Result<Box<dyn Accumulator>> {
    match following {
        Following::Moving => function.create_sliding_accumulator(),
        Following::Anew | Following::Growing => function.create_accumulator(),
    }
}

/// Aggregates whose accumulators are unchanged by evaluation.
const KEEPS: [&str; 10] = [
    "array_agg",
    "any_value",
    "first_value",
    "last_value",
    "nth_value",
    "approx_distinct",
    "arg_max",
    "arg_min",
    "arg_max_null",
    "arg_min_null",
];

fn following(function: &AggregateFunctionExpr, args: &[ArrayRef]) -> Following {
    let is_tensor = |arg: &ArrayRef| matches!(arg.data_type(), DataType::FixedSizeList(..));
    let name = function.fun().name();
    // Tensor folds are queues of two stacks, from which nothing is subtracted.
    let is_fold = crate::udf::is_tensor_fold(name) && args.iter().all(is_tensor);
    if is_fold && !function.is_distinct() {
        Following::Moving
    } else if KEEPS.contains(&name) && !function.is_distinct() {
        Following::Growing
    } else {
        Following::Anew
    }
}
