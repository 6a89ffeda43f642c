//! The syntax of a recursive common table expression: what is rejected, and where its terms are.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::span;
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::{Visit, Visitor, VisitorMut};

use super::types::Term;
use crate::frontend::ast_builder;

/// Rejects recursions without a meaning.
///
/// # Errors `E0706` for ORDER BY, LIMIT and OFFSET after the recursive term, for a first term that reads the
/// recursion, for a query that is not a UNION, and for an aggregate that returns a row in every round.
pub(crate) fn check(query: &sql::Query) -> Result<()> {
    match query.walk(&mut Check) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Check;

impl Visitor for Check {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &sql::Query) -> ControlFlow<Error> {
        let Some(with) = query.with.as_ref().filter(|with| with.recursive) else {
            return ControlFlow::Continue(());
        };
        match with.cte_tables.iter().find_map(refusal) {
            Some(error) => ControlFlow::Break(error),
            None => ControlFlow::Continue(()),
        }
    }
}

/// Why a recursive common table expression cannot run; `None` for one that can, or that does not read itself.
fn refusal(cte: &sql::Cte) -> Option<Error> {
    let name = &cte.alias.name;
    if !reads_itself(cte) {
        return None;
    }
    let refuse = |message: String| {
        let error = Error::new(Code::BadQuery, message);
        Some(match span(name.span) {
            Some(place) => error.at(place),
            None => error,
        })
    };
    let sql::SetExpr::SetOperation { op: sql::SetOperator::Union, left, right, .. } = cte.query.body.as_ref()
    else {
        return refuse(format!(
            "the recursive query `{name}` is not of the form first term UNION ALL recursive term"
        ));
    };
    if reads(left.as_ref(), name) {
        return refuse(format!("the first term of the recursive query `{name}` reads `{name}`"));
    }
    if cte.query.order_by.is_some() {
        return refuse(format!("the recursive query `{name}` has an ORDER BY"))
            .map(|error| error.with_help(format!("order the query that reads `{name}`")));
    }
    if cte.query.limit_clause.is_some() || cte.query.fetch.is_some() {
        return refuse(format!("the recursive query `{name}` has a LIMIT"))
            .map(|error| error.with_help(format!("limit the query that reads `{name}`")));
    }
    if always_has_a_row(right) {
        return refuse(format!(
            "the recursive query `{name}` never ends: an aggregate without GROUP BY has a row in each round"
        ))
        .map(|error| error.with_help("HAVING may end it; a window function keeps the rows"));
    }
    None
}

/// Whether a common table expression reads itself.
pub(crate) fn reads_itself(cte: &sql::Cte) -> bool {
    reads(cte.query.as_ref(), &cte.alias.name)
}

/// Whether part of a query reads the table of a name that it does not define itself.
fn reads<V: Visit>(part: &V, name: &sql::Ident) -> bool {
    part.walk(&mut Reads { name: name.value.to_lowercase(), hidden: 0 }).is_break()
}

struct Reads {
    name: String,
    /// How many enclosing queries define a common table expression of the name.
    hidden: usize,
}

impl Reads {
    fn is_hidden_by(&self, query: &sql::Query) -> bool {
        let mut names = query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| &cte.alias.name.value);
        names.any(|name| name.to_lowercase() == self.name)
    }
}

impl Visitor for Reads {
    type Break = ();

    fn pre_visit_query(&mut self, query: &sql::Query) -> ControlFlow<()> {
        self.hidden += usize::from(self.is_hidden_by(query));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &sql::Query) -> ControlFlow<()> {
        self.hidden -= usize::from(self.is_hidden_by(query));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &sql::ObjectName) -> ControlFlow<()> {
        match relation.0.as_slice() {
            [sql::ObjectNamePart::Identifier(table)]
                if self.hidden == 0 && table.value.to_lowercase() == self.name =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Whether a term is an aggregate over all rows without a HAVING.
fn always_has_a_row(term: &sql::SetExpr) -> bool {
    match term {
        sql::SetExpr::Select(select) => {
            let is_grouped = match &select.group_by {
                sql::GroupByExpr::All(_) => true,
                sql::GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
            };
            !is_grouped && select.having.is_none() && select.projection.iter().any(has_aggregate)
        }
        sql::SetExpr::Query(query) => query.limit_clause.is_none() && always_has_a_row(&query.body),
        sql::SetExpr::SetOperation { op: sql::SetOperator::Union, left, right, .. } => {
            always_has_a_row(left) || always_has_a_row(right)
        }
        _ => false,
    }
}

/// The aggregates that recursions use in practice. A recursion with another one runs until a limit stops it.
const AGGREGATES: [&str; 14] = [
    "sum",
    "count",
    "min",
    "max",
    "avg",
    "mean",
    "stddev",
    "stdev",
    "var_samp",
    "variance",
    "string_agg",
    "array_agg",
    "bool_and",
    "bool_or",
];

/// Whether a projection item calls an aggregate, outside of windows and subqueries.
fn has_aggregate(item: &sql::SelectItem) -> bool {
    item.walk(&mut Aggregates { within: 0 }).is_break()
}

struct Aggregates {
    /// The depth of enclosing subqueries.
    within: usize,
}

impl Visitor for Aggregates {
    type Break = ();

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        self.within += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        self.within -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        match expr {
            sql::Expr::Function(call)
                if self.within == 0
                    && call.over.is_none()
                    && AGGREGATES.contains(&call.name.to_string().to_lowercase().as_str()) =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Marks the terms of each recursion, so that [`types`](super::types) finds them when they are planned: a
/// term becomes `SELECT * FROM (term) AS mark`.
pub(crate) fn mark_terms(query: &mut sql::Query) {
    let _ = query.walk_mut(&mut Mark { recursions: 0 });
}

struct Mark {
    recursions: usize,
}

impl VisitorMut for Mark {
    type Break = ();

    fn post_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        let Some(with) = query.with.as_mut().filter(|with| with.recursive) else {
            return ControlFlow::Continue(());
        };
        for cte in &mut with.cte_tables {
            let is_recursive = reads_itself(cte);
            if let sql::SetExpr::SetOperation { left, right, .. } = cte.query.body.as_mut()
                && is_recursive
            {
                let name = cte.alias.name.value.as_str();
                wrap(left, &Term::First(self.recursions).mark(name));
                wrap(right, &Term::Recursive(self.recursions).mark(name));
                self.recursions += 1;
            }
        }
        ControlFlow::Continue(())
    }
}

fn wrap(term: &mut Box<sql::SetExpr>, mark: &str) {
    let body = std::mem::replace(
        term.as_mut(),
        sql::SetExpr::Values(sql::Values { explicit_row: false, value_keyword: false, rows: Vec::new() }),
    );
    let query = sql::Query {
        body: Box::new(body),
        ..ast_builder::query(ast_builder::select(Vec::new(), ast_builder::table_named("")))
    };
    let select = ast_builder::select(vec![ast_builder::everything()], ast_builder::derived(query, mark));
    *term.as_mut() = sql::SetExpr::Select(Box::new(select));
}
