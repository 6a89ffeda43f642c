//! Rows that a sort with a limit need not see.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::sorts::sort::SortExec;

use crate::exec::top_rows::{FirstOf, TopRowsExec};
use crate::tree::Tree;
use crate::udf::KEY;

/// A sort of more rows does not throw away many.
const MOST_ROWS: usize = 10_000;

/// A plan in which rows that come behind enough others by the first key do not reach a sort with a limit.
///
/// # Errors
/// Errors of DataFusion's traversal; it has none of its own.
pub(crate) fn below_sorts(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|operator| {
        let any: &dyn Any = operator.as_ref();
        match any.downcast_ref::<SortExec>().and_then(top_rows) {
            Some(below) => {
                Ok(Transformed::yes(replace_children_if_necessary(operator, vec![Arc::new(below)])?))
            }
            None => Ok(Transformed::no(operator)),
        }
    })
    .data()
}

fn top_rows(sort: &SortExec) -> Option<TopRowsExec> {
    let fetch = sort.fetch().filter(|fetch| (1..=MOST_ROWS).contains(fetch))?;
    let key = sort.expr().first();
    let first = FirstOf {
        column: column_of(&key.expr)?,
        is_descending: key.options.descending,
        has_nulls_first: key.options.nulls_first,
        fetch,
    };
    TopRowsExec::over(sort.input().clone(), first)
}

/// The column that a key is; a key of floats has another form of NaN and of zero.
fn column_of(key: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    let any: &dyn Any = key.as_ref();
    if let Some(column) = any.downcast_ref::<Column>() {
        return Some(column.index());
    }
    match any.downcast_ref::<ScalarFunctionExpr>()? {
        call if call.fun().name() == KEY => match call.args() {
            [only] => column_of(only),
            _ => None,
        },
        _ => None,
    }
}
