//! `SAVE TENSOR`, `LOAD TENSOR`, `SAVE PIPELINE`, `LOAD PIPELINE`: objects of the database, or of a file.

mod file;

use std::sync::Arc;

use linal_bind::{Value, Variable};
use linal_dataset::Result;
use linal_dataset::lineage::{Lineage, Step};
use linal_lang::ast::FilePath;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::StoredKind;
use linal_tensor::Tensor;

use super::let_::publish;
use super::{package, pipeline};
use crate::durable::{SavedTensor, error, load_tensor};
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
    let saved = SavedTensor::new(names, &tensor, flags, variable.lineage.text(), &session.pool)?;
    if let Some(transaction) = &mut session.transaction {
        transaction.saved.push(saved);
    }
    Ok(Outcome::Done(format!("saved the tensor {}", name.name)))
}

fn load_saved(session: &mut Session, name: &Ident) -> Result<Outcome> {
    let engine = session.engine.clone();
    let Some(durable) = &engine.durable else { return file::load_tensor(session, name, None) };
    let snapshot = durable.store.snapshot().map_err(error)?;
    let loaded =
        load_tensor(&snapshot, &session.database, &name.name).map_err(|error| error.at(name.span))?;
    Ok(define(session, name, loaded.tensor, &loaded.text, (loaded.strict, loaded.spectrum_length)))
}

/// Defines a variable whose lineage is the text of its definition.
fn define(
    session: &mut Session,
    name: &Ident,
    tensor: Tensor,
    text: &str,
    (strict, spectrum_length): (bool, Option<usize>),
) -> Outcome {
    let step = Arc::new(Step { name: (&*name.name).into(), text: text.into() });
    let variable = Variable {
        name: step.name.clone(),
        lineage: Lineage::new(step, []),
        value: Value::Tensor(tensor),
        strict,
        spectrum_length,
    };
    let slot = session.variables.slot(&name.name);
    Outcome::Defined(publish(session, slot, variable, false))
}
