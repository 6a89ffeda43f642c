//! `j -> '$.a'`, `j ->> 'a'`, `json_extract(j, '$.a[0]')`: parts of JSON by path.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, StringViewArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::Result as DfResult;
use linal_dataset::{Error, Result, abridged};
use linal_error::Code;
use linal_store::json::{self, Path};

use super::super::definition::{Call, Definition, Values, of_type};
use super::{check_text, json_field, texts, valid};
use crate::udf::error::external;

pub(super) const FUNCTIONS: [Definition; 4] = [
    Definition {
        names: &["json_extract", "json_extract_path"],
        arguments: (2, 2),
        field: |call| field(call, json_field()),
        compute: |values| extract(values, |part| Some(json::minified(part))),
    },
    Definition {
        names: &["json_extract_string", "json_extract_path_text"],
        arguments: (2, 2),
        field: |call| field(call, of_type(DataType::Utf8View)),
        compute: |values| extract(values, json::string_of),
    },
    Definition {
        names: &["json_value"],
        arguments: (2, 2),
        field: |call| field(call, json_field()),
        compute: |values| {
            extract(values, |part| Some(json::minified(part)).filter(|part| !part.starts_with(['{', '['])))
        },
    },
    Definition {
        names: &["json_exists"],
        arguments: (2, 2),
        field: |call| check_text(call, 0).map(|()| of_type(DataType::Boolean)),
        compute: exists,
    },
];

/// The path of each row.
pub(super) struct Paths {
    rows: Vec<Option<Path>>,
    /// Whether all rows have the first one.
    is_constant: bool,
}

impl Paths {
    /// The paths of an argument: texts, or numbers that are indices of arrays.
    ///
    /// # Errors
    /// `E0310` for a text that is no path.
    pub fn of(array: &ArrayRef, is_constant: bool) -> DfResult<Paths> {
        let array = if is_constant { array.slice(0, array.len().min(1)) } else { array.clone() };
        let rows = if array.data_type().is_integer() {
            let indices = cast(&array, &DataType::Int64)?;
            indices.as_primitive::<Int64Type>().iter().map(|index| index.map(Path::index)).collect()
        } else {
            let texts = texts(&array)?;
            texts
                .iter()
                .map(|text| text.map(parsed).transpose())
                .collect::<Result<Vec<_>>>()
                .map_err(external)?
        };
        Ok(Paths { rows, is_constant })
    }

    pub fn at(&self, row: usize) -> Option<&Path> {
        self.rows.get(if self.is_constant { 0 } else { row })?.as_ref()
    }
}

fn parsed(text: &str) -> Result<Path> {
    Path::parse(text).map_err(|error| {
        let message =
            format!("'{}' is no path: a step was expected at character {}", abridged(text), error.at + 1);
        Error::new(Code::WrongArguments, message)
            .with_help("a path is written $.key[0], /key/0, or as one key")
    })
}

/// The field of parts: a list of them for a path that leads to several.
fn field(call: &Call<'_>, part: Field) -> Result<Field> {
    check_text(call, 0)?;
    let path = call.constants[1].and_then(|path| path.try_as_str().flatten());
    if !call.fields[1].data_type().is_integer() {
        check_text(call, 1)?;
    }
    Ok(match path.map(parsed).transpose()? {
        Some(path) if path.is_many() => {
            let item = part.with_name(Field::LIST_FIELD_DEFAULT_NAME);
            of_type(DataType::List(Arc::new(item)))
        }
        _ => part,
    })
}

fn extract(
    values: &Values<'_>,
    convert: impl for<'t> Fn(&'t str) -> Option<Cow<'t, str>>,
) -> DfResult<ArrayRef> {
    let texts = texts(&values.arrays[0])?;
    let paths = Paths::of(&values.arrays[1], values.is_constant(1))?;
    if let DataType::List(item) = values.result.data_type() {
        return many(&texts, &paths, item, convert);
    }
    let mut found: Vec<Option<String>> = Vec::with_capacity(texts.len());
    for row in 0..texts.len() {
        let part = match (valid(&texts, row)?, paths.at(row)) {
            (Some(text), Some(path)) => {
                path.find(text).first().copied().and_then(&convert).map(Cow::into_owned)
            }
            _ => None,
        };
        found.push(part);
    }
    Ok(Arc::new(StringViewArray::from_iter(found)))
}

fn many(
    texts: &StringViewArray,
    paths: &Paths,
    item: &Arc<Field>,
    convert: impl for<'t> Fn(&'t str) -> Option<Cow<'t, str>>,
) -> DfResult<ArrayRef> {
    let mut parts: Vec<Option<String>> = Vec::new();
    let (mut lengths, mut valid_rows) = (Vec::new(), Vec::new());
    for row in 0..texts.len() {
        let before = parts.len();
        let found = valid(texts, row)?.zip(paths.at(row)).map(|(text, path)| path.find(text));
        valid_rows.push(found.is_some());
        parts.extend(found.into_iter().flatten().map(|part| convert(part).map(Cow::into_owned)));
        lengths.push(parts.len() - before);
    }
    let parts: ArrayRef = Arc::new(StringViewArray::from_iter(parts));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, parts, Some(NullBuffer::from(valid_rows)))?))
}

fn exists(values: &Values<'_>) -> DfResult<ArrayRef> {
    let texts = texts(&values.arrays[0])?;
    let paths = Paths::of(&values.arrays[1], values.is_constant(1))?;
    let row = |row: usize| {
        Ok(valid(&texts, row)?.zip(paths.at(row)).map(|(text, path)| !path.find(text).is_empty()))
    };
    Ok(Arc::new((0..texts.len()).map(row).collect::<DfResult<BooleanArray>>()?))
}
