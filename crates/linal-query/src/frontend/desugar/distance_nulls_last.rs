//! Nearest rows: in an ORDER BY of a distance with a LIMIT, NULL distances come last in either direction.
//!
//! In any other order, NULL is greater than all values, so it comes first in descending order.

use sqlparser::ast as sql;

use linal_bind::functions::Registry;

/// Distance functions under their defined names; queries may use aliases.
const DISTANCES: [&str; 4] = ["SIMILARITY", "DOT", "DISTANCE", "L1_DISTANCE"];

/// Sets NULLS LAST on each sort key of a limited query that is a distance, unless the query sets the order of
/// NULLs.
pub(crate) fn nulls_last(query: &mut sql::Query) {
    if query.limit_clause.is_none() && query.fetch.is_none() {
        return;
    }
    let named = named_distances(&query.body);
    let Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), .. }) = &mut query.order_by else {
        return;
    };
    for key in keys.iter_mut().filter(|key| key.options.nulls_first.is_none()) {
        let is_named = match &key.expr {
            sql::Expr::Identifier(name) => named.iter().any(|known| known.eq_ignore_ascii_case(&name.value)),
            _ => false,
        };
        if is_named || is_distance(&key.expr) {
            key.options.nulls_first = Some(false);
        }
    }
}

/// The aliases of a SELECT's items that are distances.
fn named_distances(body: &sql::SetExpr) -> Vec<String> {
    let sql::SetExpr::Select(select) = body else { return Vec::new() };
    let names = select.projection.iter().filter_map(|item| match item {
        sql::SelectItem::ExprWithAlias { expr, alias } if is_distance(expr) => Some(alias.value.clone()),
        _ => None,
    });
    names.collect()
}

fn is_distance(expr: &sql::Expr) -> bool {
    match expr {
        sql::Expr::Nested(inner) => is_distance(inner),
        sql::Expr::Function(call) if call.over.is_none() => {
            let definition = Registry::global().find(&call.name.to_string());
            definition.is_some_and(|definition| DISTANCES.contains(&definition.name))
        }
        _ => false,
    }
}
