//! Scopes of a query: which column a name refers to.
//!
//! DataFusion only knows columns of tables. References to anything else are rewritten before it binds the
//! query:
//!
//! - the merged column of `JOIN ... USING (k)` and of a NATURAL join, which is the left side's, the right
//!   side's, or the first of both that is not NULL. Such joins become joins with ON, so that both sides keep
//!   their own `k`;
//! - `*` over such joins, and `*` with EXCLUDE or REPLACE;
//! - `c` and `t.c` among the keys of one GROUP BY, which are the same column;
//! - a name in an expression of ORDER BY, which is a column of the tables even if an item has the same alias;
//! - `t.c` in a subquery that has no table `t` and a column `t`: the table `t` of an outer query;
//! - an alias of an item in other items, in WHERE, and in subqueries of all clauses ([`aliases`]);
//! - the position of an item in a clause that DataFusion knows none in ([`item_places`]);
//! - `COLUMNS(..)`, and `rowid`, which is the number of a row;
//! - `a IN t`, where `t` is no column but a table; UNION BY NAME; ORDER BY ALL;
//! - a name that is no column of any scope and no alias that its clause may use: a tensor of the session.
//!
//! Relations whose columns are not known here, such as those of table functions, make a scope incomplete;
//! names that may belong to them are left to DataFusion.

mod aliases;
mod by_name;
mod column_choice;
mod columns;
mod columns_call;
mod distinct_order;
mod group_keys;
mod in_table;
mod item_places;
mod name_condition;
mod names;
mod order;
mod order_all;
mod query;
mod relation;
mod row_id;
mod select;
mod tables;
mod unlisted;
mod wildcard;

use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use linal_dataset::Result;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use self::query::Resolver;
pub(crate) use self::row_id::is_used as uses_row_ids;
pub(crate) use self::tables::written_table;

pub(in crate::frontend) use self::columns_call::is_in as has_columns_call;
use super::{Names, Scope};

/// The columns of a table by its name; `None` for a name that is not a table.
pub(crate) type TableColumns<'a> = dyn Fn(&sql::ObjectName) -> Option<SchemaRef> + 'a;

/// Resolves the names that DataFusion would resolve differently.
pub(super) fn resolve(query: &mut sql::Query, scope: &Scope<'_>, names: &mut Names) -> Result<()> {
    if !scope.has_session_tensors && !is_needed(query) {
        return Ok(());
    }
    let mut resolver = Resolver::new(scope, names);
    resolver.query(query, None)?;
    for (internal, written) in resolver.hidden {
        let written = names.spelling(&written).to_string();
        names.show(&internal, &written);
    }
    Ok(())
}

/// Whether a query has any such name; most have none.
fn is_needed(query: &sql::Query) -> bool {
    Walk::walk(query, &mut Needs { queries: 0 }).is_break()
}

struct Needs {
    queries: usize,
}

impl sql::Visitor for Needs {
    type Break = ();

    fn pre_visit_query(&mut self, query: &sql::Query) -> ControlFlow<()> {
        self.queries += 1;
        let has_keys = match &query.order_by {
            Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), .. }) => {
                keys.iter().any(|key| !matches!(key.expr, sql::Expr::Identifier(_) | sql::Expr::Value(_)))
            }
            Some(sql::OrderBy { kind: sql::OrderByKind::All(_), .. }) => true,
            _ => false,
        };
        found(self.queries > 1 || has_keys)
    }

    fn pre_visit_select(&mut self, select: &sql::Select) -> ControlFlow<()> {
        let joins = select.from.iter().flat_map(|from| &from.joins);
        let has_merged = joins.clone().any(|join| relation::merges(&join.join_operator));
        let has_names = |factor: &sql::TableFactor| matches!(factor, sql::TableFactor::Table { alias: Some(alias), .. } if !alias.columns.is_empty());
        let has_nested = select
            .from
            .iter()
            .map(|from| &from.relation)
            .chain(joins.map(|join| &join.relation))
            .any(|factor| has_names(factor) || matches!(factor, sql::TableFactor::NestedJoin { .. }));
        found(
            has_merged
                || has_nested
                || group_keys::are_mixed(&select.group_by)
                || select.projection.iter().any(wildcard::has_options)
                || select.projection.iter().any(|item| is_star_of_struct(item, select))
                || !aliases::used(select).is_empty(),
        )
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        found(match expr {
            sql::Expr::Function(function) => {
                columns_call::is_call(function) || item_places::key_of(function).is_some()
            }
            sql::Expr::AnyOp { .. } | sql::Expr::Lambda(_) => true,
            sql::Expr::Identifier(name) => row_id::is_row_id(name),
            sql::Expr::CompoundIdentifier(parts) => parts.last().is_some_and(row_id::is_row_id),
            _ => false,
        })
    }
}

/// Whether an item is `s.*` where no table of the FROM is named `s`.
fn is_star_of_struct(item: &sql::SelectItem, select: &sql::Select) -> bool {
    let sql::SelectItem::QualifiedWildcard(sql::SelectItemQualifiedWildcardKind::ObjectName(name), _) = item
    else {
        return false;
    };
    let Some(written) = name.0.last().and_then(|part| part.as_ident()) else { return false };
    let mut relations = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    !relations.any(|relation| {
        let known = tables::written_name(relation);
        known.is_some_and(|known| {
            known.last().is_some_and(|known| known.value.eq_ignore_ascii_case(&written.value))
        })
    })
}

fn found(is_found: bool) -> ControlFlow<()> {
    if is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
