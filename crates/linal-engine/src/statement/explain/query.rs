//! The queries that statements over datasets run.

use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{Alteration, DatasetSource, InsertSource, Query, Relational, Scalar};

use crate::error::Result;
use crate::relational::{Options, Planned, change, computed, pipeline, tree};
use crate::session::Session;

/// The queries of a statement, planned; none when it does without.
pub(super) fn all(session: &mut Session, statement: &Relational) -> Result<Vec<Planned>> {
    let queries = of(session, statement)?;
    queries.into_iter().map(|(query, options)| session.plan_query(&query, options)).collect()
}

fn of(session: &mut Session, statement: &Relational) -> Result<Vec<(Query, Options)>> {
    Ok(match statement {
        Relational::Query(query) | Relational::Transform { query, .. } => vec![plain(query.clone())],
        Relational::Create(create) => match &create.source {
            DatasetSource::Query(query) => vec![plain(query.clone())],
            DatasetSource::Columns { .. } => Vec::new(),
        },
        Relational::Insert(insert) => match &insert.source {
            InsertSource::Query(query) => vec![plain(query.clone())],
            InsertSource::Literals { .. } => Vec::new(),
        },
        Relational::Search(search) => vec![super::super::search::query_of(session, search)?],
        Relational::ApplyPipeline { name, table, .. } => {
            let pipeline = super::super::pipeline::find(session, name)?;
            vec![plain(pipeline::query_of(table, columns(session, table)?, &pipeline.steps))]
        }
        Relational::Update(update) => {
            let values: Vec<&Scalar> = update.assignments.iter().map(|(_, value)| value).collect();
            vec![changing(&update.table, update.filter.as_ref(), &values)]
        }
        // Without a condition all rows go, and none is looked for.
        Relational::Delete(delete) => {
            let filter = delete.filter.as_ref();
            filter.map(|filter| changing(&delete.table, Some(filter), &[])).into_iter().collect()
        }
        Relational::Alter { table, alteration: Alteration::AddComputed { value, .. } } => {
            vec![changing(table, None, &[value])]
        }
        Relational::Materialize(table) => lazy_columns(session, table)?,
        Relational::Export { table, .. } => {
            let select = tree::select(vec![tree::everything()], tree::table(table));
            vec![plain(tree::spanned(tree::query(select), table.span, Vec::new()))]
        }
        _ => Vec::new(),
    })
}

fn plain(query: Query) -> (Query, Options) {
    (query, Options::default())
}

/// The query that finds the rows which a statement changes.
fn changing(table: &ObjectName, filter: Option<&Scalar>, values: &[&Scalar]) -> (Query, Options) {
    (change::query_of(table, filter, values), Options { row_numbers: true, ..Options::default() })
}

fn columns(session: &Session, table: &ObjectName) -> Result<Vec<String>> {
    let dataset = session.dataset(table)?.dataset;
    Ok(dataset.definition().columns.iter().map(|column| column.name.to_string()).collect())
}

/// MATERIALIZE works its lazy columns out one after the other.
fn lazy_columns(session: &Session, table: &ObjectName) -> Result<Vec<(Query, Options)>> {
    let definition = session.dataset(table)?.dataset.definition();
    let computed = definition.columns.iter().filter_map(|column| column.computed.as_ref());
    computed
        .filter(|computed| computed.lazy)
        .map(|computed| Ok(changing(table, None, &[&computed::parse(&computed.text)?])))
        .collect()
}
