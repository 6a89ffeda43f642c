//! `DROP TENSOR x [IF EXISTS]`.

use linal_lang::ast::Ident;

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, name: &Ident, if_exists: bool) -> Result<Outcome> {
    match session.variables.find(&name.name) {
        Some((slot, _)) => {
            session.variables.remove(slot);
            Ok(Outcome::Done(format!("dropped {}", name.name)))
        }
        None if if_exists => Ok(Outcome::Done(format!("there was no {}", name.name))),
        None => Err(session.variables.resolve(&name.name).err().map_or_else(
            || Error::new("E0304", "unknown_name", format!("there is no tensor `{}`", name.name)),
            |error| error.at(name.span),
        )),
    }
}
