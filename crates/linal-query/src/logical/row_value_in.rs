//! `(a, b) IN (SELECT x, y ..)` with a row that is computed outside of the subquery.

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, merge_schema};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator, Projection, Subquery, lit};

use super::decorrelate::outer_reference;
use crate::planner::expr_planner;
use crate::udf::row_items;

/// Rewrites IN of rows to comparisons `true = ANY (SELECT a = x AND b = y ..)`.
pub(crate) fn bind_rows_in(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.change_plans_up(|node| {
        let schema = merge_schema(&node.inputs());
        let names = NamePreserver::new(&node);
        node.change_expressions(|expr| {
            let name = names.save(&expr);
            let changed = expr.transform_up(|part| compared(part, &schema))?;
            Ok(changed.update_data(|expr| name.restore(expr)))
        })
    })
    .data()
}

fn compared(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::InSubquery(InSubquery { expr: row, subquery, negated }) = &expr else {
        return Ok(Transformed::no(expr));
    };
    let Some(items) = row_items(row) else { return Ok(Transformed::no(expr)) };
    let rows = equal_rows(items, subquery, schema)?;
    let is_any =
        Expr::SetComparison(SetComparison::new(Box::new(lit(true)), rows, Operator::Eq, SetQuantifier::Any));
    Ok(Transformed::yes(if *negated { Expr::Not(Box::new(is_any)) } else { is_any }))
}

/// The subquery with a single column: whether its row equals the outer one.
fn equal_rows(items: &[Expr], subquery: &Subquery, schema: &DFSchema) -> Result<Subquery> {
    let LogicalPlan::Projection(projection) = subquery.subquery.as_ref() else {
        return plan_err!("a row is compared with a subquery only");
    };
    let columns = projection.expr.first().and_then(row_items).unwrap_or_default();
    let inner = projection.input.schema();
    let equal = items
        .iter()
        .zip(columns)
        .map(|(item, column)| {
            let types = (item.get_type(schema)?, column.get_type(inner)?);
            let item = outer_reference(item.clone(), schema)?;
            expr_planner::equal(item, column.clone(), &types.0, &types.1)
        })
        .collect::<Result<Vec<_>>>()?;
    let all = conjunction(equal).unwrap_or_else(|| lit(true)).alias("__row");
    let plan = LogicalPlan::Projection(Projection::try_new(vec![all], projection.input.clone())?);
    let outer_ref_columns = plan.all_out_ref_exprs();
    Ok(Subquery { outer_ref_columns, ..subquery.with_plan(plan.into()) })
}
