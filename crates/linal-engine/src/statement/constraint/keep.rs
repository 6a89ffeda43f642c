//! Statements that replace the rows of a dataset: a pipeline or a TRANSFORM without INTO, rows of a program.

use std::sync::Arc;

use linal_dataset::{Constraint, Dataset, Error, Result, Snapshot};
use linal_error::Code;

use super::{check_all, recheck, set_nullable};
use crate::session::Session;

/// New rows of a dataset with its constraints, which they are checked against.
///
/// # Errors
/// `E0617 constraint_violated`; `E0618 needed_by_constraint` when a column of a constraint is not among the new ones.
pub(crate) fn replaced(
    session: &mut Session,
    (database, dataset): (&Arc<str>, &Arc<Dataset>),
    next: Snapshot,
) -> Result<Snapshot> {
    let before = &*dataset.definition();
    if !before.is_constrained() {
        return Ok(next);
    }
    let mut next = next;
    for constraint in before.constraints.iter() {
        for name in constraint.columns() {
            let Some(at) = next.position(name) else { return Err(missing(constraint, name, before)) };
            let is_key = constraint.is_primary() && next.columns[at].nullable;
            if is_key {
                next = set_nullable(&next, at, false, linal_lang::Span::default())
                    .map_err(|error| error.without_span())?;
            }
        }
    }
    let next = next.with_constraints(before.constraints.clone());
    check_all(session, &next)?;
    let catalog = session.catalog_view().catalog();
    recheck(&catalog, &[(database.clone(), dataset.clone(), &next)], &|_| false)?;
    Ok(next)
}

fn missing(constraint: &Constraint, name: &str, before: &Snapshot) -> Error {
    let message = format!(
        "the {} `{}` of `{}` needs the column `{name}`, which the new rows do not have",
        constraint.kind(),
        constraint.name,
        before.name
    );
    Error::new(Code::NeededByConstraint, message)
        .with_help(format!("ALTER TABLE {} DROP CONSTRAINT {}", before.name, constraint.name))
}
