//! Functions of JSON, which is text: parts by path, values made from columns, and columns made from JSON.

mod build;
mod each;
mod extract;
mod inspect;
mod structure;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;
use linal_dataset::{Error, Result, abridged};
use linal_error::Code;
use linal_store::json;
use linal_store::text::JSON_TEXT;

use super::definition::{Call, Definition};
use crate::udf::error::external;

pub(crate) use self::build::{AS_JSON, TRY_AS_JSON};
pub(crate) use self::each::{JSON_EACH, JSON_TREE, PARTS as JSON_PARTS};

pub(super) fn definitions() -> impl Iterator<Item = Definition> {
    extract::FUNCTIONS
        .into_iter()
        .chain(inspect::FUNCTIONS)
        .chain(build::FUNCTIONS)
        .chain(each::FUNCTIONS)
        .chain(structure::FUNCTIONS)
}

/// A field of JSON.
fn json_field() -> Field {
    Field::new("", DataType::Utf8View, true).with_metadata([(JSON_TEXT.to_string(), String::new())].into())
}

/// Whether a field holds JSON, and not any text.
fn is_json(field: &Field) -> bool {
    field.metadata().contains_key(JSON_TEXT)
}

/// Checks that an argument is text.
fn check_text(call: &Call<'_>, at: usize) -> Result<()> {
    let data_type = call.fields[at].data_type();
    if data_type.is_string() || data_type.is_null() { Ok(()) } else { Err(call.no(at, "JSON")) }
}

/// An argument as texts.
fn texts(array: &ArrayRef) -> DfResult<StringViewArray> {
    Ok(cast(array, &DataType::Utf8View)?.as_string_view().clone())
}

/// The JSON of a row; `None` for NULL.
///
/// # Errors
/// `E0705` for a text that is no JSON.
fn valid(texts: &StringViewArray, row: usize) -> DfResult<Option<&str>> {
    if texts.is_null(row) {
        return Ok(None);
    }
    let text = texts.value(row);
    if json::is_valid(text) { Ok(Some(text)) } else { Err(external(malformed(text))) }
}

/// Most levels of a text that a function goes through: each takes some of the stack.
const MOST_LEVELS: usize = 200;

/// Checks that no text is nested so deep that a function that goes through all levels would run out of the stack, or,
/// since the path of a part names all levels above it, out of memory.
///
/// # Errors
/// `E0118` for a text that is nested deeper.
fn check_levels(array: &ArrayRef) -> DfResult<()> {
    texts(array)?.iter().flatten().try_for_each(check_levels_of).map_err(external)
}

/// As [`check_levels`], for one text.
fn check_levels_of(text: &str) -> Result<()> {
    if !json::is_deeper(text, MOST_LEVELS) {
        return Ok(());
    }
    let message = format!("JSON is nested more than {MOST_LEVELS} levels deep");
    Err(Error::new(Code::NestingTooDeep, message)
        .with_help("json_extract(j, path) gives a part of it, however deep it lies"))
}

fn malformed(text: &str) -> Error {
    Error::new(Code::BadCast, format!("'{}' is no Json", abridged(text)))
        .with_help("JSON_VALID(x) tells, and TRY_CAST(x AS JSON) gives NULL instead")
}
