//! The value of a constant expression.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlan};
use linal_dataset::Result;
use sqlparser::ast as sql;

use super::bound;
use super::context_provider::Provider;
use crate::frontend::ast_builder;
use crate::frontend::resolve::Names;
use crate::{error, udf};

/// Evaluates an expression as a SELECT without FROM does; `None` when the planner does not reduce it to a
/// literal.
///
/// # Errors An expression that cannot be planned, such as one that names a column.
pub(crate) fn value(expr: &sql::Expr, provider: &Provider<'_>, names: &Names) -> Result<Option<ScalarValue>> {
    let plan = || bound::bind(provider, ast_builder::select_value(expr.clone()));
    let planned = udf::while_planning(|| plan().and_then(|bound| provider.state.optimize(&bound)))
        .map_err(|failure| error::translate(&failure, names))?;
    Ok(match planned {
        LogicalPlan::Projection(projection) => projection.expr.first().and_then(literal),
        _ => None,
    })
}

fn literal(expr: &Expr) -> Option<ScalarValue> {
    match expr {
        Expr::Alias(alias) => literal(&alias.expr),
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    }
}
