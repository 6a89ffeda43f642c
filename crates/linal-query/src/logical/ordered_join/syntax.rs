//! Which relations of a FROM are joins by order.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::frontend::ast_builder;

/// A join that pairs rows by their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Asof,
    Positional,
}

impl Kind {
    /// The kind of a join; `None` for other joins.
    pub fn of(join: &sql::Join) -> Option<Kind> {
        match &join.join_operator {
            sql::JoinOperator::StraightJoin(_) => Some(Kind::Positional),
            _ if join.global => Some(Kind::Asof),
            _ => None,
        }
    }
}

/// The kind of the last join of a nested relation.
pub(crate) fn kind_of_last(tables: &sql::TableWithJoins) -> Option<Kind> {
    tables.joins.last().and_then(Kind::of)
}

/// Puts each join by order, with all relations before it, into parentheses.
pub(crate) fn mark(query: &mut sql::Query) {
    let _ = query.walk_mut(&mut Mark);
}

struct Mark;

impl VisitorMut for Mark {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<()> {
        select.from.iter_mut().for_each(nest);
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<()> {
        if let sql::TableFactor::NestedJoin { table_with_joins, .. } = factor {
            nest(table_with_joins);
        }
        ControlFlow::Continue(())
    }
}

fn nest(tables: &mut sql::TableWithJoins) {
    if tables.joins.iter().all(|join| Kind::of(join).is_none()) {
        return;
    }
    for join in std::mem::take(&mut tables.joins) {
        let ends = Kind::of(&join).is_some();
        tables.joins.push(join);
        if ends {
            let nothing = sql::TableWithJoins { relation: ast_builder::table_named(""), joins: Vec::new() };
            let inner = std::mem::replace(tables, nothing);
            tables.relation = sql::TableFactor::NestedJoin { table_with_joins: Box::new(inner), alias: None };
        }
    }
}
