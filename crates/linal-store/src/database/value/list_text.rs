//! Lists and tensors of numbers or Booleans as text: `[1, 2.5, NULL]`, tensors flat over all elements.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, OffsetSizeTrait, make_array,
    new_empty_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};

use super::super::error::{Result, StoreError};
use super::text::{decode_texts, encode_text};

/// The text of a row, which is not NULL.
pub(super) fn encode(array: &dyn Array, row: usize) -> Result<String> {
    let elements = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(row),
        DataType::LargeList(_) => array.as_list::<i64>().value(row),
        _ => array.as_fixed_size_list().value(row),
    };
    let mut text = String::from("[");
    for at in 0..elements.len() {
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(encode_text(&elements, at)?.as_deref().unwrap_or("NULL"));
    }
    text.push(']');
    Ok(text)
}

/// The lists of texts.
pub(super) fn decode(data_type: &DataType, texts: &[Option<String>]) -> Result<ArrayRef> {
    let (DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)) = data_type
    else {
        return Err(damaged());
    };
    let mut elements: Vec<Option<String>> = Vec::new();
    let mut lengths = Vec::with_capacity(texts.len());
    let width = if let DataType::FixedSizeList(_, width) = data_type { Some(*width as usize) } else { None };
    for text in texts {
        let before = elements.len();
        match text {
            Some(text) => split(text, &mut elements)?,
            // A NULL of a fixed width has elements, which are NULL where that is allowed.
            None => elements.resize(before + width.unwrap_or(0), padding(item)),
        }
        lengths.push(elements.len() - before);
        if width.is_some_and(|width| elements.len() - before != width) {
            return Err(damaged());
        }
    }
    let nulls: NullBuffer = texts.iter().map(Option::is_some).collect();
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    let values = element_array(item, elements)?;
    match data_type {
        DataType::List(_) => list::<i32>(item, &lengths, values, nulls),
        DataType::LargeList(_) => list::<i64>(item, &lengths, values, nulls),
        DataType::FixedSizeList(_, width) => {
            Ok(Arc::new(FixedSizeListArray::try_new(item.clone(), *width, values, nulls)?))
        }
        _ => Err(damaged()),
    }
}

/// The text of the elements of a NULL row: zeros, so that the elements of tensors have no validity.
fn padding(item: &FieldRef) -> Option<String> {
    Some(if *item.data_type() == DataType::Boolean { "false" } else { "0" }.to_string())
}

fn element_array(item: &FieldRef, elements: Vec<Option<String>>) -> Result<ArrayRef> {
    if elements.is_empty() {
        return Ok(new_empty_array(item.data_type()));
    }
    let values = decode_texts(item.data_type(), elements)?;
    if *values.data_type() == *item.data_type() {
        return Ok(values);
    }
    let values = cast(&values, item.data_type())?;
    Ok(make_array(values.to_data()))
}

fn list<O: OffsetSizeTrait>(
    item: &FieldRef,
    lengths: &[usize],
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let offsets = OffsetBuffer::<O>::from_lengths(lengths.iter().copied());
    Ok(Arc::new(GenericListArray::try_new(item.clone(), offsets, values, nulls)?))
}

/// Appends the elements of a list, of which none contains a comma.
fn split(text: &str, elements: &mut Vec<Option<String>>) -> Result<()> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).ok_or_else(damaged)?;
    if inner.is_empty() {
        return Ok(());
    }
    let element = |word: &str| if word == "NULL" { None } else { Some(word.to_string()) };
    elements.extend(inner.split(", ").map(element));
    Ok(())
}

fn damaged() -> StoreError {
    StoreError::damaged("the catalog has a text that is no list of its column's type")
}
