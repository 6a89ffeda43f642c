//! `LIMIT 1.5`: a number of rows with a fraction is rounded, as in PostgreSQL and DuckDB.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

/// Rounds the numbers of LIMIT and OFFSET in all queries.
pub(crate) fn round(query: &mut sql::Query) {
    let _ = query.walk_mut(&mut Limits);
}

struct Limits;

impl VisitorMut for Limits {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        if let Some(sql::LimitClause::LimitOffset { limit, offset, .. }) = &mut query.limit_clause {
            let values = limit.iter_mut().chain(offset.iter_mut().map(|offset| &mut offset.value));
            values.for_each(round_number);
        }
        ControlFlow::Continue(())
    }
}

/// Rounds a literal that is no integer; halves go away from zero.
fn round_number(expr: &mut sql::Expr) {
    if let sql::Expr::Value(value) = expr
        && let sql::Value::Number(number, _) = &mut value.value
        && number.parse::<i128>().is_err()
        && let Ok(rows) = number.parse::<f64>()
        && (0.0..9.0e15).contains(&rows)
    {
        *number = format!("{}", rows.round());
    }
}
