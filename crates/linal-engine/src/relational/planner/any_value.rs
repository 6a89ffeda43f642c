//! `ANY_VALUE(a ORDER BY b)`: the first value by that order that is not NULL.
//!
//! DataFusion's ANY_VALUE takes an ORDER BY and does not look at it.

use datafusion::common::Result;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::NullTreatment;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawAggregateExpr};

/// Plans ANY_VALUE with an order as FIRST_VALUE without NULLs.
#[derive(Debug)]
pub(in crate::relational) struct OrderedAnyValue;

impl ExprPlanner for OrderedAnyValue {
    fn plan_aggregate(&self, mut raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if raw.func.name() == "any_value" && !raw.order_by.is_empty() {
            raw.func = first_value_udaf();
            raw.null_treatment = Some(NullTreatment::IgnoreNulls);
        }
        Ok(PlannerResult::Original(raw))
    }
}
