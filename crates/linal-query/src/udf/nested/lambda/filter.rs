//! `list_filter(l, x -> c)`: the elements for which `c` is true; `any_match(l, x -> c)`: whether there are any.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::ColumnType;

use super::elements::{Elements, element_of, elements_of, list_of, pair, parameters};
use crate::udf::error::external;

pub(super) fn filter() -> Arc<HigherOrderUDF> {
    made("list_filter", &["array_filter", "filter"], false)
}

pub(super) fn any_match() -> Arc<HigherOrderUDF> {
    made("list_any_match", &["array_any_match", "any_match"], true)
}

fn made(name: &'static str, aliases: &[&str], is_any: bool) -> Arc<HigherOrderUDF> {
    let aliases = aliases.iter().map(ToString::to_string).collect();
    let signature = HigherOrderSignature::variadic_any(Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(Filter { name, aliases, is_any, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Filter {
    name: &'static str,
    aliases: Vec<String>,
    /// Whether the result is only whether there are such elements.
    is_any: bool,
    signature: HigherOrderSignature,
}

impl Filter {
    /// The elements for which the condition is true.
    fn kept(elements: &Elements, truths: &BooleanArray, item: &FieldRef) -> DfResult<ArrayRef> {
        let is_kept = |at: &usize| truths.is_valid(*at) && truths.value(*at);
        let rows = 0..elements.rows();
        let lengths = rows.map(|row| elements.range(row).filter(is_kept).count());
        let offsets = OffsetBuffer::from_lengths(lengths);
        let places: UInt64Array = (0..truths.len()).filter(is_kept).map(|at| at as u64).collect();
        let values = take(&elements.values, &places, None)?;
        Ok(Arc::new(ListArray::try_new(item.clone(), offsets, values, elements.nulls.clone())?))
    }

    /// Whether there are such elements: unknown if the condition is for none true and for some unknown.
    fn any(elements: &Elements, truths: &BooleanArray) -> ArrayRef {
        let of_row = |row: usize| {
            let mut range = elements.range(row);
            if !elements.is_valid(row) {
                return None;
            }
            if range.clone().any(|at| truths.is_valid(at) && truths.value(at)) {
                return Some(true);
            }
            if range.any(|at| truths.is_null(at)) { None } else { Some(false) }
        };
        Arc::new((0..elements.rows()).map(of_row).collect::<BooleanArray>())
    }
}

impl HigherOrderUDFImpl for Filter {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> DfResult<LambdaParametersProgress> {
        let (list, _) = pair(self.name, fields)?;
        Ok(LambdaParametersProgress::Complete(vec![parameters(element_of(self.name, list)?)]))
    }

    fn clear_null_values(&self) -> bool {
        false
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let (list, condition) = pair(self.name, args.arg_fields)?;
        if !matches!(condition.data_type(), DataType::Boolean | DataType::Null) {
            let found = ColumnType::of(condition);
            let message = format!("the lambda of {} is a condition, and not {found}", self.name);
            return Err(external(Error::new(Code::DTypeMismatch, message)));
        }
        if self.is_any {
            return Ok(Arc::new(Field::new("", DataType::Boolean, true)));
        }
        list_of(element_of(self.name, list)?.as_ref())
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> DfResult<ColumnarValue> {
        let (list, lambda) = pair(self.name, &args.args)?;
        let (field, _) = pair(self.name, &args.arg_fields)?;
        let elements = elements_of(self.name, list, field, args.number_rows)?;
        let truths = cast(&elements.evaluate(lambda)?, &DataType::Boolean)?;
        let truths = truths.as_boolean();
        Ok(ColumnarValue::Array(match args.return_type() {
            DataType::List(item) => Filter::kept(&elements, truths, item)?,
            DataType::Boolean => Filter::any(&elements, truths),
            _ => return internal_err!("no list"),
        }))
    }
}
