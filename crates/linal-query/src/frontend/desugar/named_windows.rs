//! `WINDOW w AS (...)`: each use of the name is replaced by the window, by PostgreSQL's rules, which
//! DataFusion supports in part.

use std::ops::ControlFlow;

use linal_error::Code;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use linal_dataset::{Error, Result};

/// Expands all named windows of a query.
///
/// # Errors An undefined or duplicate name, and a window that overrides parts of the window that it is based
/// on.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Queries) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Visits queries; the windows of a query are not visible in nested queries.
struct Queries;

impl VisitorMut for Queries {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        let sql::SetExpr::Select(select) = query.body.as_mut() else { return selects(&mut query.body) };
        let mut uses = define(select)?;
        select.walk_mut(&mut uses)?;
        query.order_by.walk_mut(&mut uses)
    }
}

/// The SELECTs of a set operation.
fn selects(body: &mut sql::SetExpr) -> ControlFlow<Error> {
    match body {
        sql::SetExpr::Select(select) => {
            let mut uses = define(select)?;
            select.walk_mut(&mut uses)
        }
        sql::SetExpr::SetOperation { left, right, .. } => {
            selects(left)?;
            selects(right)
        }
        _ => ControlFlow::Continue(()),
    }
}

/// Removes the window definitions of a SELECT. Each may be based on an earlier one.
fn define(select: &mut sql::Select) -> ControlFlow<Error, Uses> {
    let mut uses = Uses { windows: Vec::new(), depth: 0 };
    for sql::NamedWindowDefinition(name, definition) in std::mem::take(&mut select.named_window) {
        if uses.find(&name).is_some() {
            return failed(&name, Code::DuplicateName, format!("there are two windows `{}`", name.value));
        }
        let spec = match definition {
            sql::NamedWindowExpr::NamedWindow(other) => uses.known(&other)?.clone(),
            sql::NamedWindowExpr::WindowSpec(spec) => uses.inherit(spec)?,
        };
        uses.windows.push((name.value, spec));
    }
    ControlFlow::Continue(uses)
}

fn failed<T>(name: &sql::Ident, code: Code, message: String) -> ControlFlow<Error, T> {
    ControlFlow::Break(at(name, Error::new(code, message)))
}

fn at(name: &sql::Ident, error: Error) -> Error {
    match linal_lang::sql::span(name.span) {
        Some(place) => error.at(place),
        None => error,
    }
}

/// The uses of the windows of one SELECT.
struct Uses {
    windows: Vec<(String, sql::WindowSpec)>,
    /// The number of nested queries that are open.
    depth: usize,
}

impl Uses {
    fn find(&self, name: &sql::Ident) -> Option<&sql::WindowSpec> {
        let found = self.windows.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name.value));
        found.map(|(_, spec)| spec)
    }

    fn known(&self, name: &sql::Ident) -> ControlFlow<Error, &sql::WindowSpec> {
        if let Some(spec) = self.find(name) {
            return ControlFlow::Continue(spec);
        }
        let known = self.windows.iter().map(|(known, _)| known.as_str());
        let error = Error::unknown(Code::UnknownName, "window", &name.value, known);
        ControlFlow::Break(at(name, error))
    }

    /// A window based on a named one has its partitions and order, and may add an order and a frame.
    fn inherit(&self, mut spec: sql::WindowSpec) -> ControlFlow<Error, sql::WindowSpec> {
        let Some(name) = spec.window_name.take() else { return ControlFlow::Continue(spec) };
        let base = self.known(&name)?;
        let exclusions = spec.partition_by.iter().filter(|key| is_exclusion(key)).count();
        let refused = |message: &str| failed(&name, Code::BadQuery, message.to_string());
        let w = &name.value;
        if exclusions < spec.partition_by.len() {
            return refused(&format!(
                "the window `{w}` has its partitions, and a window that begins with it has no others"
            ));
        }
        if !base.order_by.is_empty() && !spec.order_by.is_empty() {
            return refused(&format!(
                "the window `{w}` has an order, and a window that begins with it has no other"
            ));
        }
        if base.window_frame.is_some() {
            let message = format!("the window `{w}` has a frame, and no other window begins with it");
            let error = Error::new(Code::BadQuery, message);
            return ControlFlow::Break(at(&name, error.with_help(format!("OVER {w} has it as it is"))));
        }
        spec.partition_by = base.partition_by.iter().cloned().chain(spec.partition_by).collect();
        if spec.order_by.is_empty() {
            spec.order_by.clone_from(&base.order_by);
        }
        ControlFlow::Continue(spec)
    }
}

/// Whether a partition key encodes a frame's EXCLUDE.
fn is_exclusion(key: &sql::Expr) -> bool {
    matches!(key, sql::Expr::Function(call) if call.name.to_string() == linal_lang::sql::EXCLUDE)
}

impl VisitorMut for Uses {
    type Break = Error;

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<Error> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<Error> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        let sql::Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        function.over = match function.over.take() {
            Some(sql::WindowType::NamedWindow(name)) => {
                Some(sql::WindowType::WindowSpec(self.known(&name)?.clone()))
            }
            Some(sql::WindowType::WindowSpec(spec)) => Some(sql::WindowType::WindowSpec(self.inherit(spec)?)),
            None => None,
        };
        ControlFlow::Continue(())
    }
}
