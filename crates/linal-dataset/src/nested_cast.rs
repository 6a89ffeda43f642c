//! Conversions of lists, structs, maps, UUIDs and binary data to one another and from and to text.
//!
//! A column is converted as a whole: the elements of all lists are one array, which is converted like a column of its own, and so
//! are the fields of structs and the keys and values of maps.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray, ListArray, MapArray, StringArray,
    StringViewArray, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_store::text::{CAST, Value, parse_blob, parse_uuid, split_fields, split_list};
use linal_store::{ColumnType, UUID_BYTES, key_and_value};

use super::coerce::{At, Fitted, element, stored};
use super::definition::same_name;
use super::literal::{Misfit, abridged, written_form};
use super::wording::spoken;
use crate::error::{Error, Result};

/// Whether a cast between these types is one of this module.
pub fn is_nested_cast(from: &DataType, to: &DataType) -> bool {
    from != to
        && !from.is_null()
        && (is_own(from) && (is_own(to) || to.is_string()) || from.is_string() && is_own(to))
}

fn is_own(data_type: &DataType) -> bool {
    let is_binary = matches!(
        data_type,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(UUID_BYTES)
    );
    data_type.is_nested() || is_binary
}

/// `CAST(x AS type)` and `TRY_CAST`: the latter gives NULL for a value, or a part of it, that cannot be converted.
///
/// # Errors
/// `E0705 bad_cast` with the first value that cannot be converted.
pub fn cast_value(
    array: &ArrayRef,
    from: &Field,
    to: &Field,
    zone: &Zone,
    or_null: bool,
) -> Result<ArrayRef> {
    explicit(array, from, to, zone, or_null).map_err(|At(_, misfit)| {
        let target = spoken(&ColumnType::of(to));
        let error = match misfit {
            Misfit::Form(text, form) => {
                let message = format!("'{}' is no {target}", abridged(&text));
                Error::new(Code::BadCast, message).with_help(format!("it is written {form}"))
            }
            Misfit::Shape(shape) => {
                let message = format!("a list of {shape:?} elements is no {target}");
                Error::new(Code::ShapeMismatch, message)
            }
            Misfit::Range(value) => {
                Error::new(Code::ValueOutOfRange, format!("{value} does not fit {target}"))
            }
            Misfit::Type(value) => Error::new(Code::BadCast, format!("{value} cannot be cast to {target}")),
            Misfit::Null | Misfit::Missing => Error::new(Code::NotNull, format!("NULL is no {target}")),
        };
        error.or_help("TRY_CAST gives NULL instead")
    })
}

fn explicit(array: &ArrayRef, from: &Field, to: &Field, zone: &Zone, or_null: bool) -> Fitted {
    let leaf = |array: &ArrayRef, from: &Field, to: &Field| explicit(array, from, to, zone, or_null);
    if let Some(nested) = convert(array, from, to, or_null, &leaf) {
        return nested;
    }
    let target = ColumnType::of(to);
    if from.data_type().is_string() && written_form(&target).is_some() && !or_null {
        return stored(array, from, &target, zone);
    }
    let options = CastOptions { safe: or_null, ..CastOptions::default() };
    cast_with_options(array, to.data_type(), &options).map_err(|_| {
        let alone = |at: &usize| cast_with_options(&array.slice(*at, 1), to.data_type(), &options).is_err();
        let at = (0..array.len()).find(alone).unwrap_or(0);
        At(at, Misfit::Type(text_of(array, from, at)))
    })
}

/// A value for a message.
fn text_of(array: &ArrayRef, field: &Field, at: usize) -> String {
    if at >= array.len() {
        return spoken(&ColumnType::of(field));
    }
    let mut text = String::new();
    CAST.push_top_level(&mut text, &Value::at(field, array.as_ref(), at));
    if field.data_type().is_string() { format!("'{}'", abridged(&text)) } else { abridged(&text) }
}

/// Converts the parts that are not nested.
pub(super) type Leaf<'a> = dyn Fn(&ArrayRef, &Field, &Field) -> Fitted + 'a;

/// Converts an array if its type or the target is one of this module; `None` for others. Texts that are no value of the target are
/// NULL if `or_null` is set.
pub(super) fn convert(
    array: &ArrayRef,
    from: &Field,
    to: &Field,
    or_null: bool,
    leaf: &Leaf<'_>,
) -> Option<Fitted> {
    let (source, target) = (from.data_type(), to.data_type());
    if source == target {
        return Some(Ok(array.clone()));
    }
    if source.is_null() {
        return Some(Ok(new_null_array(target, array.len())));
    }
    if !is_nested_cast(source, target) {
        return None;
    }
    if target.is_string() {
        return Some(texts(array, from, target));
    }
    if source.is_string() {
        return Some(of_texts(array, to, or_null, leaf));
    }
    Some(match (source, target) {
        (DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..), DataType::List(item)) => {
            lists(array, item, leaf)
        }
        (DataType::List(_) | DataType::LargeList(_), DataType::FixedSizeList(item, length)) => {
            lists(array, item, leaf).and_then(|lists| fixed(&lists, target, *length, or_null))
        }
        (DataType::Struct(own), DataType::Struct(fields)) => structs(array.as_struct(), own, fields, leaf),
        (DataType::Map(..), DataType::Map(entries, sorted)) => maps(array.as_map(), entries, *sorted, leaf),
        (
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView,
        ) => cast(array, target).map_err(|_| unlike(array, from)),
        (DataType::Binary, DataType::FixedSizeBinary(length)) => {
            let bytes = array.as_binary::<i32>();
            let is_odd = |&at: &usize| bytes.is_valid(at) && bytes.value(at).len() != UUID_BYTES as usize;
            match (0..bytes.len()).find(is_odd) {
                Some(at) => Err(At(at, Misfit::Shape(vec![bytes.value(at).len()]))),
                None => cast(array, &DataType::FixedSizeBinary(*length)).map_err(|_| unlike(array, from)),
            }
        }
        (DataType::FixedSizeBinary(_), DataType::Binary) => {
            cast(array, target).map_err(|_| unlike(array, from))
        }
        _ => Err(unlike(array, from)),
    })
}

fn unlike(array: &ArrayRef, from: &Field) -> At {
    let at = (0..array.len()).find(|&at| array.is_valid(at)).unwrap_or(0);
    At(at, Misfit::Type(format!("a {}", spoken(&ColumnType::of(from)))))
}

/// Values as text, as they are printed.
fn texts(array: &ArrayRef, from: &Field, target: &DataType) -> Fitted {
    let mut buffer = String::new();
    let texts: StringViewArray = (0..array.len())
        .map(|at| {
            array.is_valid(at).then(|| {
                buffer.clear();
                CAST.push_top_level(&mut buffer, &Value::at(from, array.as_ref(), at));
                buffer.clone()
            })
        })
        .collect();
    let texts: ArrayRef = Arc::new(texts);
    cast(&texts, target).map_err(|_| unlike(array, from))
}

/// The values of texts.
fn of_texts(array: &ArrayRef, to: &Field, or_null: bool, leaf: &Leaf<'_>) -> Fitted {
    let views = cast(array, &DataType::Utf8View).map_err(|_| unlike(array, &text_field()))?;
    let texts = views.as_string_view();
    match to.data_type() {
        DataType::FixedSizeBinary(_) => {
            let uuids = parsed(texts, or_null, "'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'", parse_uuid)?;
            let uuids = FixedSizeBinaryArray::try_from_sparse_iter_with_size(uuids.into_iter(), UUID_BYTES);
            uuids.map(|uuids| Arc::new(uuids) as ArrayRef).map_err(|_| unlike(array, &text_field()))
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let blobs = parsed(texts, or_null, r"in ASCII, with \xAA for other bytes", parse_blob)?;
            let blobs: ArrayRef = Arc::new(BinaryArray::from_iter(blobs));
            cast(&blobs, to.data_type()).map_err(|_| unlike(array, &text_field()))
        }
        DataType::List(item) => list_of_texts(texts, item, or_null, leaf),
        DataType::FixedSizeList(item, length) => {
            let lists = list_of_texts(texts, item, or_null, leaf)?;
            fixed(&lists, to.data_type(), *length, or_null)
        }
        DataType::Struct(fields) => struct_of_texts(texts, fields, or_null, leaf),
        DataType::Map(entries, sorted) => map_of_texts(texts, entries, *sorted, or_null, leaf),
        _ => Err(unlike(array, &text_field())),
    }
}

fn text_field() -> Field {
    Field::new("", DataType::Utf8, true)
}

/// Parses each text; one that cannot be parsed is NULL if `or_null` is set.
fn parsed<T>(
    texts: &StringViewArray,
    or_null: bool,
    form: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> std::result::Result<Vec<Option<T>>, At> {
    (0..texts.len())
        .map(|at| {
            if texts.is_null(at) {
                return Ok(None);
            }
            let text = texts.value(at);
            match parse(text) {
                None if !or_null => Err(At(at, Misfit::Form(text.to_string(), form))),
                value => Ok(value),
            }
        })
        .collect()
}

fn part_array(parts: Vec<Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from(parts))
}

fn list_of_texts(texts: &StringViewArray, item: &FieldRef, or_null: bool, leaf: &Leaf<'_>) -> Fitted {
    let lists = parsed(texts, or_null, "[a, b]", split_list)?;
    let offsets =
        OffsetBuffer::<i32>::from_lengths(lists.iter().map(|list| list.as_ref().map_or(0, Vec::len)));
    let nulls: NullBuffer = lists.iter().map(Option::is_some).collect();
    let parts = part_array(lists.into_iter().flatten().flatten().collect());
    let values = of_elements(&parts, &text_field(), item, &offsets, leaf)?;
    list_array(item, offsets, values, Some(nulls))
}

/// Converts the elements of lists; an error has the row of its list.
fn of_elements(
    values: &ArrayRef,
    from: &Field,
    item: &Field,
    offsets: &OffsetBuffer<i32>,
    leaf: &Leaf<'_>,
) -> Fitted {
    let row_of = |at: usize| {
        let ends = offsets.get(1..).unwrap_or_default();
        ends.partition_point(|&end| usize::try_from(end).is_ok_and(|end| end <= at))
    };
    leaf(values, from, item).map_err(|At(at, misfit)| At(row_of(at), element(misfit)))
}

fn list_array(
    item: &FieldRef,
    offsets: OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Fitted {
    let list = ListArray::try_new(item.clone(), offsets, values, nulls);
    list.map(|list| Arc::new(list) as ArrayRef).map_err(|error| At(0, Misfit::Type(error.to_string())))
}

fn lists(array: &ArrayRef, item: &FieldRef, leaf: &Leaf<'_>) -> Fitted {
    let (DataType::List(own) | DataType::LargeList(own) | DataType::FixedSizeList(own, _)) =
        array.data_type()
    else {
        return Err(unlike(array, &text_field()));
    };
    let own = own.clone();
    let list = cast(array, &DataType::List(own.clone())).map_err(|_| unlike(array, &own))?;
    let list = list.as_list::<i32>();
    let values = of_elements(list.values(), &own, item, list.offsets(), leaf)?;
    list_array(item, list.offsets().clone(), values, list.nulls().cloned())
}

/// Lists as arrays of one length.
fn fixed(lists: &ArrayRef, target: &DataType, length: i32, or_null: bool) -> Fitted {
    let list = lists.as_list::<i32>();
    let odd = (0..list.len()).find(|&at| list.is_valid(at) && list.value_length(at) != length);
    if let Some(at) = odd.filter(|_| !or_null) {
        return Err(At(at, Misfit::Shape(vec![usize::try_from(list.value_length(at)).unwrap_or(0)])));
    }
    let options = CastOptions { safe: true, ..CastOptions::default() };
    cast_with_options(lists, target, &options).map_err(|error| At(0, Misfit::Type(error.to_string())))
}

/// Fields by name; by position if no name is the same.
fn structs(array: &StructArray, own: &Fields, fields: &Fields, leaf: &Leaf<'_>) -> Fitted {
    let place = |name: &str| own.iter().position(|field| same_name(field.name(), name));
    let by_name = fields.iter().any(|field| place(field.name()).is_some());
    let lost =
        own.iter().find(|field| by_name && !fields.iter().any(|to| same_name(to.name(), field.name())));
    if let Some(lost) = lost {
        return Err(At(0, Misfit::Type(format!("a struct with a field `{}`", lost.name()))));
    }
    if !by_name && own.len() != fields.len() {
        return Err(At(0, Misfit::Type(format!("a struct of {} fields", own.len()))));
    }
    let mut columns = Vec::with_capacity(fields.len());
    for (at, field) in fields.iter().enumerate() {
        let found = if by_name { place(field.name()) } else { Some(at) };
        columns.push(match found {
            Some(found) => leaf(array.column(found), &own[found], field)?,
            None => new_null_array(field.data_type(), array.len()),
        });
    }
    struct_array(fields, columns, array.nulls().cloned(), array.len())
}

fn struct_array(fields: &Fields, columns: Vec<ArrayRef>, nulls: Option<NullBuffer>, rows: usize) -> Fitted {
    let array = StructArray::try_new_with_length(fields.clone(), columns, nulls, rows);
    array.map(|array| Arc::new(array) as ArrayRef).map_err(|error| At(0, Misfit::Type(error.to_string())))
}

fn struct_of_texts(texts: &StringViewArray, fields: &Fields, or_null: bool, leaf: &Leaf<'_>) -> Fitted {
    let rows = parsed(texts, or_null, "{a: 1, b: x}", |text| arranged(text, fields))?;
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    let mut columns = Vec::with_capacity(fields.len());
    for (at, field) in fields.iter().enumerate() {
        let parts = rows.iter().map(|row| row.as_ref().and_then(|row| row[at].clone()));
        columns.push(leaf(&part_array(parts.collect()), &text_field(), field)?);
    }
    struct_array(fields, columns, Some(nulls), texts.len())
}

/// The texts of the fields in their order; `None` if the text names another field.
fn arranged(text: &str, fields: &Fields) -> Option<Vec<Option<String>>> {
    let mut values = vec![None; fields.len()];
    let parts = split_fields(text)?;
    let is_row = parts.iter().all(|(name, _)| name.is_none());
    if is_row && parts.len() != fields.len() && !parts.is_empty() {
        return None;
    }
    for (at, (name, value)) in parts.into_iter().enumerate() {
        let place = match name {
            Some(name) => fields.iter().position(|field| same_name(field.name(), &name))?,
            None => at,
        };
        values[place] = value;
    }
    Some(values)
}

fn map_of_texts(
    texts: &StringViewArray,
    entries: &FieldRef,
    sorted: bool,
    or_null: bool,
    leaf: &Leaf<'_>,
) -> Fitted {
    let rows = parsed(texts, or_null, "{key=value}", split_fields)?;
    let offsets = OffsetBuffer::<i32>::from_lengths(rows.iter().map(|row| row.as_ref().map_or(0, Vec::len)));
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    let (keys, values): (Vec<_>, Vec<_>) = rows.into_iter().flatten().flatten().unzip();
    let Some((key, value)) = key_and_value(entries) else {
        return Err(At(0, Misfit::Type("a map without keys".to_string())));
    };
    let keys = of_elements(&part_array(keys), &text_field(), key, &offsets, leaf)?;
    let values = of_elements(&part_array(values), &text_field(), value, &offsets, leaf)?;
    map_array(entries, sorted, offsets, (keys, values), Some(nulls))
}

fn map_array(
    entries: &FieldRef,
    sorted: bool,
    offsets: OffsetBuffer<i32>,
    (keys, values): (ArrayRef, ArrayRef),
    nulls: Option<NullBuffer>,
) -> Fitted {
    if keys.null_count() > 0 {
        return Err(At(0, Misfit::Type("a map with the key NULL".to_string())));
    }
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(At(0, Misfit::Type("a map without keys".to_string())));
    };
    let rows = keys.len();
    let pairs = struct_array(fields, vec![keys, values], None, rows)?;
    let map = MapArray::try_new(entries.clone(), offsets, pairs.as_struct().clone(), nulls, sorted);
    map.map(|map| Arc::new(map) as ArrayRef).map_err(|error| At(0, Misfit::Type(error.to_string())))
}

fn maps(array: &MapArray, entries: &FieldRef, sorted: bool, leaf: &Leaf<'_>) -> Fitted {
    let own = array.entries().fields().clone();
    let ([own_key, own_value], Some((key, value))) = (&own[..], key_and_value(entries)) else {
        return Err(At(0, Misfit::Type("a map without keys".to_string())));
    };
    let keys = of_elements(array.keys(), own_key, key, array.offsets(), leaf)?;
    let values = of_elements(array.values(), own_value, value, array.offsets(), leaf)?;
    map_array(entries, sorted, array.offsets().clone(), (keys, values), array.nulls().cloned())
}
