//! `__row(a, b)`: the row value of `(a, b) IN (SELECT ..)` during planning.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The name of the function.
pub(crate) const ROW: &str = "__row";

/// The function `__row`.
pub(super) fn row() -> Arc<ScalarUDF> {
    let signature = Signature::variadic_any(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Row { signature }))
}

/// The values of a row.
pub(crate) fn row_items(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Alias(alias) => row_items(&alias.expr),
        Expr::ScalarFunction(call) if call.func.name() == ROW => Some(&call.args),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Row {
    signature: Signature,
}

impl ScalarUDFImpl for Row {
    fn name(&self) -> &str {
        ROW
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        let fields = types.iter().enumerate().map(|(at, of)| Field::new(format!("c{at}"), of.clone(), true));
        Ok(DataType::Struct(Fields::from_iter(fields)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        internal_err!("a row is compared with a subquery only")
    }
}
