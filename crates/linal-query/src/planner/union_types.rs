//! The types of a set operation in a FROM.
//!
//! DataFusion gives a union the types of its first input, and widens them after the query around it is bound: `c + 1` over
//! `SELECT 1 AS c UNION ALL SELECT 1.5` is bound as a sum of integers. The columns of a union of different types are
//! widened here before anything refers to them.

use std::sync::Arc;

use crate::tree::Tree;
use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{LogicalPlan, Union};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;
use sqlparser::ast as sql;

use crate::frontend::ast_builder;

/// The alias of a relation that DataFusion plans; no query text can contain it.
const PLAIN: &str = "__set_operation'";

/// Plans the set operations of a FROM with the types of all of their inputs.
#[derive(Debug)]
pub(crate) struct UnionTypes;

impl RelationPlanner for UnionTypes {
    fn plan_relation(
        &self,
        mut relation: sql::TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let sql::TableFactor::Derived { alias, subquery, .. } = &mut relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        if !is_set_operation(&subquery.body) || alias.as_ref().is_some_and(|alias| alias.name.value == PLAIN)
        {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        let written = alias.replace(ast_builder::table_alias(PLAIN));
        let LogicalPlan::SubqueryAlias(planned) = context.plan(relation)? else {
            return internal_err!("a relation lost its alias");
        };
        let plan = with_union_types(Arc::unwrap_or_clone(planned.input))?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, written))))
    }
}

fn is_set_operation(body: &sql::SetExpr) -> bool {
    match body {
        sql::SetExpr::SetOperation { .. } => true,
        sql::SetExpr::Query(query) => is_set_operation(&query.body),
        _ => false,
    }
}

/// Widens the columns of the unions in a plan.
fn with_union_types(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut is_changed = false;
    plan.transform_up(|node| match node {
        LogicalPlan::Union(union) if is_widened(&union) => {
            is_changed = true;
            TypeCoercionRewriter::coerce_union(union).map(Transformed::yes)
        }
        other if is_changed => other.recompute_schema().map(Transformed::yes),
        other => Ok(Transformed::no(other)),
    })
    .data()
}

/// Whether the inputs of a union have columns of different types, all of them of the same kind. Other columns are compared, or
/// rejected, once the query is bound.
fn is_widened(union: &Union) -> bool {
    let Some((first, others)) = union.inputs.split_first() else { return false };
    let types = |input: &LogicalPlan| -> Vec<DataType> {
        input.schema().fields().iter().map(|field| field.data_type().clone()).collect()
    };
    let of_first = types(first);
    let mut is_mixed = false;
    for input in others {
        let own = types(input);
        if own.len() != of_first.len()
            || !own.iter().zip(&of_first).all(|(a, b)| a == b || is_same_kind(a, b))
        {
            return false;
        }
        is_mixed |= own != of_first;
    }
    is_mixed
}

fn is_same_kind(a: &DataType, b: &DataType) -> bool {
    let is_plain = |kind: &DataType| !kind.is_nested();
    (a.is_numeric() && b.is_numeric())
        || (a.is_string() && b.is_string())
        || (a.is_null() && is_plain(b))
        || (b.is_null() && is_plain(a))
}
