//! Filter pushdown with exceptions.
//!
//! A predicate without columns stays above an aggregate that returns a row for no rows. DataFusion's rule
//! pushes a predicate below an aggregate if all of its columns are group keys, which holds trivially for a
//! predicate without columns. Without keys, or with an empty grouping set, an aggregate over no rows still
//! returns a row: `SELECT 'a' FROM (SELECT COUNT(*) AS n, 1 AS k FROM t) z WHERE k = 2` returns one in
//! DataFusion 55.
//!
//! A predicate that fails for common values stays above a join, which rejects rows that it may fail for:
//! `SELECT * FROM (SELECT b.y FROM b JOIN c ON b.k = c.k AND b.y > c.z) z WHERE 6 DIV y > 2` divides by each
//! `y` of `b` in DataFusion 55. A predicate with columns of both sides becomes a filter of the join, and its
//! key if it is an equality.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{Aggregate, Expr, Filter, GroupingSet, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::fallible;
use super::fallible::Fallible;

/// Pushes predicates down towards their tables, as DataFusion's rule does, with exceptions.
#[derive(Debug, Default)]
pub(crate) struct PushDownFilters {
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
        let (mut kept, mut others) = (Vec::new(), Vec::new());
        for part in split_conjunction_owned(filter.predicate.clone()) {
            let place = if stays_above(&part, &filter.input)? { &mut kept } else { &mut others };
            place.push(part);
        }
        let Some(kept) = conjunction(kept) else {
            return self.usual.rewrite(LogicalPlan::Filter(filter), config);
        };
        let Some(others) = conjunction(others) else {
            return Ok(Transformed::no(LogicalPlan::Filter(filter)));
        };
        let below = Filter::try_new(others, filter.input)?;
        let moved = self.usual.rewrite(LogicalPlan::Filter(below), config)?;
        moved.map_data(|plan| Filter::try_new(kept, Arc::new(plan)).map(LogicalPlan::Filter))
    }
}

/// Merges a filter with those directly below it, as DataFusion's rule would.
fn merged(mut filter: Filter) -> Result<Filter> {
    while let LogicalPlan::Filter(inner) = filter.input.as_ref() {
        let predicate = inner.predicate.clone().and(filter.predicate);
        filter = Filter::try_new(predicate, inner.input.clone())?;
    }
    Ok(filter)
}

/// Whether a predicate stays above a plan.
fn stays_above(part: &Expr, plan: &LogicalPlan) -> Result<bool> {
    Ok(match plan {
        LogicalPlan::Aggregate(aggregate) => part.column_refs().is_empty() && always_has_row(aggregate),
        LogicalPlan::Join(join) => {
            let is_of = |side: &LogicalPlan| {
                part.column_refs().into_iter().all(|column| side.schema().has_column(column))
            };
            (is_of(&join.left) || is_of(&join.right)) && fallible::of(part, plan.schema())? == Fallible::Value
        }
        _ => false,
    })
}

/// Whether an aggregate returns a row for no rows.
fn always_has_row(aggregate: &Aggregate) -> bool {
    match aggregate.group_expr.as_slice() {
        [] => true,
        [Expr::GroupingSet(GroupingSet::GroupingSets(sets))] => sets.iter().any(Vec::is_empty),
        [Expr::GroupingSet(_)] => true,
        _ => false,
    }
}
