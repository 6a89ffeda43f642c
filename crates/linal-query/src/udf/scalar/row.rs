//! The arguments of one row.

use std::cell::RefCell;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Float64Array, Int64Array,
    IntervalMonthDayNanoArray, ListArray, StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    Time64NanosecondType, TimestampMicrosecondType,
};
use datafusion::common::Result as DfResult;
use linal_dataset::Result;
use linal_store::temporal::Zone;
use linal_tensor::ExecutionContext;

use super::kind::Kind;
use crate::udf::pattern::{Compiled, Options, Pattern};

/// An argument column. Dates are days; timestamps and times of day are microseconds.
pub(super) enum Column {
    Null,
    Text(StringViewArray),
    Int(Int64Array),
    Float(Float64Array),
    Bool(BooleanArray),
    Bytes(BinaryViewArray),
    Texts(ListArray),
    Interval(IntervalMonthDayNanoArray),
    Any(ArrayRef),
}

impl Column {
    /// The column of an array that the kind coerced.
    pub fn of(array: &ArrayRef, kind: Kind) -> DfResult<Column> {
        if array.data_type().is_null() {
            return Ok(Column::Null);
        }
        Ok(match kind {
            Kind::Text => Column::Text(cast(array, &DataType::Utf8View)?.as_string_view().clone()),
            Kind::Int => Column::Int(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()),
            Kind::Float => {
                Column::Float(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            Kind::Bool => Column::Bool(array.as_boolean().clone()),
            Kind::Bytes => Column::Bytes(cast(array, &DataType::BinaryView)?.as_binary_view().clone()),
            Kind::Texts => Column::Texts(array.as_list::<i32>().clone()),
            Kind::Date => Column::Int(array.as_primitive::<Date32Type>().unary(i64::from)),
            Kind::Timestamp | Kind::Zoned => {
                Column::Int(array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>())
            }
            Kind::Time => {
                Column::Int(array.as_primitive::<Time64NanosecondType>().unary(|nanos| nanos / 1000))
            }
            Kind::Interval => Column::Interval(array.as_primitive::<IntervalMonthDayNanoType>().clone()),
            Kind::Any => Column::Any(array.clone()),
        })
    }

    fn is_null(&self, at: usize) -> bool {
        match self {
            Column::Null => true,
            Column::Text(array) => array.is_null(at),
            Column::Int(array) => array.is_null(at),
            Column::Float(array) => array.is_null(at),
            Column::Bool(array) => array.is_null(at),
            Column::Bytes(array) => array.is_null(at),
            Column::Texts(array) => array.is_null(at),
            Column::Interval(array) => array.is_null(at),
            Column::Any(array) => array.is_null(at),
        }
    }
}

/// What the rows of a batch share.
pub(super) struct Context<'a> {
    pub patterns: RefCell<Compiled>,
    pub zone: &'a Zone,
    /// The statement, which may be stopped.
    pub execution: &'a ExecutionContext,
}

/// The arguments of a row. An accessor returns an empty value for an argument of another kind, which an overload
/// never asks for.
pub(super) struct Row<'a> {
    columns: &'a [Column],
    at: usize,
    context: &'a Context<'a>,
}

impl<'a> Row<'a> {
    pub fn new(columns: &'a [Column], at: usize, context: &'a Context<'a>) -> Row<'a> {
        Row { columns, at, context }
    }

    /// Whether any argument is NULL.
    pub fn has_null(&self) -> bool {
        self.columns.iter().any(|column| column.is_null(self.at))
    }

    /// The number of arguments.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether an argument is given and not NULL.
    pub fn has(&self, at: usize) -> bool {
        self.columns.get(at).is_some_and(|column| !column.is_null(self.at))
    }

    pub fn text(&self, at: usize) -> &'a str {
        match self.columns.get(at) {
            Some(Column::Text(array)) => array.value(self.at),
            _ => "",
        }
    }

    pub fn int(&self, at: usize) -> i64 {
        match self.columns.get(at) {
            Some(Column::Int(array)) => array.value(self.at),
            _ => 0,
        }
    }

    pub fn float(&self, at: usize) -> f64 {
        match self.columns.get(at) {
            Some(Column::Float(array)) => array.value(self.at),
            _ => f64::NAN,
        }
    }

    pub fn bool(&self, at: usize) -> bool {
        match self.columns.get(at) {
            Some(Column::Bool(array)) => array.value(self.at),
            _ => false,
        }
    }

    /// The bytes of a blob or of a text.
    pub fn bytes(&self, at: usize) -> &'a [u8] {
        match self.columns.get(at) {
            Some(Column::Bytes(array)) => array.value(self.at),
            Some(Column::Text(array)) => array.value(self.at).as_bytes(),
            _ => &[],
        }
    }

    pub fn interval(&self, at: usize) -> IntervalMonthDayNano {
        match self.columns.get(at) {
            Some(Column::Interval(array)) => array.value(self.at),
            _ => IntervalMonthDayNano::ZERO,
        }
    }

    /// The texts of a list, without NULLs.
    pub fn texts(&self, at: usize) -> Vec<String> {
        match self.columns.get(at) {
            Some(Column::Texts(lists)) => {
                let list = lists.value(self.at);
                let texts = cast(&list, &DataType::Utf8View).unwrap_or(list);
                let texts = texts.as_string_view_opt().into_iter().flat_map(|texts| texts.iter());
                texts.flatten().map(str::to_string).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The array of an argument of any type, and the row in it.
    pub fn any(&self, at: usize) -> Option<(&'a ArrayRef, usize)> {
        match self.columns.get(at) {
            Some(Column::Any(array)) => Some((array, self.at)),
            _ => None,
        }
    }

    /// The session's time zone.
    pub fn zone(&self) -> &'a Zone {
        self.context.zone
    }

    /// What stops the work on one row.
    pub fn execution(&self) -> &'a ExecutionContext {
        self.context.execution
    }

    /// A compiled pattern.
    ///
    /// # Errors `E0310` for an invalid pattern.
    pub fn pattern(&self, text: &str, options: Options) -> Result<Arc<Pattern>> {
        self.context.patterns.borrow_mut().get(text, options)
    }
}
