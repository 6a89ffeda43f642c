//! String arguments.

use std::ops::RangeInclusive;

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;
use linal_dataset::Error;
use linal_error::Code;
use linal_store::ColumnType;

use super::error::{external, wrong_arguments};

/// The types to which a string function coerces its arguments: string for strings and NULL. [`check_texts`]
/// rejects other types, since DataFusion loses the errors of a coercion.
pub(super) fn text_types(types: &[DataType]) -> Vec<DataType> {
    let text = |kind: &DataType| if is_text(kind) { DataType::Utf8View } else { kind.clone() };
    types.iter().map(text).collect()
}

/// Rejects arguments that are not strings.
///
/// # Errors A wrong number of arguments, and arguments of other types.
pub(super) fn check_texts(function: &str, types: &[DataType], count: RangeInclusive<usize>) -> DfResult<()> {
    if !count.contains(&types.len()) {
        let expected = match (count.start(), count.end()) {
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let message = format!("{function} takes {expected} arguments, not {}", types.len());
        return Err(external(wrong_arguments(message)));
    }
    match types.iter().find(|data_type| !is_text(data_type)) {
        None => Ok(()),
        Some(other) => {
            let other = ColumnType::of(&Field::new("", other.clone(), true));
            let message = format!("{function} takes texts, and one argument is {other}");
            let error = Error::new(Code::WrongArguments, message);
            Err(external(error.with_help("CAST(x AS TEXT) makes a text of a value")))
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => value.is_string(),
        other => other.is_string() || other.is_null(),
    }
}

/// The strings of an argument that [`text_types`] coerced.
pub(super) fn texts(arrays: &[ArrayRef], at: usize) -> DfResult<&StringViewArray> {
    let array = arrays.get(at).and_then(|array| array.as_string_view_opt());
    array.ok_or_else(|| external(wrong_arguments("an argument is no text")))
}
