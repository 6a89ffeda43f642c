//! JSON: an array of objects, or concatenated objects.
//!
//! A first pass over the whole file infers the type of each column, a second decodes the columns. Numbers
//! among strings become strings; integers keep all digits; lists of numbers of one shape become vectors or
//! matrices of f64, other lists stay lists.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use serde::de::{Deserialize, IgnoredAny, MapAccess, Visitor};
use serde_json::Deserializer;

use super::budget::Budget;
use super::infer_json::{self, JsonType};
use super::input::Input;
use super::normalize::{catch_failure, normalize};
use super::{Table, TableOptions, parquet};
use crate::column::TensorType;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1 << 16;

/// Greatest number of columns: more are data in place of names.
const MAX_COLUMNS: usize = 1 << 16;

/// Memory per byte of text during decoding.
const TAPE_BYTES_PER_BYTE: usize = 8;

/// Reads a file.
pub(super) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    input.skip_mark()?;
    let mut budget = Budget::new(context)?;
    let mut bytes = input.read_all(&mut budget)?;
    let place = &input.place;
    if let Err(error) = std::str::from_utf8(&bytes) {
        return Err(syntax_error(place, &bytes, error.valid_up_to(), "the text is not UTF-8"));
    }
    let columns = Columns::scan(place, &mut bytes, context)?;
    let chunk = bytes.len() / columns.rows.max(1) * BATCH_ROWS.min(columns.rows);
    budget.add(chunk.saturating_mul(TAPE_BYTES_PER_BYTE))?;
    let (schema, batch) = catch_failure(place, || columns.decode(&bytes, &mut budget))?;
    drop(bytes);
    let mut notices = Vec::new();
    let (schema, batches) = normalize(place, &schema, vec![batch], options, &mut budget, &mut notices)?;
    let memory = budget.resize(batches.iter().map(parquet::memory).sum(), context)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory })
}

/// An object with valid syntax.
struct CheckedRow;

impl<'de> Deserialize<'de> for CheckedRow {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<CheckedRow, D::Error> {
        struct Check;
        impl<'de> Visitor<'de> for Check {
            type Value = CheckedRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object for each row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<CheckedRow, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(CheckedRow)
            }
        }
        deserializer.deserialize_map(Check)
    }
}

/// The columns of a file.
#[derive(Default)]
struct Columns {
    kinds: Vec<(String, JsonType)>,
    places: HashMap<String, usize>,
    rows: usize,
}

impl Columns {
    /// Scans all rows. The brackets and commas of an enclosing array are replaced by blanks, so that the rows
    /// are concatenated objects.
    fn scan(place: &str, bytes: &mut [u8], context: &ReadContext) -> Result<Columns> {
        let mut columns = Columns::default();
        let mut at = blanks(bytes, 0);
        let array = bytes.get(at) == Some(&b'[');
        if array {
            bytes[at] = b' ';
            at = blanks(bytes, at);
        }
        loop {
            match bytes.get(at) {
                None if array => return Err(syntax_error(place, bytes, at, "the array is not closed")),
                None => return Ok(columns),
                Some(b']') if array => {
                    bytes[at] = b' ';
                    let end = blanks(bytes, at);
                    return match bytes.get(end) {
                        None => Ok(columns),
                        Some(_) => Err(syntax_error(place, bytes, end, "something follows the array")),
                    };
                }
                Some(_) => {}
            }
            at = columns.row(place, bytes, at)?;
            if columns.rows % 1024 == 0 {
                context.poll()?;
            }
            at = blanks(bytes, at);
            if array && bytes.get(at) == Some(&b',') {
                bytes[at] = b' ';
                at = blanks(bytes, at);
                if bytes.get(at) == Some(&b']') {
                    return Err(syntax_error(place, bytes, at, "a value is missing"));
                }
            } else if array && !matches!(bytes.get(at), Some(b']') | None) {
                return Err(syntax_error(place, bytes, at, "a comma is missing"));
            }
        }
    }

    /// Scans the row at an offset; returns the offset after it.
    fn row(&mut self, place: &str, bytes: &[u8], at: usize) -> Result<usize> {
        let mut stream = Deserializer::from_slice(&bytes[at..]).into_iter::<CheckedRow>();
        match stream.next() {
            Some(Ok(CheckedRow)) => {}
            Some(Err(error)) => {
                let line = lines(&bytes[..at]) + error.line().max(1) as u64;
                let text = error.to_string();
                let text = text.split(" at line ").next().unwrap_or_default();
                return Err(ReadError::bad_format(format!("{place}, line {line}: {text}")));
            }
            None => return Ok(bytes.len()),
        }
        let end = at + stream.byte_offset();
        let row = infer_json::row(&bytes[at..end]).map_err(|what| syntax_error(place, bytes, at, &what))?;
        for (name, kind) in row {
            let found = self.places.get(&name).copied();
            let column = match found {
                Some(column) => column,
                None if self.kinds.len() == MAX_COLUMNS => {
                    return Err(syntax_error(
                        place,
                        bytes,
                        at,
                        &format!("there are more than {MAX_COLUMNS} columns"),
                    ));
                }
                None => {
                    self.places.insert(name.clone(), self.kinds.len());
                    self.kinds.push((name, JsonType::Null));
                    self.kinds.len() - 1
                }
            };
            let (name, known) = &mut self.kinds[column];
            let before = std::mem::replace(known, JsonType::Null);
            *known = before
                .merge(kind)
                .map_err(|what| syntax_error(place, bytes, at, &format!("column `{name}` holds {what}")))?;
        }
        self.rows += 1;
        Ok(end)
    }

    /// Decodes the columns.
    fn decode(
        &self,
        bytes: &[u8],
        budget: &mut Budget,
    ) -> std::result::Result<(Schema, RecordBatch), ArrowError> {
        let fields: Vec<Field> =
            self.kinds.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let mut decoder = ReaderBuilder::new(schema.clone())
            .with_batch_size(BATCH_ROWS.min(self.rows.max(1)))
            .with_coerce_primitive(true)
            .build_decoder()?;
        let mut batches = Vec::new();
        let mut rest = bytes;
        loop {
            let used = decoder.decode(rest)?;
            rest = &rest[used..];
            let Some(batch) = decoder.flush()? else { break };
            // Charged again for the concatenation.
            let memory = parquet::memory(&batch).saturating_mul(2);
            budget.add(memory).map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
            batches.push(batch);
        }
        let batch = match batches.len() {
            1 => batches.swap_remove(0),
            _ => concat_batches(&schema, &batches)?,
        };
        let columns = self.kinds.iter().zip(batch.columns());
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for ((name, kind), array) in columns {
            let (field, array) = match kind.tensor() {
                Some(tensor) => (tensor.field(name, true), flatten(&tensor, array)?),
                None => (Field::new(name, array.data_type().clone(), true), array.clone()),
            };
            fields.push(field);
            arrays.push(array);
        }
        let schema = Schema::new(fields);
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(Arc::new(schema.clone()), arrays, &options)?;
        Ok((schema, batch))
    }
}

/// Flattens nested lists of fixed length to one list of all elements.
fn flatten(tensor: &TensorType, array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let mut values = array.clone();
    while let DataType::FixedSizeList(_, _) = values.data_type() {
        values = values.as_fixed_size_list().values().clone();
    }
    let width = i32::try_from(tensor.width()).unwrap_or(i32::MAX);
    let nulls = array.nulls().cloned();
    let list =
        FixedSizeListArray::try_new_with_length(tensor.item_field(), width, values, nulls, array.len())?;
    Ok(Arc::new(list))
}

/// The offset of the next byte that is not blank.
fn blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len())
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn syntax_error(place: &str, bytes: &[u8], at: usize, what: &str) -> ReadError {
    let line = lines(&bytes[..at.min(bytes.len())]) + 1;
    ReadError::bad_format(format!("{place}, line {line}: {what}"))
}
