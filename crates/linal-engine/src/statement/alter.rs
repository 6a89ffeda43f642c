//! `ALTER DATASET t ...` where no query is needed.

use linal_lang::ast::relational::{Alteration, ColumnSpec};
use linal_lang::ast::{Ident, ObjectName};
use linal_lang::tokens;

use super::create;
use crate::dataset::{Snapshot, same_name};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, table: &ObjectName, alteration: &Alteration) -> Result<Outcome> {
    match alteration {
        Alteration::AddColumn(spec) => add(session, table, spec),
        Alteration::AddComputed { .. } => Err(Error::not_yet("ALTER DATASET ... ADD COLUMN c = e")),
        Alteration::DropColumn(name) => drop_column(session, table, name),
        Alteration::RenameColumn { from, to } => rename_column(session, table, from, to),
        Alteration::Rename(name) => rename(session, table, name),
    }
}

/// A column that says nothing of NULL is nullable, since the rows that are there have no value for it.
fn add(session: &mut Session, table: &ObjectName, spec: &ColumnSpec) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let column = create::column(spec, true)?;
    let name = column.name.clone();
    let next = target.dataset.change(|snapshot| {
        let values = snapshot.default_values(&column)?;
        snapshot.with_column(column.clone(), values, &column.field(), true)
    });
    let next = next.map_err(|error| error.at(spec.name.span))?;
    Ok(Outcome::Done(format!("added column {name} to {}", next.name)))
}

fn drop_column(session: &mut Session, table: &ObjectName, name: &Ident) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let next = target.dataset.change(|snapshot| {
        not_computed_from(snapshot, &name.name)?;
        snapshot.without_column(&name.name)
    });
    let next = next.map_err(|error| error.at(name.span))?;
    Ok(Outcome::Done(format!("dropped column {} of {}", name.name, next.name)))
}

fn rename_column(session: &mut Session, table: &ObjectName, from: &Ident, to: &Ident) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let next = target.dataset.change(|snapshot| {
        not_computed_from(snapshot, &from.name).map_err(|error| error.at(from.span))?;
        snapshot.with_renamed_column(&from.name, &to.name).map_err(|error| match error.code() {
            "E0606" => error.at(to.span),
            _ => error.at(from.span),
        })
    })?;
    Ok(Outcome::Done(format!("renamed column {} of {} to {}", from.name, next.name, to.name)))
}

/// Refuses to take a name away that the expression of a generated column has.
fn not_computed_from(snapshot: &Snapshot, name: &str) -> Result<()> {
    let uses = |text: &str| tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), name));
    let user = snapshot
        .columns
        .iter()
        .filter(|column| !same_name(&column.name, name))
        .find(|column| column.computed.as_ref().is_some_and(|computed| uses(&computed.text)));
    match user {
        None => Ok(()),
        Some(user) => {
            let message = format!("the column `{}` is computed from `{name}`", user.name);
            Err(Error::new("E0615", "column_in_use", message)
                .with_help(format!("drop `{}` first", user.name)))
        }
    }
}

fn rename(session: &mut Session, table: &ObjectName, to: &Ident) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let (database, dataset) = (target.database, target.dataset);
    let from = dataset.name();
    session.change_catalog(|catalog| {
        if !same_name(&from, &to.name)
            && let Some(known) = catalog.database(&database)?.dataset(&to.name)
        {
            return Err(create::exists(&known.name()).at(to.span));
        }
        catalog.remove(&database, &from)?;
        catalog.put(&database, &to.name, dataset.clone())?;
        dataset.change(|snapshot| Ok(snapshot.with_name(&to.name)))?;
        Ok(())
    })?;
    Ok(Outcome::Done(format!("renamed dataset {from} to {}", to.name)))
}
