//! `__row_count(n)`: the row count of a LIMIT or an OFFSET that is computed at run time.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;

/// A row count, which is an error if negative; `clause` is LIMIT or OFFSET.
pub(crate) fn row_count(clause: &'static str, rows: Expr) -> Expr {
    let signature = Signature::exact(vec![DataType::Int64], Volatility::Immutable);
    let function = Arc::new(ScalarUDF::new_from_impl(RowCount { clause, signature }));
    Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![rows]))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RowCount {
    clause: &'static str,
    signature: Signature,
}

impl ScalarUDFImpl for RowCount {
    fn name(&self) -> &str {
        "__row_count"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let Some(rows) = args.args.into_iter().next() else {
            return datafusion::common::internal_err!("__row_count takes one number");
        };
        let counts = rows.to_array(1)?;
        let negative = counts.as_primitive::<Int64Type>().iter().flatten().find(|count| *count < 0);
        match negative {
            Some(count) => {
                let message = format!("{} takes a number of rows, and {count} is negative", self.clause);
                Err(external(Error::new(Code::BadQuery, message)))
            }
            None => Ok(rows),
        }
    }
}
