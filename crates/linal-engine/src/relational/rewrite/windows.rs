//! `WINDOW w AS (...)`: each use of the name becomes the window itself, which DataFusion does in parts only.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

/// Writes the named windows of a query's SELECT out.
pub(super) fn write_out(query: &mut sql::Query) {
    let sql::SetExpr::Select(select) = query.body.as_mut() else { return };
    if select.named_window.is_empty() {
        return;
    }
    let mut windows = Windows(HashMap::new());
    for sql::NamedWindowDefinition(name, definition) in std::mem::take(&mut select.named_window) {
        let spec = match definition {
            sql::NamedWindowExpr::NamedWindow(other) => match windows.find(&other) {
                Some(known) => known.clone(),
                None => continue,
            },
            sql::NamedWindowExpr::WindowSpec(spec) => windows.inherit(spec),
        };
        windows.0.insert(name.value.to_lowercase(), spec);
    }
    let _ = query.visit(&mut windows);
}

/// The windows by their lower-case name.
struct Windows(HashMap<String, sql::WindowSpec>);

impl Windows {
    fn find(&self, name: &sql::Ident) -> Option<&sql::WindowSpec> {
        self.0.get(&name.value.to_lowercase())
    }

    /// A window that begins with the name of another has that one's partitions, and its order unless it has one.
    fn inherit(&self, mut spec: sql::WindowSpec) -> sql::WindowSpec {
        let Some(base) = spec.window_name.as_ref().and_then(|name| self.find(name)) else { return spec };
        spec.window_name = None;
        if spec.partition_by.is_empty() {
            spec.partition_by.clone_from(&base.partition_by);
        }
        if spec.order_by.is_empty() {
            spec.order_by.clone_from(&base.order_by);
        }
        if spec.window_frame.is_none() {
            spec.window_frame.clone_from(&base.window_frame);
        }
        spec
    }
}

impl VisitorMut for Windows {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        let sql::Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        function.over = match function.over.take() {
            Some(sql::WindowType::NamedWindow(name)) => Some(match self.find(&name) {
                Some(known) => sql::WindowType::WindowSpec(known.clone()),
                None => sql::WindowType::NamedWindow(name),
            }),
            Some(sql::WindowType::WindowSpec(spec)) => Some(sql::WindowType::WindowSpec(self.inherit(spec))),
            None => None,
        };
        ControlFlow::Continue(())
    }
}
