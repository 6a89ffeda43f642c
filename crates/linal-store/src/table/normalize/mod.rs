//! Converts the columns of foreign files to the types of the language.
//!
//! Integers become `i64`, half precision `f32`, text `Utf8View`, days `Date32`; dictionaries and run-end
//! encodings are decoded. Any other type stays as it is.
//!
//! The type of a column depends on all of its rows: timestamps of nanoseconds become microseconds if no digit
//! is lost, and a column is nullable if a row is NULL. So a [`Survey`] of all rows comes first, then a
//! [`Plan`] with the final schema, which converts batch by batch.

mod failure;
mod padding;
mod plan;
mod survey;
mod target;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

pub(super) use failure::catch_failure;
pub(crate) use padding::without_padding;
pub(super) use plan::{Plan, cast};
pub(super) use survey::{Facts, Losses, Survey};

use super::TableOptions;
use super::budget::Budget;
use crate::error::Result;

/// Converts all batches of a file.
pub(super) fn normalize(
    place: &str,
    schema: &Schema,
    batches: Vec<RecordBatch>,
    options: &TableOptions,
    budget: &mut Budget,
    notices: &mut Vec<String>,
) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let mut survey = Survey::new(schema.fields().len());
    batches.iter().for_each(|batch| survey.inspect(batch));
    let plan = Plan::new(place, schema, &survey, options, notices)?;
    let batches = batches.iter().map(|batch| plan.convert(batch, budget)).collect::<Result<_>>()?;
    Ok((plan.schema, batches))
}
