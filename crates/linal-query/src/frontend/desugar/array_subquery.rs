//! `ARRAY(SELECT x FROM t ORDER BY k)`: the rows of a query as a list, which has no element for no row.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::with_ties::item_of;
use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::LIST_OR_EMPTY;

/// The alias of a query whose rows are aggregated outside of it, and of its column.
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

/// The query that aggregates the rows of a query of one column. A plain SELECT does so itself, in its order; another one is
/// read by a SELECT around it.
fn aggregated(mut query: sql::Query) -> Result<sql::Query> {
    let keys = match &query.order_by {
        None => Some(Vec::new()),
        Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), interpolate: None }) => {
            Some(keys.clone())
        }
        Some(_) => None,
    };
    let is_bounded = query.limit_clause.is_some() || query.fetch.is_some();
    if let sql::SetExpr::Select(select) = query.body.as_mut() {
        if select.projection.len() > 1 {
            let message = format!("ARRAY takes a query of one column, not of {}", select.projection.len());
            return Err(Error::new(Code::WrongArguments, message));
        }
        if let (Some(mut keys), [item], false) = (keys, select.projection.as_slice(), is_bounded)
            && is_plain(select)
            && let sql::SelectItem::UnnamedExpr(value) | sql::SelectItem::ExprWithAlias { expr: value, .. } =
                item
        {
            for key in &mut keys {
                if let Some(item) = item_of(&key.expr, &select.projection) {
                    key.expr = item;
                }
            }
            select.projection = vec![sql::SelectItem::UnnamedExpr(list_of(value.clone(), keys))];
            query.order_by = None;
            return Ok(query);
        }
    }
    let column = sql::TableAliasColumnDef { name: ast_builder::ident(ALIAS), data_type: None };
    let alias = sql::TableAlias { columns: vec![column], ..ast_builder::table_alias(ALIAS) };
    let source = sql::TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(alias),
        sample: None,
    };
    let list = list_of(ast_builder::column(ALIAS), Vec::new());
    Ok(ast_builder::query(ast_builder::select(vec![sql::SelectItem::UnnamedExpr(list)], source)))
}

/// Whether an aggregate among the items sees the rows that the query would give.
fn is_plain(select: &sql::Select) -> bool {
    let is_grouped = !matches!(&select.group_by, sql::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let has_aggregate = select.projection.iter().any(|item| match item {
        sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. } => {
            !matches!(expr, sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_))
        }
        _ => true,
    });
    select.distinct.is_none()
        && !is_grouped
        && !has_aggregate
        && select.having.is_none()
        && select.qualify.is_none()
        && select.sort_by.is_empty()
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
