//! `CREATE DATABASE`, `DROP DATABASE`, `USE`, `SHOW DATABASES`.

use linal_dataset::catalog::DEFAULT_DATABASE;
use linal_dataset::{Cell, Result, RowSet, same_name};
use linal_lang::ast::Ident;
use linal_store::ColumnType;
use linal_tensor::Control;

use super::transaction;
use crate::durable::{Durable, Held};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn create(session: &mut Session, name: &Ident, if_not_exists: bool) -> Result<Outcome> {
    if session.transaction.is_some() {
        let created = session.change_catalog(|catalog| catalog.create_database(&name.name, if_not_exists));
        return created.map(|created| created_database(name, created)).map_err(|error| error.at(name.span));
    }
    let (catalog, durable) = (&session.engine.catalog, session.engine.durable.as_ref());
    let _others = writable(durable, session.context.control())?;
    let created = catalog.create(&name.name, if_not_exists, || {
        durable.map_or(Ok(()), |durable| durable.create_database(&name.name))
    });
    created.map(|created| created_database(name, created)).map_err(|error| error.at(name.span))
}

fn created_database(name: &Ident, is_new: bool) -> Outcome {
    let done = if is_new { "created" } else { "there already:" };
    Outcome::Done(format!("{done} database {}", name.name))
}

pub(super) fn drop(session: &mut Session, name: &Ident, if_exists: bool) -> Result<Outcome> {
    transaction::none_may_be_open(session, "DROP DATABASE", name.span)?;
    let (catalog, durable) = (&session.engine.catalog, session.engine.durable.as_ref());
    let _others = writable(durable, session.context.control())?;
    let dropped = catalog.drop_database(&name.name, if_exists, &session.database, |name| {
        durable.map_or(Ok(()), |durable| durable.drop_database(name))
    });
    let dropped = dropped.map_err(|error| error.at(name.span))?;
    if dropped {
        session.engine.forget_shares(&name.name);
    }
    if dropped && same_name(&name.name, &session.database) {
        session.database = DEFAULT_DATABASE.into();
    }
    let done = if dropped { "dropped" } else { "there was no" };
    Ok(Outcome::Done(format!("{done} database {}", name.name)))
}

/// Waits for other commits to the directory, if there is one. The lock of the catalog is taken after this one.
fn writable<'d>(durable: Option<&'d Durable>, control: &Control) -> Result<Option<Held<'d>>> {
    durable.map(|durable| durable.check_writable().and_then(|()| durable.lock(control))).transpose()
}

pub(crate) fn enter(session: &mut Session, name: &Ident) -> Result<Outcome> {
    let entered =
        session.engine.catalog.enter(&name.name, Some(&session.database)).map_err(|e| e.at(name.span))?;
    session.database = entered.clone();
    Ok(Outcome::Done(format!("using database {entered}")))
}

pub(super) fn show(session: &Session) -> RowSet {
    let mut rows = Vec::new();
    let all = session.engine.catalog.snapshot();
    for database in all.databases().filter(|database| session.asker.sees_database(&database.name)) {
        let current = database.name == session.database;
        rows.push(vec![Cell::String(database.name.to_string()), Cell::Bool(current)]);
    }
    RowSet::from_rows(&[("name", ColumnType::String), ("current", ColumnType::Bool)], &rows)
}
