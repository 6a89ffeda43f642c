//! `CREATE VIEW`.

use std::sync::Arc;

use linal_dataset::Result;
use linal_dataset::objects::{Definition, Object, View};
use linal_lang::ast::ObjectName;
use linal_lang::ast::objects::{CreateView, ObjectKind};
use linal_lang::ast::relational::OnExisting;
use linal_query::frontend::objects::columns_of;

use super::place;
use super::place::Known;
use crate::outcome::Outcome;
use crate::session::Session;

/// Creates a view, whose query is planned now: what is wrong with it is an error of this statement.
pub(super) fn create(session: &mut Session, create: &CreateView) -> Result<Outcome> {
    let place = place::of_new(session, &create.name, create.temporary)?;
    let name = &place.name.name;
    let known = place::find(session, ObjectKind::View, &create.name)?;
    if known.is_some_and(|known| known.database == place.database) && create.on_existing == OnExisting::Keep {
        return Ok(Outcome::Done(place::created(ObjectKind::View, name, false)));
    }
    let planned = columns_of(&mut session.query_context(), &create.query, &create.columns, create.temporary);
    let (columns, is_renamed) = planned?;
    let names =
        if is_renamed { columns.iter().map(|column| column.name.clone()).collect() } else { Vec::new() };
    let view = View { query: create.text.clone(), names, columns };
    let object = Object::new(name, Definition::View(view));
    let is_new = put_checked(session, create, &place, object)?;
    Ok(Outcome::Done(place::created(ObjectKind::View, name, is_new)))
}

/// Puts the view into the catalog, unless it would then read itself.
fn put_checked(
    session: &mut Session,
    create: &CreateView,
    place: &place::Place,
    object: Object,
) -> Result<bool> {
    if create.on_existing != OnExisting::Replace {
        return place::put(session, place, create.on_existing, object);
    }
    super::dependents::check_no_circle(session, &place.database, &object)
        .map_err(|error| error.at(place.name.span))?;
    place::put(session, place, create.on_existing, object)
}

/// The view of a name, if there is one and no dataset hides it.
pub(crate) fn named(session: &Session, name: &ObjectName) -> Result<Option<Arc<Object>>> {
    Ok(place::find(session, ObjectKind::View, name)?.map(|Known { object, .. }| object))
}
