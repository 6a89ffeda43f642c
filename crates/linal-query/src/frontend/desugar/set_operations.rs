//! Set operations of common tables and of scalar subqueries as relations of a FROM, where the planner knows the types of all of their inputs
//! ([`crate::planner::union_types`]).

use sqlparser::ast as sql;

use crate::frontend::ast_builder;

/// The alias of a set operation.
const ALIAS: &str = "__set_operation";

/// Rewrites `WITH c AS (a UNION b)` to `WITH c AS (SELECT * FROM (a UNION b))`. The terms of a recursion stay.
pub(crate) fn as_relations(query: &mut sql::Query) {
    let Some(with) = query.with.as_mut().filter(|with| !with.recursive) else { return };
    for cte in &mut with.cte_tables {
        as_relation(&mut cte.query);
    }
}

/// Rewrites a set operation to a query over it.
pub(crate) fn as_relation(query: &mut sql::Query) {
    if matches!(query.body.as_ref(), sql::SetExpr::SetOperation { .. }) {
        let source = ast_builder::derived(query.clone(), ALIAS);
        *query = ast_builder::query(ast_builder::select(vec![ast_builder::everything()], source));
    }
}
