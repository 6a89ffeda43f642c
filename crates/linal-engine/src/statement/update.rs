//! `UPDATE t SET a = e, ... [FROM ..] [WHERE e] [RETURNING ..]`

use std::borrow::Cow;

use linal_dataset::{Error, Result, RowChanges, Snapshot, check_settable, count};
use linal_error::Code;
use linal_lang::ast::relational::{Scalar, Update};
use linal_query::frontend::changes::joined;
use linal_query::frontend::dml;
use linal_query::frontend::dml::{Changed, Matched};
use linal_query::frontend::{default_value, generated_columns};

use super::constraint::{Change, publish};
use super::returning;
use crate::outcome::Outcome;
use crate::session::Session;

/// Computes the new values over the current rows, then replaces only the columns and chunks that changed.
pub(super) fn run(session: &mut Session, update: &Update) -> Result<Outcome> {
    let target = session.dataset(&update.table)?;
    let before = target.dataset.snapshot();
    let (columns, values) = assigned(&before, update)?;
    let values: Vec<&Scalar> = values.iter().map(|value| &**value).collect();
    let filter = update.filter.as_ref();
    let context = &mut session.query_context();
    let Matched { rows, columns: values } = if update.sources.is_empty() {
        dml::matching(context, changed(update), filter, &values)?
    } else {
        joined::matching(context, changed(update), &target.dataset, &update.sources, filter, &values)?
    };
    let changed: Vec<_> =
        columns.iter().zip(values).map(|(column, (array, field))| (*column, array, field)).collect();
    let next = before
        .with_updated(&rows, &changed, &session.settings.timezone)
        .map_err(|error| error.at(update.table.span))?;
    let next = generated_columns::fill_rows(&mut session.query_context(), next, &rows)?;
    let has_computed = before.columns.iter().any(|column| column.computed.is_some());
    let changes = RowChanges {
        updated: rows,
        // Computed columns follow the others.
        columns: (!has_computed).then_some(columns),
        ..RowChanges::default()
    };
    let written = next.clone();
    let returned = returning::rows(
        session,
        update.returning.as_ref(),
        || written.of_rows(&changes.updated),
        update.alias.as_ref(),
    )?;
    let span = update.table.span;
    publish(session, Change { target: &target, before: &before, next, rows: &changes, span })?;
    session.affected_rows = Some(changes.updated.len() as u64);
    Ok(returning::outcome(returned, || format!("updated {}", count(changes.updated.len(), "row"))))
}

/// The dataset of an UPDATE.
pub(super) fn changed(update: &Update) -> Changed<'_> {
    Changed { table: &update.table, alias: update.alias.as_ref() }
}

/// The positions of the columns that an UPDATE sets, and their expressions; DEFAULT is replaced by the
/// column's default.
///
/// # Errors
/// An unknown, duplicate or generated column.
pub(super) fn assigned<'a>(
    before: &Snapshot,
    update: &'a Update,
) -> Result<(Vec<usize>, Vec<Cow<'a, Scalar>>)> {
    let mut columns = Vec::with_capacity(update.assignments.len());
    let mut values = Vec::with_capacity(update.assignments.len());
    for (name, value) in &update.assignments {
        let column = before.column(&name.name).map_err(|error| error.at(name.span))?;
        if columns.contains(&column) {
            let message = format!("`{}` is set twice", name.name);
            return Err(Error::new(Code::DuplicateColumn, message).at(name.span));
        }
        check_settable(&before.columns[column]).map_err(|error| error.at(name.span))?;
        columns.push(column);
        values.push(default_value::assigned(value, &before.columns[column])?);
    }
    Ok((columns, values))
}
