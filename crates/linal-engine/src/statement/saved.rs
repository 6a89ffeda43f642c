//! `SAVE TENSOR`, `LOAD TENSOR`, `SAVE PIPELINE`, `LOAD PIPELINE`: objects of the database, or of a file.

mod file;

use std::sync::Arc;

use linal_bind::{Value, Variable};
use linal_dataset::lineage::LineageRef;
use linal_dataset::{Result, same_name};
use linal_lang::ast::FilePath;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::StoredKind;
use linal_store::database::Snapshot;
use linal_tensor::Tensor;

use super::let_::publish;
use super::{package, pipeline};
use crate::durable::{Durable, SavedChange, SavedEntry, SavedTensor, error, list_tensors, load_tensor};
use crate::outcome::Outcome;
use crate::session::Session;

/// Saves an object: in the current database, or to a path.
pub(super) fn save(
    session: &mut Session,
    kind: StoredKind,
    name: &Ident,
    path: Option<&FilePath>,
) -> Result<Outcome> {
    match kind {
        StoredKind::Dataset => package::save(session, name, path),
        StoredKind::Tensor if path.is_none() && session.engine.durable.is_some() => {
            save_tensor(session, name)
        }
        StoredKind::Tensor => file::save_tensor(session, name, path),
        StoredKind::Pipeline => file::save_pipeline(session, name, path),
    }
}

/// Loads an object: of the current database, or from a path.
pub(super) fn load(
    session: &mut Session,
    kind: StoredKind,
    name: &Ident,
    path: Option<&FilePath>,
) -> Result<Outcome> {
    match kind {
        StoredKind::Dataset => package::load(session, name, path),
        StoredKind::Tensor if path.is_none() && session.engine.durable.is_some() => load_saved(session, name),
        StoredKind::Tensor => file::load_tensor(session, name, path),
        StoredKind::Pipeline => file::load_pipeline(session, name, path),
    }
}

/// A tensor of the session, with what its variable says of it.
fn tensor(session: &mut Session, name: &Ident) -> Result<(Tensor, Variable)> {
    let tensor = session.query_context().tensor(&name.name).map_err(|error| error.at(name.span))?;
    let (_, variable) = session.variables.resolve(&name.name).map_err(|error| error.at(name.span))?;
    Ok((tensor, variable.clone()))
}

fn save_tensor(session: &mut Session, name: &Ident) -> Result<Outcome> {
    let (tensor, variable) = tensor(session, name)?;
    let names: [Arc<str>; 2] = [session.database.clone(), (&*name.name).into()];
    let flags = (variable.strict, variable.spectrum_length);
    let saved = SavedTensor::new(names, &tensor, flags, &variable.lineage, &session.pool)?;
    if let Some(transaction) = &mut session.transaction {
        transaction.saved.push(SavedChange::Put(saved));
    }
    Ok(Outcome::Done(format!("saved the tensor {}", name.name)))
}

fn load_saved(session: &mut Session, name: &Ident) -> Result<Outcome> {
    let engine = session.engine.clone();
    let Some(durable) = &engine.durable else { return file::load_tensor(session, name, None) };
    let (snapshot, changes) = state(session, durable)?;
    let loaded = load_tensor(&snapshot, changes, &session.database, &name.name)
        .map_err(|error| error.at(name.span))?;
    let flags = (loaded.strict, loaded.spectrum_length);
    Ok(define(session, name, loaded.tensor, loaded.lineage, flags))
}

/// The directory as the session sees it: the snapshot at BEGIN with the changes since, or the current one.
fn state<'s>(session: &'s Session, durable: &Durable) -> Result<(Snapshot, &'s [SavedChange])> {
    let begun = session.transaction.as_ref().and_then(|open| Some((open.stored?, open.saved.as_slice())));
    let (snapshot, changes) = match begun {
        Some((number, changes)) => (durable.store.snapshot_number(number), changes),
        None => (durable.store.snapshot(), [].as_slice()),
    };
    Ok((snapshot.map_err(error)?, changes))
}

/// The saved tensors of the current database; none without a directory.
///
/// # Errors
/// A directory that cannot be read.
pub(super) fn list(session: &Session) -> Result<Vec<SavedEntry>> {
    let Some(durable) = &session.engine.durable else { return Ok(Vec::new()) };
    let (snapshot, changes) = state(session, durable)?;
    list_tensors(&snapshot, &session.database, changes)
}

/// Removes a saved tensor from the current database. Returns whether there was one.
///
/// # Errors
/// A directory that cannot be read.
pub(super) fn remove(session: &mut Session, name: &str) -> Result<bool> {
    let is_saved = list(session)?.iter().any(|entry| same_name(&entry.name, name));
    let (database, name) = (session.database.clone(), name.into());
    if let Some(transaction) = session.transaction.as_mut().filter(|_| is_saved) {
        transaction.saved.push(SavedChange::Drop(database, name));
    }
    Ok(is_saved)
}

/// Defines a variable with a lineage.
fn define(
    session: &mut Session,
    name: &Ident,
    tensor: Tensor,
    lineage: LineageRef,
    (strict, spectrum_length): (bool, Option<usize>),
) -> Outcome {
    let variable = Variable {
        name: (&*name.name).into(),
        lineage,
        value: Value::Tensor(tensor),
        strict,
        spectrum_length,
    };
    let slot = session.variables.slot(&name.name);
    Outcome::Defined(publish(session, slot, variable, false))
}
