//! The growing end of a dataset: one typed vector for each column.

use std::sync::Arc;

use arrow::array::builder::{BooleanBufferBuilder, NullBufferBuilder, StringViewBuilder};
use arrow::array::{Array, ArrayRef, BooleanArray, FixedSizeListArray, PrimitiveArray, new_null_array};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::concat;
use arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type,
    Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType,
};
use linal_lang::ast::relational::Literal;
use linal_lang::ast::{NumberArray, Numbers};
use linal_store::ColumnType;
use linal_store::temporal::Zone;
use linal_tensor::{DType, MemoryPool, Reservation};

use super::arrow_error;
use super::chunk::{Chunk, with_columns};
use super::definition::ColumnDef;
use super::insert::LiteralRows;
use super::literal::{date, decimal, effective, instant, interval, time, timestamp, whole};
use super::literal_array;
use super::snapshot::Snapshot;
use crate::error::Result;

/// Inserted rows that are not sealed yet.
pub struct Tail {
    columns: Vec<TailColumn>,
    rows: usize,
    /// Bytes of the rows.
    bytes: usize,
    memory: Option<Reservation>,
}

struct TailColumn {
    values: Values,
    nulls: NullBufferBuilder,
    /// Elements of one value.
    width: usize,
}

/// The elements of all values, including NULL ones.
enum Values {
    Bool(BooleanBufferBuilder),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    I128(Vec<i128>),
    Interval(Vec<IntervalMonthDayNano>),
    Text(StringViewBuilder),
    /// Values of another type, an array of one row each.
    General(DataType, Vec<ArrayRef>),
}

impl Tail {
    /// An empty tail for these columns.
    pub fn new(columns: &[ColumnDef]) -> Tail {
        Tail { columns: columns.iter().map(TailColumn::new).collect(), rows: 0, bytes: 0, memory: None }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Reserves memory for more rows. A quarter is reserved in advance, so that most rows need no call to the
    /// pool.
    ///
    /// # Errors
    /// `E0501` when the limit is reached.
    pub fn reserve(&mut self, pool: &Arc<MemoryPool>, bytes: usize) -> Result<()> {
        let wanted = self.bytes + bytes;
        let held = self.memory.as_ref().map_or(0, Reservation::bytes);
        if wanted > held {
            let more = (wanted - held).max(held / 4);
            match &mut self.memory {
                Some(memory) => memory.grow("INSERT", more)?,
                None => self.memory = Some(pool.reserve("INSERT", more)?),
            }
        }
        self.bytes = wanted;
        Ok(())
    }

    /// Appends rows that have been checked against these columns.
    pub fn append(&mut self, columns: &[ColumnDef], rows: &LiteralRows<'_>) {
        for (at, (tail, column)) in self.columns.iter_mut().zip(columns).enumerate() {
            for value in rows.column(at) {
                tail.push(effective(value, column), &column.column_type, rows.zone());
            }
        }
        self.rows += rows.count();
    }

    /// Converts the rows to a chunk. The arrays take over the memory of the vectors.
    pub fn seal(self, snapshot: &Snapshot) -> Result<Arc<Chunk>> {
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, definition) in self.columns.into_iter().zip(&*snapshot.columns) {
            arrays.push(column.finish(&definition.column_type, self.rows)?);
        }
        let batch = with_columns(&snapshot.schema, arrays, self.rows)?;
        Ok(Chunk::charged(&batch, &self.memory.map(Arc::new)))
    }
}

impl TailColumn {
    fn new(column: &ColumnDef) -> TailColumn {
        let mut width = 1;
        let values = match &column.column_type {
            ColumnType::Bool => Values::Bool(BooleanBufferBuilder::new(0)),
            ColumnType::Int | ColumnType::Timestamp => Values::I64(Vec::new()),
            ColumnType::Float => Values::F64(Vec::new()),
            ColumnType::Real => Values::F32(Vec::new()),
            ColumnType::String => Values::Text(StringViewBuilder::new()),
            ColumnType::Date => Values::I32(Vec::new()),
            ColumnType::Other(DataType::Decimal128(..)) => Values::I128(Vec::new()),
            ColumnType::Other(DataType::Interval(IntervalUnit::MonthDayNano)) => Values::Interval(Vec::new()),
            ColumnType::Other(DataType::Time64(TimeUnit::Nanosecond)) => Values::I64(Vec::new()),
            ColumnType::Other(DataType::Timestamp(TimeUnit::Microsecond, Some(_))) => Values::I64(Vec::new()),
            ColumnType::Other(other) => Values::General(other.clone(), Vec::new()),
            ColumnType::Tensor(tensor) => {
                width = tensor.width();
                match tensor.dtype {
                    DType::Bool => Values::Bool(BooleanBufferBuilder::new(0)),
                    DType::I64 => Values::I64(Vec::new()),
                    DType::F32 | DType::C64 => Values::F32(Vec::new()),
                    DType::F64 | DType::C128 => Values::F64(Vec::new()),
                }
            }
        };
        TailColumn { values, nulls: NullBufferBuilder::new(0), width }
    }

    #[inline]
    fn push(&mut self, value: &Literal, column_type: &ColumnType, zone: &Zone) {
        if matches!(value, Literal::Null | Literal::Default) {
            return self.push_null();
        }
        self.nulls.append_non_null();
        match (&mut self.values, value) {
            (Values::General(kind, values), value) => {
                let row = literal_array::one(value, column_type, zone);
                values.push(row.unwrap_or_else(|_| new_null_array(kind, 1)));
            }
            (Values::I64(values), Literal::Int(x)) => values.push(*x),
            (Values::F64(values), Literal::Float(x)) => values.push(*x),
            (Values::F64(values), Literal::Int(x)) => values.push(*x as f64),
            (Values::I64(values), Literal::Float(x)) => values.push(whole(*x).unwrap_or_default()),
            (Values::F32(values), Literal::Float(x)) => values.push(*x as f32),
            (Values::F32(values), Literal::Int(x)) => values.push(*x as f32),
            (Values::Bool(values), Literal::Bool(x)) => values.append(*x),
            (Values::Text(values), Literal::Str(text)) => values.append_value(text),
            (Values::I32(values), Literal::Str(text)) => values.push(date(text).unwrap_or_default()),
            (Values::I64(values), Literal::Str(text)) => {
                let value = match column_type {
                    ColumnType::Other(DataType::Time64(_)) => time(text),
                    ColumnType::Other(_) => instant(text, zone),
                    _ => timestamp(text),
                };
                values.push(value.unwrap_or_default());
            }
            (Values::Interval(values), Literal::Str(text)) => values.push(interval(text).unwrap_or_default()),
            (Values::I128(values), number) => {
                let (digits, scale) = match column_type {
                    ColumnType::Other(DataType::Decimal128(digits, scale)) => (*digits, *scale),
                    _ => (38, 0),
                };
                values.push(decimal(number, digits, scale).unwrap_or_default());
            }
            (values, Literal::Numbers(array)) => {
                let complex = matches!(column_type, ColumnType::Tensor(tensor) if tensor.dtype.is_complex());
                push_numbers(values, array, complex);
            }
            _ => debug_assert!(false, "the value was checked against the column"),
        }
    }

    fn push_null(&mut self) {
        self.nulls.append_null();
        match &mut self.values {
            Values::Bool(values) => values.append_n(self.width, false),
            Values::I32(values) => values.push(0),
            Values::I64(values) => values.resize(values.len() + self.width, 0),
            Values::F32(values) => values.resize(values.len() + self.width, 0.0),
            Values::F64(values) => values.resize(values.len() + self.width, 0.0),
            Values::I128(values) => values.push(0),
            Values::Interval(values) => values.push(IntervalMonthDayNano::ZERO),
            Values::Text(values) => values.append_null(),
            Values::General(kind, values) => values.push(new_null_array(kind, 1)),
        }
    }

    fn finish(mut self, column_type: &ColumnType, rows: usize) -> Result<ArrayRef> {
        let nulls = self.nulls.finish();
        // Only a whole list can be NULL, never an element.
        let (element_nulls, list_nulls) = match column_type {
            ColumnType::Tensor(_) => (None, nulls),
            _ => (nulls, None),
        };
        let elements: ArrayRef = match self.values {
            Values::Bool(mut bits) => Arc::new(BooleanArray::new(bits.finish(), element_nulls)),
            Values::I32(values) => primitive::<Date32Type>(values, element_nulls),
            Values::I64(values) => match column_type {
                ColumnType::Timestamp => primitive::<TimestampMicrosecondType>(values, element_nulls),
                ColumnType::Other(DataType::Time64(_)) => {
                    primitive::<Time64NanosecondType>(values, element_nulls)
                }
                ColumnType::Other(DataType::Timestamp(_, zone)) => {
                    let instants =
                        PrimitiveArray::<TimestampMicrosecondType>::new(values.into(), element_nulls);
                    Arc::new(instants.with_timezone_opt(zone.clone()))
                }
                _ => primitive::<Int64Type>(values, element_nulls),
            },
            Values::F32(values) => primitive::<Float32Type>(values, element_nulls),
            Values::F64(values) => primitive::<Float64Type>(values, element_nulls),
            Values::I128(values) => {
                let decimals = PrimitiveArray::<Decimal128Type>::new(values.into(), element_nulls);
                Arc::new(decimals.with_data_type(column_type.data_type()))
            }
            Values::Interval(values) => primitive::<IntervalMonthDayNanoType>(values, element_nulls),
            Values::Text(mut text) => Arc::new(text.finish()),
            Values::General(kind, values) if values.is_empty() => new_null_array(&kind, rows),
            Values::General(_, values) => {
                let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
                concat(&values).map_err(arrow_error)?
            }
        };
        match column_type {
            ColumnType::Tensor(tensor) => {
                let width = i32::try_from(self.width).unwrap_or(i32::MAX);
                let list = FixedSizeListArray::try_new(tensor.item_field(), width, elements, list_nulls);
                Ok(Arc::new(list.map_err(arrow_error)?))
            }
            _ => Ok(elements),
        }
    }
}

fn primitive<T: ArrowPrimitiveType>(values: Vec<T::Native>, nulls: Option<NullBuffer>) -> ArrayRef
where
    T::Native: ArrowNativeType,
{
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls))
}

fn push_numbers(values: &mut Values, array: &NumberArray, complex: bool) {
    match (values, &array.data) {
        (Values::F32(to), Numbers::Float(from)) if !complex => {
            to.extend(from.values.iter().map(|&x| x as f32));
        }
        (Values::F32(to), Numbers::Int(from)) if !complex => to.extend(from.iter().map(|&x| x as f32)),
        (Values::F64(to), Numbers::Float(from)) if !complex => to.extend_from_slice(&from.values),
        (Values::F64(to), Numbers::Int(from)) if !complex => to.extend(from.iter().map(|&x| x as f64)),
        // A real number has the imaginary part zero.
        (Values::F32(to), Numbers::Float(from)) => {
            to.extend(from.values.iter().flat_map(|&x| [x as f32, 0.0]));
        }
        (Values::F32(to), Numbers::Int(from)) => to.extend(from.iter().flat_map(|&x| [x as f32, 0.0])),
        (Values::F64(to), Numbers::Float(from)) => to.extend(from.values.iter().flat_map(|&x| [x, 0.0])),
        (Values::F64(to), Numbers::Int(from)) => to.extend(from.iter().flat_map(|&x| [x as f64, 0.0])),
        (Values::I64(to), Numbers::Int(from)) => to.extend_from_slice(from),
        (Values::I64(to), Numbers::Float(from)) => {
            to.extend(from.integers(whole).map(Option::unwrap_or_default));
        }
        (Values::Bool(to), Numbers::Bool(from)) => to.append_slice(from),
        (Values::Bool(to), Numbers::Int(from)) => from.iter().for_each(|&x| to.append(x == 1)),
        _ => debug_assert!(false, "the list was checked against the column"),
    }
}

/// A column of one row with a checked value.
///
/// # Errors
/// Internal errors only.
pub fn single(column: &ColumnDef, value: &Literal) -> Result<ArrayRef> {
    in_zone(column, value, &Zone::utc())
}

/// As [`single`], where timestamps without a zone are local time in `zone`.
///
/// # Errors
/// Internal errors only.
pub fn in_zone(column: &ColumnDef, value: &Literal, zone: &Zone) -> Result<ArrayRef> {
    let mut tail = TailColumn::new(column);
    tail.push(value, &column.column_type, zone);
    tail.finish(&column.column_type, 1)
}
