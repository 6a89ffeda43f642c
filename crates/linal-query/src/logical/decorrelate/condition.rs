//! Joins of outer rows with the result of a subquery.

use std::sync::Arc;

use datafusion::common::{Column, ExprSchema, JoinType, NullEquality, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Join, JoinConstraint, LogicalPlan, Operator, binary_expr, lit};

use crate::logical::normalize_floats::keyed;

/// The condition that columns of two plans are equal, or are both NULL.
pub fn same(
    left: &[Column],
    left_plan: &LogicalPlan,
    right: &[Column],
    right_plan: &LogicalPlan,
) -> Result<Option<Expr>> {
    let pairs = left
        .iter()
        .zip(right)
        .map(|(left, right)| {
            let is_nullable = left_plan.schema().field_from_column(left)?.is_nullable()
                || right_plan.schema().field_from_column(right)?.is_nullable();
            let left = keyed(Expr::Column(left.clone()), left_plan.schema())?;
            let right = keyed(Expr::Column(right.clone()), right_plan.schema())?;
            let op = Operator::IsNotDistinctFrom;
            Ok(if is_nullable { binary_expr(left, op, right) } else { left.eq(right) })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(conjunction(pairs))
}

/// A join on a condition.
pub fn join(
    left: LogicalPlan,
    right: LogicalPlan,
    on: Option<Expr>,
    join_type: JoinType,
) -> Result<LogicalPlan> {
    let on = on.or_else(|| (join_type != JoinType::Inner).then(|| lit(true)));
    let joined = Join::try_new(
        Arc::new(left),
        Arc::new(right),
        Vec::new(),
        on,
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?;
    Ok(LogicalPlan::Join(joined))
}
