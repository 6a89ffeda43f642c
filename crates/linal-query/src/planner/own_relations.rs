//! Relations that DataFusion has no node for: joins by order, and samples.

use datafusion::common::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use sqlparser::ast as sql;

use crate::logical::ordered_join::{self, Kind};
use crate::logical::sample::{self, Sample};

/// Plans the relations that `ordered_join::mark` and `sample::mark` have put into parentheses.
#[derive(Debug)]
pub(crate) struct OwnRelations;

impl RelationPlanner for OwnRelations {
    fn plan_relation(
        &self,
        mut relation: sql::TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let sql::TableFactor::NestedJoin { table_with_joins, alias } = &mut relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let spec = alias.as_ref().and_then(|alias| sample::marked(&alias.name.value));
        let plan = if let Some(spec) = spec {
            *alias = None;
            Sample::over(spec, context.plan(relation)?)
        } else if let Some(kind) = ordered_join::kind_of_last(table_with_joins) {
            if let Some(join) = table_with_joins.joins.last_mut() {
                as_plain(join, kind);
            }
            ordered_join::over(kind, context.plan(relation)?)?
        } else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

/// The join without its word.
fn as_plain(join: &mut sql::Join, kind: Kind) {
    join.global = false;
    if kind == Kind::Positional {
        join.join_operator = sql::JoinOperator::CrossJoin(sql::JoinConstraint::None);
    }
}
