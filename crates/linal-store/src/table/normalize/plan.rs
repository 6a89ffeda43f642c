//! The conversion of batches, once all is known that decides on types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::catch_failure;
use super::padding::without_padding;
use super::survey::{Facts, Survey};
use super::target::{target_type, tensor_metadata};
use crate::catch_panic::catch_panic;
use crate::column::has_permutation;
use crate::error::{ReadError, Result};
use crate::table::budget::Budget;
use crate::table::{TableOptions, names};

/// More rows than this are accepted only when a column has bytes for them.
const ROWS_WITHOUT_BYTES: usize = 1 << 24;

/// The selected fields, with distinct names and in the types of the language.
pub(in crate::table) struct Plan {
    place: String,
    pub(in crate::table) schema: SchemaRef,
    /// Which of these columns the file declares without a type, for all rows are NULL.
    pub(in crate::table) untyped: Vec<bool>,
    columns: Vec<PlannedColumn>,
}

struct PlannedColumn {
    /// The index among the columns of the file.
    at: usize,
    /// The file and the column in errors.
    place: String,
}

impl Plan {
    /// The plan for a file of this schema, of which all rows were surveyed.
    ///
    /// # Errors
    /// A selected field that does not exist; rows without bytes; tensors whose axes are permuted.
    pub(in crate::table) fn new(
        place: &str,
        schema: &Schema,
        survey: &Survey,
        options: &TableOptions,
        notices: &mut Vec<String>,
    ) -> Result<Plan> {
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        let names = names::distinct(place, names, notices);
        let places = names::select(place, &names, options.fields.as_deref())?;
        let bytes_are_there = schema.fields().iter().any(|field| *field.data_type() != DataType::Null);
        if !bytes_are_there && survey.rows > ROWS_WITHOUT_BYTES {
            return Err(ReadError::bad_format(format!("{place} declares {} rows of nothing", survey.rows)));
        }
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        let untyped = places.iter().map(|&at| *schema.field(at).data_type() == DataType::Null).collect();
        for at in places {
            let place = format!("{place}, column `{}`", names[at]);
            let facts = survey.columns.get(at).copied().unwrap_or_default();
            fields.push(planned_field(&place, &names[at], schema.field(at), facts, notices)?);
            columns.push(PlannedColumn { at, place });
        }
        Ok(Plan { place: place.to_string(), schema: Arc::new(Schema::new(fields)), untyped, columns })
    }

    /// Converts a batch; what casts allocate is charged to the budget.
    pub(in crate::table) fn convert(&self, batch: &RecordBatch, budget: &mut Budget) -> Result<RecordBatch> {
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter().zip(self.schema.fields()) {
            let array = batch.column(column.at);
            let array = if array.data_type() == field.data_type() {
                array.clone()
            } else {
                cast(&column.place, array, field.data_type(), budget)?
            };
            arrays.push(without_padding(array));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        catch_failure(&self.place, || {
            RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
        })
    }
}

fn planned_field(
    place: &str,
    name: &str,
    field: &Field,
    facts: Facts,
    notices: &mut Vec<String>,
) -> Result<Field> {
    if has_permutation(field) {
        return Err(ReadError::unsupported(format!("{place} holds tensors whose axes are permuted")));
    }
    if facts.losses.nanoseconds {
        notices.push(format!("{place} keeps its nanoseconds"));
    }
    let target = target_type(field.data_type(), facts.losses);
    Ok(Field::new(name, target, facts.nulls).with_metadata(tensor_metadata(field)))
}

/// Casts the values of a column; `place` names it in errors. What the cast allocates is charged.
///
/// # Errors
/// A value that the type does not hold.
pub(in crate::table) fn cast(
    place: &str,
    array: &ArrayRef,
    target: &DataType,
    budget: &mut Budget,
) -> Result<ArrayRef> {
    budget.add(array.to_data().get_slice_memory_size().unwrap_or(0).saturating_mul(2))?;
    budget.add(array.len().saturating_mul(16))?;
    let options = CastOptions { safe: false, ..CastOptions::default() };
    catch_panic(place, || cast_with_options(array, target, &options))?
        .map_err(|error| ReadError::unsupported(format!("{place}: {error}")))
}
