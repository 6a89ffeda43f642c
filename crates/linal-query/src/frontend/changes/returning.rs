//! `RETURNING items`: a SELECT of the changed rows, under the name of their dataset.

use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_dataset::{Dataset, Error, Result, Snapshot};
use linal_error::Code;
use linal_lang::ast::relational::Query;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use crate::context::QueryContext;
use crate::frontend::ast_builder;
use crate::planner::plan::{Given, Options, PhysicalQuery};

/// The column of a MERGE that says what was done with a row.
pub const MERGE_ACTION: &str = "merge_action";

/// Plans RETURNING over rows. `name` is the qualifier of their columns, when it is not their dataset's name.
///
/// # Errors
/// A subquery, which would read the changed rows for the whole dataset; those of planning the query.
pub fn plan(
    context: &mut QueryContext<'_>,
    returning: &Query,
    rows: Snapshot,
    name: Option<&str>,
) -> Result<PhysicalQuery> {
    let mut query = returning.clone();
    if let sql::SetExpr::Select(select) = query.sql.body.as_mut() {
        let source = ast_builder::table_named(&rows.name);
        let relation = match name {
            Some(name) => ast_builder::aliased(source, name),
            None => source,
        };
        select.from = vec![sql::TableWithJoins { relation, joins: Vec::new() }];
        no_subquery(&select.projection).map_err(|error| error.at(returning.span))?;
        if rows.position(MERGE_ACTION).is_some() {
            select.projection.iter_mut().for_each(without_action);
        }
    }
    let given = Given { name: rows.name.clone(), dataset: Dataset::new(rows) };
    context.plan_query(&query, Options { given: vec![given], ..Options::default() })
}

/// As in DuckDB.
fn no_subquery(items: &[sql::SelectItem]) -> Result<()> {
    struct Search;
    impl sql::Visitor for Search {
        type Break = ();

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    if items.iter().any(|item| Walk::walk(item, &mut Search).is_break()) {
        let error = Error::new(Code::BadQuery, "RETURNING takes no subquery");
        return Err(error.with_help("it computes with the columns of the changed rows"));
    }
    Ok(())
}

/// The rows of RETURNING.
///
/// # Errors
/// Those of the query.
pub fn rows(
    context: &mut QueryContext<'_>,
    returning: &Query,
    rows: Snapshot,
    name: Option<&str>,
) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let planned = plan(context, returning, rows, name)?;
    context.run_planned(&planned)
}

/// `*` has the columns of the dataset only.
fn without_action(item: &mut sql::SelectItem) {
    if let sql::SelectItem::Wildcard(options) | sql::SelectItem::QualifiedWildcard(_, options) = item
        && options.opt_exclude.is_none()
    {
        let action = sql::ObjectName(vec![sql::ObjectNamePart::Identifier(ast_builder::ident(MERGE_ACTION))]);
        options.opt_exclude = Some(sql::ExcludeSelectItem::Multiple(vec![action]));
    }
}
