//! `BEGIN`, `COMMIT`, `ROLLBACK`: the changes of a session in between are published or discarded together.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::Span;

use crate::outcome::Outcome;
use crate::session::{Session, Transaction};

pub(super) fn begin(session: &mut Session) -> Result<Outcome> {
    if session.transaction.is_some() {
        return Err(Error::new(Code::TransactionOpen, "a transaction is open already")
            .with_help("COMMIT or ROLLBACK ends it"));
    }
    let variables = session.variables.clone();
    let durable = session.engine.durable.as_ref();
    let begun = Transaction::begin(&session.engine.catalog, &session.own, variables, durable)?;
    session.transaction = Some(begun);
    Ok(Outcome::Done("a transaction is open".to_string()))
}

/// A failed commit discards all changes, as ROLLBACK does: also one that its time limit has stopped.
pub(super) fn commit(session: &mut Session) -> Result<Outcome> {
    let Some(transaction) = session.transaction.take() else { return Err(none_open("COMMIT")) };
    let before = transaction.variables.clone();
    let engine = session.engine.clone();
    let (durable, control) = (engine.durable.as_ref(), session.control());
    match transaction.of_job(session.job).commit(&engine.catalog, &session.own, durable, &control) {
        Ok(()) => Ok(Outcome::Done("committed".to_string())),
        Err(error) => {
            session.variables = before;
            session.forget_plans();
            Err(error)
        }
    }
}

pub(super) fn rollback(session: &mut Session) -> Result<Outcome> {
    match session.transaction.take() {
        Some(transaction) => {
            // Names defined since BEGIN have slots that the saved table does not have.
            session.variables = transaction.variables;
            session.forget_plans();
            Ok(Outcome::Done("rolled back".to_string()))
        }
        None => Err(none_open("ROLLBACK")),
    }
}

/// Databases are created and dropped, and versions expire, for all sessions at once, so a transaction could not undo
/// it.
pub(super) fn none_may_be_open(session: &Session, statement: &str, span: Span) -> Result<()> {
    match session.transaction {
        None => Ok(()),
        Some(_) => {
            let message = format!("{statement} cannot be part of a transaction");
            Err(Error::new(Code::TransactionOpen, message).at(span).with_help("COMMIT or ROLLBACK ends it"))
        }
    }
}

fn none_open(statement: &str) -> Error {
    Error::new(Code::NoTransaction, format!("{statement} without BEGIN"))
}
