//! Placeholders for aggregates of outer queries during planning; no plan that runs contains them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// `__aggregate_place(x, place)`: the first argument of an aggregate, and the position of the aggregate in
/// the text.
pub(crate) const AGGREGATE_PLACE: &str = "__aggregate_place";
/// `__outer_value_12()`: the aggregate at position 12, which an outer query computes.
pub(crate) const OUTER_VALUE: &str = "__outer_value";
/// `__with_outer_12_40(subquery, x, y)`: a subquery with the values of the aggregates at positions 12 and 40.
pub(crate) const WITH_OUTER: &str = "__with_outer";

/// One of these functions by name; `field_of` returns the field of the aggregate at a position.
pub(crate) fn outer_function(name: &str, field_of: impl Fn(u64) -> Option<Field>) -> Option<Arc<ScalarUDF>> {
    let kind = if name == AGGREGATE_PLACE {
        Kind::Place
    } else if let Some(place) = name.strip_prefix(OUTER_VALUE) {
        let place = place.strip_prefix('_')?.parse().ok()?;
        Kind::Value { place, field: field_of(place)? }
    } else {
        let places = name.strip_prefix(WITH_OUTER)?.strip_prefix('_')?;
        Kind::With { places: places.split('_').map(|place| place.parse().ok()).collect::<Option<_>>()? }
    };
    let signature = Signature::variadic_any(Volatility::Immutable);
    let signature = match kind {
        Kind::Value { .. } => Signature::exact(Vec::new(), Volatility::Immutable),
        _ => signature,
    };
    Some(Arc::new(ScalarUDF::new_from_impl(OuterFunction { name: name.to_string(), kind, signature })))
}

/// The first argument of an aggregate without its position, and the position.
pub(crate) fn aggregate_place(argument: &Expr) -> Option<(Expr, u64)> {
    let call = outer_call(argument)?.0;
    let [first, Expr::Literal(ScalarValue::Int64(Some(place)), _)] = call.args.as_slice() else {
        return None;
    };
    Some((first.clone(), u64::try_from(*place).ok()?))
}

/// The position of the aggregate that an expression is a placeholder of.
pub(crate) fn outer_value_place(expr: &Expr) -> Option<u64> {
    match outer_call(expr)? {
        (_, Kind::Value { place, .. }) => Some(*place),
        _ => None,
    }
}

/// The subquery of an expression, and the outer aggregates with their positions.
pub(crate) fn with_outer(expr: &Expr) -> Option<(Expr, Vec<(u64, Expr)>)> {
    let (call, Kind::With { places }) = outer_call(expr)? else { return None };
    let (subquery, values) = call.args.split_first()?;
    Some((subquery.clone(), places.iter().copied().zip(values.iter().cloned()).collect()))
}

fn outer_call(expr: &Expr) -> Option<(&ScalarFunction, &Kind)> {
    let Expr::ScalarFunction(call) = expr else { return None };
    Some((call, &call.func.inner().downcast_ref::<OuterFunction>()?.kind))
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Kind {
    Place,
    Value { place: u64, field: Field },
    With { places: Vec<u64> },
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OuterFunction {
    name: String,
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for OuterFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        internal_err!("the type of {} depends on its argument", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match (&self.kind, args.arg_fields) {
            (Kind::Value { field, .. }, _) => Ok(Arc::new(field.clone())),
            (_, [first, ..]) => Ok(first.clone()),
            _ => internal_err!("{} takes an argument", self.name),
        }
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        internal_err!("{} stands for a value while a query is planned", self.name)
    }
}
