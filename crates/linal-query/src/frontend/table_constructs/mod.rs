//! Constructs of a FROM that depend on what the tables hold: PIVOT, UNPIVOT, SUMMARIZE, DESCRIBE of a query, and table
//! functions. They are written out before a query is resolved and planned.
//!
//! A construct asks for the columns or the values of its source with a query of its own ([`source`]), and becomes a
//! query, or a table that is given with the query ([`MadeTable`]). The parser represents them by clauses that the
//! language does not have: see `linal_lang::sql`.

mod describe;
mod file_function;
mod file_options;
mod literal;
mod pivot;
mod pivot_values;
mod range;
mod source;
mod summarize;
mod text_query;
mod unpivot;
mod unpivot_columns;

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_lang::ast::relational::Query;
use linal_lang::sql::{DESCRIBE, SUMMARIZE};
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::{Visitor, VisitorMut};

use crate::context::QueryContext;
use crate::frontend::ast_builder;
use crate::planner::plan::{Given, MadeTable, Options};

/// A query without such constructs.
pub(crate) struct Expanded {
    pub query: Query,
    /// The tables that stand for its table functions.
    pub tables: Vec<MadeTable>,
    pub notices: Vec<String>,
    /// Whether the query is the same when it is expanded again over tables with the same columns.
    pub is_repeatable: bool,
}

/// The query with all constructs written out; `None` for one that has none.
///
/// # Errors
/// Those of the queries that ask for columns and values, of files, and of wrong arguments.
pub(crate) fn expanded(
    context: &mut QueryContext<'_>,
    query: &Query,
    options: &Options,
) -> Result<Option<Expanded>> {
    if Walk::walk(query.sql.as_ref(), &mut Search).is_continue() {
        return Ok(None);
    }
    let mut query = query.clone();
    let mut expansion = Expansion {
        context,
        given: &options.given,
        made: &options.made,
        span: query.span,
        withs: Vec::new(),
        tables: Vec::new(),
        notices: Vec::new(),
        is_repeatable: true,
    };
    match WalkMut::walk_mut(query.sql.as_mut(), &mut expansion) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => {
            let Expansion { tables, notices, is_repeatable, .. } = expansion;
            Ok(Some(Expanded { query, tables, notices, is_repeatable }))
        }
    }
}

/// Ends at the first construct.
struct Search;

impl Visitor for Search {
    type Break = ();

    fn pre_visit_select(&mut self, select: &sql::Select) -> ControlFlow<()> {
        let has_clause = !select.cluster_by.is_empty() || !select.distribute_by.is_empty();
        if has_clause || item_of(select).is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &sql::TableFactor) -> ControlFlow<()> {
        match function_name(factor) {
            Some(name) if is_expanded(&name, factor) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The only item of a SELECT, if it stands for SUMMARIZE or DESCRIBE.
fn item_of(select: &sql::Select) -> Option<&str> {
    match select.projection.as_slice() {
        [sql::SelectItem::UnnamedExpr(sql::Expr::Identifier(name))] => {
            [SUMMARIZE, DESCRIBE].into_iter().find(|item| *item == name.value)
        }
        _ => None,
    }
}

/// The lower-case name of a table function.
fn function_name(factor: &sql::TableFactor) -> Option<String> {
    match factor {
        sql::TableFactor::Table { name, args: Some(_), .. } | sql::TableFactor::Function { name, .. } => {
            Some(name.to_string().to_lowercase())
        }
        _ => None,
    }
}

/// `LATERAL f(x)` as `f(x)`: functions see the relations to their left without the word.
fn without_lateral(factor: &mut sql::TableFactor) {
    let sql::TableFactor::Function { name, args, alias, with_ordinality, .. } = factor else { return };
    let mut table = ast_builder::table_named("");
    if let sql::TableFactor::Table {
        name: new_name,
        args: new_args,
        alias: new_alias,
        with_ordinality: new_ordinality,
        ..
    } = &mut table
    {
        *new_ordinality = *with_ordinality;
        *new_name = std::mem::replace(name, sql::ObjectName(Vec::new()));
        *new_alias = alias.take();
        *new_args = Some(sql::TableFunctionArgs { args: std::mem::take(args), settings: None });
    }
    *factor = table;
}

/// The names of all table functions.
pub(crate) fn function_names() -> impl Iterator<Item = &'static str> {
    ["rows", "unnest"].into_iter().chain(range::names()).chain(file_function::names())
}

/// Whether a table function is written out here.
fn is_expanded(name: &str, factor: &sql::TableFactor) -> bool {
    let is_written_out = matches!(
        factor,
        sql::TableFactor::Table { with_ordinality: true, .. } | sql::TableFactor::Function { .. }
    );
    range::is_function(name) || file_function::is_function(name) || name == "unnest" && is_written_out
}

/// The common table expressions of a query.
struct Tables {
    tables: Vec<sql::Cte>,
    is_recursive: bool,
    /// How many of them come before what is visited; a table does not see itself.
    visible: usize,
    /// Whether the query is itself a common table expression.
    is_table: bool,
}

impl Tables {
    /// Whether a query is the next of the tables.
    fn next_is(&self, query: &sql::Query) -> bool {
        self.tables.get(self.visible).is_some_and(|table| *table.query == *query)
    }
}

/// The walk that writes constructs out, inner ones first.
pub(super) struct Expansion<'c, 's> {
    context: &'c mut QueryContext<'s>,
    given: &'c [Given],
    /// The tables that were given with the query.
    made: &'c [MadeTable],
    span: linal_lang::Span,
    /// The common table expressions of the enclosing queries, outermost first.
    withs: Vec<Tables>,
    tables: Vec<MadeTable>,
    notices: Vec<String>,
    is_repeatable: bool,
}

impl VisitorMut for Expansion<'_, '_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        let is_table = self.withs.last().is_some_and(|tables| tables.next_is(query));
        let with = query.with.as_ref();
        self.withs.push(Tables {
            is_recursive: with.is_some_and(|with| with.recursive),
            tables: with.map_or_else(Vec::new, |with| with.cte_tables.clone()),
            visible: 0,
            is_table,
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<Error> {
        if self.withs.pop().is_some_and(|tables| tables.is_table)
            && let Some(outer) = self.withs.last_mut()
        {
            outer.visible += 1;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<Error> {
        let item = item_of(select);
        let done = if !select.cluster_by.is_empty() {
            pivot::write_out(self, select)
        } else if !select.distribute_by.is_empty() {
            unpivot::write_out(self, select)
        } else if item == Some(SUMMARIZE) {
            summarize::write_out(self, select)
        } else if item == Some(DESCRIBE) {
            describe::write_out(self, select)
        } else {
            Ok(())
        };
        done.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }

    fn post_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<Error> {
        let Some(name) = function_name(factor).filter(|name| is_expanded(name, factor)) else {
            return ControlFlow::Continue(());
        };
        without_lateral(factor);
        let place = place_of(factor);
        let ordinality = range::take_ordinality(factor);
        let done = if range::is_function(&name) {
            range::write_out(self, factor, &name)
        } else if file_function::is_function(&name) {
            file_function::write_out(self, factor, &name)
        } else {
            Ok(())
        };
        let done = done.and_then(|()| ordinality.map_or(Ok(()), |ordinality| ordinality.number(factor)));
        match (done, place) {
            (Ok(()), _) => ControlFlow::Continue(()),
            (Err(error), Some(place)) => ControlFlow::Break(error.at(place)),
            (Err(error), None) => ControlFlow::Break(error),
        }
    }
}

fn place_of(factor: &sql::TableFactor) -> Option<linal_lang::Span> {
    let sql::TableFactor::Table { name, .. } = factor else { return None };
    let first = name.0.first().and_then(|part| part.as_ident())?;
    linal_lang::sql::span(first.span)
}
