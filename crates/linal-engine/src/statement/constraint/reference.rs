//! Foreign keys: rows refer to rows that are there, and rows that others refer to stay.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::ArrayRef;
use linal_bind::Target;
use linal_dataset::catalog::{Catalog, Database};
use linal_dataset::{
    Constraint, Dataset, Error, KeyHash, KeyIndex, Result, RowChanges, Rule, Snapshot, same_name,
    values_text, violation,
};
use linal_error::Code;

use crate::session::Session;

/// A foreign key of a dataset.
struct Reference<'c> {
    constraint: &'c Constraint,
    columns: &'c [Arc<str>],
    table: &'c str,
    referenced: &'c [Arc<str>],
}

impl<'c> Reference<'c> {
    fn of(constraint: &'c Constraint) -> Option<Reference<'c>> {
        match &constraint.rule {
            Rule::Reference { columns, table, referenced } => {
                Some(Reference { constraint, columns, table, referenced })
            }
            _ => None,
        }
    }

    fn all(snapshot: &'c Snapshot) -> impl Iterator<Item = Reference<'c>> {
        snapshot.constraints.iter().filter_map(Reference::of)
    }

    /// The index of the key that it refers to, and the columns of the referring dataset in the order of that key.
    fn key(&self, referring: &Snapshot, referred: &Snapshot) -> Result<(Arc<KeyIndex>, Vec<usize>)> {
        let Some((at, key)) = referred.key_of(self.referenced) else {
            let message = format!("the key that `{}` refers to is gone", self.constraint.name);
            return Err(Error::new(Code::BadConstraint, message));
        };
        let own = |name: &Arc<str>| {
            let at = self.referenced.iter().position(|other| same_name(other, name)).unwrap_or(0);
            referring.column(&self.columns[at])
        };
        let columns = key.columns().iter().map(own).collect::<Result<_>>()?;
        Ok((referred.key_index(at)?, columns))
    }

    /// The error of a row that refers to nothing.
    fn refers_to_nothing(
        &self,
        referring: &Snapshot,
        columns: &[usize],
        values: &[ArrayRef],
        [at, row]: [usize; 2],
    ) -> Error {
        let names: Vec<Arc<str>> =
            columns.iter().map(|column| referring.columns[*column].name.clone()).collect();
        let what =
            format!("{}, and `{}` has no row with that key", values_text(&names, values, at), self.table);
        violation(row, self.constraint, &referring.name, &what)
    }
}

/// The datasets of the database whose foreign keys refer to one of this name.
fn referring_to<'d>(database: &'d Database, name: &'d str) -> impl Iterator<Item = &'d Arc<Dataset>> {
    database.datasets().filter(move |dataset| {
        Reference::all(&dataset.definition()).any(|reference| same_name(reference.table, name))
    })
}

/// Checks the foreign keys that a change of rows concerns. Returns the other datasets that it was compared with, and
/// their versions.
///
/// # Errors
/// `E0617 constraint_violated`.
pub(super) fn check(
    session: &Session,
    target: &Target,
    [before, next]: [&Snapshot; 2],
    changes: &RowChanges,
) -> Result<Vec<(Arc<Dataset>, u64)>> {
    let mut others = Vec::new();
    for reference in Reference::all(next) {
        let referred = if same_name(reference.table, &next.name) {
            next.clone()
        } else {
            let found = session.lookup_dataset(Some(&target.database), reference.table)?;
            let Some((_, found)) = found else { continue };
            let snapshot = found.snapshot();
            others.push((found, snapshot.version));
            Snapshot::clone(&snapshot)
        };
        check_referring(&reference, next, &referred, changes)?;
    }
    if changes.deleted.is_empty() && changes.updated.is_empty() || before.keys().next().is_none() {
        return Ok(others);
    }
    let catalog = session.catalog_view().catalog();
    let Some(database) = catalog.find(&target.database) else { return Ok(others) };
    for dataset in referring_to(database, &before.name) {
        let referring = if Arc::ptr_eq(dataset, &target.dataset) {
            next.clone()
        } else {
            dataset.load()?;
            let snapshot = dataset.snapshot();
            others.push((dataset.clone(), snapshot.version));
            Snapshot::clone(&snapshot)
        };
        let to_this = |reference: &Reference<'_>| same_name(reference.table, &before.name);
        for reference in Reference::all(&referring).filter(to_this) {
            check_referred(&reference, &referring, [before, next], changes)?;
        }
    }
    Ok(others)
}

/// Checks that the changed rows of `next` refer to rows.
fn check_referring(
    reference: &Reference<'_>,
    next: &Snapshot,
    referred: &Snapshot,
    changes: &RowChanges,
) -> Result<()> {
    let (index, columns) = reference.key(next, referred)?;
    let mut rows = if changes.touches(&columns) { changes.updated_after().into_owned() } else { Vec::new() };
    let updated = rows.len();
    rows.extend(next.rows - changes.appended..next.rows);
    let values: Vec<ArrayRef> =
        columns.iter().map(|column| next.values_of_rows(*column, &rows)).collect::<Result<_>>()?;
    let keys = index.keys(&values)?;
    match keys.iter().position(|key| key.is_some_and(|key| !index.contains(key))) {
        Some(at) => {
            let row = if at < updated { changes.updated[at] } else { at - updated };
            Err(reference.refers_to_nothing(next, &columns, &values, [at, row]))
        }
        None => Ok(()),
    }
}

/// Checks that no row refers to a key that a change has taken away.
fn check_referred(
    reference: &Reference<'_>,
    referring: &Snapshot,
    [before, next]: [&Snapshot; 2],
    changes: &RowChanges,
) -> Result<()> {
    let (index, columns) = reference.key(referring, next)?;
    let mut gone: HashSet<KeyHash> = HashSet::new();
    let updated: &[usize] = if changes.touches(index.columns()) { &changes.updated } else { &[] };
    for rows in [&changes.deleted[..], updated] {
        let values: Vec<ArrayRef> = index
            .columns()
            .iter()
            .map(|column| before.values_of_rows(*column, rows))
            .collect::<Result<_>>()?;
        gone.extend(index.keys(&values)?.into_iter().flatten().filter(|key| !index.contains(*key)));
    }
    if gone.is_empty() {
        return Ok(());
    }
    let found = first_row(referring, &index, &columns, &|key| gone.contains(&key))?;
    let Some((row, text)) = found else { return Ok(()) };
    let message = format!(
        "row {} of `{}` refers to a row of `{}` by the foreign key `{}`: {text}",
        row + 1,
        referring.name,
        next.name,
        reference.constraint.name
    );
    Err(Error::new(Code::ConstraintViolated, message)
        .with_help("delete or change the rows that refer to it first"))
}

/// The first row whose key is as asked for, and its values.
fn first_row(
    snapshot: &Snapshot,
    index: &KeyIndex,
    columns: &[usize],
    is_wanted: &dyn Fn(KeyHash) -> bool,
) -> Result<Option<(usize, String)>> {
    let names: Vec<Arc<str>> = columns.iter().map(|column| snapshot.columns[*column].name.clone()).collect();
    let mut first = 0;
    for chunk in &snapshot.chunks {
        let values = chunk.read(columns)?;
        let keys = index.keys(&values)?;
        if let Some(at) = keys.iter().position(|key| key.is_some_and(is_wanted)) {
            return Ok(Some((first + at, values_text(&names, &values, at))));
        }
        first += chunk.rows();
    }
    Ok(None)
}

/// Checks all rows of a foreign key.
fn check_whole(reference: &Reference<'_>, referring: &Snapshot, referred: &Snapshot) -> Result<()> {
    check_referring(reference, referring, referred, &RowChanges::appended(referring.rows))
}

/// Checks the foreign keys of and to changed datasets against datasets that others may have changed meanwhile, and
/// returns those. `changed` are the changed datasets with their next snapshots; `is_known` tells whether a dataset is as the
/// change has seen it.
///
/// # Errors
/// `E0617 constraint_violated`.
pub(crate) fn recheck(
    catalog: &Catalog,
    changed: &[(Arc<str>, Arc<Dataset>, &Snapshot)],
    is_known: &dyn Fn(&Arc<Dataset>) -> bool,
) -> Result<Vec<(Arc<Dataset>, u64)>> {
    let mut others = Vec::new();
    let is_changed = |dataset: &Arc<Dataset>| changed.iter().any(|(_, other, _)| Arc::ptr_eq(other, dataset));
    for (database, dataset, next) in changed {
        let Some(database) = catalog.find(database) else { continue };
        for reference in Reference::all(next) {
            let Some(other) = database.dataset(reference.table) else {
                return Err(linal_dataset::conflict(reference.table));
            };
            if is_changed(other) || Arc::ptr_eq(other, dataset) {
                continue;
            }
            other.load()?;
            let referred = other.snapshot();
            others.push((other.clone(), referred.version));
            if !is_known(other) {
                check_whole(&reference, next, &referred)?;
            }
        }
        for other in referring_to(database, &next.name) {
            if is_changed(other) {
                continue;
            }
            // Another session has made the reference while this one took the key away.
            if next.keys().next().is_none() {
                return Err(linal_dataset::conflict(&other.name()));
            }
            other.load()?;
            let referring = other.snapshot();
            others.push((other.clone(), referring.version));
            if is_known(other) {
                continue;
            }
            let to_this = |reference: &Reference<'_>| same_name(reference.table, &next.name);
            for reference in Reference::all(&referring).filter(to_this) {
                check_whole(&reference, &referring, next)?;
            }
        }
    }
    Ok(others)
}

/// Checks that no dataset but the changed ones refers to a name that a change has taken away.
///
/// # Errors
/// `E0605 conflict` with the name of a dataset whose reference another session has made meanwhile.
pub(crate) fn recheck_removed(
    catalog: &Catalog,
    database: &str,
    name: &str,
    changed: &[(Arc<str>, Arc<Dataset>, &Snapshot)],
) -> Result<()> {
    let Some(database) = catalog.find(database) else { return Ok(()) };
    let is_changed = |dataset: &Arc<Dataset>| changed.iter().any(|(_, other, _)| Arc::ptr_eq(other, dataset));
    match referring_to(database, name).find(|other| !is_changed(other)) {
        Some(other) => Err(linal_dataset::conflict(&other.name())),
        None => Ok(()),
    }
}

/// Checks all rows of a dataset's foreign keys, such as those that ALTER TABLE adds.
///
/// # Errors
/// `E0617 constraint_violated`.
pub(super) fn check_rows(session: &Session, database: &str, snapshot: &Snapshot) -> Result<()> {
    for reference in Reference::all(snapshot) {
        if same_name(reference.table, &snapshot.name) {
            check_whole(&reference, snapshot, snapshot)?;
            continue;
        }
        if let Some((_, other)) = session.lookup_dataset(Some(database), reference.table)? {
            check_whole(&reference, snapshot, &other.snapshot())?;
        }
    }
    Ok(())
}

/// Rejects a change that takes away a dataset, or a key of it, that others refer to. `key` are the columns of the key; any
/// when `None`.
///
/// # Errors
/// `E0618 needed_by_constraint`.
pub(in crate::statement) fn not_referred_to(
    catalog: &Catalog,
    database: &str,
    name: &str,
    key: Option<&[Arc<str>]>,
) -> Result<()> {
    let Some(found) = catalog.find(database) else { return Ok(()) };
    for other in referring_to(found, name) {
        let referring = other.definition();
        if key.is_none() && same_name(&referring.name, name) {
            continue;
        }
        let is_needed = |reference: &Reference<'_>| {
            same_name(reference.table, name)
                && key.is_none_or(|key| {
                    reference.referenced.iter().any(|column| key.iter().any(|name| same_name(name, column)))
                })
        };
        if let Some(reference) = Reference::all(&referring).find(is_needed) {
            let message = format!(
                "the foreign key `{}` of `{}` refers to `{name}`",
                reference.constraint.name, referring.name
            );
            let help =
                format!("ALTER TABLE {} DROP CONSTRAINT {}", referring.name, reference.constraint.name);
            return Err(Error::new(Code::NeededByConstraint, message).with_help(help));
        }
    }
    Ok(())
}

/// Follows a rename of a dataset or of a column in the foreign keys that refer to it.
///
/// # Errors
/// `E0605 conflict`.
pub(in crate::statement) fn rename_in_references(
    catalog: &Catalog,
    database: &str,
    [table, to]: [&str; 2],
    column: Option<[&str; 2]>,
) -> Result<()> {
    let Some(found) = catalog.find(database) else { return Ok(()) };
    let others: Vec<Arc<Dataset>> = referring_to(found, table).cloned().collect();
    for other in others {
        other.load()?;
        other.change(|snapshot| {
            let renamed = |constraint: &Constraint| match &constraint.rule {
                Rule::Reference { columns, table: known, referenced } if same_name(known, table) => {
                    let new_name = |name: &Arc<str>| match column {
                        Some([from, to]) if same_name(from, name) => to.into(),
                        _ => name.clone(),
                    };
                    let rule = Rule::Reference {
                        columns: columns.clone(),
                        table: to.into(),
                        referenced: referenced.iter().map(new_name).collect(),
                    };
                    Constraint { name: constraint.name.clone(), rule }
                }
                _ => constraint.clone(),
            };
            Ok(snapshot.with_constraints(snapshot.constraints.iter().map(renamed).collect::<Vec<_>>()))
        })?;
    }
    Ok(())
}
