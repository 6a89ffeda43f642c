//! Compares changed rows with the constraints of their dataset, at the end of a statement.

use std::sync::Arc;

use linal_bind::Target;
use linal_dataset::{Dataset, Result, RowChanges, Rule, Snapshot, values_text, violation};
use linal_lang::Span;
use linal_query::frontend::changes::check;
use linal_query::frontend::generated_columns;

use super::reference;
use crate::session::Session;

/// A change of rows that is to be published.
pub(in crate::statement) struct Change<'c> {
    /// The dataset, and its snapshot that the change was computed from.
    pub target: &'c Target,
    pub before: &'c Snapshot,
    /// Its next snapshot.
    pub next: Snapshot,
    pub rows: &'c RowChanges,
    /// Where the statement names the dataset.
    pub span: Span,
}

/// Checks a change and publishes it. Returns the published snapshot.
///
/// # Errors
/// `E0617 constraint_violated`; `E0605 conflict` when another session has changed the dataset, or one that the change
/// was compared with. Nothing is changed then.
pub(in crate::statement) fn publish(session: &mut Session, change: Change<'_>) -> Result<Snapshot> {
    let Change { target, before, next, rows, span } = change;
    let next = next.with_keys_after(before, rows).map_err(|error| error.at(span))?;
    check_written(session, &next, rows).map_err(|error| error.at(span))?;
    let others = reference::check(session, target, [before, &next], rows).map_err(|error| error.at(span))?;
    let changed = vec![(target.dataset.clone(), before.version, next.clone())];
    Dataset::publish_beside(changed, &others)?;
    Ok(next)
}

/// Checks the conditions of a dataset over its changed rows.
///
/// # Errors
/// `E0617 constraint_violated` for the first row for which one is false; those of the conditions.
fn check_written(session: &mut Session, next: &Snapshot, changes: &RowChanges) -> Result<()> {
    let has_checks = next.constraints.iter().any(|constraint| matches!(constraint.rule, Rule::Check { .. }));
    if !has_checks || changes.updated.is_empty() && changes.appended == 0 {
        return Ok(());
    }
    let written = next.written_rows(changes)?;
    check_rows(session, &written, &|row| match changes.updated.get(row) {
        Some(updated) => *updated,
        None => row - changes.updated.len(),
    })
}

/// Checks all rows of a dataset against all of its constraints but foreign keys.
///
/// # Errors
/// `E0617 constraint_violated`.
pub(in crate::statement) fn check_all(session: &mut Session, snapshot: &Snapshot) -> Result<()> {
    snapshot.check_keys()?;
    check_rows(session, snapshot, &|row| row)
}

fn check_rows(session: &mut Session, rows: &Snapshot, number: &dyn Fn(usize) -> usize) -> Result<()> {
    for constraint in rows.constraints.iter() {
        let Rule::Check { text } = &constraint.rule else { continue };
        let condition = generated_columns::parse(text)?;
        let found = check::first_violation(&mut session.query_context(), rows, &condition)
            .map_err(|error| error.without_span())?;
        if let Some(row) = found {
            let values = shown(rows, text, row)?;
            let what = format!("{text} is false for {values}");
            return Err(violation(number(row), constraint, &rows.name, &what));
        }
    }
    Ok(())
}

/// The values of the columns that a condition names, in a row.
fn shown(rows: &Snapshot, text: &str, row: usize) -> Result<String> {
    let uses = |name: &str| {
        linal_lang::tokens(text)
            .any(|(span, _)| linal_dataset::same_name(span.text(text).trim_matches('`'), name))
    };
    let named: Vec<usize> = (0..rows.columns.len()).filter(|at| uses(&rows.columns[*at].name)).collect();
    let columns: Vec<Arc<str>> = named.iter().map(|at| rows.columns[*at].name.clone()).collect();
    let values = named.iter().map(|at| rows.values_of_rows(*at, &[row])).collect::<Result<Vec<_>>>()?;
    Ok(if columns.is_empty() { "the row".to_owned() } else { values_text(&columns, &values, 0) })
}
