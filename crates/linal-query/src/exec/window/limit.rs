//! LIMIT above a window: if results depend on a bounded number of following rows, later rows need not be
//! sorted.
//!
//! `SELECT id, ROW_NUMBER() OVER (ORDER BY x) FROM t LIMIT 10` sorts with a top-k of ten rows.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

use super::exec::WindowExec;

/// Pushes limits down to the sorts below windows.
pub(crate) fn push_down(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let wanted = wanted(plan.as_ref());
    let children = plan.children().into_iter().cloned();
    let children = children.map(|child| match wanted {
        Some(rows) => below(child, rows),
        None => push_down(child),
    });
    let children = children.collect::<Result<Vec<_>>>()?;
    replace_children_if_necessary(plan, children)
}

/// The number of rows that a LIMIT reads from its input.
fn wanted(plan: &dyn ExecutionPlan) -> Option<usize> {
    let operator: &dyn Any = plan;
    if let Some(limit) = operator.downcast_ref::<GlobalLimitExec>() {
        return limit.fetch()?.checked_add(limit.skip());
    }
    operator.downcast_ref::<LocalLimitExec>().map(LocalLimitExec::fetch)
}

/// Pushes a limit down to a sort, through at least one window.
fn below(plan: Arc<dyn ExecutionPlan>, rows: usize) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(match limited(&plan, rows, false)? {
        Some(limited) => limited,
        None => push_down(plan)?,
    })
}

fn limited(
    plan: &Arc<dyn ExecutionPlan>,
    rows: usize,
    behind_window: bool,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let operator: &dyn Any = plan.as_ref();
    if let Some(sort) = operator.downcast_ref::<SortExec>() {
        let is_shorter = sort.fetch().is_none_or(|fetch| fetch > rows);
        return Ok((behind_window && is_shorter).then(|| Arc::new(sort.with_fetch(Some(rows))) as _));
    }
    let (rows, behind_window) = if let Some(window) = operator.downcast_ref::<WindowExec>() {
        let Some(rows) = window.looks_ahead().and_then(|ahead| rows.checked_add(ahead)) else {
            return Ok(None);
        };
        (rows, true)
    } else if operator.is::<ProjectionExec>() {
        (rows, behind_window)
    } else {
        return Ok(None);
    };
    let children = plan.children();
    let [input] = children.as_slice() else { return Ok(None) };
    match limited(input, rows, behind_window)? {
        Some(input) => replace_children_if_necessary(plan.clone(), vec![input]).map(Some),
        None => Ok(None),
    }
}
