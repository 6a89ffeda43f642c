//! `FETCH FIRST n ROWS WITH TIES`: the rows up to the n-th, and those that are equal to it in the order. A row is among them if
//! fewer than n rows precede it and its peers: if its rank is at most n.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::item_reference::{item_at, item_of};
use crate::frontend::ast_builder;
use crate::frontend::resolve::call;

/// The alias of a query whose rows are ranked outside of it.
const ALIAS: &str = "__rows_with_ties";

/// Writes out the clause in all queries. `FETCH FIRST n PERCENT` becomes the percentage of a LIMIT.
///
/// # Errors
///
/// `E0706` for WITH TIES without ORDER BY.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Fetches) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Fetches;

impl VisitorMut for Fetches {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        if let Some(fetch) = &mut query.fetch
            && std::mem::take(&mut fetch.percent)
            && let Some(quantity) = fetch.quantity.take()
        {
            fetch.quantity = Some(call(linal_lang::sql::PERCENT, vec![quantity]));
            if fetch.with_ties {
                return ControlFlow::Break(Error::not_yet("FETCH of a percentage WITH TIES"));
            }
        }
        if query.fetch.as_ref().is_some_and(|fetch| fetch.with_ties)
            && let Err(error) = ranked(query)
        {
            return ControlFlow::Break(error);
        }
        ControlFlow::Continue(())
    }
}

/// Replaces the clause by a condition on the rank.
fn ranked(query: &mut sql::Query) -> Result<()> {
    let Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), .. }) = &query.order_by else {
        let message = "WITH TIES needs an ORDER BY, whose keys tell which rows are equal";
        return Err(Error::new(Code::BadQuery, message));
    };
    let mut keys = keys.clone();
    let offset = match &query.limit_clause {
        None => None,
        Some(sql::LimitClause::LimitOffset { limit: None, offset, .. }) => {
            offset.as_ref().map(|offset| offset.value.clone())
        }
        Some(_) => return Err(Error::new(Code::BadQuery, "a query has a LIMIT or a FETCH, not both")),
    };
    let fetch = query.fetch.take();
    let rows = fetch.and_then(|fetch| fetch.quantity).unwrap_or_else(|| ast_builder::integer(1));
    let last = match offset {
        Some(offset) => ast_builder::binary(rows, sql::BinaryOperator::Plus, offset),
        None => rows,
    };
    let is_plain = |select: &sql::Select| select.qualify.is_none() && select.distinct.is_none();
    match query.body.as_mut() {
        sql::SetExpr::Select(select) if is_plain(select) => {
            for key in &mut keys {
                if let Some(item) = item_of(&key.expr, &select.projection) {
                    key.expr = item;
                }
            }
            select.qualify = Some(has_rank(keys, last));
        }
        _ => {
            let mut inner = ast_builder::query(ast_builder::select(Vec::new(), ast_builder::table_named("")));
            std::mem::swap(&mut inner.body, &mut query.body);
            let source = ast_builder::derived(inner, ALIAS);
            let mut select = ast_builder::select(vec![ast_builder::everything()], source);
            for key in &mut keys {
                if let Some(item) = item_at(&key.expr, &select.projection) {
                    key.expr = item;
                }
            }
            select.qualify = Some(has_rank(keys, last));
            *query.body = sql::SetExpr::Select(Box::new(select));
        }
    }
    Ok(())
}

/// `RANK() OVER (ORDER BY keys) <= last`.
fn has_rank(keys: Vec<sql::OrderByExpr>, last: sql::Expr) -> sql::Expr {
    let mut rank = call("rank", Vec::new());
    if let sql::Expr::Function(function) = &mut rank {
        function.over = Some(sql::WindowType::WindowSpec(sql::WindowSpec {
            window_name: None,
            partition_by: Vec::new(),
            order_by: keys,
            window_frame: None,
        }));
    }
    ast_builder::binary(rank, sql::BinaryOperator::LtEq, last)
}
