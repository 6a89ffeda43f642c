//! Aliases of projection items in other clauses: `SELECT x * 2 AS y, y + 1 AS z FROM t WHERE y > 4`.
//!
//! A column of the tables wins. An alias stands for the expression of its item, which is written in its place:
//! so it may be an aggregate, a window or a tensor. Where a clause uses an alias directly and DataFusion
//! replaces it by itself (GROUP BY, HAVING, QUALIFY, ORDER BY), the name stays. A volatile call of an item that
//! other items use is computed once ([`crate::udf::ONCE`]).

use std::collections::HashSet;
use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;
use sqlparser::ast::Visitor;

use super::columns::{Scopes, Visible};
use super::query::Resolver;
use crate::frontend::own_expressions::each_own_expression;
use crate::frontend::resolve::call;
use crate::udf::ONCE;

/// The most nodes that aliases may add to the expressions of a SELECT.
const MAX_NODES: usize = 1 << 14;

/// An alias that other clauses use.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    /// In lower case.
    pub name: String,
    /// The resolved expression of the item.
    expr: sql::Expr,
    nodes: usize,
    /// Whether it has a volatile call.
    is_volatile: bool,
}

/// The aliases that a clause may use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aliases<'a> {
    /// Lower-case aliases that DataFusion replaces where the clause uses them outside of subqueries.
    pub planned: &'a [String],
    /// Those that are replaced here, in the order of their items.
    pub known: &'a [Alias],
    /// Lower-case aliases of this item and the later ones, which it must not use.
    pub later: &'a [Option<String>],
    /// Whether the clause runs apart from the items, so that a volatile call would be computed again.
    pub is_apart: bool,
}

impl<'a> Aliases<'a> {
    /// Aliases of a name that DataFusion replaces.
    pub fn planned(names: &'a [String]) -> Aliases<'a> {
        Aliases { planned: names, ..Aliases::default() }
    }

    /// The last alias of a lower-case name.
    pub fn find(&self, name: &str) -> Option<&'a Alias> {
        self.known.iter().rev().find(|alias| alias.name == name)
    }

    /// Whether DataFusion replaces the alias of a lower-case name.
    pub fn is_planned(&self, name: &str) -> bool {
        self.planned.iter().any(|known| known == name)
    }

    /// Whether this or a later item has the alias.
    pub fn is_later(&self, name: &str) -> bool {
        self.later.iter().flatten().any(|known| known == name)
    }
}

impl Resolver<'_> {
    /// The alias of a resolved item as other clauses use it. Its volatile calls are marked, so that they are computed once.
    pub(super) fn alias(&mut self, name: String, expr: &mut sql::Expr) -> Alias {
        let mut is_volatile = false;
        each_own_expression(expr, |part| {
            if is_volatile_call(part) {
                is_volatile = true;
                self.made += 1;
                *part = call(&format!("{ONCE}{}", self.made), vec![part.clone()]);
            }
        });
        Alias { name, nodes: nodes(expr), expr: expr.clone(), is_volatile }
    }

    /// The expression of an alias at a place that uses it; `within` are the scopes of the subqueries around the place.
    pub(super) fn alias_value(
        &mut self,
        alias: &Alias,
        name: &sql::Ident,
        at: &Scopes<'_>,
        within: &[&Visible],
    ) -> Result<sql::Expr> {
        if alias.is_volatile && (at.aliases.is_apart || !within.is_empty()) {
            let message = format!(
                "the alias `{}` calls a function that gives another value each time, and this clause would call it again",
                name.value
            );
            let help = format!("compute it in a subquery: FROM (SELECT *, .. AS {} FROM ..)", name.value);
            return Err(placed(Error::new(Code::BadQuery, message).with_help(help), name));
        }
        self.alias_nodes += alias.nodes;
        if self.alias_nodes > MAX_NODES {
            let message = format!(
                "the alias `{}`: aliases that use one another write more than {MAX_NODES} parts into this query",
                name.value
            );
            let help = "compute some of them in a subquery, as in FROM (SELECT *, .. AS y FROM ..)";
            return Err(placed(Error::new(Code::NestingTooDeep, message).with_help(help), name));
        }
        let mut value = alias.expr.clone();
        if !within.is_empty() {
            each_own_expression(&mut value, |part| qualify(part, at.visible));
            value = self.seen_from(value, at.select, within);
        }
        Ok(match value {
            plain @ (sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_) | sql::Expr::Value(_)) => {
                plain
            }
            other => sql::Expr::Nested(Box::new(other)),
        })
    }
}

/// The error of a name that only this or a later item defines.
pub(super) fn used_before(name: &sql::Ident) -> Error {
    let message = format!("the alias `{}` is used before it is defined", name.value);
    let help = "an item may use the aliases of the items before it";
    placed(Error::new(Code::UnknownName, message).with_help(help), name)
}

fn placed(error: Error, name: &sql::Ident) -> Error {
    match linal_lang::sql::span(name.span) {
        Some(place) => error.at(place),
        None => error,
    }
}

/// The lower-case alias of an item that a query text can name. Repeated ones differ by a mark behind them.
pub(super) fn alias_of(item: &sql::SelectItem) -> Option<String> {
    match item {
        sql::SelectItem::ExprWithAlias { alias, .. } => {
            let name = alias.value.trim_end_matches('\'').to_lowercase();
            (!name.starts_with("__")).then_some(name)
        }
        _ => None,
    }
}

/// The aliases of a SELECT that some expression of it may use, in lower case.
pub(super) fn used(select: &sql::Select) -> HashSet<String> {
    let own: HashSet<String> = select.projection.iter().filter_map(alias_of).collect();
    let mut names = Names { own: &own, found: HashSet::new() };
    if !own.is_empty() {
        let _ = select.projection.walk(&mut names);
        let _ = select.selection.walk(&mut names);
        let _ = select.group_by.walk(&mut names);
        let _ = select.having.walk(&mut names);
        let _ = select.qualify.walk(&mut names);
        if let Some(sql::Distinct::On(keys)) = &select.distinct {
            let _ = keys.walk(&mut names);
        }
    }
    names.found
}

/// The names among expressions that are aliases.
struct Names<'a> {
    own: &'a HashSet<String>,
    found: HashSet<String>,
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Identifier(name) = expr {
            let lower = name.value.to_lowercase();
            if self.own.contains(&lower) {
                self.found.insert(lower);
            }
        }
        ControlFlow::Continue(())
    }
}

/// Gives a column its qualifier, so that a subquery around it does not take it for one of its own.
fn qualify(expr: &mut sql::Expr, visible: &Visible) {
    if let sql::Expr::Identifier(name) = expr
        && let [column] = visible.named(&name.value.to_lowercase()).collect::<Vec<_>>().as_slice()
    {
        *expr = super::names::placed_at(&column.value, expr);
    }
}

fn is_volatile_call(expr: &sql::Expr) -> bool {
    const VOLATILE: [&str; 5] = ["random", "rand", "uuid", "gen_random_uuid", "nextval"];
    match expr {
        sql::Expr::Function(function) => {
            let name = function.name.to_string();
            VOLATILE.iter().any(|volatile| name.eq_ignore_ascii_case(volatile))
        }
        _ => false,
    }
}

/// The number of nodes of an expression.
fn nodes(expr: &sql::Expr) -> usize {
    struct Count(usize);
    impl Visitor for Count {
        type Break = ();

        fn pre_visit_expr(&mut self, _: &sql::Expr) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
    }
    let mut count = Count(0);
    let _ = expr.walk(&mut count);
    count.0
}
