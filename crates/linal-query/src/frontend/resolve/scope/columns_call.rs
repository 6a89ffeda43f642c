//! `COLUMNS(..)`: an expression that is repeated for each column that `*`, a regular expression, a list of names or a condition
//! on the name chooses.
//!
//! An item becomes one item for each column, a condition the conjunction of all, and a key of ORDER BY or GROUP BY several keys.

use std::collections::HashSet;
use std::ops::ControlFlow;

use linal_dataset::Result;
use linal_lang::sql::UNPACKED_COLUMNS;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use super::column_choice::Chooser;
use super::columns::Visible;
use super::query::Resolver;
use crate::frontend::ast_builder;
use crate::frontend::own_expressions::each_own_expression;

/// Whether a call is COLUMNS.
pub(in crate::frontend::resolve) fn is_call(function: &sql::Function) -> bool {
    let [sql::ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return false };
    name.value.eq_ignore_ascii_case("columns") && function.over.is_none() || name.value == UNPACKED_COLUMNS
}

/// Whether an expression has such a call, outside of subqueries.
pub(in crate::frontend) fn is_in(expr: &sql::Expr) -> bool {
    Walk::walk(expr, &mut Finder { queries: 0 }).is_break()
}

/// Finds a call outside of subqueries.
struct Finder {
    /// The number of queries that are open.
    queries: usize,
}

impl sql::Visitor for Finder {
    type Break = ();

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        if self.queries == 0 && call_of(expr).is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// The call of COLUMNS that an expression is.
pub(super) fn call_of(expr: &sql::Expr) -> Option<&sql::Function> {
    match expr {
        sql::Expr::Function(function) if is_call(function) => Some(function),
        _ => None,
    }
}

/// Expands the calls of a SELECT and of the ORDER BY of its query.
pub(super) fn expand(
    select: &mut sql::Select,
    order_by: Option<&mut sql::OrderBy>,
    visible: &Visible,
    resolver: &mut Resolver<'_>,
) -> Result<()> {
    let chooser = Chooser { visible, names: resolver.spellings };
    for condition in [&mut select.selection, &mut select.having, &mut select.qualify].into_iter().flatten() {
        if is_in(condition) {
            let each = chooser.each(condition)?.into_iter().map(|(_, expr)| expr);
            let both = |one, other| ast_builder::binary(one, sql::BinaryOperator::And, other);
            if let Some(all) = each.reduce(both) {
                *condition = all;
            }
        }
    }
    if let sql::GroupByExpr::Expressions(keys, _) = &mut select.group_by
        && keys.iter().any(is_in)
    {
        let mut expanded = Vec::new();
        for key in std::mem::take(keys) {
            expanded.extend(chooser.each(&key)?.into_iter().map(|(_, expr)| expr));
        }
        *keys = expanded;
    }
    if let Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), .. }) = order_by
        && keys.iter().any(|key| is_in(&key.expr))
    {
        let mut expanded = Vec::new();
        for key in std::mem::take(keys) {
            let each = chooser.each(&key.expr)?.into_iter();
            expanded.extend(each.map(|(_, expr)| sql::OrderByExpr { expr, ..key.clone() }));
        }
        *keys = expanded;
    }
    let has_call = |item: &sql::SelectItem| match item {
        sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. } => is_in(expr),
        _ => false,
    };
    if select.projection.iter().any(has_call) {
        items(select, &chooser, &mut resolver.hidden)?;
    }
    Ok(())
}

/// Expands the projection items. Repeated names stay distinct: those in `hidden` are shown under their second name.
fn items(select: &mut sql::Select, chooser: &Chooser<'_>, hidden: &mut Vec<(String, String)>) -> Result<()> {
    let mut taken: HashSet<String> = HashSet::new();
    for item in std::mem::take(&mut select.projection) {
        let (expr, alias) = match item {
            sql::SelectItem::UnnamedExpr(expr) if is_in(&expr) => (expr, None),
            sql::SelectItem::ExprWithAlias { expr, alias } if is_in(&expr) => (expr, Some(alias)),
            other => {
                taken.extend(super::aliases::alias_of(&other));
                select.projection.push(other);
                continue;
            }
        };
        let is_unpacked = !has_repeated(&expr);
        for (choice, value) in chooser.each(&expr)? {
            let written = match (&alias, &choice) {
                (Some(alias), Some(choice)) => with_captures(&alias.value, &choice.captures),
                (Some(alias), None) => alias.value.clone(),
                (None, Some(choice)) => choice.name.clone(),
                (None, None) => {
                    select.projection.push(sql::SelectItem::UnnamedExpr(value));
                    continue;
                }
            };
            let mut internal = written.to_lowercase();
            let is_repeated = !taken.insert(internal.clone());
            if is_repeated && !is_unpacked {
                while !taken.insert(internal.clone()) {
                    internal.push('\'');
                }
                hidden.push((internal.clone(), written));
            }
            let alias = sql::Ident::with_quote('"', internal);
            select.projection.push(sql::SelectItem::ExprWithAlias { expr: value, alias });
        }
    }
    Ok(())
}

/// `\1` of an alias is what the first group matched.
fn with_captures(alias: &str, captures: &[String]) -> String {
    let mut written = alias.to_string();
    for (at, capture) in captures.iter().enumerate() {
        written = written.replace(&format!("\\{at}"), capture);
    }
    written
}

/// Whether an expression has a call that repeats it, besides those that give arguments.
fn has_repeated(expr: &sql::Expr) -> bool {
    let mut found = false;
    each_own_expression(&mut expr.clone(), |part| {
        found |= call_of(part).is_some_and(|function| !is_unpacking(function));
    });
    found
}

pub(super) fn is_unpacking(function: &sql::Function) -> bool {
    function.name.to_string() == UNPACKED_COLUMNS
}
