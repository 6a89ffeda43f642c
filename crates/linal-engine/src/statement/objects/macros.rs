//! `CREATE MACRO`, `CREATE FUNCTION`.

use linal_dataset::objects::{Definition, Macro, Object, Overload, Parameter};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::objects::{CreateMacro, MacroBody, MacroOverload};
use linal_lang::ast::relational::OnExisting;
use linal_query::frontend::objects::check_macro_names;

use super::{dependents, place};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn create(session: &mut Session, create: &CreateMacro) -> Result<Outcome> {
    let place = place::of_new(session, &create.name, create.temporary)?;
    for overload in &create.overloads {
        for type_name in overload.parameters.iter().filter_map(|parameter| parameter.type_name.as_ref()) {
            super::types::declared_type(session, type_name)?;
        }
        check(overload)?;
    }
    let overloads = create.overloads.iter().map(stored).collect();
    let definition = Macro { overloads };
    let is_table = create.is_table();
    let definition =
        if is_table { Definition::TableMacro(definition) } else { Definition::Macro(definition) };
    let object = Object::new(&place.name.name, definition);
    let kind = object.kind();
    dependents::check_no_circle(session, &place.database, &object)
        .map_err(|error| error.at(place.name.span))?;
    let known =
        place::find(session, kind, &create.name)?.is_some_and(|known| known.database == place.database);
    // One that is there stays as it is, unless it is replaced.
    if !known || create.on_existing == OnExisting::Replace {
        dependents::check_not_stored(session, &place.database, &object)
            .map_err(|error| error.at(place.name.span))?;
    }
    let is_new = place::put(session, &place, create.on_existing, object)?;
    Ok(Outcome::Done(place::created(kind, &place.name.name, is_new)))
}

/// Checks the names of a body, and that defaults have none.
fn check(overload: &MacroOverload) -> Result<()> {
    let parameters: Vec<&str> = overload.parameters.iter().map(|parameter| &*parameter.name.name).collect();
    for parameter in &overload.parameters {
        let Some((default, _)) = &parameter.default else { continue };
        check_macro_names(&default.sql, &[]).map_err(|error| {
            let message = format!("the default of the parameter `{}` has a name in it", parameter.name.name);
            let place = error.span().unwrap_or(default.span);
            Error::new(Code::NotConstant, message).at(place)
        })?;
    }
    match &overload.body {
        MacroBody::Scalar(body) => check_macro_names(&body.sql, &parameters),
        MacroBody::Table(_) => Ok(()),
    }
}

fn stored(overload: &MacroOverload) -> Overload {
    let parameter = |parameter: &linal_lang::ast::objects::MacroParameter| Parameter {
        name: parameter.name.name.clone(),
        type_name: parameter.type_name.as_ref().map(|type_name| type_name.to_string().into()),
        default: parameter.default.as_ref().map(|(_, text)| text.clone()),
    };
    Overload { parameters: overload.parameters.iter().map(parameter).collect(), body: overload.text.clone() }
}
