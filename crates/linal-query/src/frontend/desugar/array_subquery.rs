//! `ARRAY(SELECT x FROM t ORDER BY k)`: the rows of a query as a list, which has no element for no row.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::{WalkMut, has_expression};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::item_reference::position_of;
use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::LIST_OR_EMPTY;

/// The alias of a query whose rows are aggregated outside of it, and of its column. Columns with its sort keys follow,
/// whose names begin with it.
const ALIAS: &str = "__array";

/// Writes out the constructor in all expressions.
///
/// # Errors
///
/// `E0310` for a query of several columns.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Arrays) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Checks that the query of a list, which has this alias, has one column beside its sort keys.
///
/// # Errors
/// `E0310` for a query of several columns.
pub(crate) fn check_columns(alias: &sql::TableAlias, columns: usize) -> Result<()> {
    let keys = alias.columns.len().saturating_sub(1);
    match columns.saturating_sub(keys) {
        own if alias.name.value == ALIAS && own > 1 => Err(several_columns(own)),
        _ => Ok(()),
    }
}

fn several_columns(columns: usize) -> Error {
    Error::new(Code::WrongArguments, format!("ARRAY takes a query of one column, not of {columns}"))
}

struct Arrays;

impl VisitorMut for Arrays {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        let sql::Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        let sql::FunctionArguments::Subquery(query) = &mut function.args else {
            return ControlFlow::Continue(());
        };
        if !function.name.to_string().eq_ignore_ascii_case("array") {
            return ControlFlow::Continue(());
        }
        match aggregated(query.as_mut().clone()) {
            Ok(query) => {
                *expr = sql::Expr::Subquery(Box::new(query));
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The query that aggregates the rows of a query of one column. A plain SELECT does so itself, in its order; another
/// one is read by a SELECT around it, which needs its sort keys: the rows of a query in a FROM have no order.
fn aggregated(mut query: sql::Query) -> Result<sql::Query> {
    if let sql::SetExpr::Select(select) = query.body.as_ref()
        && select.projection.len() > 1
    {
        return Err(several_columns(select.projection.len()));
    }
    let order_by = query.order_by.clone();
    let keys = match &order_by {
        None => Vec::new(),
        Some(order_by) => keys_of(order_by, &query.body)?,
    };
    let is_bounded = query.limit_clause.is_some() || query.fetch.is_some();
    if !is_bounded && let Some(list) = list_of_own_rows(&query.body, &keys) {
        if let sql::SetExpr::Select(select) = query.body.as_mut() {
            select.projection = vec![sql::SelectItem::UnnamedExpr(list)];
        }
        query.order_by = None;
        return Ok(query);
    }
    let mut columns = vec![ALIAS.to_string()];
    let mut outer_keys = Vec::with_capacity(keys.len());
    for Key { by, is_value } in keys {
        let name = if is_value { ALIAS.to_string() } else { format!("{ALIAS}_{}", columns.len()) };
        let expr = ast_builder::column(&name);
        if !is_value {
            add_item(&mut query.body, by.expr, &name)?;
            columns.push(name);
        }
        outer_keys.push(sql::OrderByExpr { expr, options: by.options, with_fill: None });
    }
    let column = |name: &String| sql::TableAliasColumnDef { name: ast_builder::ident(name), data_type: None };
    let columns = columns.iter().map(column).collect();
    let alias = sql::TableAlias { columns, ..ast_builder::table_alias(ALIAS) };
    let source = sql::TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(alias),
        sample: None,
    };
    let list = list_of(ast_builder::column(ALIAS), outer_keys);
    Ok(ast_builder::query(ast_builder::select(vec![sql::SelectItem::UnnamedExpr(list)], source)))
}

/// A sort key.
struct Key {
    by: sql::OrderByExpr,
    /// Whether it is the value of the row.
    is_value: bool,
}

/// The sort keys of a query of one column.
fn keys_of(order_by: &sql::OrderBy, body: &sql::SetExpr) -> Result<Vec<Key>> {
    let key = |by: &sql::OrderByExpr| Ok(Key { by: by.clone(), is_value: is_value(&by.expr, body)? });
    match &order_by.kind {
        sql::OrderByKind::Expressions(keys) => keys.iter().map(key).collect(),
        sql::OrderByKind::All(options) => {
            let expr = ast_builder::column(ALIAS);
            Ok(vec![Key {
                by: sql::OrderByExpr { expr, options: *options, with_fill: None },
                is_value: true,
            }])
        }
    }
}

/// Whether a sort key is the only column of a query: its position, its name, or its expression again.
fn is_value(key: &sql::Expr, body: &sql::SetExpr) -> Result<bool> {
    match position_of(key) {
        Some(1) => return Ok(true),
        Some(position) => {
            let message = format!("ORDER BY {position}: the query of ARRAY has one column");
            return Err(Error::new(Code::BadQuery, message));
        }
        None => {}
    }
    let sql::SetExpr::Select(select) = body else { return Ok(last_name(key).is_some()) };
    let is_distinct = matches!(select.distinct, Some(sql::Distinct::Distinct));
    Ok(match select.projection.as_slice() {
        [sql::SelectItem::ExprWithAlias { alias, .. }] if is_name(key, alias) => true,
        [sql::SelectItem::UnnamedExpr(value) | sql::SelectItem::ExprWithAlias { expr: value, .. }] => {
            key == value || is_distinct && is_same_column(key, value)
        }
        _ => is_distinct && last_name(key).is_some(),
    })
}

fn is_name(key: &sql::Expr, name: &sql::Ident) -> bool {
    matches!(key, sql::Expr::Identifier(key) if key.value.eq_ignore_ascii_case(&name.value))
}

/// Whether both are one column with and without its table: a SELECT DISTINCT is ordered by no other one.
fn is_same_column(key: &sql::Expr, value: &sql::Expr) -> bool {
    match (key, value) {
        (sql::Expr::Identifier(name), other) | (other, sql::Expr::Identifier(name)) => {
            last_name(other).is_some_and(|other| other.value.eq_ignore_ascii_case(&name.value))
        }
        _ => false,
    }
}

/// The name of a column.
fn last_name(expr: &sql::Expr) -> Option<&sql::Ident> {
    match expr {
        sql::Expr::Identifier(name) => Some(name),
        sql::Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    }
}

/// Adds a sort key to the items of a query.
fn add_item(body: &mut sql::SetExpr, key: sql::Expr, name: &str) -> Result<()> {
    match body {
        sql::SetExpr::Select(select) if !matches!(select.distinct, Some(sql::Distinct::Distinct)) => {
            select.projection.push(ast_builder::named(key, name));
            Ok(())
        }
        sql::SetExpr::Select(_) => {
            Err(Error::not_yet("ARRAY of a SELECT DISTINCT in the order of another expression"))
        }
        _ => Err(Error::not_yet("ARRAY of a set operation in the order of an expression")),
    }
}

/// The aggregate of the rows of a SELECT among its own items, where it sees the rows that the query would give.
fn list_of_own_rows(body: &sql::SetExpr, keys: &[Key]) -> Option<sql::Expr> {
    let sql::SetExpr::Select(select) = body else { return None };
    let (value, has_alias) = match select.projection.as_slice() {
        [sql::SelectItem::UnnamedExpr(value)] => (value, false),
        [sql::SelectItem::ExprWithAlias { expr, .. }] => (expr, true),
        _ => return None,
    };
    // The alias is gone with its item.
    let uses_alias = |key: &Key| has_alias && !key.is_value && last_name(&key.by.expr).is_none();
    if !is_plain(select)
        || has_call(value)
        || keys.iter().any(|key| uses_alias(key) || has_call(&key.by.expr))
    {
        return None;
    }
    let key = |Key { by, is_value }: &Key| {
        let expr = if *is_value { value.clone() } else { by.expr.clone() };
        sql::OrderByExpr { expr, options: by.options, with_fill: None }
    };
    Some(list_of(value.clone(), keys.iter().map(key).collect()))
}

/// Whether a SELECT gives one row for each of its FROM.
fn is_plain(select: &sql::Select) -> bool {
    let is_grouped = !matches!(&select.group_by, sql::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    select.distinct.is_none()
        && !is_grouped
        && select.having.is_none()
        && select.qualify.is_none()
        && select.sort_by.is_empty()
}

/// Whether an expression has a call, which may be that of an aggregate, of a window, or of UNNEST.
fn has_call(expr: &sql::Expr) -> bool {
    has_expression(expr, |part| matches!(part, sql::Expr::Function(_)))
}

/// `ARRAY_AGG(value ORDER BY keys)`, or an empty list.
fn list_of(value: sql::Expr, keys: Vec<sql::OrderByExpr>) -> sql::Expr {
    let mut list = call("array_agg", vec![value]);
    if let sql::Expr::Function(function) = &mut list
        && let sql::FunctionArguments::List(arguments) = &mut function.args
        && !keys.is_empty()
    {
        arguments.clauses.push(sql::FunctionArgumentClause::OrderBy(keys));
    }
    call(LIST_OR_EMPTY, vec![list])
}
