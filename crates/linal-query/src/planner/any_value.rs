//! `ANY_VALUE(a ORDER BY b)`: the first non-NULL value in that order.
//!
//! DataFusion's ANY_VALUE accepts an ORDER BY and ignores it.

use datafusion::common::Result;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::NullTreatment;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawAggregateExpr};

/// Plans ANY_VALUE with an ORDER BY as FIRST_VALUE that ignores NULLs.
#[derive(Debug)]
pub(crate) struct OrderedAnyValue;

impl ExprPlanner for OrderedAnyValue {
    fn plan_aggregate(&self, mut raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if raw.func.name() == "any_value" && !raw.order_by.is_empty() {
            raw.func = first_value_udaf();
            raw.null_treatment = Some(NullTreatment::IgnoreNulls);
        }
        Ok(PlannerResult::Original(raw))
    }
}
