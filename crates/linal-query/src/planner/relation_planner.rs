//! Relations with a plan of their own, marked by their alias in a FROM.

use datafusion::common::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use sqlparser::ast as sql;

use crate::logical::common_table;
use crate::logical::common_table::CommonTable;
use crate::logical::recursion;
use crate::logical::recursion::RecursiveTypes;

/// Plans the terms of recursive queries and the tables that are computed once.
#[derive(Debug)]
pub(crate) struct MarkedRelations {
    pub types: RecursiveTypes,
}

impl RelationPlanner for MarkedRelations {
    fn plan_relation(
        &self,
        relation: sql::TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let sql::TableFactor::Derived { alias: Some(alias), .. } = &relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let mark = alias.name.value.clone();
        let term = recursion::term(&mark);
        let is_common_table = common_table::is_marked(&mark);
        if term.is_none() && !is_common_table {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        let plan = context.plan(without_alias(relation))?;
        let plan = match term {
            Some((term, name)) => self.types.apply(term, name, plan)?,
            // A table that refers to outer columns differs from row to row.
            None if common_table::is_volatile(&plan)? && !common_table::is_correlated(&plan)? => {
                CommonTable::over(plan)
            }
            None => plan,
        };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

fn without_alias(mut relation: sql::TableFactor) -> sql::TableFactor {
    if let sql::TableFactor::Derived { alias, .. } = &mut relation {
        *alias = None;
    }
    relation
}
