//! `ALTER TABLE .. ADD CONSTRAINT | DROP CONSTRAINT`, and what else changes constraints of datasets with rows.

use std::sync::Arc;

use arrow::array::Array;
use linal_dataset::{ColumnDef, Constraint, Error, KeyKind, Result, Rule, Snapshot};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::constraint::ConstraintSpec;
use linal_lang::ast::{Ident, ObjectName};

use super::define::{default_name, key_columns};
use super::{check_all, not_referred_to, reference, with_constraints};
use crate::outcome::Outcome;
use crate::session::Session;

/// Adds a constraint, which the rows that are there are checked against.
pub(in crate::statement) fn add(
    session: &mut Session,
    table: &ObjectName,
    spec: &ConstraintSpec,
) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let before = target.dataset.snapshot();
    let next = with_constraints(session, &target.database, Snapshot::clone(&before), [spec])?;
    check_all(session, &next).map_err(|error| error.at(spec.span))?;
    reference::check_rows(session, &target.database, &next).map_err(|error| error.at(spec.span))?;
    let name = next.constraints.last().map(|constraint| constraint.name.clone()).unwrap_or_default();
    target.dataset.publish(before.version, next)?;
    session.plans.clear();
    Ok(Outcome::Done(format!("added constraint {name} to {}", before.name)))
}

/// Drops a constraint.
pub(in crate::statement) fn drop(
    session: &mut Session,
    table: &ObjectName,
    name: &Ident,
    if_exists: bool,
) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let before = target.dataset.snapshot();
    let Some(known) = before.constraint(&name.name) else {
        if if_exists {
            return Ok(Outcome::Done(format!("there is no constraint `{}`", name.name)));
        }
        let names = before.constraints.iter().map(|constraint| &*constraint.name);
        return Err(Error::unknown(Code::UnknownName, "constraint", &name.name, names).at(name.span));
    };
    if let Some(key) = known.key() {
        let catalog = session.catalog_view().catalog();
        not_referred_to(&catalog, &target.database, &before.name, Some(key))
            .map_err(|error| error.at(name.span))?;
    }
    let left: Vec<Constraint> = before.constraints.iter().filter(|other| *other != known).cloned().collect();
    let said = format!("dropped constraint {} of {}", known.name, before.name);
    target.dataset.publish(before.version, before.with_constraints(left))?;
    session.plans.clear();
    Ok(Outcome::Done(said))
}

/// `CREATE UNIQUE INDEX`: the constraint of an index over these columns.
///
/// # Errors
/// An unknown column; two rows with the same values.
pub(in crate::statement) fn unique_index(
    session: &mut Session,
    table: &ObjectName,
    name: Option<&Ident>,
    columns: &[Ident],
) -> Result<Arc<str>> {
    let target = session.dataset(table)?;
    let before = target.dataset.snapshot();
    let rule = Rule::Key { kind: KeyKind::Index, columns: key_columns(&before, columns)? };
    let name: Arc<str> = match name {
        Some(name) => (&*name.name).into(),
        None => default_name(&before, &rule),
    };
    let mut all = before.constraints.to_vec();
    all.push(Constraint { name: name.clone(), rule });
    let next = before.with_constraints(all);
    next.check_keys().map_err(|error| error.at(table.span))?;
    target.dataset.publish(before.version, next)?;
    session.plans.clear();
    Ok(name)
}

/// A dataset whose column may or may not be NULL.
///
/// # Errors
/// `E0602 not_null` with the first row that has NULL.
pub(in crate::statement) fn set_nullable(
    snapshot: &Snapshot,
    at: usize,
    nullable: bool,
    span: Span,
) -> Result<Snapshot> {
    if !nullable {
        let mut first = 0;
        for values in snapshot.values(at) {
            let values = values?;
            if let Some(nulls) = values.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
                let row = first + nulls.iter().position(|is_valid| !is_valid).unwrap_or(0);
                let message = format!(
                    "row {}, column `{}`: NULL, and the column is NOT NULL",
                    row + 1,
                    snapshot.columns[at].name
                );
                return Err(Error::new(Code::NotNull, message).at(span));
            }
            first += values.len();
        }
    }
    let column = ColumnDef { nullable, ..snapshot.columns[at].clone() };
    snapshot.with_redefined(at, column, None)
}
