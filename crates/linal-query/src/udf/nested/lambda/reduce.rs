//! `list_reduce(l, (acc, x) -> e [, initial])`: the elements of each list one after the other.
//!
//! Step `k` evaluates the body for the element `k` of all lists that have one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, UInt64Array, new_null_array};
use arrow::compute::{cast, concat, take, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::elements::{Elements, element_of, elements_of};
use crate::udf::error::{external, wrong_arguments};

pub(super) fn reduce() -> Arc<HigherOrderUDF> {
    let aliases = ["array_reduce", "reduce"].map(str::to_string).to_vec();
    let signature = HigherOrderSignature::variadic_any(Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(Reduce { aliases, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Reduce {
    aliases: Vec<String>,
    signature: HigherOrderSignature,
}

const NAME: &str = "list_reduce";

/// The list, the lambda, and the initial value.
type Parts<'a, V, L> = (&'a V, &'a L, Option<&'a V>);

fn parts<V, L>(args: &[ValueOrLambda<V, L>]) -> DfResult<Parts<'_, V, L>> {
    use ValueOrLambda::{Lambda, Value};
    match args {
        [Value(list), Lambda(lambda)] => Ok((list, lambda, None)),
        [Value(list), Lambda(lambda), Value(initial)] => Ok((list, lambda, Some(initial))),
        _ => Err(external(
            wrong_arguments("list_reduce takes a list, a lambda of two parameters, and an initial value")
                .with_help("it is written list_reduce(l, (acc, x) -> acc + x)"),
        )),
    }
}

/// The field of the accumulated value.
fn accumulated(list: &FieldRef, initial: Option<&FieldRef>) -> DfResult<FieldRef> {
    let field = match initial {
        Some(initial) => Field::clone(initial),
        None => Field::clone(element_of(NAME, list)?.as_ref()),
    };
    Ok(Arc::new(field.with_nullable(true)))
}

impl HigherOrderUDFImpl for Reduce {
    fn name(&self) -> &str {
        NAME
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
        let (list, _, initial) = parts(fields)?;
        let position = Arc::new(Field::new("i", DataType::Int64, true));
        let parameters = vec![accumulated(list, initial)?, element_of(NAME, list)?, position];
        Ok(LambdaParametersProgress::Complete(vec![parameters]))
    }

    fn clear_null_values(&self) -> bool {
        false
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let (list, _, initial) = parts(args.arg_fields)?;
        accumulated(list, initial)
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> DfResult<ColumnarValue> {
        let (list, lambda, initial) = parts(&args.args)?;
        let (field, ..) = parts(&args.arg_fields)?;
        let elements = elements_of(NAME, list, field, args.number_rows)?;
        let initial = initial.map(|initial| initial.to_array(args.number_rows)).transpose()?;
        folded(&elements, lambda, initial, args.return_type()).map(ColumnarValue::Array)
    }
}

fn folded(
    elements: &Elements,
    lambda: &LambdaArgument,
    initial: Option<ArrayRef>,
    kind: &DataType,
) -> DfResult<ArrayRef> {
    let rows = 0..elements.rows();
    let has_initial = initial.is_some();
    if !has_initial && rows.clone().any(|row| elements.is_valid(row) && elements.range(row).is_empty()) {
        let error = wrong_arguments("list_reduce of an empty list has no value");
        return Err(external(error.with_help("an initial value as the third argument is its value")));
    }
    let first: UInt64Array = rows.clone().map(|row| elements.range(row).next().map(|at| at as u64)).collect();
    let mut state = match initial {
        Some(initial) => cast(&initial, kind)?,
        None if elements.values.is_empty() => new_null_array(kind, elements.rows()),
        None => cast(&take(&elements.values, &first, None)?, kind)?,
    };
    let longest = rows.clone().map(|row| elements.range(row).len()).max().unwrap_or(0);
    for step in usize::from(!has_initial)..longest {
        let active: Vec<usize> = rows.clone().filter(|&row| elements.range(row).len() > step).collect();
        let of_rows: UInt64Array = active.iter().map(|&row| row as u64).collect();
        let places: UInt64Array =
            active.iter().map(|&row| (elements.range(row).start + step) as u64).collect();
        let values = take(&elements.values, &places, None)?;
        let own = take(&state, &of_rows, None)?;
        let position: ArrayRef = Arc::new(Int64Array::from(vec![step as i64 + 1; active.len()]));
        let next = lambda
            .evaluate(&[&|| Ok(own.clone()), &|| Ok(values.clone()), &|| Ok(position.clone())], |columns| {
                Ok(take_arrays(columns, &of_rows, None)?)
            })?
            .into_array(active.len())?;
        state = replaced(&state, &cast(&next, kind)?, &active)?;
    }
    // The value of a NULL list is NULL, also with an initial value.
    let places: UInt64Array = rows.map(|row| elements.is_valid(row).then_some(row as u64)).collect();
    Ok(take(&state, &places, None)?)
}

/// The state with the values of some rows replaced.
fn replaced(state: &ArrayRef, next: &ArrayRef, rows: &[usize]) -> DfResult<ArrayRef> {
    if rows.len() == state.len() {
        return Ok(next.clone());
    }
    let mut places: Vec<u64> = (0..state.len() as u64).collect();
    for (at, &row) in rows.iter().enumerate() {
        places[row] = (state.len() + at) as u64;
    }
    let both = concat(&[state.as_ref(), next.as_ref()])?;
    Ok(take(&both, &UInt64Array::from(places), None)?)
}
