//! `UPDATE t SET a = e, ... [FROM ..] [WHERE e] [RETURNING ..]`

use std::borrow::Cow;
use std::sync::Arc;

use linal_bind::Target;
use linal_dataset::{
    ColumnRewrite, Constraint, Error, Result, RowChanges, Rule, Snapshot, check_settable, count, same_name,
};
use linal_error::Code;
use linal_lang::ast::relational::{Scalar, Update};
use linal_lang::tokens;
use linal_query::frontend::changes::joined;
use linal_query::frontend::dml;
use linal_query::frontend::dml::{Changed, Matched};
use linal_query::frontend::{default_value, generated_columns};

use super::constraint::{Change, publish};
use super::returning;
use crate::durable::KeptColumns;
use crate::outcome::Outcome;
use crate::session::Session;

/// Computes the new values over the current rows, then replaces only the columns and chunks that changed.
pub(super) fn run(session: &mut Session, update: &Update) -> Result<Outcome> {
    let target = session.dataset(&update.table)?;
    let before = target.dataset.snapshot();
    let (columns, values) = assigned(&before, update)?;
    let values: Vec<&Scalar> = values.iter().map(|value| &**value).collect();
    let affected = affected(&before, &columns);
    if is_plain(session, update, &target, &before, &affected)
        && let Some((next, rows)) = streamed(session, update, &before, (&columns, &affected), &values)?
    {
        target.dataset.publish(before.version, next.with_keys_of(&before))?;
        session.affected_rows = Some(rows as u64);
        return Ok(Outcome::Done(format!("updated {}", count(rows, "row"))));
    }
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

/// The columns that get other values when some do: these, and behind them those that are computed from them.
fn affected(before: &Snapshot, columns: &[usize]) -> Vec<usize> {
    let mut affected = columns.to_vec();
    for (at, column) in before.columns.iter().enumerate() {
        let Some(computed) = &column.computed else { continue };
        let text = &*computed.text;
        let names =
            |name: &str| tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), name));
        if affected.iter().any(|other| names(&before.columns[*other].name)) {
            affected.push(at);
        }
    }
    affected
}

/// Whether an UPDATE of a dataset in a directory concerns no constraint.
fn is_plain(
    session: &Session,
    update: &Update,
    target: &Target,
    before: &Snapshot,
    affected: &[usize],
) -> bool {
    let is_stored = session.directory_of(&target.database).is_some() && before.is_stored();
    let is_affected = |name: &Arc<str>| affected.iter().any(|at| same_name(&before.columns[*at].name, name));
    let is_apart = |constraint: &Constraint| {
        !matches!(constraint.rule, Rule::Check { .. }) && !constraint.columns().iter().any(is_affected)
    };
    is_stored
        && update.sources.is_empty()
        && update.returning.is_none()
        && before.constraints.iter().all(is_apart)
}

/// Computes the new values chunk by chunk, so that memory does not depend on their number. Returns the next snapshot and the
/// number of changed rows; `None` when the rows do not come in order.
fn streamed(
    session: &mut Session,
    update: &Update,
    before: &Snapshot,
    (columns, affected): (&[usize], &[usize]),
    values: &[&Scalar],
) -> Result<Option<(Snapshot, usize)>> {
    let (engine, zone) = (session.engine.clone(), session.settings.timezone.clone());
    let mut kept = KeptColumns::new(engine.durable.as_ref(), &before.pool, &session.pool);
    let mut rewrite = ColumnRewrite::of_columns(before, columns, &zone);
    let filter = update.filter.as_ref();
    let span = update.table.span;
    let context = &mut session.query_context();
    let ascend = dml::each_match(context, changed(update), filter, values, &mut |rows, values| {
        rewrite.push(rows, values, &mut kept).map_err(|error| error.at(span))
    })?;
    if !ascend {
        return Ok(None);
    }
    let rows = rewrite.rows().clone();
    let next = rewrite.updated(columns, &mut kept)?;
    let is_stored = |at: &usize| before.columns[*at].computed.as_ref().is_some_and(|computed| !computed.lazy);
    let computed: Vec<usize> = affected[columns.len()..].iter().copied().filter(is_stored).collect();
    let bounds = rows.ranges().first().zip(rows.ranges().last());
    let filled = match bounds.map(|(first, last)| (first.start as usize, last.end as usize - 1)) {
        Some(bounds) => generated_columns::fill_columns(context, next, &computed, bounds, &mut kept)?,
        None => Some(next),
    };
    Ok(filled.map(|next| (next, rows.len())))
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
