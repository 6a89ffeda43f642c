//! `ALTER VIEW v RENAME TO w` and the like.

use std::sync::Arc;

use linal_dataset::{Error, Result, same_name};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::{Ident, ObjectName};

use super::{dependents, place};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(
    session: &mut Session,
    kind: ObjectKind,
    name: &ObjectName,
    if_exists: bool,
    to: &Ident,
) -> Result<Outcome> {
    if if_exists && place::find(session, kind, name)?.is_none() {
        return Ok(Outcome::Done(format!("there was no {} {}", kind.word(), dependents::written(name))));
    }
    let known = place::known(session, kind, name)?;
    let users = dependents::of_object(session, &known.database, &known.object);
    if let Some(error) = dependents::refusal(&known.object, &users) {
        return Err(error.at(name.span).with_help("they name it; drop them first"));
    }
    let renamed = Arc::new(known.object.renamed(&to.name));
    if matches!(kind, ObjectKind::Macro | ObjectKind::TableMacro) {
        dependents::check_not_stored(session, &known.database, &renamed)
            .map_err(|error| error.at(to.span))?;
    }
    session.change_catalog(|catalog| {
        let taken = catalog.find(&known.database).and_then(|database| database.object(kind, &to.name));
        if let Some(taken) = taken.filter(|taken| !same_name(&taken.name, &known.object.name)) {
            let message = format!("there is a {} `{}` already", kind.word(), taken.name);
            return Err(Error::new(Code::NameExists, message).at(to.span));
        }
        catalog.remove_object(&known.database, kind, &known.object.name)?;
        catalog.put_object(&known.database, renamed).map_err(|error| error.at(to.span))
    })?;
    Ok(Outcome::Done(format!("renamed {} {} to {}", kind.word(), known.object.name, to.name)))
}
