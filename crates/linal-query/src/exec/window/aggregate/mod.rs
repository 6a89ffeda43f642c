//! Aggregates over frames.
//!
//! Folds have states that can be merged ([`fold`]), so that a sliding frame is computed from the states of
//! its parts and no row is folded more than a few times. Integer sums and counts are differences of prefix
//! sums, which are exact. The remaining aggregates are DataFusion's accumulators, run over the rows of the
//! frame ([`accumulated`]).

mod accumulated;
mod bits;
mod booleans;
mod combine;
mod counts;
mod distinct;
mod extremes;
mod fold;
mod median;
mod moments;
mod pairs;
mod sums;
mod totals;

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;

use super::frame::Frames;
use crate::physical::deterministic_aggregates;
use crate::run::query_state::QueryState;

/// An aggregate of a window.
#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    function: Arc<AggregateFunctionExpr>,
}

impl Aggregate {
    pub fn new(function: Arc<AggregateFunctionExpr>) -> Aggregate {
        Aggregate { function }
    }

    /// Whether the order of rows may affect the result.
    pub fn is_order_sensitive(&self) -> bool {
        deterministic_aggregates::is_order_sensitive(&self.function)
    }

    /// The aggregate of each frame.
    pub fn evaluate(&self, args: &[ArrayRef], frames: &Frames, running: &QueryState) -> Result<ArrayRef> {
        match self.folded(args, frames) {
            Some(results) => results,
            None => accumulated::evaluate(&self.function, args, frames, running),
        }
    }

    /// The results of an aggregate that this module folds itself.
    fn folded(&self, args: &[ArrayRef], frames: &Frames) -> Option<Result<ArrayRef>> {
        let name = self.function.fun().name();
        match (args, self.function.is_distinct()) {
            ([values], true) => distinct(name, values, frames),
            ([values], false) => of_one(name, values, self.function.field().data_type(), frames),
            ([left, right], false) => of_pairs(name, left, right, frames),
            _ => None,
        }
    }
}

/// DISTINCT has no effect on some aggregates, and COUNT has its own method.
fn distinct(name: &str, values: &ArrayRef, frames: &Frames) -> Option<Result<ArrayRef>> {
    match name {
        "count" => Some(distinct::count(values, frames)),
        "min" | "max" | "bool_and" | "bool_or" | "bit_and" | "bit_or" => {
            of_one(name, values, &DataType::Null, frames)
        }
        _ => None,
    }
}

fn of_one(name: &str, values: &ArrayRef, result: &DataType, frames: &Frames) -> Option<Result<ArrayRef>> {
    let data_type = values.data_type();
    let is_float = data_type.is_floating();
    match name {
        "count" => Some(Ok(counts::count(values, frames))),
        "sum" if data_type.is_integer() => Some(totals::of_integers(values, frames)),
        "sum" if data_type.is_decimal() => Some(totals::of_decimals(values, result, frames)),
        "sum" if is_float => Some(floats(values).map(|values| sums::sum(&values, frames))),
        "avg" if is_float => Some(floats(values).map(|values| sums::mean(&values, frames))),
        "median" if is_float && data_type == result => {
            Some(floats(values).map(|values| median::median(&values, frames)))
        }
        "min" | "max" => extremes::extreme(values, name == "max", frames),
        "bool_and" | "bool_or" if data_type == &DataType::Boolean => {
            Some(Ok(booleans::of(values.as_boolean(), name == "bool_or", frames)))
        }
        "bit_and" | "bit_or" | "bit_xor" if data_type.is_integer() => bits::of(name, values, frames),
        _ => {
            let spread = moments::Spread::of(name).filter(|_| is_float)?;
            Some(floats(values).map(|values| moments::spread(spread, &values, frames)))
        }
    }
}

fn of_pairs(name: &str, left: &ArrayRef, right: &ArrayRef, frames: &Frames) -> Option<Result<ArrayRef>> {
    let statistic = pairs::Statistic::of(name)?;
    let pair = || Ok((floats(left)?, floats(right)?));
    Some(pair().map(|(left, right): (ArrayRef, ArrayRef)| pairs::statistic(statistic, &left, &right, frames)))
}

fn floats(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(cast(values, &DataType::Float64)?)
}

/// The numbers of a column that [`floats`] returned.
fn numbers(values: &ArrayRef) -> &[f64] {
    values.as_primitive::<Float64Type>().values()
}
