//! `SET name = value`, `RESET SESSION`.

use linal_bind::settings::Settings;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Set;

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, set: &Set) -> Result<Outcome> {
    let span = if Settings::doc(&set.name.name).is_some() { set.value_span } else { set.name.span };
    session.settings.set(&set.name.name, &set.value).map_err(|error| error.at(span))?;
    apply(session);
    let value = session.settings.get(&set.name.name).unwrap_or_default();
    Ok(Outcome::Done(format!("{} = {value}", set.name.name)))
}

/// Removes all names. The current database and the settings stay.
pub(super) fn reset(session: &mut Session) -> Result<Outcome> {
    if session.transaction.is_some() {
        let message = "RESET SESSION would drop what the open transaction has changed";
        return Err(Error::new(Code::TransactionOpen, message).with_help("COMMIT or ROLLBACK comes first"));
    }
    session.variables.clear();
    session.prepared.clear();
    // Removing a name cannot fail.
    let _ = session.engine.catalog.change(|catalog| {
        catalog.remove_own(&session.own);
        Ok(())
    });
    session.cache.clear();
    session.plans.clear();
    Ok(Outcome::Done("the session has no tensors".to_string()))
}

/// Applies changed settings. Bound programs are discarded, since they may depend on the previous ones.
fn apply(session: &mut Session) {
    session.has_changed_settings = true;
    session.apply_limits();
    session.context.set_threads(session.settings.threads);
    session.cache.clear();
    session.plans.clear();
}
