//! Enum types: casts to them, the order of their labels, and the functions that list labels.
//!
//! A value of an enum type is its label, a text whose field names the labels of the type ([`Limit::of_field`]).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, StringViewArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast as cast_array;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{Error, Limit};
use linal_error::Code;

use super::error::external;

/// The prefix of the name of a cast, which the number of the type among those of the query follows.
pub(crate) const ENUM_CAST: &str = "__enum_cast ";
/// As [`ENUM_CAST`], with NULL for a text that is no label.
pub(crate) const TRY_ENUM_CAST: &str = "__try_enum_cast ";

/// The labels of a type with its name.
type Named = (Arc<str>, Arc<[Box<str>]>);

/// The cast of this name; `None` for a name of another function.
pub(crate) fn cast(name: &str, find: impl Fn(usize) -> Option<Named>) -> Option<Arc<ScalarUDF>> {
    let (number, or_null) = match name.strip_prefix(ENUM_CAST) {
        Some(number) => (number, false),
        None => (name.strip_prefix(TRY_ENUM_CAST)?, true),
    };
    let (type_name, labels) = find(number.parse().ok()?)?;
    let limit = Limit::Labels { name: type_name, labels };
    Some(Arc::new(ScalarUDF::new_from_impl(EnumCast {
        name: name.to_string(),
        limit,
        or_null,
        signature: Signature::any(1, Volatility::Immutable),
    })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct EnumCast {
    name: String,
    limit: Limit,
    or_null: bool,
    signature: Signature,
}

impl ScalarUDFImpl for EnumCast {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, args: &[datafusion::logical_expr::Expr]) -> DfResult<String> {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        let operand = args.first().map_or_else(String::new, |arg| arg.schema_name().to_string());
        Ok(format!("{word}({operand} AS {})", self.limit))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let operand = args.arg_fields.first().map(|field| field.data_type());
        if !operand.is_some_and(is_text) {
            let shown = operand.map_or_else(String::new, |kind| {
                linal_store::ColumnType::of(&Field::new("", kind.clone(), true)).to_string()
            });
            let message = format!("{shown} cannot be cast to {}, whose values are texts", self.limit);
            return Err(external(Error::new(Code::BadCast, message)));
        }
        let field = Field::new(&self.name, DataType::Utf8View, true);
        Ok(Arc::new(self.limit.marked(field)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let [operand] = args.args.as_slice() else { return Err(wrong("a cast takes one value")) };
        let is_scalar = matches!(operand, ColumnarValue::Scalar(_));
        let array = texts(&operand.to_array(if is_scalar { 1 } else { args.number_rows })?)?;
        let strings = array.as_string_view();
        let mut values = Vec::with_capacity(strings.len());
        for text in strings.iter() {
            let is_label = text.is_none_or(|text| self.limit.allows_text(text));
            if !is_label && !self.or_null {
                return Err(external(self.limit.no_label(text.unwrap_or_default())));
            }
            values.push(text.filter(|_| is_label));
        }
        let array: ArrayRef = Arc::new(StringViewArray::from_iter(values));
        if is_scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

/// The functions over values of enum types.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    let kinds = [Kind::Range, Kind::First, Kind::Last, Kind::Code, Kind::Boundary];
    kinds.map(|kind| EnumFunction::new(kind, None)).into_iter().collect()
}

/// The function that gives the place of a label among those of a type. A text that is no label is an error.
pub(crate) fn code_of(limit: &Limit) -> Arc<ScalarUDF> {
    EnumFunction::new(Kind::Code, Some(limit.clone()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// `enum_range(x)`: all labels.
    Range,
    /// `enum_first(x)`.
    First,
    /// `enum_last(x)`.
    Last,
    /// `enum_code(x)`: the place of a label, from 0.
    Code,
    /// `enum_range_boundary(a, b)`: the labels from `a` to `b`.
    Boundary,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Range => "enum_range",
            Kind::First => "enum_first",
            Kind::Last => "enum_last",
            Kind::Code => "enum_code",
            Kind::Boundary => "enum_range_boundary",
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct EnumFunction {
    kind: Kind,
    name: String,
    /// The type, if it is not that of the argument.
    limit: Option<Limit>,
    signature: Signature,
}

impl EnumFunction {
    #[allow(clippy::new_ret_no_self)] // It is only used as a function of DataFusion.
    fn new(kind: Kind, limit: Option<Limit>) -> Arc<ScalarUDF> {
        let arguments = if kind == Kind::Boundary { 2 } else { 1 };
        let name = match &limit {
            Some(limit) => format!("__{} {limit}", kind.name()),
            None => kind.name().to_string(),
        };
        let signature = Signature::any(arguments, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(EnumFunction { kind, name, limit, signature }))
    }

    fn limit(&self, fields: &[FieldRef]) -> DfResult<Limit> {
        if let Some(limit) = &self.limit {
            return Ok(limit.clone());
        }
        fields.iter().find_map(|field| Limit::of_field(field)).ok_or_else(|| {
            let message = format!("{} takes a value of an enum type", self.kind.name().to_uppercase());
            external(Error::new(Code::WrongArguments, message).with_help("as in `ENUM_RANGE(NULL::mood)`"))
        })
    }

    /// The labels between two, of which NULL is the first or the last.
    fn between(&self, limit: &Limit, ends: &[ArrayRef], rows: usize) -> DfResult<ArrayRef> {
        let labels = limit.labels();
        let [first, last] = ends else { return Err(wrong("ENUM_RANGE_BOUNDARY takes two values")) };
        let (first, last) = (places(limit, first)?, places(limit, last)?);
        let mut lists: Vec<&[Box<str>]> = Vec::with_capacity(rows);
        for row in 0..rows {
            let from = if first.is_valid(row) { first.value(row) as usize } else { 0 };
            let to = if last.is_valid(row) { last.value(row) as usize + 1 } else { labels.len() };
            lists.push(labels.get(from..to).unwrap_or_default());
        }
        Ok(list_of(&lists))
    }
}

impl ScalarUDFImpl for EnumFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(match self.kind {
            Kind::Range | Kind::Boundary => DataType::List(item()),
            Kind::First | Kind::Last => DataType::Utf8View,
            Kind::Code => DataType::Int64,
        })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let limit = self.limit(args.arg_fields)?;
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let field = Field::new(&self.name, self.return_type(&types)?, true);
        let has_label = matches!(self.kind, Kind::First | Kind::Last);
        Ok(Arc::new(if has_label { limit.marked(field) } else { field }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let limit = self.limit(&args.arg_fields)?;
        let rows = args.number_rows;
        let arrays: Vec<ArrayRef> =
            args.args.iter().map(|value| value.to_array(rows)).collect::<DfResult<_>>()?;
        let labels = limit.labels();
        let text =
            |label: Option<&str>| ColumnarValue::Scalar(ScalarValue::Utf8View(label.map(str::to_string)));
        Ok(match self.kind {
            Kind::First => text(labels.first().map(|label| &**label)),
            Kind::Last => text(labels.last().map(|label| &**label)),
            Kind::Range => ColumnarValue::Array(list_of(&vec![labels; rows])),
            Kind::Boundary => ColumnarValue::Array(self.between(&limit, &arrays, rows)?),
            Kind::Code => match arrays.first() {
                Some(array) => ColumnarValue::Array(Arc::new(places(&limit, array)?)),
                None => return Err(wrong("ENUM_CODE takes a value of an enum type")),
            },
        })
    }
}

/// The place of each label among those of a type.
///
/// # Errors
/// `E0308` for a text that is no label.
pub(crate) fn places(limit: &Limit, array: &ArrayRef) -> DfResult<Int64Array> {
    let array = texts(array)?;
    let place = |text: &str| {
        let place = limit.place(text).and_then(|place| i64::try_from(place).ok());
        place.ok_or_else(|| external(limit.no_label(text)))
    };
    array.as_string_view().iter().map(|text| text.map(place).transpose()).collect()
}

/// The labels of places; NULL for a place that no label has.
pub(crate) fn labels(limit: &Limit, places: &Int64Array) -> ArrayRef {
    let label = |place: i64| limit.labels().get(usize::try_from(place).ok()?).map(|label| &**label);
    Arc::new(places.iter().map(|place| place.and_then(label)).collect::<StringViewArray>())
}

fn item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Utf8View, true))
}

/// Lists of labels.
fn list_of(lists: &[&[Box<str>]]) -> ArrayRef {
    let values = StringViewArray::from_iter_values(lists.iter().flat_map(|list| list.iter()));
    let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.len()));
    Arc::new(ListArray::new(item(), offsets, Arc::new(values), None))
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null)
}

fn texts(array: &ArrayRef) -> DfResult<ArrayRef> {
    Ok(cast_array(array, &DataType::Utf8View)?)
}

fn wrong(message: &str) -> datafusion::common::DataFusionError {
    external(Error::new(Code::WrongArguments, message))
}
