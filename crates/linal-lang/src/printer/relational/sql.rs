//! Prints sqlparser's trees. Their own `Display` is used for all but strings, in which it takes a doubled
//! quote for an existing escape.

use super::super::literal;
use super::versions;
use crate::ast::relational::Query;
use crate::sql::WalkMut;
use sqlparser::ast::{self, SetExpr, TableFactor, Value, ValueWithSpan, VisitMut, VisitorMut};
use std::fmt::{self, Display, Formatter};
use std::ops::ControlFlow;

/// Stack for the deepest tree.
const STACK: usize = 64 * 1024 * 1024;

/// A query without its FROM, as TRANSFORM prints it.
pub(super) struct WithoutFrom<'a>(pub &'a Query);

impl Display for WithoutFrom<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        with_stack(|| {
            let mut query = self.0.sql.clone();
            if let SetExpr::Select(select) = query.body.as_mut() {
                select.from.clear();
            }
            write(f, *query)
        })
    }
}

pub(super) fn query(f: &mut Formatter<'_>, query: &ast::Query) -> fmt::Result {
    with_stack(|| write(f, query.clone()))
}

pub(super) fn expression(f: &mut Formatter<'_>, expression: &ast::Expr) -> fmt::Result {
    with_stack(|| write(f, expression.clone()))
}

pub(super) fn with(f: &mut Formatter<'_>, with: &ast::With) -> fmt::Result {
    with_stack(|| write(f, with.clone()))
}

pub(super) fn relation(f: &mut Formatter<'_>, relation: &ast::TableWithJoins) -> fmt::Result {
    with_stack(|| write(f, relation.clone()))
}

fn with_stack<T>(action: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK / 2, STACK, action)
}

fn write(f: &mut Formatter<'_>, mut tree: impl VisitMut + Display) -> fmt::Result {
    let _: ControlFlow<()> = tree.walk_mut(&mut PrintableNodes);
    tree.fmt(f)
}

/// Replaces each string, and each version of a table, by a node that prints unchanged.
struct PrintableNodes;

impl VisitorMut for PrintableNodes {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::SingleQuotedString(text) = &value.value {
            let mut quoted = String::with_capacity(text.len() + 2);
            // Writing to a String cannot fail.
            let _ = literal::quoted(&mut quoted, text, '\'');
            value.value = Value::Placeholder(quoted);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        versions::join_to_name(table);
        ControlFlow::Continue(())
    }
}
