//! `FROM dual`: no table, unless a dataset or a common table has the name.

use std::ops::ControlFlow;

use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::{Visitor, VisitorMut};

/// The name of the table.
const DUAL: &str = "dual";

/// Drops the FROM of each SELECT that reads nothing else.
pub(crate) fn drop(query: &mut sql::Query) {
    let mut names = CommonTables { has_dual: false };
    let _ = Walk::walk(query, &mut names);
    if !names.has_dual {
        let _ = WalkMut::walk_mut(query, &mut Froms);
    }
}

/// Whether a query names the table.
fn is_dual(name: &sql::ObjectName) -> bool {
    match name.0.as_slice() {
        [sql::ObjectNamePart::Identifier(name)] => {
            name.quote_style.is_none() && name.value.eq_ignore_ascii_case(DUAL)
        }
        _ => false,
    }
}

struct CommonTables {
    has_dual: bool,
}

impl Visitor for CommonTables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &sql::Query) -> ControlFlow<()> {
        let mut names =
            query.with.iter().flat_map(|with| &with.cte_tables).map(|table| &table.alias.name.value);
        self.has_dual |= names.any(|name| name.eq_ignore_ascii_case(DUAL));
        ControlFlow::Continue(())
    }
}

struct Froms;

impl VisitorMut for Froms {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<()> {
        if let [sql::TableWithJoins { relation, joins }] = select.from.as_slice()
            && joins.is_empty()
            && let sql::TableFactor::Table { name, alias: None, args: None, version: None, .. } = relation
            && is_dual(name)
        {
            select.from.clear();
        }
        ControlFlow::Continue(())
    }
}
