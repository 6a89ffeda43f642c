//! `ON CONFLICT`, `INSERT OR REPLACE`, `INSERT OR IGNORE`.
//!
//! As in DuckDB, of several rows of the statement with one key the first counts: it is inserted, or updates the row that
//! is there, and the others are left out.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use linal_dataset::{Constraint, Error, KeyHash, KeyIndex, Result, RowChanges, Snapshot, check_settable};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::merge::{ConflictAction, OnConflict};
use linal_lang::ast::relational::{Insert, Scalar};
use linal_query::frontend::changes::conflict;
use linal_query::frontend::default_value;

use crate::session::Session;

/// The rows after an INSERT with a conflict clause. `proposed` are the rows of the statement, `given` the columns that it
/// sets.
pub(super) fn apply(
    session: &mut Session,
    insert: &Insert,
    on_conflict: &OnConflict,
    before: &Snapshot,
    proposed: Snapshot,
    given: &[usize],
) -> Result<(Snapshot, RowChanges)> {
    let keys = target_keys(before, on_conflict)?;
    let found = Found::of(before, &proposed, &keys)?;
    let inserted = proposed.of_rows(&found.new)?;
    let assigned = match &on_conflict.action {
        ConflictAction::Nothing => None,
        ConflictAction::Replace => Some((replaced(before, given), None)),
        ConflictAction::Update { assignments, filter } => Some((assignments.clone(), filter.as_ref())),
    };
    let (mut next, mut changes) = (before.clone(), RowChanges::default());
    if let Some((assignments, filter)) = assigned
        && !found.existing.is_empty()
    {
        let mut columns = Vec::with_capacity(assignments.len());
        let mut values = Vec::with_capacity(assignments.len());
        for (name, value) in &assignments {
            let at = before.column(&name.name).map_err(|error| error.at(name.span))?;
            check_settable(&before.columns[at]).map_err(|error| error.at(name.span))?;
            if columns.contains(&at) {
                let message = format!("`{}` is set twice", name.name);
                return Err(Error::new(Code::DuplicateColumn, message).at(name.span));
            }
            columns.push(at);
            values.push(default_value::assigned(value, &before.columns[at])?);
        }
        let values: Vec<&Scalar> = values.iter().map(|value| &**value).collect();
        // By the number of the row that is there, since rows are updated in their order.
        let mut pairs = found.existing.clone();
        pairs.sort_unstable();
        let (rows, theirs): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
        let existing = before.of_rows(&rows)?;
        let excluded = taken(&proposed, &theirs)?;
        let name = insert.alias.as_ref().map_or(&*before.name, |alias| &alias.name);
        let matched = conflict::new_values(
            &mut session.query_context(),
            [existing, excluded],
            name,
            filter,
            &values,
            on_conflict.span,
        )?;
        let updated: Vec<usize> = matched.rows.iter().map(|pair| rows[*pair]).collect();
        let arrays: Vec<_> =
            columns.iter().zip(matched.columns).map(|(at, (values, field))| (*at, values, field)).collect();
        next = next.with_updated(&updated, &arrays, &session.settings.timezone)?;
        changes.updated = updated;
    }
    changes.appended = inserted.rows;
    Ok((next.with_shared_rows(inserted.chunks), changes))
}

/// Rows in any order.
fn taken(rows: &Snapshot, order: &[usize]) -> Result<Snapshot> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    let some = rows.of_rows(&sorted)?;
    if sorted == order {
        return Ok(some);
    }
    let places: Vec<u64> =
        order.iter().map(|row| sorted.binary_search(row).unwrap_or_default() as u64).collect();
    some.taken(&places)
}

/// Which rows are new, and which rows that are there have the keys of the others.
struct Found {
    /// Rows of the statement that are inserted, ascending.
    new: Vec<usize>,
    /// Rows that are there, each with the row of the statement that has its key.
    existing: Vec<(usize, usize)>,
}

impl Found {
    fn of(before: &Snapshot, proposed: &Snapshot, keys: &[usize]) -> Result<Found> {
        let mut found = Found { new: Vec::new(), existing: Vec::new() };
        let indexes: Vec<Arc<KeyIndex>> =
            keys.iter().map(|at| before.key_index(*at)).collect::<Result<_>>()?;
        let hashes: Vec<Vec<Option<KeyHash>>> = indexes
            .iter()
            .map(|index| {
                let columns = index.columns().iter();
                let values: Vec<_> = columns
                    .map(|column| proposed.values_of_rows(*column, &(0..proposed.rows).collect::<Vec<_>>()))
                    .collect::<Result<_>>()?;
                index.keys(&values)
            })
            .collect::<Result<_>>()?;
        let mut seen: FxHashSet<(usize, KeyHash)> = FxHashSet::default();
        for row in 0..proposed.rows {
            let own: Vec<(usize, KeyHash)> =
                hashes.iter().enumerate().filter_map(|(key, hashes)| Some((key, hashes[row]?))).collect();
            let is_repeated = own.iter().any(|key| seen.contains(key));
            seen.extend(own.iter().copied());
            if is_repeated {
                continue;
            }
            let there = own.iter().find_map(|(key, hash)| indexes[*key].row_of(*hash));
            match there {
                Some(existing) => found.existing.push((existing, row)),
                None => found.new.push(row),
            }
        }
        // Two rows of the statement may have keys of one row by different constraints.
        let mut updated = FxHashSet::default();
        found.existing.retain(|(existing, _)| updated.insert(*existing));
        Ok(found)
    }
}

/// The keys that a conflict clause is about.
fn target_keys(before: &Snapshot, on_conflict: &OnConflict) -> Result<Vec<usize>> {
    let span = on_conflict.span;
    if let Some(columns) = &on_conflict.columns {
        let names = columns.iter().map(|name| {
            let at = before.column(&name.name).map_err(|error| error.at(name.span))?;
            Ok(before.columns[at].name.clone())
        });
        let names = names.collect::<Result<Vec<Arc<str>>>>()?;
        return match before.key_of(&names) {
            Some((at, _)) => Ok(vec![at]),
            None => {
                let message = format!("({}) is no key of `{}`", names.join(", "), before.name);
                Err(Error::new(Code::BadConstraint, message).at(span).with_help(known_keys(before)))
            }
        };
    }
    let keys: Vec<usize> = before.keys().collect();
    if keys.is_empty() {
        let message = format!("`{}` has no key that a row could conflict with", before.name);
        let help = "a PRIMARY KEY, UNIQUE or a UNIQUE INDEX makes one";
        return Err(Error::new(Code::BadConstraint, message).at(span).with_help(help));
    }
    if keys.len() > 1 && !matches!(on_conflict.action, ConflictAction::Nothing) {
        let message =
            format!("`{}` has several keys, and an update is for the conflicts of one", before.name);
        let error = Error::new(Code::BadConstraint, message).at(span);
        return Err(error.with_help(format!("write ON CONFLICT (..) DO UPDATE; {}", known_keys(before))));
    }
    Ok(keys)
}

fn known_keys(before: &Snapshot) -> String {
    let keys = before.constraints.iter().filter_map(Constraint::key);
    let keys: Vec<String> = keys.map(|key| format!("({})", key.join(", "))).collect();
    if keys.is_empty() { "it has no keys".to_owned() } else { format!("its keys are {}", keys.join(" and ")) }
}

/// `OR REPLACE`: each given column gets the value that was to be inserted.
fn replaced(before: &Snapshot, given: &[usize]) -> Vec<(Ident, Scalar)> {
    let span = Span::default();
    let assignment = |at: &usize| {
        let name = &before.columns[*at].name;
        let value = conflict::excluded(name);
        (Ident { name: (&**name).into(), span }, Scalar { sql: Box::new(value), span })
    };
    given.iter().map(assignment).collect()
}
