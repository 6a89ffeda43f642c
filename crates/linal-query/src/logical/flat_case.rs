//! A CASE in the ELSE of another one, as further branches of that.
//!
//! DataFusion 55 rewrites the columns of a CASE and of all that it contains when it makes an operator of it, and
//! again for each CASE around it. For a chain of CASE ... ELSE CASE ... whose levels read different columns, each
//! level takes nearly twice the time of the one before: 20 levels were planned in 6 s, 22 in 22 s.

use crate::tree::{PlanTree, Tree};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// A plan whose chains of CASE are single ones.
///
/// # Errors
/// Errors of DataFusion's traversal; it has none of its own.
pub(super) fn flatten(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.change_plans_down(|node| {
        let names = NamePreserver::new(&node);
        node.change_expressions(|expr| {
            if !expr.exists(|part| Ok(is_chain(part)))? {
                return Ok(Transformed::no(expr));
            }
            let name = names.save(&expr);
            let flat = expr.transform_up(|part| Ok(flattened(part)))?;
            Ok(flat.update_data(|expr| name.restore(expr)))
        })
    })
    .data()
}

/// Whether an expression is a CASE of predicates in whose ELSE another one stands.
fn is_chain(expr: &Expr) -> bool {
    match expr {
        Expr::Case(Case { expr: None, else_expr: Some(otherwise), .. }) => {
            matches!(otherwise.as_ref(), Expr::Case(Case { expr: None, .. }))
        }
        _ => false,
    }
}

fn flattened(expr: Expr) -> Transformed<Expr> {
    if !is_chain(&expr) {
        return Transformed::no(expr);
    }
    let Expr::Case(Case { mut when_then_expr, else_expr: Some(otherwise), .. }) = expr else {
        return Transformed::no(expr);
    };
    let Expr::Case(inner) = *otherwise else {
        return Transformed::no(Expr::Case(Case::new(None, when_then_expr, Some(otherwise))));
    };
    when_then_expr.extend(inner.when_then_expr);
    Transformed::yes(Expr::Case(Case::new(None, when_then_expr, inner.else_expr)))
}
