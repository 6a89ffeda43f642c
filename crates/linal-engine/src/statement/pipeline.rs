//! Pipelines: `DEFINE PIPELINE`, `APPLY PIPELINE`, `DESCRIBE PIPELINE` and the like.

use std::sync::Arc;

use linal_dataset::objects::Definition;
use linal_dataset::{Cell, Error, Result, RowSet};
use linal_error::Code;
use linal_lang::ast::relational::Pipeline;
use linal_lang::ast::{Ident, ObjectName};
use linal_lang::sql::ensure_sufficient_stack;
use linal_query::frontend::pipeline;
use linal_store::ColumnType;

use super::transform;

use crate::outcome::Outcome;
use crate::session::Session;

/// Most steps of a pipeline: each is a query over the one before.
const MAX_STEPS: usize = 200;

/// The text that a step stands for when the stack is chosen.
const BYTES_OF_STEP: usize = 100;

/// Defines or replaces a pipeline.
pub(super) fn define(session: &mut Session, definition: &Pipeline) -> Result<Outcome> {
    if definition.steps.len() > MAX_STEPS {
        let message =
            format!("a pipeline has at most {MAX_STEPS} steps, and this one has {}", definition.steps.len());
        let error = Error::new(Code::NestingTooDeep, message).at(definition.name.span);
        return Err(error.with_help("several pipelines can be applied one after the other"));
    }
    let database = session.database.clone();
    let definition = Arc::new(definition.clone());
    let name = definition.name.name.to_string();
    session.change_catalog(|catalog| catalog.put_pipeline(&database, definition))?;
    Ok(Outcome::Done(format!("pipeline {name} is defined")))
}

/// `APPLY PIPELINE p ON t [INTO u]`: without INTO the source is replaced.
pub(super) fn apply(
    session: &mut Session,
    name: &Ident,
    table: &ObjectName,
    into: Option<&ObjectName>,
) -> Result<Outcome> {
    let pipeline = find(session, name)?;
    let columns = columns_of(session, table, into.is_some())?;
    ensure_sufficient_stack(pipeline.steps.len() * BYTES_OF_STEP, || {
        let query = pipeline::query_of(table, columns, &pipeline.steps);
        // Spans of a pipeline's steps are relative to the text that defined it, so they are replaced.
        transform::replace(session, into.unwrap_or(table), &query, into.is_none())
            .map_err(|error| error.map_span(|_| name.span).at(name.span))
    })
}

/// The names of the columns of a dataset, or of a view whose rows go somewhere else.
pub(super) fn columns_of(session: &Session, table: &ObjectName, reads_only: bool) -> Result<Vec<String>> {
    match session.dataset(table) {
        Ok(target) => {
            Ok(target.dataset.definition().columns.iter().map(|column| column.name.to_string()).collect())
        }
        Err(error) if error.is(Code::IsAView) && reads_only => {
            match super::named_view(session, table)?.map(|view| view.definition.clone()) {
                Some(Definition::View(view)) => {
                    Ok(view.columns.iter().map(|column| column.name.to_string()).collect())
                }
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

pub(super) fn drop(session: &mut Session, name: &Ident, if_exists: bool) -> Result<Outcome> {
    if if_exists && find(session, name).is_err() {
        return Ok(Outcome::Done(format!("there is no pipeline `{}`", name.name)));
    }
    let pipeline = find(session, name)?;
    let database = session.database.clone();
    session.change_catalog(|catalog| catalog.remove_pipeline(&database, &pipeline.name.name))?;
    Ok(Outcome::Done(format!("pipeline {} is gone", pipeline.name.name)))
}

pub(super) fn list(session: &Session) -> Outcome {
    let columns =
        [("name", ColumnType::String), ("steps", ColumnType::Int), ("definition", ColumnType::String)];
    let mut rows = Vec::new();
    let catalog = session.catalog_view().catalog();
    for pipeline in catalog.find(&session.database).into_iter().flat_map(|database| database.pipelines()) {
        rows.push(vec![
            Cell::String(pipeline.name.name.to_string()),
            Cell::Int(pipeline.steps.len() as i64),
            Cell::String(pipeline.text.to_string()),
        ]);
    }
    Outcome::Rows(RowSet::from_rows(&columns, &rows))
}

/// `DESCRIBE PIPELINE p`: a row for each step.
pub(super) fn describe(session: &Session, name: &Ident) -> Result<Outcome> {
    let columns = [("step", ColumnType::Int), ("kind", ColumnType::String), ("text", ColumnType::String)];
    let pipeline = find(session, name)?;
    let mut rows = Vec::with_capacity(pipeline.steps.len());
    for (step, text) in pipeline.steps.iter().zip(&pipeline.texts) {
        rows.push(vec![
            Cell::Int(rows.len() as i64 + 1),
            Cell::String(step.keyword().to_string()),
            Cell::String(text.to_string()),
        ]);
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}

/// A pipeline of the current database.
pub(super) fn find(session: &Session, name: &Ident) -> Result<Arc<Pipeline>> {
    let catalog = session.catalog_view().catalog();
    let database = catalog.database(&session.database)?;
    if let Some(pipeline) = database.pipeline(&name.name) {
        return Ok(pipeline.clone());
    }
    let known = database.pipelines().map(|pipeline| &*pipeline.name.name);
    Err(Error::unknown(Code::UnknownName, "pipeline", &name.name, known).at(name.span))
}
