//! `BEGIN`, `COMMIT`, `ROLLBACK`: what the session changes in between is kept or taken back as one.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn begin(session: &mut Session) -> Result<Outcome> {
    if session.transaction.is_some() {
        return Err(Error::new("E0318", "transaction_open", "a transaction is open already")
            .with_help("COMMIT or ROLLBACK ends it"));
    }
    session.transaction = Some(session.variables.clone());
    Ok(Outcome::Done("a transaction is open".to_string()))
}

pub(super) fn commit(session: &mut Session) -> Result<Outcome> {
    match session.transaction.take() {
        Some(_) => Ok(Outcome::Done("committed".to_string())),
        None => Err(none_open("COMMIT")),
    }
}

pub(super) fn rollback(session: &mut Session) -> Result<Outcome> {
    match session.transaction.take() {
        Some(before) => {
            // Names that are newer than BEGIN have slots that the old table does not know.
            session.variables = before;
            session.cache.clear();
            Ok(Outcome::Done("rolled back".to_string()))
        }
        None => Err(none_open("ROLLBACK")),
    }
}

fn none_open(statement: &str) -> Error {
    Error::new("E0319", "no_transaction", format!("{statement} without BEGIN"))
}
