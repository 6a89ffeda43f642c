//! Aggregates in a subquery that belong to an outer query: `SELECT (SELECT SUM(o.x) FROM i LIMIT 1) FROM o`
//! sums over `o`.
//!
//! DataFusion computes an aggregate in the query that contains it. Whether its arguments are outer columns
//! only is known once they are planned, and the query is then planned again:
//! `__with_outer((SELECT __outer_value() ..), SUM(o.x))` computes the aggregate outside, and the plan's
//! subquery refers to its column ([`crate::logical`]).

use std::collections::HashMap;
use std::ops::ControlFlow;

use arrow::datatypes::Field;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::{AGGREGATE_PLACE, OUTER_VALUE, WITH_OUTER};

/// What is known of the aggregates of a query.
#[derive(Debug, Default)]
pub(crate) struct OuterAggregates {
    /// Lower-case names of functions whose calls are marked with their position.
    names: Vec<String>,
    /// The queries that calls belong to, by the position of the call.
    owners: HashMap<u64, Owner>,
}

/// The query that an aggregate belongs to.
#[derive(Debug)]
enum Owner {
    /// The enclosing query at this distance from the one that contains the aggregate.
    Around(usize, Field),
    /// No query: the aggregate is in the FROM of the query that would have to compute it.
    Nobody,
}

impl OuterAggregates {
    /// Marks calls of these functions with their position; `false` if they are marked already.
    pub fn look_for(&mut self, names: &[String]) -> bool {
        let before = self.names.len();
        let new: Vec<String> = names.iter().filter(|name| !self.names.contains(name)).cloned().collect();
        self.names.extend(new);
        self.names.len() > before
    }

    /// Moves a call one query further out.
    pub fn move_out(&mut self, place: u64, field: Field) {
        let queries = match self.owners.get(&place) {
            Some(Owner::Around(queries, _)) => queries + 1,
            _ => 1,
        };
        self.owners.insert(place, Owner::Around(queries, field));
    }

    /// The field of an aggregate that an outer query computes.
    pub fn field_of(&self, place: u64) -> Option<&Field> {
        match self.owners.get(&place)? {
            Owner::Around(_, field) => Some(field),
            Owner::Nobody => None,
        }
    }

    /// Whether no query can compute the call at a position.
    pub fn is_nobodys(&self, place: u64) -> bool {
        matches!(self.owners.get(&place), Some(Owner::Nobody))
    }

    /// Rewrites a query so that each aggregate is in the query that it belongs to.
    pub fn rewrite(&mut self, query: &mut sql::Query) {
        if self.names.is_empty() {
            return;
        }
        let mut mover = Mover { known: self, around: Vec::new() };
        let _ = query.walk_mut(&mut mover);
    }
}

struct Mover<'a> {
    known: &'a mut OuterAggregates,
    around: Vec<Around>,
}

/// The context of a node of a query, from the outside in.
enum Around {
    Query,
    /// An expression with a subquery, and the aggregates that its query computes for it.
    Subquery(Vec<Moved>),
}

struct Moved {
    place: u64,
    call: sql::Expr,
    /// The number of queries that it still moves out of, including this one.
    queries: usize,
}

impl Mover<'_> {
    /// The expression whose subquery is the innermost query.
    fn subquery(&mut self) -> Option<&mut Vec<Moved>> {
        let innermost = self.around.iter().rposition(|around| matches!(around, Around::Query))?;
        match self.around.get_mut(innermost.checked_sub(1)?)? {
            Around::Subquery(moved) => Some(moved),
            Around::Query => None,
        }
    }

    fn function(&mut self, expr: &mut sql::Expr) {
        let sql::Expr::Function(function) = expr else { return };
        let name = function.name.to_string().to_lowercase();
        if function.over.is_some() || !self.known.names.contains(&name) {
            return;
        }
        let Some(place) = place_of(function) else { return };
        mark(function, place);
        let Some(Owner::Around(queries, _)) = self.known.owners.get(&place) else { return };
        let queries = *queries;
        let call = expr.clone();
        match self.subquery() {
            Some(moved) => {
                moved.push(Moved { place, call, queries });
                *expr = outer_value(place);
            }
            None => {
                self.known.owners.insert(place, Owner::Nobody);
            }
        }
    }
}

impl VisitorMut for Mover<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.around.push(Around::Query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.around.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if has_subquery(expr) {
            self.around.push(Around::Subquery(Vec::new()));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        around_comparison(expr);
        if !has_subquery(expr) {
            self.function(expr);
            return ControlFlow::Continue(());
        }
        let Some(Around::Subquery(moved)) = self.around.pop() else { return ControlFlow::Continue(()) };
        if moved.is_empty() {
            return ControlFlow::Continue(());
        }
        let mut name = WITH_OUTER.to_string();
        let mut args = vec![expr.clone()];
        for Moved { place, call, queries } in moved {
            name.push_str(&format!("_{place}"));
            let is_here = queries == 1;
            let outer = self.subquery().filter(|_| !is_here);
            args.push(match outer {
                Some(outer) => {
                    outer.push(Moved { place, call, queries: queries - 1 });
                    outer_value(place)
                }
                None => call,
            });
        }
        *expr = call(&name, args);
        ControlFlow::Continue(())
    }
}

/// Whether an expression itself contains a query.
fn has_subquery(expr: &sql::Expr) -> bool {
    matches!(expr, sql::Expr::Subquery(_) | sql::Expr::Exists { .. } | sql::Expr::InSubquery { .. })
}

/// Rewrites `x = ANY (__with_outer((q), y))` to `__with_outer(x = ANY (q), y)`: ANY and ALL take a subquery
/// and no call.
fn around_comparison(expr: &mut sql::Expr) {
    let (sql::Expr::AnyOp { right, .. } | sql::Expr::AllOp { right, .. }) = expr else { return };
    let sql::Expr::Function(function) = right.as_ref() else { return };
    let name = function.name.0.first().and_then(|part| part.as_ident());
    if !name.is_some_and(|name| name.value.starts_with(WITH_OUTER)) {
        return;
    }
    let mut function = function.clone();
    let Some(subquery) = first_argument(&mut function).cloned() else { return };
    **right = subquery;
    if let Some(first) = first_argument(&mut function) {
        *first = expr.clone();
        *expr = sql::Expr::Function(function);
    }
}

/// The first argument of a call.
fn first_argument(function: &mut sql::Function) -> Option<&mut sql::Expr> {
    let sql::FunctionArguments::List(list) = &mut function.args else { return None };
    match list.args.first_mut()? {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(first)) => Some(first),
        _ => None,
    }
}

fn outer_value(place: u64) -> sql::Expr {
    call(&format!("{OUTER_VALUE}_{place}"), Vec::new())
}

/// The byte offset of a call in the statement.
fn place_of(function: &sql::Function) -> Option<u64> {
    let name = function.name.0.first()?.as_ident()?;
    Some(name.span.start.column).filter(|column| *column > 0)
}

/// Marks a call by wrapping its first argument with its position.
fn mark(function: &mut sql::Function, place: u64) {
    let Some(first) = first_argument(function) else { return };
    let place = ast_builder::integer(i64::try_from(place).unwrap_or(0));
    *first = call(AGGREGATE_PLACE, vec![first.clone(), place]);
}
