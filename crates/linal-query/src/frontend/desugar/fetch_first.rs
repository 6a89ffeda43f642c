//! `FETCH FIRST n ROWS ONLY` as `LIMIT n`.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::super::ast_builder;

/// Rewrites FETCH clauses to limits in all queries. A FETCH beside a LIMIT, of a percentage, or WITH TIES,
/// stays and is rejected.
pub(crate) fn as_limits(query: &mut sql::Query) {
    let _ = query.walk_mut(&mut FirstRows);
}

struct FirstRows;

impl VisitorMut for FirstRows {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        if query.fetch.as_ref().is_some_and(|fetch| !fetch.percent && !fetch.with_ties)
            && let Some(offset) = own_offset(query.limit_clause.as_ref())
            && let Some(fetch) = query.fetch.take()
        {
            let rows = fetch.quantity.unwrap_or_else(|| ast_builder::integer(1));
            query.limit_clause = Some(ast_builder::limit(Some(rows), offset));
        }
        ControlFlow::Continue(())
    }
}

/// The offset of a query without a limit; `None` when it has one.
fn own_offset(clause: Option<&sql::LimitClause>) -> Option<Option<sql::Expr>> {
    match clause {
        None => Some(None),
        Some(sql::LimitClause::LimitOffset { limit: None, offset, limit_by }) if limit_by.is_empty() => {
            Some(offset.as_ref().map(|offset| offset.value.clone()))
        }
        Some(_) => None,
    }
}
