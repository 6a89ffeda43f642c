//! CHECK constraints.

use linal_dataset::{Result, Snapshot};
use linal_lang::ast::relational::Scalar;
use sqlparser::ast as sql;

use crate::context::QueryContext;
use crate::frontend::dml::Matched;
use crate::frontend::generated_columns;

/// The first row, from 0, for which a condition is false. NULL is not false.
///
/// # Errors
/// Those of the condition.
pub fn first_violation(
    context: &mut QueryContext<'_>,
    rows: &Snapshot,
    condition: &Scalar,
) -> Result<Option<usize>> {
    let negated = sql::Expr::UnaryOp {
        op: sql::UnaryOperator::Not,
        expr: Box::new(sql::Expr::Nested(condition.sql.clone())),
    };
    let Matched { rows, .. } = generated_columns::over(context, rows, Some(negated), &[])?;
    Ok(rows.first().copied())
}
