//! `SAVE TENSOR`, `LOAD TENSOR`, `SAVE PIPELINE`, `LOAD PIPELINE`: objects of the database.

use std::sync::Arc;

use linal_bind::{Value, Variable};
use linal_dataset::lineage::{Lineage, Step};
use linal_dataset::{Error, Result};
use linal_lang::ast::Ident;
use linal_lang::ast::relational::StoredKind;

use super::let_::publish;
use super::pipeline;
use super::version::directory;
use crate::durable::{SavedTensor, load_tensor};
use crate::outcome::Outcome;
use crate::session::Session;

/// Saves an object in the current database.
pub(super) fn save(session: &mut Session, kind: StoredKind, name: &Ident) -> Result<Outcome> {
    match kind {
        StoredKind::Tensor => save_tensor(session, name),
        StoredKind::Pipeline => {
            directory(&session.engine)?;
            let pipeline = pipeline::find(session, name)?;
            Ok(Outcome::Done(format!("the pipeline {} is saved with its database", pipeline.name.name)))
        }
        StoredKind::Dataset => Err(Error::not_yet("SAVE DATASET")),
    }
}

/// Loads an object of the current database.
pub(super) fn load(session: &mut Session, kind: StoredKind, name: &Ident) -> Result<Outcome> {
    match kind {
        StoredKind::Tensor => load_saved(session, name),
        StoredKind::Pipeline => {
            directory(&session.engine)?;
            let pipeline = pipeline::find(session, name)?;
            Ok(Outcome::Done(format!("the pipeline {} is loaded with its database", pipeline.name.name)))
        }
        StoredKind::Dataset => Err(Error::not_yet("LOAD DATASET")),
    }
}

fn save_tensor(session: &mut Session, name: &Ident) -> Result<Outcome> {
    directory(&session.engine)?;
    let tensor = session.query_context().tensor(&name.name).map_err(|error| error.at(name.span))?;
    let (_, variable) = session.variables.resolve(&name.name).map_err(|error| error.at(name.span))?;
    let (strict, spectrum) = (variable.strict, variable.spectrum_length);
    let text = variable.lineage.text().to_string();
    let names: [Arc<str>; 2] = [session.database.clone(), (&*name.name).into()];
    let saved = SavedTensor::new(names, &tensor, (strict, spectrum), &text, &session.pool)?;
    if let Some(transaction) = &mut session.transaction {
        transaction.saved.push(saved);
    }
    Ok(Outcome::Done(format!("saved the tensor {}", name.name)))
}

fn load_saved(session: &mut Session, name: &Ident) -> Result<Outcome> {
    let engine = session.engine.clone();
    let snapshot = directory(&engine)?.store.snapshot().map_err(crate::durable::error)?;
    let loaded =
        load_tensor(&snapshot, &session.database, &name.name).map_err(|error| error.at(name.span))?;
    let step = Arc::new(Step { name: (&*name.name).into(), text: loaded.text.into() });
    let variable = Variable {
        name: step.name.clone(),
        lineage: Lineage::new(step, []),
        value: Value::Tensor(loaded.tensor),
        strict: loaded.strict,
        spectrum_length: loaded.spectrum_length,
    };
    let slot = session.variables.slot(&name.name);
    Ok(Outcome::Defined(publish(session, slot, variable, false)))
}
