//! `DROP VIEW`, `DROP MACRO`, `DROP SEQUENCE`, `DROP TYPE`.

use linal_dataset::Result;
use linal_lang::ast::ObjectName;
use linal_lang::ast::objects::{Dependents, ObjectKind};

use super::{dependents, place};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(
    session: &mut Session,
    kind: ObjectKind,
    name: &ObjectName,
    if_exists: bool,
    wanted: Dependents,
) -> Result<Outcome> {
    let mut found = place::find(session, kind, name)?;
    // `DROP FUNCTION f` is said of a table macro, too.
    if found.is_none() && kind == ObjectKind::Macro {
        found = place::find(session, ObjectKind::TableMacro, name)?;
    }
    let known = match found {
        Some(known) => known,
        None if if_exists => {
            return Ok(Outcome::Done(format!("there was no {} {}", kind.word(), dependents::written(name))));
        }
        None => place::known(session, kind, name)?,
    };
    let users = dependents::of_object(session, &known.database, &known.object);
    if wanted != Dependents::Cascade
        && let Some(error) = dependents::refusal(&known.object, &users)
    {
        return Err(error.at(name.span));
    }
    let kind = known.object.kind();
    let said = dependents::said(&users);
    session.change_catalog(|catalog| {
        users.iter().try_for_each(|user| user.remove(catalog))?;
        catalog.remove_object(&known.database, kind, &known.object.name)
    })?;
    Ok(Outcome::Done(format!("dropped {} {}{said}", kind.word(), known.object.name)))
}
