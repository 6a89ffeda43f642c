//! `DROP TENSOR x [IF EXISTS]`: the variable of the session, or else the saved tensor of the database. The variable
//! goes first, so that one that is dropped for its memory takes nothing durable with it.

use linal_dataset::{Error, Result, same_name};
use linal_error::Code;
use linal_lang::ast::objects::Dependents;
use linal_lang::ast::{Ident, ObjectName};

use super::constraint::not_referred_to;
use super::{objects, saved};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, name: &Ident, if_exists: bool) -> Result<Outcome> {
    let slot = session.variables.find(&name.name).map(|(slot, _)| slot);
    match slot {
        Some(slot) => {
            session.variables.remove(slot);
            let is_saved = saved::list(session)?.iter().any(|entry| same_name(&entry.name, &name.name));
            let stays =
                if is_saved { "; the saved tensor stays, and DROP TENSOR once more drops it" } else { "" };
            Ok(Outcome::Done(format!("dropped {}{stays}", name.name)))
        }
        None if saved::remove(session, &name.name)? => {
            Ok(Outcome::Done(format!("dropped the saved tensor {}", name.name)))
        }
        None if if_exists => Ok(Outcome::Done(format!("there was no {}", name.name))),
        None => Err(session.variables.resolve(&name.name).err().map_or_else(
            || Error::new(Code::UnknownName, format!("there is no tensor `{}`", name.name)),
            |error| error.at(name.span),
        )),
    }
}

/// `DROP DATASET t`, `DROP TABLE t`.
pub(super) fn dataset(
    session: &mut Session,
    name: &ObjectName,
    if_exists: bool,
    dependents: Dependents,
) -> Result<Outcome> {
    let target = match session.dataset(name) {
        Ok(target) => target,
        Err(error) if if_exists && error.is(Code::UnknownName) => {
            let text: Vec<&str> = name.parts.iter().map(|part| &*part.name).collect();
            return Ok(Outcome::Done(format!("there was no {}", text.join("."))));
        }
        Err(error) => return Err(error),
    };
    let spelled = target.dataset.name();
    let catalog = session.catalog_view().catalog();
    not_referred_to(&catalog, &target.database, &spelled, None).map_err(|error| error.at(name.span))?;
    let (users, said) = objects::drop_dependents_of_dataset(session, &target.database, &spelled, dependents)
        .map_err(|error| error.at(name.span))?;
    session.change_catalog(|catalog| {
        users.iter().try_for_each(|user| user.drop_from(catalog))?;
        catalog.remove(&target.database, &spelled)
    })?;
    if !users.is_empty() {
        session.forget_plans();
    }
    Ok(Outcome::Done(format!("dropped dataset {spelled}{said}")))
}
