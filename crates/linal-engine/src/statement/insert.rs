//! `INSERT INTO t ... VALUES` of literals, appended to the tail of the dataset, and the other forms of
//! INSERT.

use linal_dataset::{Dataset, Error, Result, Snapshot, count};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::{Insert, Literal, Query};
use linal_query::Options;
use linal_query::frontend::{default_value, generated_columns};
use smallvec::SmallVec;

use crate::durable::BulkLoad;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn literals(
    session: &mut Session,
    insert: &Insert,
    values: &[Literal],
    spans: &[Span],
    width: usize,
) -> Result<Outcome> {
    let target = session.dataset(&insert.table)?;
    loop {
        let definition = target.dataset.definition();
        if has_computed(&definition) {
            return literals_and_computed(session, &target.dataset, insert, values, spans, width);
        }
        let columns = places(&definition, insert.columns.as_deref())?;
        let inserted = target
            .dataset
            .insert(&definition, columns.as_deref(), values, spans, width, &session.settings.timezone)
            .map_err(|error| error.at(insert.table.span))?;
        if let Some(rows) = inserted {
            return Ok(inserted_into(session, rows, &definition.name));
        }
    }
}

/// Inserts rows into a dataset with generated columns. They are completed in a private dataset before they
/// are published, so that no reader sees a row without its generated values.
fn literals_and_computed(
    session: &mut Session,
    dataset: &Dataset,
    insert: &Insert,
    values: &[Literal],
    spans: &[Span],
    width: usize,
) -> Result<Outcome> {
    let before = dataset.snapshot();
    let apart = Dataset::new(before.without_all_rows());
    let definition = apart.definition();
    let columns = places(&definition, insert.columns.as_deref())?;
    apart
        .insert(&definition, columns.as_deref(), values, spans, width, &session.settings.timezone)
        .map_err(|error| error.at(insert.table.span))?;
    let rows = apart.snapshot();
    let next =
        generated_columns::fill_from(&mut session.query_context(), before.with_rows_of(&rows), before.rows)?;
    dataset.publish(before.version, next)?;
    Ok(inserted_into(session, rows.rows, &before.name))
}

fn inserted_into(session: &mut Session, rows: usize, name: &str) -> Outcome {
    session.affected_rows = Some(rows as u64);
    Outcome::Done(format!("inserted {} into {name}", count(rows, "row")))
}

fn has_computed(definition: &Snapshot) -> bool {
    definition.columns.iter().any(|column| column.computed.as_ref().is_some_and(|computed| !computed.lazy))
}

/// `INSERT INTO t SELECT ...`. The query reads the dataset as it was before the statement.
pub(super) fn query(session: &mut Session, insert: &Insert, query: &Query) -> Result<Outcome> {
    let target = session.dataset(&insert.table)?;
    let (dataset, is_durable) = (target.dataset, session.directory_of(&target.database).is_some());
    let before = dataset.snapshot();
    let columns = given(&before, insert.columns.as_deref())?;
    let filled = default_value::written_out(query, &before, &columns)?;
    let planned = session.plan_query(&filled, Options::default())?;
    let (engine, zone) = (session.engine.clone(), session.settings.timezone.clone());
    let mut load = BulkLoad::new(engine.durable.as_ref().filter(|_| is_durable), &before, &session.pool);
    session.query_context().stream_planned(&planned, &mut |batch| {
        let arranged = before.arranged(&columns, &batch, load.rows(), &zone);
        load.push(arranged.map_err(|error| error.at(query.span))?)
    })?;
    let rows = load.rows();
    let next = before.with_shared_rows(load.finish()?);
    let next = generated_columns::fill_from(&mut session.query_context(), next, before.rows)?;
    dataset.publish(before.version, next)?;
    Ok(inserted_into(session, rows, &before.name))
}

/// `INSERT INTO t DEFAULT VALUES`.
pub(super) fn defaults(session: &mut Session, insert: &Insert) -> Result<Outcome> {
    let definition = session.dataset(&insert.table)?.dataset.definition();
    let width = definition.columns.iter().filter(|column| column.computed.is_none()).count();
    let (values, spans) = (vec![Literal::Default; width], vec![insert.table.span; width]);
    literals(session, insert, &values, &spans, width)
}

/// The positions of the columns of an INSERT: those that it names, or all that can be set.
pub(super) fn given(definition: &Snapshot, columns: Option<&[Ident]>) -> Result<SmallVec<[usize; 16]>> {
    let settable = || {
        let own = definition.columns.iter().enumerate();
        own.filter(|(_, column)| column.computed.is_none()).map(|(at, _)| at).collect()
    };
    Ok(places(definition, columns)?.unwrap_or_else(settable))
}

/// The positions of the named columns of an INSERT.
///
/// # Errors
/// An unknown or duplicate column, with its span.
pub(super) fn places(
    definition: &Snapshot,
    columns: Option<&[Ident]>,
) -> Result<Option<SmallVec<[usize; 16]>>> {
    let Some(columns) = columns else { return Ok(None) };
    let mut places: SmallVec<[usize; 16]> = SmallVec::with_capacity(columns.len());
    for column in columns {
        let place = definition.column(&column.name).map_err(|error| error.at(column.span))?;
        if places.contains(&place) {
            let message = format!("the column `{}` is given twice", definition.columns[place].name);
            return Err(Error::new(Code::DuplicateColumn, message).at(column.span));
        }
        places.push(place);
    }
    Ok(Some(places))
}
