//! Walks over syntax trees of queries with one compiled copy of sqlparser's traversal.
//!
//! `Visit::visit` and `VisitMut::visit` are generic over the visitor, and the tree has several hundred types, so that each
//! visitor would bring a thousand functions of its own: with fifty visitors they were half of all functions of `linal-query`.
//! [`Walk`] and [`WalkMut`] give the traversal one type of visitor, which calls the real one through a pointer.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, ObjectName, Query, Select, Statement, TableFactor, ValueWithSpan, Visit, VisitMut, Visitor,
    VisitorMut,
};

/// Trees that a [`Visitor`] can walk over.
pub trait Walk {
    /// Calls the visitor for each node, parents first, until it breaks; its value then.
    fn walk<V: Visitor>(&self, visitor: &mut V) -> ControlFlow<V::Break>;
}

/// Trees that a [`VisitorMut`] can walk over.
pub trait WalkMut {
    /// Calls the visitor for each node, parents first, until it breaks; its value then.
    fn walk_mut<V: VisitorMut>(&mut self, visitor: &mut V) -> ControlFlow<V::Break>;
}

impl<N: Visit> Walk for N {
    fn walk<V: Visitor>(&self, visitor: &mut V) -> ControlFlow<V::Break> {
        let mut keeping = Keeping { visitor, found: None };
        let _ = self.visit(&mut Shared(&mut keeping));
        keeping.found.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }
}

impl<N: VisitMut> WalkMut for N {
    fn walk_mut<V: VisitorMut>(&mut self, visitor: &mut V) -> ControlFlow<V::Break> {
        let mut keeping = KeepingMut { visitor, found: None };
        let _ = self.visit(&mut SharedMut(&mut keeping));
        keeping.found.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }
}

/// Whether a tree has an expression of a kind, within nested queries, too.
pub fn has_expression(tree: &impl Walk, mut is_it: impl FnMut(&Expr) -> bool) -> bool {
    tree.walk(&mut Search(&mut is_it)).is_break()
}

struct Search<'a>(&'a mut dyn FnMut(&Expr) -> bool);

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if (self.0)(expr) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The visitor of all traversals.
struct Shared<'a>(&'a mut dyn Visitor<Break = ()>);

/// The same for trees that are changed.
struct SharedMut<'a>(&'a mut dyn VisitorMut<Break = ()>);

/// A visitor whose value of a break is kept beside the traversal.
struct Keeping<'a, V: Visitor> {
    visitor: &'a mut V,
    found: Option<V::Break>,
}

/// The same for trees that are changed.
struct KeepingMut<'a, V: VisitorMut> {
    visitor: &'a mut V,
    found: Option<V::Break>,
}

/// Keeps the value of a break.
fn keep<B>(flow: ControlFlow<B>, found: &mut Option<B>) -> ControlFlow<()> {
    flow.map_break(|value| *found = Some(value))
}

/// The methods of both pairs, each of which calls the same method below.
macro_rules! forward {
    ($($method:ident: $node:ty),* $(,)?) => {
        impl Visitor for Shared<'_> {
            type Break = ();
            $(fn $method(&mut self, node: &$node) -> ControlFlow<()> {
                self.0.$method(node)
            })*
        }

        impl VisitorMut for SharedMut<'_> {
            type Break = ();
            $(fn $method(&mut self, node: &mut $node) -> ControlFlow<()> {
                self.0.$method(node)
            })*
        }

        impl<V: Visitor> Visitor for Keeping<'_, V> {
            type Break = ();
            $(fn $method(&mut self, node: &$node) -> ControlFlow<()> {
                keep(self.visitor.$method(node), &mut self.found)
            })*
        }

        impl<V: VisitorMut> VisitorMut for KeepingMut<'_, V> {
            type Break = ();
            $(fn $method(&mut self, node: &mut $node) -> ControlFlow<()> {
                keep(self.visitor.$method(node), &mut self.found)
            })*
        }
    };
}

forward! {
    pre_visit_query: Query,
    post_visit_query: Query,
    pre_visit_select: Select,
    post_visit_select: Select,
    pre_visit_relation: ObjectName,
    post_visit_relation: ObjectName,
    pre_visit_table_factor: TableFactor,
    post_visit_table_factor: TableFactor,
    pre_visit_expr: Expr,
    post_visit_expr: Expr,
    pre_visit_statement: Statement,
    post_visit_statement: Statement,
    pre_visit_value: ValueWithSpan,
    post_visit_value: ValueWithSpan,
}
