//! `CHECKPOINT`, `BACKUP DATABASE` and `EXPORT DATABASE`.

use std::path::Path;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Ident;
use linal_store::database::{OpenOptions, Store};

use super::package;
use super::version::directory;
use crate::durable::error;
use crate::outcome::Outcome;
use crate::session::Session;

/// Writes small inserts and deletions to segments, and the WAL of the catalog into its file.
pub(super) fn checkpoint(session: &Session) -> Result<Outcome> {
    let durable = directory(&session.engine)?;
    durable.check_writable()?;
    let snapshot = durable.store.snapshot().map_err(error)?;
    for dataset in snapshot.datasets().map_err(error)? {
        while durable.store.compact(dataset.id, true).map_err(error)? {
            session.context.poll()?;
        }
    }
    durable.store.checkpoint().map_err(error)?;
    Ok(Outcome::Done("everything is in its files".to_string()))
}

/// Copies a database to a directory of its own, while other statements run.
pub(super) fn backup(session: &Session, name: &Ident, path: &str) -> Result<Outcome> {
    let durable = directory(&session.engine)?;
    let database =
        session.engine.catalog.snapshot().database(&name.name).map_err(|e| e.at(name.span))?.name.clone();
    let target = session.files.locate(path)?;
    durable.store.backup(&target).map_err(error)?;
    keep_only(&target, &database)?;
    Ok(Outcome::Done(format!("the database {database} is in {path}")))
}

/// Writes the datasets of a database as a DuckLake that others may change. What the session has changed since
/// BEGIN is not in it.
pub(super) fn export(session: &Session, name: &Ident, path: &str) -> Result<Outcome> {
    let durable = directory(&session.engine)?;
    let database =
        session.engine.catalog.snapshot().database(&name.name).map_err(|e| e.at(name.span))?.name.clone();
    let snapshot = durable.store.snapshot().map_err(error)?;
    let unknown =
        || Error::new(Code::UnknownName, format!("there is no database `{database}` in the directory"));
    let id = snapshot.database(&database).map_err(error)?.ok_or_else(unknown)?.id;
    let target = session.files.locate(path)?;
    durable.store.export_ducklake(id, &target).map_err(error)?;
    Ok(Outcome::Done(format!(
        "the database {database} is the DuckLake {path}, with its data in {path}.files"
    )))
}

/// Drops the other databases of a copy.
fn keep_only(copy: &Path, database: &str) -> Result<()> {
    let store = Store::open(copy, &OpenOptions { create: false, ..OpenOptions::default() }).map_err(error)?;
    let mut transaction = store.begin().map_err(error)?;
    let others: Vec<_> = transaction.base().databases().map_err(error)?.to_vec();
    for other in others.iter().filter(|other| other.name != database) {
        if other.name == linal_dataset::catalog::DEFAULT_DATABASE {
            let datasets: Vec<_> = transaction.base().datasets().map_err(error)?.to_vec();
            for dataset in datasets.iter().filter(|dataset| dataset.database == other.id) {
                transaction.drop_dataset(dataset.id).map_err(error)?;
            }
            let objects: Vec<_> = transaction.base().objects().map_err(error)?.to_vec();
            for object in objects.iter().filter(|object| object.database == other.id) {
                transaction.drop_object(other.id, &object.kind, &object.name);
            }
        } else {
            transaction.drop_database(other.id).map_err(error)?;
        }
    }
    transaction.commit(None).map_err(error)?;
    keep_only_packages(copy, database)
}

/// Removes the packages of the other databases of a copy.
fn keep_only_packages(copy: &Path, database: &str) -> Result<()> {
    let folder = copy.join("packages");
    let failed = |failure: std::io::Error| {
        Error::new(Code::Io, format!("the packages of the copy cannot be changed: {failure}"))
    };
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy() != package::file_name(database) {
            std::fs::remove_dir_all(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}
