//! Which database an object belongs to.

use std::sync::Arc;

use linal_dataset::objects::Object;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::relational::OnExisting;
use linal_lang::ast::{Ident, ObjectName};

use crate::session::Session;

/// A database and the name of an object in it.
pub(super) struct Place {
    pub database: Arc<str>,
    pub name: Ident,
}

/// An object that is there.
pub(super) struct Known {
    pub database: Arc<str>,
    pub object: Arc<Object>,
}

/// Splits `v` or `db.v`.
fn split(name: &ObjectName) -> Result<(Option<&Ident>, &Ident)> {
    match name.parts.as_slice() {
        [object] => Ok((None, object)),
        [database, object] => Ok((Some(database), object)),
        _ => {
            let message = "an object is named `name` or `database.name`";
            Err(Error::new(Code::UnknownName, message).at(name.span))
        }
    }
}

/// Where a new object goes.
///
/// # Errors
/// An unknown database; a temporary object with a database.
pub(super) fn of_new(session: &Session, name: &ObjectName, temporary: bool) -> Result<Place> {
    let (database, object) = split(name)?;
    let database = match database {
        Some(database) if temporary => {
            let message = "a temporary object belongs to the session, not to a database";
            return Err(Error::new(Code::UnknownName, message).at(database.span));
        }
        Some(database) => {
            let catalog = session.catalog_view().catalog();
            let known = catalog.database(&database.name).map_err(|error| error.at(database.span))?;
            known.name.clone()
        }
        None if temporary => session.own.clone(),
        None => session.database.clone(),
    };
    Ok(Place { database, name: object.clone() })
}

/// The object of a name: the session's own first.
///
/// # Errors
/// An unknown database.
pub(super) fn find(session: &Session, kind: ObjectKind, name: &ObjectName) -> Result<Option<Known>> {
    let (database, object) = split(name)?;
    let catalog = session.catalog_view().catalog();
    let databases = match database {
        Some(database) => {
            let known = catalog.database(&database.name).map_err(|error| error.at(database.span))?;
            if linal_dataset::catalog::is_own(&known.name) {
                let unknown = linal_dataset::catalog::unknown_database(&catalog, &database.name);
                return Err(unknown.at(database.span));
            }
            vec![known]
        }
        None => [&session.own, &session.database].into_iter().filter_map(|name| catalog.find(name)).collect(),
    };
    let found = databases.into_iter().find_map(|database| {
        let object = database.object(kind, &object.name)?;
        Some(Known { database: database.name.clone(), object: object.clone() })
    });
    Ok(found)
}

/// The object of a name.
///
/// # Errors
/// `E0304 unknown_name` with the nearest name.
pub(super) fn known(session: &Session, kind: ObjectKind, name: &ObjectName) -> Result<Known> {
    if let Some(known) = find(session, kind, name)? {
        return Ok(known);
    }
    let (_, object) = split(name)?;
    let catalog = session.catalog_view().catalog();
    let databases = [&session.own, &session.database].into_iter().filter_map(|name| catalog.find(name));
    let names: Vec<Arc<str>> =
        databases.flat_map(|database| database.objects_of(kind)).map(|object| object.name.clone()).collect();
    let names = names.iter().map(|name| &**name);
    let error = Error::unknown(Code::UnknownName, kind.word(), &object.name, names).at(object.span);
    let is_dataset = kind == ObjectKind::View && session.dataset(name).is_ok();
    Err(if is_dataset { error.with_help(format!("`{}` is a dataset", object.name)) } else { error })
}

/// Puts an object into the catalog. False if the name is taken and IF NOT EXISTS allows that. `check` looks at the catalog
/// with the object in it.
///
/// # Errors
/// `E0315 name_exists`; those of `check`.
pub(super) fn put(
    session: &mut Session,
    place: &Place,
    on_existing: OnExisting,
    object: Object,
) -> Result<bool> {
    let object = Arc::new(object);
    session.change_catalog(|catalog| {
        let known = catalog.find(&place.database).and_then(|known| known.object(object.kind(), &object.name));
        if let Some(known) = known {
            match on_existing {
                OnExisting::Keep => return Ok(false),
                OnExisting::Fail => {
                    let message = format!("there is a {} `{}` already", object.kind().word(), known.name);
                    return Err(Error::new(Code::NameExists, message).at(place.name.span));
                }
                OnExisting::Replace => {}
            }
        }
        catalog.put_object(&place.database, object).map_err(|error| error.at(place.name.span))?;
        Ok(true)
    })
}

/// What a CREATE has done, as a sentence.
pub(super) fn created(kind: ObjectKind, name: &str, is_new: bool) -> String {
    let done = if is_new { "created" } else { "there already:" };
    format!("{done} {} {name}", kind.word())
}
