//! RANGE frames over dates and intervals.
//!
//! DataFusion has no such frames over intervals, and computes the bounds of dates as dates, which have no hours. An
//! interval is ordered by its key here, with bounds that are keys as well, and a date by its midnight:
//! `SELECT COUNT(*) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW)`.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, WindowFrameBound, WindowFrameUnits, cast};
use linal_store::temporal::{Fields, compare_key, parse_interval};

use super::function::TIMESTAMP;
use crate::relational::analysis::key;

/// A plan in which RANGE frames are ordered by what DataFusion computes bounds of.
pub(in crate::relational) fn order_by_keys(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_up_with_subqueries(node)?.data)
}

fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Window(_) = &plan else { return Ok(Transformed::no(plan)) };
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let changed = expr.transform_up(|part| match part {
            Expr::WindowFunction(mut window) => {
                let changed = change(&mut window, &schema);
                Ok(Transformed::new_transformed(Expr::WindowFunction(window), changed))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(changed.update_data(|expr| name.restore(expr)))
    })
}

fn change(window: &mut WindowFunction, schema: &DFSchema) -> bool {
    let params = &mut window.params;
    if params.window_frame.units != WindowFrameUnits::Range {
        return false;
    }
    let mut changed = false;
    for by in &mut params.order_by {
        if matches!(by.expr.get_type(schema), Ok(DataType::Interval(_))) {
            by.expr = key(by.expr.clone());
            changed = true;
        }
    }
    let frame = &mut params.window_frame;
    let [by] = params.order_by.as_mut_slice() else { return changed };
    if changed {
        key_of(&mut frame.start_bound);
        key_of(&mut frame.end_bound);
        return true;
    }
    let is_date = matches!(by.expr.get_type(schema), Ok(DataType::Date32));
    if is_date && has_offset(&frame.start_bound, &frame.end_bound) {
        by.expr = cast(by.expr.clone(), TIMESTAMP);
        return true;
    }
    false
}

fn has_offset(start: &WindowFrameBound, end: &WindowFrameBound) -> bool {
    let is_offset = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => !by.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    is_offset(start) || is_offset(end)
}

/// Bounds are texts before they are converted to the type of the order.
fn key_of(bound: &mut WindowFrameBound) {
    if let WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) = bound
        && let Some(Some(text)) = by.try_as_str()
        && let Some(interval) = parse_interval(text, Fields::default())
    {
        *by = ScalarValue::Utf8(Some(compare_key(interval).to_string()));
    }
}
