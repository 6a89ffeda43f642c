//! The offsets of frames: constant expressions of a type that can be added to the window's order.

use linal_error::Code;
use std::ops::ControlFlow;

use crate::tree::{PlanTree, Tree};
use arrow::array::new_empty_array;
use arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, Result as DfResult, ScalarValue};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use linal_dataset::{Error, Result};
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast::{self as sql, Spanned, Visitor, VisitorMut};

use super::frame::{Units, check_offsets};
use super::framed::unframed;
use super::planner::unkeyed;
use crate::frontend::desugar::intervals;
use crate::frontend::resolve::Names;
use crate::planner::constant;
use crate::planner::context_provider::Provider;

/// Replaces each offset that is not a literal by its value.
///
/// # Errors An offset that is not constant, negative, NULL, or of an invalid type.
pub(crate) fn write_out(query: &mut sql::Query, provider: &Provider<'_>, names: &Names) -> Result<()> {
    match query.walk_mut(&mut Offsets { provider, names }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Offsets<'a, 'b> {
    provider: &'a Provider<'b>,
    names: &'a Names,
}

impl VisitorMut for Offsets<'_, '_> {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        let sql::Expr::Function(sql::Function { over: Some(window), .. }) = expr else {
            return ControlFlow::Continue(());
        };
        let sql::WindowType::WindowSpec(spec) = window else { return ControlFlow::Continue(()) };
        let Some(frame) = &mut spec.window_frame else { return ControlFlow::Continue(()) };
        let units = frame.units;
        for bound in [Some(&mut frame.start_bound), frame.end_bound.as_mut()].into_iter().flatten() {
            let (sql::WindowFrameBound::Preceding(Some(by)) | sql::WindowFrameBound::Following(Some(by))) =
                bound
            else {
                continue;
            };
            match self.literal(by, units) {
                Ok(Some(literal)) => **by = literal,
                Ok(None) => {}
                Err(error) => return ControlFlow::Break(placed(error, by)),
            }
        }
        ControlFlow::Continue(())
    }
}

impl Offsets<'_, '_> {
    /// The literal value of an offset; `None` if it is a literal already.
    fn literal(&self, by: &sql::Expr, units: sql::WindowFrameUnits) -> Result<Option<sql::Expr>> {
        if matches!(by, sql::Expr::Value(_) | sql::Expr::Interval(_)) {
            return Ok(None);
        }
        if let ControlFlow::Break(what) = by.walk(&mut Changing) {
            return Err(bad(format!("the offset of a frame is a constant, and `{by}` holds {what}")));
        }
        let Some(value) = constant::value(by, self.provider, self.names)? else {
            return Err(bad(format!("the offset of a frame is a constant, and `{by}` has no value yet")));
        };
        if value.is_null() {
            return Err(bad(format!("the offset of a frame is a value, and `{by}` is NULL")));
        }
        match value {
            ScalarValue::IntervalMonthDayNano(Some(interval)) if units == sql::WindowFrameUnits::Range => {
                let text = sql::Value::SingleQuotedString(intervals::in_units(interval));
                Ok(Some(sql::Expr::Interval(sql::Interval {
                    value: Box::new(sql::Expr::value(text)),
                    leading_field: None,
                    leading_precision: None,
                    last_field: None,
                    fractional_seconds_precision: None,
                })))
            }
            number if number.data_type().is_numeric() => number_literal(&number, by).map(Some),
            _ => Err(bad(format!("the offset of a frame is a number or an interval, and `{by}` is neither"))),
        }
    }
}

fn number_literal(number: &ScalarValue, by: &sql::Expr) -> Result<sql::Expr> {
    let array = number.to_array().ok();
    let text = array.and_then(|array| arrow::util::display::array_value_to_string(&array, 0).ok());
    let text = text.unwrap_or_default();
    if text.starts_with('-') {
        let error = bad(format!("the offset of a frame is not negative, and `{by}` is"));
        return Err(error.with_help("PRECEDING and FOLLOWING say the direction"));
    }
    Ok(sql::Expr::value(sql::Value::Number(text, false)))
}

/// Finds the parts of an expression that are not constant.
struct Changing;

impl Visitor for Changing {
    type Break = &'static str;

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<&'static str> {
        ControlFlow::Break("a query")
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<&'static str> {
        match expr {
            sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_) => ControlFlow::Break("a column"),
            sql::Expr::Function(function) if function.over.is_some() => {
                ControlFlow::Break("a window function")
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Rejects offsets that cannot be added to the order of their window, before any row is read.
///
/// # Errors A number over times, an interval over numbers, an order by strings.
pub(crate) fn check_ranges(plan: &LogicalPlan) -> DfResult<()> {
    plan.each_plan(|node| {
        if let LogicalPlan::Window(window) = node {
            let schema = merge_schema(&node.inputs());
            for expr in &window.window_expr {
                expr.apply(|part| match part {
                    Expr::WindowFunction(call) => {
                        check_range(call, &schema).map(|()| TreeNodeRecursion::Continue)
                    }
                    _ => Ok(TreeNodeRecursion::Continue),
                })?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn check_range(call: &WindowFunction, schema: &DFSchema) -> DfResult<()> {
    let (_, frame) = unframed(&call.fun);
    let Some(frame) = frame.filter(|frame| frame.units == Units::Range) else { return Ok(()) };
    let [key] = call.params.order_by.as_slice() else { return Ok(()) };
    match unkeyed(&key.expr).get_type(schema)? {
        DataType::Null => Ok(()),
        data_type => check_offsets(&frame, &new_empty_array(&data_type)),
    }
}

fn placed(error: Error, by: &sql::Expr) -> Error {
    match linal_lang::sql::span(by.span()).filter(|_| error.span().is_none()) {
        Some(place) => error.at(place),
        None => error,
    }
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Code::BadQuery, message)
}
