//! `{'a': 1}`, and functions of structs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, ListArray, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{is_null, nullif};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result as DfResult, ScalarValue};
use linal_dataset::{Error, Result, same_name};
use linal_error::Code;

use super::definition::{Call, Definition, Values, of_type, renamed};
use super::rows::{alike, keys, list_type};
use crate::udf::error::wrong_arguments;

const MANY: usize = 1_000_000;

pub(super) const FUNCTIONS: [Definition; 9] = [
    Definition {
        names: &[linal_lang::sql::STRUCT],
        arguments: (2, MANY),
        field: field_of_struct,
        compute: structure,
    },
    Definition {
        names: &["struct_insert"],
        arguments: (3, MANY),
        field: field_with_others,
        compute: with_others,
    },
    Definition {
        names: &["struct_update"],
        arguments: (3, MANY),
        field: field_with_others,
        compute: with_others,
    },
    Definition { names: &["struct_concat"], arguments: (1, MANY), field: field_of_all, compute: all },
    Definition { names: &["struct_extract_at"], arguments: (2, 2), field: field_at, compute: at },
    Definition {
        names: &["struct_keys"],
        arguments: (1, 1),
        field: |call| fields_of(call, 0).map(|_| of_type(list_type(DataType::Utf8))),
        compute: names,
    },
    Definition { names: &["struct_values"], arguments: (1, 1), field: field_of_values, compute: values },
    Definition {
        names: &["struct_contains", "struct_has"],
        arguments: (2, 2),
        field: |call| fields_of(call, 0).map(|_| of_type(DataType::Boolean)),
        compute: contains,
    },
    Definition {
        names: &["struct_position", "struct_indexof"],
        arguments: (2, 2),
        field: |call| fields_of(call, 0).map(|_| of_type(DataType::Int32)),
        compute: position,
    },
];

/// The fields of a struct that is an argument.
fn fields_of<'c>(call: &'c Call<'_>, at: usize) -> Result<&'c Fields> {
    match call.fields[at].data_type() {
        DataType::Struct(fields) => Ok(fields),
        _ => Err(call.no(at, "a struct")),
    }
}

/// The fields of the pairs of a name and a value from an argument on.
fn pairs(call: &Call<'_>, from: usize) -> Result<Vec<Field>> {
    if !(call.fields.len() - from).is_multiple_of(2) {
        return Err(wrong_arguments(format!("each value of {} has a name", call.name)));
    }
    let mut fields: Vec<Field> = Vec::new();
    for at in (from..call.fields.len()).step_by(2) {
        let name = call.text(at)?;
        if fields.iter().any(|field| same_name(field.name(), name)) {
            return Err(Error::new(Code::DuplicateName, format!("the struct has the field `{name}` twice")));
        }
        fields.push(renamed(name, &call.fields[at + 1]));
    }
    Ok(fields)
}

fn struct_type(fields: impl IntoIterator<Item = Field>) -> Field {
    of_type(DataType::Struct(Fields::from_iter(fields)))
}

fn field_of_struct(call: &Call<'_>) -> Result<Field> {
    pairs(call, 0).map(|fields| struct_type(fields).with_nullable(false))
}

fn structure(values: &Values<'_>) -> DfResult<ArrayRef> {
    made(values, values.arrays.iter().skip(1).step_by(2).cloned().collect(), None)
}

/// A struct of the result's type.
fn made(values: &Values<'_>, columns: Vec<ArrayRef>, like: Option<&StructArray>) -> DfResult<ArrayRef> {
    let DataType::Struct(fields) = values.result.data_type() else {
        return datafusion::common::internal_err!("no struct");
    };
    let nulls = like.and_then(|like| like.nulls().cloned());
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, values.rows)?))
}

/// The fields of a struct with others, which replace those of the same names.
fn field_with_others(call: &Call<'_>) -> Result<Field> {
    let mut fields: Vec<Field> = fields_of(call, 0)?.iter().map(|field| field.as_ref().clone()).collect();
    for other in pairs(call, 1)? {
        match fields.iter_mut().find(|field| same_name(field.name(), other.name())) {
            Some(_) if call.name == "struct_insert" => {
                let message = format!("the struct has a field `{}` already", other.name());
                return Err(Error::new(Code::DuplicateName, message).with_help("struct_update replaces it"));
            }
            Some(field) => *field = other,
            None => fields.push(other),
        }
    }
    Ok(struct_type(fields))
}

fn with_others(values: &Values<'_>) -> DfResult<ArrayRef> {
    let base = values.arrays[0].as_struct();
    let mut names: Vec<String> = base.fields().iter().map(|field| field.name().clone()).collect();
    let mut columns = base.columns().to_vec();
    for pair in values.arrays[1..].chunks_exact(2) {
        let name =
            ScalarValue::try_from_array(&pair[0], 0)?.try_as_str().flatten().unwrap_or_default().to_string();
        match names.iter().position(|known| same_name(known, &name)) {
            Some(place) => columns[place] = pair[1].clone(),
            None => {
                names.push(name);
                columns.push(pair[1].clone());
            }
        }
    }
    made(values, columns, Some(base))
}

fn field_of_all(call: &Call<'_>) -> Result<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for at in 0..call.fields.len() {
        for field in fields_of(call, at)? {
            if fields.iter().any(|known| same_name(known.name(), field.name())) {
                let message = format!("the structs have the field `{}` twice", field.name());
                return Err(Error::new(Code::DuplicateName, message));
            }
            fields.push(field.as_ref().clone());
        }
    }
    Ok(struct_type(fields))
}

fn all(values: &Values<'_>) -> DfResult<ArrayRef> {
    made(values, values.arrays.iter().flat_map(|array| array.as_struct().columns().to_vec()).collect(), None)
}

/// The place of the field that a constant counts from 1.
fn place(call: &Call<'_>) -> Result<usize> {
    let fields = fields_of(call, 0)?;
    let number = call.constants.get(1).copied().flatten().and_then(integer);
    let place = number.and_then(|number| usize::try_from(number - 1).ok());
    place.filter(|&place| place < fields.len()).ok_or_else(|| {
        wrong_arguments(format!("a field of this struct is counted from 1 to {}", fields.len()))
    })
}

fn integer(value: &ScalarValue) -> Option<i64> {
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(number)) => number,
        _ => None,
    }
}

fn field_at(call: &Call<'_>) -> Result<Field> {
    Ok(fields_of(call, 0)?[place(call)?].as_ref().clone().with_nullable(true))
}

fn at(values: &Values<'_>) -> DfResult<ArrayRef> {
    let array = values.arrays[0].as_struct();
    let number = ScalarValue::try_from_array(&values.arrays[1], 0).ok().and_then(|value| integer(&value));
    let place = number.and_then(|number| usize::try_from(number - 1).ok()).unwrap_or(0);
    Ok(nullif(array.column(place), &is_null(array)?)?)
}

fn names(values: &Values<'_>) -> DfResult<ArrayRef> {
    let array = values.arrays[0].as_struct();
    let names = array.fields().iter().map(|field| field.name().as_str());
    let width = array.num_columns();
    let all: StringArray = names.cycle().take(width * array.len()).map(Some).collect();
    let offsets = OffsetBuffer::from_repeated_length(width, array.len());
    let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
    Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(all), array.nulls().cloned())?))
}

fn field_of_values(call: &Call<'_>) -> Result<Field> {
    let fields = fields_of(call, 0)?.iter().enumerate();
    Ok(struct_type(fields.map(|(at, field)| renamed(&format!("c{at}"), field))))
}

fn values(values: &Values<'_>) -> DfResult<ArrayRef> {
    let array = values.arrays[0].as_struct();
    made(values, array.columns().to_vec(), Some(array))
}

/// For each row the first field that has a value.
fn places(values: &Values<'_>) -> DfResult<Vec<Option<i32>>> {
    let array = values.arrays[0].as_struct();
    let mut places = vec![None; array.len()];
    for (at, column) in array.columns().iter().enumerate() {
        let Ok((column, wanted)) = alike(column, &values.arrays[1]) else { continue };
        if column.data_type() != wanted.data_type() {
            continue;
        }
        let (own, wanted) = (keys(&column, false)?, keys(&wanted, false)?);
        for (row, found) in places.iter_mut().enumerate() {
            if found.is_none() && column.is_valid(row) && own.row(row) == wanted.row(row) {
                *found = i32::try_from(at + 1).ok();
            }
        }
    }
    Ok(places)
}

fn contains(values: &Values<'_>) -> DfResult<ArrayRef> {
    let array = &values.arrays[0];
    let found = places(values)?.into_iter().enumerate();
    let found: BooleanArray =
        found.map(|(row, place)| array.is_valid(row).then_some(place.is_some())).collect();
    Ok(Arc::new(found))
}

fn position(values: &Values<'_>) -> DfResult<ArrayRef> {
    Ok(Arc::new(Int32Array::from(places(values)?)))
}
