//! `INSERT`.
//!
//! Literals go to the tail of a dataset whose rows need nothing else. In every other case the rows are made apart:
//! [`source`] reads them, [`defaults`] evaluates what they leave out, [`conflict`] puts those whose key is there on the
//! rows that have it; then they are checked and published together.

mod conflict;
mod defaults;
mod source;

use linal_bind::Target;
use linal_dataset::{Error, Literals, Result, RowChanges, Rule, Snapshot, count};
use linal_error::Code;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::{Insert, InsertSource, Literal};
use linal_query::frontend::generated_columns;
use smallvec::SmallVec;

use super::constraint::{Change, publish};
use super::returning;
use crate::durable::KeptColumns;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) use self::source::{query_of, rows_of_batches};

pub(super) fn run(session: &mut Session, insert: &Insert) -> Result<Outcome> {
    match to_tail(session, insert)? {
        Some(outcome) => Ok(outcome),
        None => apart(session, insert),
    }
}

/// Appends literals to the tail of the dataset, if nothing else is to be done; `None` otherwise.
fn to_tail(session: &mut Session, insert: &Insert) -> Result<Option<Outcome>> {
    let InsertSource::Literals { values, spans, width } = &insert.source else { return Ok(None) };
    if insert.on_conflict.is_some() || insert.returning.is_some() {
        return Ok(None);
    }
    let literals = Literals { values, spans, width: *width };
    let target = session.dataset(&insert.table)?;
    loop {
        let definition = target.dataset.definition();
        if !is_plain(&definition) {
            return Ok(None);
        }
        let columns = places(&definition, insert.columns.as_deref())?;
        let (zone, control) = (&session.settings.timezone, session.context.control());
        let inserted = target
            .dataset
            .insert(&definition, columns.as_deref(), literals, zone, control)
            .map_err(|error| error.at(insert.table.span))?;
        if let Some(rows) = inserted {
            session.affected_rows = Some(rows as u64);
            return Ok(Some(Outcome::Done(inserted_into(rows, &definition.name))));
        }
    }
}

/// Whether rows of literals are complete, and only their keys are compared with other rows.
fn is_plain(definition: &Snapshot) -> bool {
    let is_stored = |column: &linal_dataset::ColumnDef| {
        let is_computed = column.computed.as_ref().is_some_and(|computed| !computed.lazy);
        !is_computed && !column.default.as_ref().is_some_and(|default| default.is_expression())
    };
    let is_key = |constraint: &linal_dataset::Constraint| matches!(constraint.rule, Rule::Key { .. });
    definition.columns.iter().all(is_stored) && definition.constraints.iter().all(is_key)
}

/// Makes the rows apart, and publishes them with what they change.
fn apart(session: &mut Session, insert: &Insert) -> Result<Outcome> {
    let target = session.dataset(&insert.table)?;
    let before = target.dataset.snapshot();
    let rows = source::rows(session, insert, &before)?;
    let given = rows.columns;
    let (next, changes) = match &insert.on_conflict {
        Some(on_conflict) => {
            let proposed = before.emptied().with_shared_rows(rows.chunks).without_store();
            conflict::apply(session, insert, on_conflict, &before, proposed, &given)?
        }
        None => (before.with_shared_rows(rows.chunks), RowChanges::appended(rows.count)),
    };
    let first = next.rows - changes.appended;
    let updated = changes.updated_after();
    let next = generated_columns::fill_rows(&mut session.query_context(), next, &updated)?;
    let next = filled_from(session, next, first)?;
    finish(session, insert, &target, (&before, next), &changes)
}

/// A dataset whose generated columns have their values from row `first` on.
pub(super) fn filled_from(session: &mut Session, next: Snapshot, first: usize) -> Result<Snapshot> {
    let engine = session.engine.clone();
    let mut kept = KeptColumns::new(engine.durable.as_ref(), &next.pool, &session.pool);
    generated_columns::fill_from(&mut session.query_context(), next, first, &mut kept)
}

fn finish(
    session: &mut Session,
    insert: &Insert,
    target: &Target,
    (before, next): (&Snapshot, Snapshot),
    changes: &RowChanges,
) -> Result<Outcome> {
    let written = next.clone();
    let rows = returning::rows(
        session,
        insert.returning.as_ref(),
        || written.written_rows(changes),
        insert.alias.as_ref(),
    )?;
    publish(session, Change { target, before, next, rows: changes, span: insert.table.span })?;
    let changed = changes.appended + changes.updated.len();
    session.affected_rows = Some(changed as u64);
    Ok(returning::outcome(rows, || said(changes, &before.name)))
}

fn said(changes: &RowChanges, name: &str) -> String {
    let inserted = inserted_into(changes.appended, name);
    match changes.updated.len() {
        0 => inserted,
        updated => format!("{inserted}, updated {}", count(updated, "row")),
    }
}

fn inserted_into(rows: usize, name: &str) -> String {
    format!("inserted {} into {name}", count(rows, "row"))
}

/// The values of `DEFAULT VALUES`: as many as there are columns that can be set.
fn default_values(definition: &Snapshot) -> Vec<Literal> {
    let settable = definition.columns.iter().filter(|column| column.computed.is_none());
    vec![Literal::Default; settable.count()]
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
