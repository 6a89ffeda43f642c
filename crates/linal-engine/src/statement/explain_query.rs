//! `EXPLAIN [ANALYZE] statement`: the plan that runs, and with ANALYZE what it took.

use linal_lang::ast::Statement;
use linal_lang::ast::relational::{DatasetSource, InsertSource, Query, Relational, Scalar};

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::relational::{Options, change, explain, pipeline};
use crate::session::Session;

pub(super) fn run(
    session: &mut Session,
    analyze: bool,
    statement: &Statement,
    text: &str,
) -> Result<Outcome> {
    let (query, options) = match statement {
        Statement::Relational(relational) => query_of(session, relational)?,
        other => return Err(Error::not_yet(&format!("EXPLAIN {}", other.keyword()))),
    };
    let _ = text;
    let planned = session.plan_query(&query, options)?;
    explain::render(session, &planned, analyze).map(Outcome::Text)
}

/// The query that a statement runs.
fn query_of(session: &mut Session, statement: &Relational) -> Result<(Query, Options)> {
    let plain = |query: &Query| Ok((query.clone(), Options::default()));
    match statement {
        Relational::Query(query) | Relational::Transform { query, .. } => plain(query),
        Relational::Create(create) => match &create.source {
            DatasetSource::Query(query) => plain(query),
            DatasetSource::Columns { .. } => Err(nothing_to_explain(statement)),
        },
        Relational::Insert(insert) => match &insert.source {
            InsertSource::Query(query) => plain(query),
            InsertSource::Literals { .. } => Err(nothing_to_explain(statement)),
        },
        Relational::Search(search) => super::search::query_of(session, search),
        Relational::ApplyPipeline { name, table, .. } => {
            let pipeline = super::pipeline::find(session, name)?;
            let dataset = session.dataset(table)?.dataset;
            let columns = dataset.definition().columns.iter().map(|column| column.name.to_string()).collect();
            plain(&pipeline::query_of(table, columns, &pipeline.steps))
        }
        Relational::Update(update) => {
            let values: Vec<&Scalar> = update.assignments.iter().map(|(_, value)| value).collect();
            let query = change::query_of(&update.table, update.filter.as_ref(), &values);
            Ok((query, Options { row_numbers: true, ..Options::default() }))
        }
        Relational::Delete(delete) => {
            let query = change::query_of(&delete.table, delete.filter.as_ref(), &[]);
            Ok((query, Options { row_numbers: true, ..Options::default() }))
        }
        _ => Err(nothing_to_explain(statement)),
    }
}

fn nothing_to_explain(statement: &Relational) -> Error {
    Error::new("E0711", "no_plan", format!("{} runs without a plan", statement.keyword()))
}
