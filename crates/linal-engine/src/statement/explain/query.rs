//! EXPLAIN of the queries that relational statements run.

use linal_dataset::Result;
use linal_lang::ast::ObjectName;
use linal_lang::ast::objects::ObjectStatement;
use linal_lang::ast::relational::{
    Alteration, DatasetSource, Insert, InsertSource, Query, Relational, Scalar,
};
use linal_query::frontend::changes::{joined, merge};
use linal_query::frontend::dml;
use linal_query::frontend::dml::Changed;
use linal_query::frontend::{generated_columns, pipeline};
use linal_query::{Options, PhysicalQuery};

use crate::session::Session;
use crate::statement::{export, insert, search, update};

/// Plans the queries of a statement; empty when it runs none.
pub(super) fn all(
    session: &mut Session,
    statement: &Relational,
    traces_rules: bool,
) -> Result<Vec<PhysicalQuery>> {
    let queries = of(session, statement)?;
    queries
        .into_iter()
        .map(|(query, options)| session.plan_query(&query, Options { traces_rules, ..options }))
        .collect()
}

fn of(session: &mut Session, statement: &Relational) -> Result<Vec<(Query, Options)>> {
    Ok(match statement {
        Relational::Query(query) | Relational::Transform { query, .. } => vec![plain(query.clone())],
        Relational::Create(create) => match &create.source {
            DatasetSource::Query(query) => vec![plain(query.clone())],
            DatasetSource::Columns { .. } => Vec::new(),
        },
        Relational::Insert(insert) => match &insert.source {
            InsertSource::Query(query) => vec![plain(inserted(session, insert, query)?)],
            InsertSource::Literals { .. } | InsertSource::Defaults | InsertSource::File { .. } => Vec::new(),
        },
        Relational::Search(search) => {
            let search::SearchQuery { query, options, .. } = search::query_of(session, search)?;
            vec![(query, options)]
        }
        Relational::ApplyPipeline { name, table, into } => {
            let pipeline = crate::statement::pipeline::find(session, name)?;
            let columns = crate::statement::pipeline::columns_of(session, table, into.is_some())?;
            vec![plain(pipeline::query_of(table, columns, &pipeline.steps))]
        }
        Relational::Update(update) => {
            let before = session.dataset(&update.table)?.dataset.definition();
            let (_, values) = update::assigned(&before, update)?;
            let values: Vec<&Scalar> = values.iter().map(|value| &**value).collect();
            let (changed, filter) = (update::changed(update), update.filter.as_ref());
            if update.sources.is_empty() {
                vec![changing(changed, filter, &values)]
            } else {
                let dataset = session.dataset(&update.table)?.dataset;
                let query = joined::query_of(changed, &update.sources, filter, &values);
                vec![(query, joined::options(&dataset))]
            }
        }
        // DELETE without a condition removes all rows without a query.
        Relational::Delete(delete) => {
            let changed = Changed { table: &delete.table, alias: delete.alias.as_ref() };
            let filter = delete.filter.as_ref();
            if !delete.sources.is_empty() {
                let dataset = session.dataset(&delete.table)?.dataset;
                let query = joined::query_of(changed, &delete.sources, filter, &[]);
                return Ok(vec![(query, joined::options(&dataset))]);
            }
            filter.map(|filter| changing(changed, Some(filter), &[])).into_iter().collect()
        }
        Relational::Merge(statement) => {
            let dataset = session.dataset(&statement.table)?.dataset;
            let clauses = 0..statement.clauses.len();
            clauses.map(|at| (merge::query_of(statement, at, &[]), joined::options(&dataset))).collect()
        }
        Relational::Alter { table, alteration: Alteration::AddComputed { value, .. }, .. } => {
            vec![changing(table.into(), None, &[value])]
        }
        Relational::Materialize(table) => lazy_columns(session, table)?,
        Relational::Object(statement) => match &**statement {
            ObjectStatement::CreateView(create) => vec![plain(create.query.clone())],
            _ => Vec::new(),
        },
        Relational::Export { source, .. } => vec![plain(export::query_of(session, source)?.into_owned())],
        _ => Vec::new(),
    })
}

fn plain(query: Query) -> (Query, Options) {
    (query, Options::default())
}

/// The query that finds the rows that a statement changes.
fn changing(changed: Changed<'_>, filter: Option<&Scalar>, values: &[&Scalar]) -> (Query, Options) {
    (dml::query_of(changed, filter, values), Options { row_numbers: true, ..Options::default() })
}

/// The query of an INSERT, with the defaults that it uses.
fn inserted(session: &Session, insert: &Insert, query: &Query) -> Result<Query> {
    Ok(insert::query_of(session, insert, query)?.into_owned())
}

/// MATERIALIZE computes its lazy columns one after the other.
fn lazy_columns(session: &Session, table: &ObjectName) -> Result<Vec<(Query, Options)>> {
    let definition = session.dataset(table)?.dataset.definition();
    let computed = definition.columns.iter().filter_map(|column| column.computed.as_ref());
    computed
        .filter(|computed| computed.lazy)
        .map(|computed| Ok(changing(table.into(), None, &[&generated_columns::parse(&computed.text)?])))
        .collect()
}
