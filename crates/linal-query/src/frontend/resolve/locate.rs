//! The position of a name in a query, for errors whose position DataFusion loses.

use std::ops::ControlFlow;

use linal_lang::Span;
use linal_lang::sql::Walk;
use sqlparser::ast::{self as sql, Visitor};

use crate::error::byte;

/// The position of the first column of this name in a query, in bytes of the statement.
pub(crate) fn place_of(query: &sql::Query, name: &str) -> Option<Span> {
    match query.walk(&mut Written { name }) {
        ControlFlow::Break(place) => Some(place),
        ControlFlow::Continue(()) => None,
    }
}

struct Written<'n> {
    name: &'n str,
}

impl Visitor for Written<'_> {
    type Break = Span;

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Span> {
        let ident = match expr {
            sql::Expr::Identifier(ident) => ident,
            sql::Expr::CompoundIdentifier(parts) => match parts.last() {
                Some(ident) => ident,
                None => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        let place = Span::new(byte(ident.span.start.column), byte(ident.span.end.column));
        if ident.value.eq_ignore_ascii_case(self.name) && !place.is_empty() {
            ControlFlow::Break(place)
        } else {
            ControlFlow::Continue(())
        }
    }
}
