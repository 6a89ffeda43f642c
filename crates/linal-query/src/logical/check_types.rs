//! Rejects expressions of types without a common type, which DataFusion would cast to strings.

use crate::tree::{PlanTree, Tree};
use arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Case, WindowFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, WindowFrameBound, WindowFrameUnits};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::ColumnType;

use crate::error::external;

/// Rejects a UNION of string and number columns, and a CASE with string and number branches.
pub(crate) fn check(plan: &LogicalPlan) -> Result<()> {
    plan.each_plan(|node| {
        if let LogicalPlan::Union(union) = node {
            let width = union.inputs.first().map_or(0, |input| input.schema().fields().len());
            for at in 0..width {
                let types = union.inputs.iter().filter_map(|input| input.schema().fields().get(at));
                one_kind("the columns of a UNION", types.map(|field| field.data_type().clone()))?;
            }
        }
        let schema = merge_schema(&node.inputs());
        node.each_expression(|expr| {
            expr.apply(|part| {
                if let Expr::Case(Case { expr: None, when_then_expr, .. }) = part {
                    when_then_expr.iter().try_for_each(|(when, _)| one_truth(when, &schema))?;
                }
                if let Expr::Case(Case { when_then_expr, else_expr, .. }) = part {
                    let results = when_then_expr.iter().map(|(_, then)| then).chain(else_expr);
                    let types = results.filter_map(|result| result.get_type(&schema).ok());
                    one_kind("the branches of a CASE", types)?;
                }
                if let Expr::WindowFunction(window) = part {
                    ranges(window, &schema)?;
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(())
}

/// Rejects a condition of a CASE that is not Boolean.
fn one_truth(condition: &Expr, schema: &DFSchema) -> Result<()> {
    let Ok((_, field)) = condition.to_field(schema) else { return Ok(()) };
    match ColumnType::of(&field) {
        ColumnType::Bool | ColumnType::Other(DataType::Null) => Ok(()),
        other => {
            let message = format!("a condition of CASE is one truth value, not a {other}");
            let error = Error::new(Code::DTypeMismatch, message);
            Err(external(match other {
                ColumnType::Tensor(_) => error.with_help("VEC_ANY(x) and VEC_ALL(x) make one of a tensor"),
                _ => error,
            }))
        }
    }
}

/// A RANGE frame with an offset needs an ORDER BY column to which an offset can be added.
fn ranges(window: &WindowFunction, schema: &DFSchema) -> Result<()> {
    let frame = &window.params.window_frame;
    let is_offset = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => !by.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let [key] = window.params.order_by.as_slice() else { return Ok(()) };
    let is_text = key.expr.get_type(schema).is_ok_and(|kind| kind.is_string());
    if frame.units != WindowFrameUnits::Range || !is_text {
        return Ok(());
    }
    if is_offset(&frame.start_bound) || is_offset(&frame.end_bound) {
        Err(external(
            Error::new(Code::BadQuery, "RANGE with an offset orders by a number or a time, not by a String")
                .with_help("ROWS BETWEEN counts rows"),
        ))
    } else {
        Ok(())
    }
}

fn one_kind(what: &str, types: impl Iterator<Item = DataType>) -> Result<()> {
    let known: Vec<DataType> = types.filter(|data_type| !data_type.is_null()).collect();
    let text = known.iter().find(|data_type| data_type.is_string());
    let number = known.iter().find(|data_type| data_type.is_numeric());
    let (Some(text), Some(number)) = (text, number) else { return Ok(()) };
    let name = |data_type: &DataType| {
        let field = arrow::datatypes::Field::new("", data_type.clone(), true);
        ColumnType::of(&field).to_string()
    };
    let message = format!("{what} are {} and {}", name(number), name(text));
    Err(external(Error::new(Code::BadCast, message).with_help("CAST one of them to the other's type")))
}
