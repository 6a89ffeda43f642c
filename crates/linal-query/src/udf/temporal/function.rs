//! Common parts of the date, time and interval functions.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, StringViewArray, new_null_array,
};
use arrow::compute::try_binary;
use arrow::datatypes::{
    DataType, Date32Type, Field, FieldRef, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::Zone;

use crate::error::external;

/// The type of timestamps without a zone.
pub(super) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
/// The type of intervals.
pub(super) const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
/// The type of times of day.
pub(super) const TIME: DataType = DataType::Time64(TimeUnit::Nanosecond);

/// The type of timestamps in the session's zone.
pub(super) fn zoned(zone: &Zone) -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(zone.name().into()))
}

/// A function over columns that returns NULL for NULL arguments.
pub(super) trait Calendar: Debug + Eq + Hash + Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> &str;

    /// Further names.
    fn aliases(&self) -> &[String] {
        &[]
    }

    /// The types that arguments are coerced to, and the type of the result. `constants` are the values of
    /// literal arguments; it is empty if there are none.
    ///
    /// # Errors A wrong number of arguments, or a type that the function does not accept.
    fn types(
        &self,
        args: &[DataType],
        constants: &[Option<&ScalarValue>],
    ) -> Result<(Vec<DataType>, DataType)>;

    /// Evaluates the function for some rows.
    ///
    /// # Errors A row whose result is undefined.
    fn evaluate(&self, args: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef>;

    /// Whether the result may be a value where an argument is NULL.
    fn ignores_null(&self) -> bool {
        false
    }

    /// A call as plans display it.
    fn written(&self, args: &[String]) -> String {
        format!("{}({})", self.name(), args.join(", "))
    }
}

/// A [`Calendar`] as a DataFusion function.
pub(super) fn function(definition: impl Calendar) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(CalendarFunction { definition, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CalendarFunction<T> {
    definition: T,
    signature: Signature,
}

impl<T: Calendar> ScalarUDFImpl for CalendarFunction<T> {
    fn name(&self) -> &str {
        self.definition.name()
    }

    fn aliases(&self) -> &[String] {
        self.definition.aliases()
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        let args: Vec<String> = args.iter().map(|arg| arg.human_display().to_string()).collect();
        Ok(self.definition.written(&args))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        let args: Vec<String> = args.iter().map(|arg| arg.schema_name().to_string()).collect();
        Ok(self.definition.written(&args))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        self.definition.types(types, &[]).map(|(args, _)| args).map_err(external)
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        self.definition.types(types, &[]).map(|(_, result)| result).map_err(external)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let (_, result) = self.definition.types(&types, args.scalar_arguments).map_err(external)?;
        Ok(Arc::new(Field::new(self.name(), result, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let result = args.return_field.data_type();
        let is_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = if is_constant {
            args.args.iter().map(|arg| arg.to_array(1)).collect::<DfResult<Vec<_>>>()?
        } else {
            ColumnarValue::values_to_arrays(&args.args)?
        };
        let values = match self.typed(arrays) {
            Some(arrays) => self.definition.evaluate(&arrays, result)?,
            None => new_null_array(result, if is_constant { 1 } else { args.number_rows }),
        };
        if is_constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?))
        } else {
            Ok(ColumnarValue::Array(values))
        }
    }
}

impl<T: Calendar> CalendarFunction<T> {
    /// The arguments with NULLs of the types that the function takes. DataFusion evaluates predicates over columns of
    /// the type NULL, to see whether a row of NULLs satisfies them. `None` if the result is NULL then.
    fn typed(&self, mut arrays: Vec<ArrayRef>) -> Option<Vec<ArrayRef>> {
        if arrays.iter().all(|array| *array.data_type() != DataType::Null) {
            return Some(arrays);
        }
        let types: Vec<DataType> = arrays.iter().map(|array| array.data_type().clone()).collect();
        let (types, _) =
            self.definition.ignores_null().then(|| self.definition.types(&types, &[]).ok())??;
        for (array, data_type) in arrays.iter_mut().zip(types) {
            if *array.data_type() == DataType::Null {
                *array = new_null_array(&data_type, array.len());
            }
        }
        Some(arrays)
    }
}

/// Maps two columns row by row; NULLs stay NULL.
pub(super) fn combine<A, B, R>(
    left: &ArrayRef,
    right: &ArrayRef,
    f: impl Fn(A::Native, B::Native) -> Result<R::Native>,
) -> DfResult<PrimitiveArray<R>>
where
    A: ArrowPrimitiveType,
    B: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let combined = try_binary(left.as_primitive::<A>(), right.as_primitive::<B>(), |a, b| {
        f(a, b).map_err(|error| ArrowError::ExternalError(Box::new(error)))
    });
    Ok(combined?)
}

/// Maps a column row by row; NULLs stay NULL.
pub(super) fn convert<A, R>(
    array: &ArrayRef,
    f: impl Fn(A::Native) -> Result<R::Native>,
) -> DfResult<PrimitiveArray<R>>
where
    A: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let converted = array.as_primitive::<A>().try_unary::<_, R, ArrowError>(|value| {
        f(value).map_err(|error| ArrowError::ExternalError(Box::new(error)))
    });
    Ok(converted?)
}

/// Casts a column to the return type, whose zone name is part of the type.
pub(super) fn labelled(array: PrimitiveArray<TimestampMicrosecondType>, result: &DataType) -> ArrayRef {
    match result {
        DataType::Timestamp(_, Some(zone)) => Arc::new(array.with_timezone(zone.clone())),
        _ => Arc::new(array),
    }
}

/// The type of a name among the arguments. A literal keeps its type, so that its value is known to the
/// planner.
pub(super) fn text_type(given: &DataType) -> DataType {
    if given.is_string() { given.clone() } else { DataType::Utf8View }
}

/// The string that an argument always is, if it is a literal.
pub(super) fn constant_text<'a>(constants: &[Option<&'a ScalarValue>], at: usize) -> Option<&'a str> {
    constants.get(at).copied().flatten()?.try_as_str().flatten()
}

/// The type that a date, a time or an interval is coerced to; `None` for any other type. Strings are
/// timestamps, and those with a zone are in `zone`.
pub(super) fn temporal_type(given: &DataType, zone: &Zone) -> Option<DataType> {
    Some(match given {
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, Some(_)) => zoned(zone),
        DataType::Timestamp(..) | DataType::Null => TIMESTAMP,
        DataType::Time32(_) | DataType::Time64(_) => TIME,
        DataType::Interval(_) | DataType::Duration(_) => INTERVAL,
        text if text.is_string() => TIMESTAMP,
        _ => return None,
    })
}

/// The strings of a column.
pub(super) fn words_of(array: &ArrayRef) -> DfResult<StringViewArray> {
    Ok(arrow::compute::cast(array, &DataType::Utf8View)?.as_string_view().clone())
}

/// One cell as a string, for errors.
pub(in crate::udf) fn text_of(array: &dyn Array, row: usize) -> String {
    let field = Field::new("", array.data_type().clone(), true);
    let mut text = String::new();
    linal_store::text::SCREEN.push_top_level(&mut text, &linal_store::text::Value::at(&field, array, row));
    text
}

/// A timestamp as a string.
pub(super) fn timestamp_text(micros: i64) -> String {
    text_of(&PrimitiveArray::<TimestampMicrosecondType>::from_value(micros, 1), 0)
}

/// An interval as a string.
pub(super) fn interval_text(interval: arrow::datatypes::IntervalMonthDayNano) -> String {
    text_of(&PrimitiveArray::<IntervalMonthDayNanoType>::from_value(interval, 1), 0)
}

/// A date as a string.
pub(super) fn date_text(days: i32) -> String {
    text_of(&PrimitiveArray::<Date32Type>::from_value(days, 1), 0)
}

/// The error for a result out of its type's range.
pub(super) fn out_of_range(what: &str, expression: impl std::fmt::Display) -> Error {
    Error::new(Code::ValueOutOfRange, format!("{what} out of range: {expression}"))
}

/// The error for arguments that the function does not accept.
pub(super) fn wrong_arguments(name: &str, wanted: &str, found: &[DataType]) -> Error {
    let found: Vec<String> = found.iter().map(type_name).collect();
    let message = format!("{} takes {wanted}, not ({})", name.to_uppercase(), found.join(", "));
    Error::new(Code::WrongArguments, message)
}

/// The language's name of a type.
pub(super) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Timestamp(_, Some(_)) => "Timestamp with time zone".to_string(),
        DataType::Timestamp(_, None) => "Timestamp".to_string(),
        DataType::Time32(_) | DataType::Time64(_) => "Time".to_string(),
        DataType::Interval(_) | DataType::Duration(_) => "Interval".to_string(),
        other => linal_store::ColumnType::of(&Field::new("", other.clone(), true)).to_string(),
    }
}
