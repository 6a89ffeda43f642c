//! `SEARCH t ON col QUERY v ...`

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use linal_lang::ast::relational::Search;

use crate::dataset::Snapshot;
use crate::error::{Result, count};
use crate::outcome::{Outcome, RowSet};
use crate::relational::{Metric, Options, ROW_NUMBER, search};
use crate::session::Session;

/// The dataset under which a session reads its last SEARCH again.
pub(crate) const SEARCH_RESULTS: &str = "search_results";

pub(super) fn run(session: &mut Session, statement: &Search) -> Result<Outcome> {
    let metric = metric(session, statement)?;
    let query = search::query_of(statement, metric);
    let planned = session.plan_query(&query, Options { row_numbers: true })?;
    let (schema, batches) = session.run_planned(&planned)?;
    let (schema, batches) = without_row_numbers(&schema, &batches)?;
    match &statement.into {
        Some(target) => {
            let name = target.parts.last().map_or("", |part| &*part.name);
            let snapshot = Snapshot::from_rows(name, &schema, &batches, &session.engine.pool)
                .map_err(|error| error.at(target.span))?
                .made_of(session.query_lineage(name, &statement.to_string(), &planned));
            let rows = snapshot.rows;
            session.put_dataset(target, snapshot)?;
            Ok(Outcome::Done(format!("`{name}` has {}", count(rows, "row"))))
        }
        None => {
            session.search_results = Snapshot::from_rows(SEARCH_RESULTS, &schema, &batches, &session.pool)
                .ok()
                .map(crate::dataset::Dataset::new);
            Ok(Outcome::Rows(RowSet::new(schema, batches)))
        }
    }
}

/// The metric that is named, else the index's, else cosine.
pub(super) fn metric(session: &Session, statement: &Search) -> Result<Metric> {
    let dataset = session.dataset(&statement.table)?.dataset;
    let column = dataset
        .definition()
        .column(&statement.column.name)
        .map_err(|error| error.at(statement.column.span))?;
    match &statement.metric {
        Some(named) => Metric::parse(&named.name).map_err(|error| error.at(named.span)),
        None => {
            let index = super::index::metric_of(session, &statement.table, &dataset, column);
            Ok(index.unwrap_or(Metric::Cosine))
        }
    }
}

fn without_row_numbers(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let kept: Vec<usize> =
        (0..schema.fields().len()).filter(|&at| schema.field(at).name() != ROW_NUMBER).collect();
    let fields: Vec<_> = kept.iter().map(|&at| schema.fields()[at].clone()).collect();
    let batches = batches
        .iter()
        .map(|batch| batch.project(&kept).map_err(crate::dataset::arrow_error))
        .collect::<Result<_>>()?;
    Ok((Arc::new(Schema::new(fields)), batches))
}
