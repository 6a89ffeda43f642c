//! Conditions without columns stay above an aggregate that has a row over no rows.
//!
//! DataFusion's rule moves a condition below an aggregate when all columns that it names are keys of the groups, which holds for a
//! condition that names none. Without keys, or with an empty set among GROUPING SETS, an aggregate over no rows has a row all the same:
//! `SELECT 'a' FROM (SELECT COUNT(*) AS n, 1 AS k FROM t) z WHERE k = 2` gives one in DataFusion 55.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{Aggregate, Expr, Filter, GroupingSet, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Moves conditions towards the tables that they are about. As DataFusion's rule, but for aggregates that always have a row.
#[derive(Debug, Default)]
pub(in crate::relational) struct PushDownFilters {
    usual: PushDownFilter,
}

impl OptimizerRule for PushDownFilters {
    fn name(&self) -> &str {
        self.usual.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.usual.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = plan else { return self.usual.rewrite(plan, config) };
        let filter = merged(filter)?;
        let has_row =
            matches!(filter.input.as_ref(), LogicalPlan::Aggregate(aggregate) if always_has_row(aggregate));
        let parts = split_conjunction_owned(filter.predicate.clone());
        let (without_columns, others): (Vec<Expr>, Vec<Expr>) =
            parts.into_iter().partition(|part| has_row && part.column_refs().is_empty());
        let Some(constant) = conjunction(without_columns) else {
            return self.usual.rewrite(LogicalPlan::Filter(filter), config);
        };
        let Some(others) = conjunction(others) else {
            return Ok(Transformed::no(LogicalPlan::Filter(filter)));
        };
        let below = Filter::try_new(others, filter.input)?;
        let moved = self.usual.rewrite(LogicalPlan::Filter(below), config)?;
        moved.map_data(|plan| Filter::try_new(constant, Arc::new(plan)).map(LogicalPlan::Filter))
    }
}

/// A filter with the conditions of those right below it, which DataFusion's rule would merge by itself.
fn merged(mut filter: Filter) -> Result<Filter> {
    while let LogicalPlan::Filter(inner) = filter.input.as_ref() {
        let predicate = inner.predicate.clone().and(filter.predicate);
        filter = Filter::try_new(predicate, inner.input.clone())?;
    }
    Ok(filter)
}

/// Whether an aggregate over no rows has a row.
fn always_has_row(aggregate: &Aggregate) -> bool {
    match aggregate.group_expr.as_slice() {
        [] => true,
        [Expr::GroupingSet(GroupingSet::GroupingSets(sets))] => sets.iter().any(Vec::is_empty),
        [Expr::GroupingSet(_)] => true,
        _ => false,
    }
}
