//! `MAP {'k': 1}`, and functions of maps.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StructArray, UInt64Array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat, interleave};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result as DfResult;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::key_and_value;

use super::definition::{Call, Definition, Values, of_type, renamed};
use super::rows::{alike, common_type, item_of, keys, list_type, lists, range, taken};
use crate::udf::error::{external, wrong_arguments};

const MANY: usize = 1_000_000;

pub(super) const FUNCTIONS: [Definition; 12] = [
    Definition {
        names: &[linal_lang::sql::MAP],
        arguments: (0, MANY),
        field: field_of_literal,
        compute: literal,
    },
    Definition { names: &["map"], arguments: (0, 2), field: field_of_lists, compute: of_lists },
    Definition {
        names: &["map_from_entries"],
        arguments: (1, 1),
        field: field_of_entries,
        compute: of_entries,
    },
    Definition {
        names: &["map_keys"],
        arguments: (1, 1),
        field: |call| list_of(call, 0),
        compute: |v| part(v, 0),
    },
    Definition {
        names: &["map_values"],
        arguments: (1, 1),
        field: |call| list_of(call, 1),
        compute: |v| part(v, 1),
    },
    Definition { names: &["map_entries"], arguments: (1, 1), field: field_of_pairs, compute: pairs },
    Definition {
        names: &["map_extract", "element_at"],
        arguments: (2, 2),
        field: |call| list_of(call, 1),
        compute: found_list,
    },
    Definition { names: &["map_extract_value"], arguments: (2, 2), field: value_field, compute: found_value },
    Definition {
        names: &["map_contains", "map_contains_key"],
        arguments: (2, 2),
        field: truth,
        compute: |v| has(v, 0),
    },
    Definition { names: &["map_contains_value"], arguments: (2, 2), field: truth, compute: |v| has(v, 1) },
    Definition { names: &["map_contains_entry"], arguments: (3, 3), field: truth, compute: has_entry },
    Definition { names: &["map_concat"], arguments: (1, MANY), field: field_of_all, compute: all },
];

/// The type of a map.
fn map_type(key: &Field, value: &Field) -> DataType {
    let entries = Fields::from(vec![renamed("key", key).with_nullable(false), renamed("value", value)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

/// The fields of the keys and values of an argument.
fn parts<'c>(call: &'c Call<'_>, at: usize) -> Result<(&'c Field, &'c Field)> {
    match call.fields[at].data_type() {
        DataType::Map(entries, _) => key_and_value(entries).ok_or_else(|| call.no(at, "a map")),
        _ => Err(call.no(at, "a map")),
    }
}

fn list_of(call: &Call<'_>, part: usize) -> Result<Field> {
    let (key, value) = parts(call, 0)?;
    let item = renamed(Field::LIST_FIELD_DEFAULT_NAME, if part == 0 { key } else { value });
    Ok(of_type(DataType::List(Arc::new(item))))
}

fn value_field(call: &Call<'_>) -> Result<Field> {
    parts(call, 0).map(|(_, value)| renamed("", value))
}

fn truth(call: &Call<'_>) -> Result<Field> {
    parts(call, 0).map(|_| of_type(DataType::Boolean))
}

fn no_common_type(what: &str) -> Error {
    Error::new(Code::DTypeMismatch, format!("the {what} of a map have no common type"))
        .with_help("CAST one of them to the other's type")
}

/// The field of every second argument.
fn common_field(call: &Call<'_>, first: usize, what: &str) -> Result<Field> {
    let fields: Vec<_> = call.fields.iter().skip(first).step_by(2).collect();
    let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
    let common = common_type(&types).ok_or_else(|| no_common_type(what))?;
    Ok(match fields.iter().find(|field| *field.data_type() == common) {
        Some(field) => renamed("", field),
        None => of_type(common),
    })
}

fn field_of_literal(call: &Call<'_>) -> Result<Field> {
    if !call.fields.len().is_multiple_of(2) {
        return Err(wrong_arguments("each key of a map has a value"));
    }
    Ok(of_type(map_type(&common_field(call, 0, "keys")?, &common_field(call, 1, "values")?))
        .with_nullable(false))
}

fn literal(values: &Values<'_>) -> DfResult<ArrayRef> {
    let (key, value) = result_parts(values)?;
    let width = values.arrays.len() / 2;
    let side = |first: usize, field: &Field| -> DfResult<ArrayRef> {
        let arrays = values.arrays.iter().skip(first).step_by(2);
        let arrays = arrays.map(|array| Ok(cast(array, field.data_type())?)).collect::<DfResult<Vec<_>>>()?;
        if arrays.is_empty() {
            return Ok(new_null_array(field.data_type(), 0));
        }
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        let places: Vec<(usize, usize)> =
            (0..values.rows).flat_map(|row| (0..width).map(move |at| (at, row))).collect();
        Ok(interleave(&arrays, &places)?)
    };
    let offsets = OffsetBuffer::from_repeated_length(width, values.rows);
    map(values, offsets, side(0, &key)?, side(1, &value)?, None)
}

/// The fields of the keys and values of the result.
fn result_parts(values: &Values<'_>) -> DfResult<(Field, Field)> {
    match values.result.data_type() {
        DataType::Map(entries, _) => match key_and_value(entries) {
            Some((key, value)) => Ok((key.clone(), value.clone())),
            None => datafusion::common::internal_err!("no map"),
        },
        _ => datafusion::common::internal_err!("no map"),
    }
}

/// A map of the result's type.
///
/// # Errors
/// A key that is NULL, or twice in a map.
fn map(
    values: &Values<'_>,
    offsets: OffsetBuffer<i32>,
    keys: ArrayRef,
    items: ArrayRef,
    nulls: Option<NullBuffer>,
) -> DfResult<ArrayRef> {
    let DataType::Map(entries, sorted) = values.result.data_type() else {
        return datafusion::common::internal_err!("no map");
    };
    check_keys(&keys, &offsets)?;
    let DataType::Struct(fields) = entries.data_type() else {
        return datafusion::common::internal_err!("no map");
    };
    let rows = keys.len();
    let pairs = StructArray::try_new_with_length(fields.clone(), vec![keys, items], None, rows)?;
    Ok(Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, nulls, *sorted)?))
}

fn check_keys(array: &ArrayRef, offsets: &OffsetBuffer<i32>) -> DfResult<()> {
    if array.null_count() > 0 {
        return Err(external(Error::new(Code::NotNull, "a key of a map is NULL")));
    }
    let keys = keys(array, false)?;
    let mut seen = std::collections::HashSet::new();
    for window in offsets.windows(2) {
        seen.clear();
        for at in window[0]..window[1] {
            let at = usize::try_from(at).unwrap_or(0);
            if !seen.insert(keys.row(at)) {
                let key = arrow::util::display::array_value_to_string(array, at).unwrap_or_default();
                let message = format!("the key {key} is twice in a map");
                return Err(external(Error::new(Code::DuplicateName, message)));
            }
        }
    }
    Ok(())
}

fn field_of_lists(call: &Call<'_>) -> Result<Field> {
    let null = of_type(DataType::Null);
    let item = |at: usize| item_of(call.fields[at].data_type()).ok_or_else(|| call.no(at, "lists"));
    match call.fields.len() {
        0 => Ok(of_type(map_type(&null, &null))),
        2 => Ok(of_type(map_type(item(0)?.as_ref(), item(1)?.as_ref()))),
        _ => Err(wrong_arguments("map takes a list of keys and a list of values")),
    }
}

fn of_lists(values: &Values<'_>) -> DfResult<ArrayRef> {
    let [keys, items] = values.arrays else {
        let rows = values.rows.max(1);
        let nothing = new_null_array(&DataType::Null, 0);
        return map(values, OffsetBuffer::from_repeated_length(0, rows), nothing.clone(), nothing, None);
    };
    let (keys, items) = (lists(keys)?, lists(items)?);
    let nulls = NullBuffer::union(keys.nulls(), items.nulls());
    let is_valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let (mut key_places, mut item_places, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..keys.len() {
        let (own, other) = (range(&keys, row), range(&items, row));
        if !is_valid(row) {
            lengths.push(0);
            continue;
        }
        if own.len() != other.len() {
            let message = format!("map has {} keys and {} values", own.len(), other.len());
            return Err(external(Error::new(Code::WrongLength, message)));
        }
        lengths.push(own.len());
        key_places.extend(own.map(|at| at as u64));
        item_places.extend(other.map(|at| at as u64));
    }
    let keys = taken(keys.values(), &UInt64Array::from(key_places))?;
    let items = taken(items.values(), &UInt64Array::from(item_places))?;
    map(values, OffsetBuffer::from_lengths(lengths), keys, items, nulls)
}

fn field_of_entries(call: &Call<'_>) -> Result<Field> {
    let item = item_of(call.fields[0].data_type());
    match item.as_ref().map(|item| item.data_type()) {
        Some(DataType::Struct(fields)) if fields.len() == 2 => Ok(of_type(map_type(&fields[0], &fields[1]))),
        _ => Err(call.no(0, "a list of structs with a key and a value")),
    }
}

fn of_entries(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = lists(&values.arrays[0])?;
    let rows = 0..lists.len();
    let places: Vec<u64> = rows.clone().flat_map(|row| range(&lists, row)).map(|at| at as u64).collect();
    let lengths: Vec<usize> = rows.map(|row| range(&lists, row).len()).collect();
    let pairs = taken(lists.values(), &UInt64Array::from(places))?;
    let pairs = pairs.as_struct();
    let columns = (pairs.column(0).clone(), pairs.column(1).clone());
    map(values, OffsetBuffer::from_lengths(lengths), columns.0, columns.1, lists.nulls().cloned())
}

/// The keys or the values of each map as a list.
fn part(values: &Values<'_>, part: usize) -> DfResult<ArrayRef> {
    let maps = values.arrays[0].as_map();
    let DataType::List(item) = values.result.data_type() else {
        return datafusion::common::internal_err!("no list");
    };
    let column = if part == 0 { maps.keys() } else { maps.values() };
    let list =
        ListArray::try_new(item.clone(), maps.offsets().clone(), column.clone(), maps.nulls().cloned());
    Ok(Arc::new(list?))
}

fn field_of_pairs(call: &Call<'_>) -> Result<Field> {
    let (key, value) = parts(call, 0)?;
    let fields = Fields::from(vec![renamed("key", key), renamed("value", value)]);
    Ok(of_type(list_type(DataType::Struct(fields))))
}

fn pairs(values: &Values<'_>) -> DfResult<ArrayRef> {
    let maps = values.arrays[0].as_map();
    let DataType::List(item) = values.result.data_type() else {
        return datafusion::common::internal_err!("no list");
    };
    let DataType::Struct(fields) = item.data_type() else {
        return datafusion::common::internal_err!("no pairs");
    };
    let columns = vec![maps.keys().clone(), maps.values().clone()];
    let pairs = StructArray::try_new_with_length(fields.clone(), columns, None, maps.keys().len())?;
    let list =
        ListArray::try_new(item.clone(), maps.offsets().clone(), Arc::new(pairs), maps.nulls().cloned());
    Ok(Arc::new(list?))
}

/// For each row the place of the entry whose key, or value, is the wanted one.
fn places(maps: &MapArray, part: usize, wanted: &ArrayRef) -> DfResult<Vec<Option<u64>>> {
    let column = if part == 0 { maps.keys() } else { maps.values() };
    let (column, wanted) = alike(column, wanted)?;
    if column.data_type() != wanted.data_type() {
        return Ok(vec![None; maps.len()]);
    }
    let (own, wanted_keys) = (keys(&column, false)?, keys(&wanted, false)?);
    let offsets = maps.value_offsets();
    Ok((0..maps.len())
        .map(|row| {
            if maps.is_null(row) || wanted.is_null(row) {
                return None;
            }
            let entries = usize::try_from(offsets[row]).ok()?..usize::try_from(offsets[row + 1]).ok()?;
            let mut entries = entries.filter(|&at| own.row(at) == wanted_keys.row(row));
            entries.next().map(|at| at as u64)
        })
        .collect())
}

/// The values of the keys of an argument; NULL where a map does not have the key.
pub(super) fn values_at(maps: &MapArray, wanted: &ArrayRef) -> DfResult<ArrayRef> {
    taken(maps.values(), &UInt64Array::from(places(maps, 0, wanted)?))
}

fn found_value(values: &Values<'_>) -> DfResult<ArrayRef> {
    values_at(values.arrays[0].as_map(), &values.arrays[1])
}

/// The value as a list of one element; the empty list where the map does not have the key.
fn found_list(values: &Values<'_>) -> DfResult<ArrayRef> {
    let maps = values.arrays[0].as_map();
    let DataType::List(item) = values.result.data_type() else {
        return datafusion::common::internal_err!("no list");
    };
    let places = places(maps, 0, &values.arrays[1])?;
    let offsets = OffsetBuffer::from_lengths(places.iter().map(|place| usize::from(place.is_some())));
    let found = taken(maps.values(), &places.into_iter().flatten().collect::<Vec<u64>>().into())?;
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, found, maps.nulls().cloned())?))
}

fn has(values: &Values<'_>, part: usize) -> DfResult<ArrayRef> {
    let maps = values.arrays[0].as_map();
    let places = places(maps, part, &values.arrays[1])?.into_iter().enumerate();
    let found: BooleanArray =
        places.map(|(row, place)| maps.is_valid(row).then_some(place.is_some())).collect();
    Ok(Arc::new(found))
}

fn has_entry(values: &Values<'_>) -> DfResult<ArrayRef> {
    let maps = values.arrays[0].as_map();
    let found = values_at(maps, &values.arrays[1])?;
    let (found, wanted) = alike(&found, &values.arrays[2])?;
    let (found_keys, wanted_keys) = (keys(&found, false)?, keys(&wanted, false)?);
    let is_same = |row: usize| found.is_valid(row) && found_keys.row(row) == wanted_keys.row(row);
    let same: BooleanArray = (0..maps.len()).map(|row| maps.is_valid(row).then(|| is_same(row))).collect();
    Ok(Arc::new(same))
}

fn field_of_all(call: &Call<'_>) -> Result<Field> {
    let mut all = Vec::new();
    for at in 0..call.fields.len() {
        if !call.fields[at].data_type().is_null() {
            all.push(parts(call, at)?);
        }
    }
    let Some(first) = all.first() else { return Err(call.no(0, "maps")) };
    let common = |part: fn(&(&Field, &Field)) -> DataType, what: &str| {
        common_type(&all.iter().map(part).collect::<Vec<_>>()).ok_or_else(|| no_common_type(what))
    };
    let key = common(|(key, _)| key.data_type().clone(), "keys")?;
    let value = common(|(_, value)| value.data_type().clone(), "values")?;
    let keep = |field: &Field, data_type: DataType| {
        if *field.data_type() == data_type { field.clone() } else { of_type(data_type) }
    };
    Ok(of_type(map_type(&keep(first.0, key), &keep(first.1, value))))
}

/// The entries of all maps of a row; a later map replaces the value of a key, and the key keeps its place.
fn all(values: &Values<'_>) -> DfResult<ArrayRef> {
    let (key, value) = result_parts(values)?;
    let maps: Vec<&MapArray> = values.arrays.iter().filter_map(|array| array.as_map_opt()).collect();
    let side = |part: usize, field: &Field| -> DfResult<ArrayRef> {
        let columns = maps
            .iter()
            .map(|maps| Ok(cast(if part == 0 { maps.keys() } else { maps.values() }, field.data_type())?));
        let columns = columns.collect::<DfResult<Vec<_>>>()?;
        Ok(concat(&columns.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>())?)
    };
    let (all_keys, all_values) = (side(0, &key)?, side(1, &value)?);
    let own = keys(&all_keys, false)?;
    let starts: Vec<usize> = maps
        .iter()
        .scan(0, |start, maps| {
            let own = *start;
            *start += maps.keys().len();
            Some(own)
        })
        .collect();
    let (mut key_places, mut value_places, mut lengths, mut valid) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..values.rows {
        let first = key_places.len();
        for (maps, start) in maps.iter().zip(&starts).filter(|(maps, _)| maps.is_valid(row)) {
            let offsets = maps.value_offsets();
            for at in offsets[row]..offsets[row + 1] {
                let at = (start + usize::try_from(at).unwrap_or(0)) as u64;
                let is_same = |&known: &u64| own.row(known as usize) == own.row(at as usize);
                match key_places[first..].iter().position(is_same) {
                    Some(known) => value_places[first + known] = at,
                    None => {
                        key_places.push(at);
                        value_places.push(at);
                    }
                }
            }
        }
        lengths.push(key_places.len() - first);
        valid.push(maps.iter().any(|maps| maps.is_valid(row)));
    }
    let keys = taken(&all_keys, &UInt64Array::from(key_places))?;
    let items = taken(&all_values, &UInt64Array::from(value_places))?;
    map(values, OffsetBuffer::from_lengths(lengths), keys, items, Some(NullBuffer::from(valid)))
}
