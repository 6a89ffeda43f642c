//! INTERSECT and EXCEPT: both sides are cast to common types, and ALL counts duplicate rows.
//!
//! DataFusion plans ALL as a join that keeps or drops all duplicates of a row. Here each side numbers its
//! equal rows first, and the number is another join key: the third duplicate matches if the other side has
//! three.

use std::sync::Arc;

use crate::tree::PlanTree;
use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Column, JoinType, NullEquality, Result, plan_err};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::type_coercion::binary::type_union_coercion;
use datafusion::logical_expr::{
    Distinct, Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder, WindowFrame,
    WindowFunctionDefinition, cast,
};

use crate::exec::window::row_number;

/// Plans INTERSECT and EXCEPT. This runs before type coercion, since the result has the common type of both
/// sides.
pub(crate) fn count_rows(plan: LogicalPlan) -> Result<LogicalPlan> {
    // Operators above a set operation take their types from it.
    let mut changed = false;
    plan.change_plans_up(|node| {
        let rewritten = rewrite(node)?;
        changed |= rewritten.transformed;
        if changed { rewritten.map_data(LogicalPlan::recompute_schema) } else { Ok(rewritten) }
    })
    .data()
}

const NUMBER: &str = "__number";

fn rewrite(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(join) = &plan else { return Ok(Transformed::no(plan)) };
    if !is_set_operation(join) {
        return Ok(Transformed::no(plan));
    }
    let (left_keys, right_keys): (Vec<_>, Vec<_>) = join.on.iter().cloned().unzip();
    let types: Vec<DataType> = left_keys
        .iter()
        .zip(&right_keys)
        .map(|(left, right)| {
            common_type(left.get_type(join.left.schema())?, right.get_type(join.right.schema())?)
        })
        .collect::<Result<_>>()?;
    let is_all = !matches!(join.left.as_ref(), LogicalPlan::Distinct(Distinct::All(_)));
    let left = with_types(&join.left, &types)?;
    let right = with_types(&join.right, &types)?;
    let kept: Vec<Expr> = left.schema().columns().into_iter().map(Expr::Column).collect();
    let mut keys = (columns(left_keys), columns(right_keys));
    let (left, right) = if is_all {
        let left = numbered(left, &keys.0)?;
        let right = numbered(right, &keys.1)?;
        keys.0.extend(left.schema().columns().pop());
        keys.1.extend(right.schema().columns().pop());
        (left, right)
    } else {
        (left, right)
    };
    LogicalPlanBuilder::from(left)
        .join_detailed(right, join.join_type, keys, None, NullEquality::NullEqualsNull)?
        .project(kept)?
        .build()
        .map(Transformed::yes)
}

/// Whether a join is an INTERSECT or an EXCEPT.
fn is_set_operation(join: &Join) -> bool {
    matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull
        && join.on.len() == join.left.schema().fields().len()
}

/// The common type of two columns.
fn common_type(left: DataType, right: DataType) -> Result<DataType> {
    if left == right {
        return Ok(left);
    }
    let common = type_union_coercion(&left, &right).filter(|_| left.is_string() == right.is_string());
    common.map_or_else(|| plan_err!("a set operation of {left} and {right}"), Ok)
}

/// A plan whose columns are cast to these types.
fn with_types(plan: &Arc<LogicalPlan>, types: &[DataType]) -> Result<LogicalPlan> {
    let schema = plan.schema();
    if schema.fields().iter().zip(types).all(|(field, data_type)| field.data_type() == data_type) {
        return Ok(plan.as_ref().clone());
    }
    if let LogicalPlan::Distinct(Distinct::All(input)) = plan.as_ref() {
        return Ok(LogicalPlan::Distinct(Distinct::All(with_types(input, types)?.into())));
    }
    let exprs = schema.iter().zip(types).map(|((relation, field), data_type)| {
        let column = Expr::Column((relation, field).into());
        if field.data_type() == data_type {
            column
        } else {
            cast(column, data_type.clone()).alias_qualified(relation.cloned(), field.name())
        }
    });
    LogicalPlanBuilder::from(plan.clone()).project(exprs)?.build()
}

/// Numbers the rows within each group of equal ones.
fn numbered(input: LogicalPlan, keys: &[Column]) -> Result<LogicalPlan> {
    let number = Expr::WindowFunction(Box::new(WindowFunction {
        fun: WindowFunctionDefinition::WindowUDF(row_number()),
        params: WindowFunctionParams {
            args: Vec::new(),
            partition_by: keys.iter().cloned().map(Expr::Column).collect(),
            order_by: Vec::new(),
            window_frame: WindowFrame::new(None),
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    }));
    LogicalPlanBuilder::from(input).window([number.alias(NUMBER)])?.build()
}

fn columns(keys: Vec<Expr>) -> Vec<Column> {
    keys.into_iter()
        .filter_map(|key| match key {
            Expr::Column(column) => Some(column),
            _ => None,
        })
        .collect()
}
