//! DataFusion's rule that drops keys of a group which follow from other keys.
//!
//! It projects all keys above those that are left. DataFusion 55 fails where two of them have the same name, as `CAST(t.k AS Int)` and
//! `t.k` have once the cast of an integer is dropped: `SELECT DISTINCT 1 FROM t GROUP BY CAST(t.k AS Int), t.k`. Such an aggregate keeps
//! its keys.

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::eliminate_group_by_constant::EliminateGroupByConstant;
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// The rule, which leaves the aggregates alone that it fails for.
#[derive(Debug, Default)]
pub(crate) struct EliminateRedundantKeys {
    rule: EliminateGroupByConstant,
}

impl OptimizerRule for EliminateRedundantKeys {
    fn name(&self) -> &str {
        self.rule.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.rule.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if !matches!(plan, LogicalPlan::Aggregate(_)) {
            return Ok(Transformed::no(plan));
        }
        let unchanged = plan.clone();
        Ok(self.rule.rewrite(plan, config).unwrap_or_else(|_| Transformed::no(unchanged)))
    }
}
