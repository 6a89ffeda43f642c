//! `SEARCH t ON col QUERY v ...`

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use linal_dataset::{Error, Metric, Result, RowSet, Snapshot, count};
use linal_error::Code;
use linal_lang::ast::relational::{Query, Search};
use linal_query::frontend::search;
use linal_query::frontend::search::ResultNames;
use linal_query::{NORMS, Options, ROW_NUMBER, SEARCH_RESULTS};

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, statement: &Search) -> Result<Outcome> {
    let SearchQuery { query, options, notices } = query_of(session, statement)?;
    let planned = session.plan_query(&query, options)?;
    let (schema, batches) = session.run_planned(&planned)?;
    let (schema, batches) = without_hidden(&schema, &batches)?;
    match &statement.into {
        Some(target) => {
            let name = target.parts.last().map_or("", |part| &*part.name);
            let snapshot = Snapshot::from_rows(name, &schema, &batches, &session.engine.pool)
                .map_err(|error| error.at(target.span))?
                .made_of(session.query_lineage(name, &statement.to_string(), &planned));
            let rows = snapshot.rows;
            session.put_dataset(target, snapshot)?;
            session.note(&notices);
            Ok(Outcome::Done(format!("`{name}` has {}", count(rows, "row"))))
        }
        None => {
            session.search_results = Snapshot::from_rows(SEARCH_RESULTS, &schema, &batches, &session.pool)
                .ok()
                .map(linal_dataset::Dataset::new);
            Ok(Outcome::Rows(RowSet::new(schema, batches).with_notices(notices)))
        }
    }
}

/// The query of a SEARCH.
pub(super) struct SearchQuery {
    /// The query to run.
    pub query: Query,
    /// The options of the query.
    pub options: Options,
    /// Notices about the result.
    pub notices: Vec<String>,
}

/// Translates a SEARCH to a query.
pub(super) fn query_of(session: &Session, statement: &Search) -> Result<SearchQuery> {
    if search::is_null(&statement.query) {
        let error = Error::new(Code::NotATensor, "nothing is near to NULL: QUERY takes a vector");
        return Err(error.at(statement.query.span));
    }
    let dataset = session.dataset(&statement.table)?.dataset;
    let definition = dataset.definition();
    let column =
        definition.column(&statement.column.name).map_err(|error| error.at(statement.column.span))?;
    let index = super::index::metric_of(session, &statement.table, &dataset, column);
    // The metric of the statement, or else of the index, or else cosine.
    let metric = match &statement.metric {
        Some(named) => Metric::parse(&named.name).map_err(|error| error.at(named.span))?,
        None => index.unwrap_or(Metric::Cosine),
    };
    // A dataset with lazy columns is read through a query of its own, which has no hidden columns of norms.
    let is_lazy = definition.columns.iter().any(|column| column.computed.as_ref().is_some_and(|c| c.lazy));
    let with_norms = metric == Metric::Cosine && index == Some(Metric::Cosine) && !is_lazy;
    let norms = with_norms.then_some((dataset, column));
    let names = ResultNames::beside(definition.columns.iter().map(|column| &*column.name));
    Ok(SearchQuery {
        query: search::query_of(statement, metric, with_norms, &names),
        options: Options { row_numbers: true, norms, ..Options::default() },
        notices: names.notices(metric),
    })
}

fn without_hidden(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let kept: Vec<usize> = (0..schema.fields().len())
        .filter(|&at| ![ROW_NUMBER, NORMS].contains(&schema.field(at).name().as_str()))
        .collect();
    let fields: Vec<_> = kept.iter().map(|&at| schema.fields()[at].clone()).collect();
    let batches = batches
        .iter()
        .map(|batch| batch.project(&kept).map_err(linal_dataset::arrow_error))
        .collect::<Result<_>>()?;
    Ok((Arc::new(Schema::new(fields)), batches))
}
