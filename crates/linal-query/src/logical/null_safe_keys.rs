//! Join keys that are equal when both are NULL.
//!
//! DataFusion marks a whole join as null-safe, and then adds other equalities to its keys, for which NULL
//! equals NULL from then on: `SELECT * FROM a JOIN b ON a.k IS NOT DISTINCT FROM b.k WHERE a.v = b.v` pairs
//! rows whose v is NULL. While plans are optimized, such a key is therefore a filter `IS NOT DISTINCT FROM`
//! ([`ExtractKeys`]); it becomes a key at the end ([`null_safe_keys`]).

use crate::tree::PlanTree;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{NullEquality, Result};
use datafusion::logical_expr::utils::{
    can_hash, conjunction, find_valid_equijoin_key_pair, split_conjunction_owned,
};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Join, LogicalPlan, Operator};
use datafusion::optimizer::extract_equijoin_predicate::ExtractEquijoinPredicate;
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Extracts equalities from a join's filter as its keys, as DataFusion's rule does, but without null-safe
/// ones.
#[derive(Debug, Default)]
pub(crate) struct ExtractKeys {
    equal: ExtractEquijoinPredicate,
}

impl OptimizerRule for ExtractKeys {
    fn name(&self) -> &str {
        self.equal.name()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.equal.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Join(join) = plan else { return Ok(Transformed::no(plan)) };
        if join.null_equality == NullEquality::NullEqualsNull && !join.on.is_empty() {
            return Ok(Transformed::no(LogicalPlan::Join(join)));
        }
        // Without null-safe equalities in the filter, DataFusion's rule cannot extract them.
        let parts = join.filter.clone().map(split_conjunction_owned).unwrap_or_default();
        let (null_safe, others): (Vec<Expr>, Vec<Expr>) = parts.into_iter().partition(is_null_safe);
        if null_safe.is_empty() {
            return self.equal.rewrite(LogicalPlan::Join(join), config);
        }
        let Some(others) = conjunction(others) else { return Ok(Transformed::no(LogicalPlan::Join(join))) };
        let without = LogicalPlan::Join(Join { filter: Some(others), ..join });
        let extracted = self.equal.rewrite(without, config)?;
        Ok(extracted.update_data(|plan| with_conditions(plan, null_safe)))
    }
}

fn with_conditions(plan: LogicalPlan, conditions: Vec<Expr>) -> LogicalPlan {
    match plan {
        LogicalPlan::Join(mut join) => {
            join.filter = conjunction(join.filter.into_iter().chain(conditions));
            LogicalPlan::Join(join)
        }
        other => other,
    }
}

fn is_null_safe(condition: &Expr) -> bool {
    matches!(condition, Expr::BinaryExpr(BinaryExpr { op: Operator::IsNotDistinctFrom, .. }))
}

/// An optimized plan in which joins without other keys get null-safe keys.
pub(crate) fn null_safe_keys(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.change_plans_up(|plan| match plan {
        LogicalPlan::Join(join) if join.on.is_empty() && join.filter.is_some() => with_keys(join),
        other => Ok(Transformed::no(other)),
    })
    .data()
}

fn with_keys(mut join: Join) -> Result<Transformed<LogicalPlan>> {
    let mut others = Vec::new();
    for part in join.filter.take().map(split_conjunction_owned).unwrap_or_default() {
        match key_pair(&part, &join)? {
            Some(pair) => join.on.push(pair),
            None => others.push(part),
        }
    }
    join.filter = conjunction(others);
    if join.on.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    join.null_equality = NullEquality::NullEqualsNull;
    Ok(Transformed::yes(LogicalPlan::Join(join)))
}

/// The sides of an equality, if each belongs to one side of the join.
fn key_pair(condition: &Expr, join: &Join) -> Result<Option<(Expr, Expr)>> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::IsNotDistinctFrom, right }) = condition else {
        return Ok(None);
    };
    let (left_schema, right_schema) = (join.left.schema(), join.right.schema());
    let Some((left, right)) = find_valid_equijoin_key_pair(left, right, left_schema, right_schema)? else {
        return Ok(None);
    };
    let is_hashed = can_hash(&left.get_type(left_schema)?) && can_hash(&right.get_type(right_schema)?);
    Ok(is_hashed.then_some((left, right)))
}
