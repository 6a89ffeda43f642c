//! Parameters of prepared statements: each row of the Arrow batches is one run.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Int64Type, Schema};
use arrow::util::display::array_value_to_string;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::sql::server::PeekableFlightDataStream;
use futures::{StreamExt, TryStreamExt};
use linal::{Parameter, Parameters, Tensor};
use linal_error::Code;
use linal_server::http::ApiError;
use linal_server::run::parameter_names;
use tonic::Status;

use crate::status::{malformed, status};

/// Rows of parameters that a client may send at once.
const MOST: usize = 1 << 20;

/// Most axes of a list.
const AXES: usize = 8;

/// The names of the parameters of a text, without the `$`: `1`, `2`, ... up to the highest, or names.
pub fn names(text: &str) -> Vec<String> {
    let names = parameter_names(text);
    let highest = names.iter().filter_map(|name| name.parse::<usize>().ok()).max();
    match highest {
        // More than a statement may have; it fails when it runs.
        Some(highest) if highest > 65_535 => names,
        Some(highest) => (1..=highest).map(|number| number.to_string()).collect(),
        None => names,
    }
}

/// The columns of the parameters of a text. A parameter takes any type.
pub fn schema(text: &str) -> Schema {
    let names = names(text).into_iter();
    Schema::new(names.map(|name| Field::new(name, DataType::Null, true)).collect::<Vec<_>>())
}

/// Parameters that stand for those of a text as long as they are not known.
pub fn unknown(text: &str) -> Parameters {
    let names = names(text);
    if names.iter().all(|name| name.parse::<usize>().is_ok()) {
        return Parameters::Positional(vec![Parameter::Null; names.len()]);
    }
    Parameters::Named(names.into_iter().map(|name| (name, Parameter::Null)).collect())
}

/// Reads rows of parameters, of at most so many bytes. Without any, a statement runs once.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed stream, a type that no parameter has, or too many rows; `RESOURCE_EXHAUSTED` for
/// too many bytes.
pub async fn read(
    text: &str,
    stream: PeekableFlightDataStream,
    most: usize,
) -> Result<Vec<Parameters>, Status> {
    let names = names(text);
    let is_named = names.iter().any(|name| name.parse::<usize>().is_err());
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let mut batches = batches(stream);
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|error| malformed(error.to_string()))?;
        if rows.len() + batch.num_rows() > MOST {
            return Err(malformed(format!("more than {MOST} rows of parameters")));
        }
        bytes += batch.get_array_memory_size();
        if bytes > most {
            let message = format!("the parameters are larger than {most} bytes");
            let error = ApiError::new(Code::BodyTooLarge, message);
            return Err(status(&error.with_help("max_body of the server bounds them")));
        }
        for row in 0..batch.num_rows() {
            rows.push(of_row(&batch, row, is_named)?);
        }
    }
    Ok(rows)
}

/// The batches of a stream that a client sends; none when it has only a descriptor.
pub fn batches(stream: PeekableFlightDataStream) -> FlightRecordBatchStream {
    let data = stream.filter(|data| {
        let has_data = !matches!(data, Ok(data) if data.data_header.is_empty());
        std::future::ready(has_data)
    });
    FlightRecordBatchStream::new_from_flight_data(data.map_err(FlightError::from))
}

fn of_row(batch: &RecordBatch, row: usize, is_named: bool) -> Result<Parameters, Status> {
    let mut values = Vec::with_capacity(batch.num_columns());
    for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
        let value = of_cell(column, row).ok_or_else(|| {
            malformed(format!(
                "the parameter `{}` has the type {}, which no parameter takes",
                field.name(),
                field.data_type()
            ))
        })?;
        values.push((field.name().trim_start_matches(['$', ':', '@']).to_owned(), value));
    }
    if is_named {
        return Ok(Parameters::Named(values));
    }
    Ok(Parameters::Positional(values.into_iter().map(|(_, value)| value).collect()))
}

/// The value of a cell; `None` for a type that no parameter has.
fn of_cell(column: &ArrayRef, row: usize) -> Option<Parameter> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return Some(Parameter::Null);
    }
    let cell = column.slice(row, 1);
    let text = || array_value_to_string(&cell, 0).ok().map(Into::into);
    match column.data_type() {
        DataType::Boolean => Some(Parameter::Bool(cell.as_boolean().value(0))),
        kind if kind.is_signed_integer() => number::<Int64Type>(&cell).map(Parameter::Int),
        // Those of 64 bits may be beyond an Int.
        kind if kind.is_unsigned_integer() => match number::<Int64Type>(&cell) {
            Some(value) => Some(Parameter::Int(value)),
            None => text().map(Parameter::Decimal),
        },
        // A float of 32 bits keeps its type.
        DataType::Float32 => {
            let value = number::<Float32Type>(&cell)?;
            Tensor::from_vec(vec![value], Vec::<usize>::new()).ok().map(Parameter::Tensor)
        }
        kind if kind.is_floating() => number::<Float64Type>(&cell).map(Parameter::Float),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => text().map(Parameter::Text),
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => text().map(Parameter::Decimal),
        DataType::Date32 | DataType::Date64 => {
            let day = cast(&cell, &DataType::Date32).ok()?;
            Some(Parameter::Date(array_value_to_string(&day, 0).ok()?.into()))
        }
        DataType::Timestamp(unit, _) => {
            let utc = cast(&cell, &DataType::Timestamp(*unit, None)).ok()?;
            Some(Parameter::Timestamp(array_value_to_string(&utc, 0).ok()?.into()))
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            let mut shape = Vec::new();
            let flat = flat(&cell, &mut shape)?;
            tensor(&flat, &shape[1..]).map(Parameter::Tensor)
        }
        _ => None,
    }
}

fn number<T: arrow::datatypes::ArrowPrimitiveType>(cell: &ArrayRef) -> Option<T::Native> {
    let cell = cast(cell, &T::DATA_TYPE).ok()?;
    let cell = cell.as_primitive::<T>();
    (!cell.is_null(0)).then(|| cell.value(0))
}

/// The elements of nested lists that all have the same length in each axis; `shape` gets the lengths.
fn flat(array: &ArrayRef, shape: &mut Vec<usize>) -> Option<ArrayRef> {
    if array.null_count() > 0 || shape.len() > AXES {
        return None;
    }
    shape.push(array.len());
    let (values, length) = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (start, end) = (*list.offsets().first()? as usize, *list.offsets().last()? as usize);
            (list.values().slice(start, end - start), same(list.offsets().lengths())?)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let (start, end) = (*list.offsets().first()? as usize, *list.offsets().last()? as usize);
            (list.values().slice(start, end - start), same(list.offsets().lengths())?)
        }
        DataType::FixedSizeList(_, length) => {
            let (list, length) = (array.as_fixed_size_list(), usize::try_from(*length).ok()?);
            let start = list.value_offset(0) as usize;
            (list.values().slice(start, list.len() * length), length)
        }
        _ => return Some(array.clone()),
    };
    let outer = shape.len();
    let flat = flat(&values, shape)?;
    // The lists below were counted together.
    shape[outer] = length;
    Some(flat)
}

fn same(mut lengths: impl Iterator<Item = usize>) -> Option<usize> {
    let first = lengths.next().unwrap_or(0);
    lengths.all(|length| length == first).then_some(first)
}

fn tensor(flat: &ArrayRef, shape: &[usize]) -> Option<Tensor> {
    if flat.null_count() > 0 {
        return None;
    }
    match flat.data_type() {
        DataType::Boolean => {
            let values: Vec<bool> = flat.as_boolean().values().iter().collect();
            Tensor::from_vec(values, shape).ok()
        }
        kind if kind.is_integer() => {
            let values = cast(flat, &DataType::Int64).ok().filter(|values| values.null_count() == 0)?;
            Tensor::from_vec(values.as_primitive::<Int64Type>().values().to_vec(), shape).ok()
        }
        DataType::Float16 | DataType::Float32 => {
            let values = cast(flat, &DataType::Float32).ok()?;
            Tensor::from_vec(values.as_primitive::<Float32Type>().values().to_vec(), shape).ok()
        }
        DataType::Float64 => {
            Tensor::from_vec(flat.as_primitive::<Float64Type>().values().to_vec(), shape).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use arrow::array::{FixedSizeListArray, Int32Array, ListArray, StringArray, UInt64Array};

    #[test]
    fn parameters_of_a_text_are_found() {
        assert_eq!(names("SELECT $2, '$3' -- $4"), ["1", "2"]);
        assert_eq!(names("SELECT $from, $to, $FROM"), ["from", "to"]);
        assert!(names("SELECT 1").is_empty());
        assert!(matches!(unknown("SELECT $n"), Parameters::Named(names) if names.len() == 1));
    }

    #[test]
    fn cells_are_values() {
        let shown = |array: ArrayRef| format!("{:?}", of_cell(&array, array.len() - 1));
        assert_eq!(shown(Arc::new(Int32Array::from(vec![1, 7]))), "Some(Int(7))");
        assert_eq!(shown(Arc::new(Int32Array::from(vec![Some(1), None]))), "Some(Null)");
        assert_eq!(
            shown(Arc::new(UInt64Array::from(vec![u64::MAX]))),
            "Some(Decimal(\"18446744073709551615\"))"
        );
        assert_eq!(shown(Arc::new(StringArray::from(vec!["a", "it's"]))), "Some(Text(\"it's\"))");
        let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(
            vec![Some(vec![Some(1.0), Some(2.0)]), Some(vec![Some(3.0), Some(4.0)])],
            2,
        );
        let Some(Parameter::Tensor(tensor)) = of_cell(&(Arc::new(vectors) as ArrayRef), 1) else { panic!() };
        assert_eq!((tensor.shape().dims(), tensor.to_vec::<f32>()), (&[2][..], vec![3.0, 4.0]));
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![
            Some(vec![Some(9)]),
            Some(vec![Some(1), Some(2), Some(3)]),
        ]);
        let Some(Parameter::Tensor(tensor)) = of_cell(&(Arc::new(lists) as ArrayRef), 1) else { panic!() };
        assert_eq!(tensor.to_vec::<i64>(), [1, 2, 3]);
    }
}
