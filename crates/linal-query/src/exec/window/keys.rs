//! Window keys that are expressions, computed as columns below the window.
//!
//! DataFusion does not recognize that rows are sorted by an expression such as `a > COALESCE(b, 0)`, even
//! directly above the sort, and rejects its own plan. A key column is recognized, is computed once, and has a
//! single value if it is volatile.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::expressions::{Column, Literal};
use datafusion::physical_plan::projection::ProjectionExec;

use super::call::Call;
use super::exec::WindowExec;
use crate::udf::KEY;

/// The window operator over an input with key columns.
pub(super) fn window(input: &Arc<dyn ExecutionPlan>, mut calls: Vec<Call>) -> Result<Arc<dyn ExecutionPlan>> {
    let width = input.schema().fields().len();
    let mut computed = Computed { keys: Vec::new(), width };
    for call in &mut calls {
        call.partition_by.iter_mut().for_each(|key| computed.replace(key));
        call.order_by.iter_mut().for_each(|key| computed.replace(&mut key.expr));
    }
    let added = computed.keys.len();
    if added == 0 {
        return Ok(Arc::new(WindowExec::new(input.clone(), calls.into())?));
    }
    let below: Vec<Named> = columns(input, 0..width).chain(computed.named()).collect();
    let input: Arc<dyn ExecutionPlan> = Arc::new(ProjectionExec::try_new(below, input.clone())?);
    let calls: Arc<[Call]> = calls.into();
    let results = width + added..width + added + calls.len();
    let window: Arc<dyn ExecutionPlan> = Arc::new(WindowExec::new(input, calls)?);
    let kept: Vec<Named> = columns(&window, 0..width).chain(columns(&window, results)).collect();
    Ok(Arc::new(ProjectionExec::try_new(kept, window)?))
}

type Named = (Arc<dyn PhysicalExpr>, String);

/// A projection to some columns of a plan, under their names.
fn columns(
    plan: &Arc<dyn ExecutionPlan>,
    places: std::ops::Range<usize>,
) -> impl Iterator<Item = Named> + use<> {
    let schema = plan.schema();
    places.map(move |at| {
        let name = schema.field(at).name().clone();
        (Arc::new(Column::new(&name, at)) as Arc<dyn PhysicalExpr>, name)
    })
}

/// The key columns after those of the input.
struct Computed {
    keys: Vec<Arc<dyn PhysicalExpr>>,
    width: usize,
}

impl Computed {
    fn replace(&mut self, key: &mut Arc<dyn PhysicalExpr>) {
        if is_seen(key) {
            return;
        }
        let at = self.keys.iter().position(|known| known.eq(key)).unwrap_or_else(|| {
            self.keys.push(key.clone());
            self.keys.len() - 1
        });
        *key = Arc::new(Column::new(&name(at), self.width + at));
    }

    fn named(self) -> impl Iterator<Item = Named> {
        self.keys.into_iter().enumerate().map(|(at, key)| (key, name(at)))
    }
}

fn name(at: usize) -> String {
    format!("__window_key{at}")
}

/// Whether DataFusion tracks the order of a key: a column, the normalized key of a float column, or a
/// literal.
fn is_seen(key: &Arc<dyn PhysicalExpr>) -> bool {
    let expr: &dyn Any = key.as_ref();
    if let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() {
        return call.fun().name() == KEY && call.args().iter().all(is_column);
    }
    is_column(key) || expr.is::<Literal>()
}

fn is_column(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let expr: &dyn Any = expr.as_ref();
    expr.is::<Column>()
}
