//! `__named_subquery_3(q)`: a subquery, or an argument with a cast, with a name of its own. It becomes an alias when it
//! is planned.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The prefix of these functions; a number follows.
pub(crate) const NAMED_SUBQUERY: &str = "__named_subquery_";

/// One of these functions by name.
pub(crate) fn named_subquery(name: &str) -> Option<Arc<ScalarUDF>> {
    name.strip_prefix(NAMED_SUBQUERY)?;
    let function =
        NamedSubquery { name: name.to_string(), signature: Signature::any(1, Volatility::Immutable) };
    Some(Arc::new(ScalarUDF::new_from_impl(function)))
}

/// The subquery of such a call, as an alias.
pub(crate) fn aliased_subquery(call: &Expr) -> Option<Expr> {
    let Expr::ScalarFunction(call) = call else { return None };
    let function = call.func.inner().downcast_ref::<NamedSubquery>()?;
    call.args.first().map(|subquery| subquery.clone().alias(&function.name))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NamedSubquery {
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for NamedSubquery {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        internal_err!("the type of {} is that of its argument", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match args.arg_fields {
            [subquery] => Ok(subquery.clone()),
            _ => internal_err!("{} takes a subquery", self.name),
        }
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        internal_err!("{} stands for its argument while a query is planned", self.name)
    }
}
