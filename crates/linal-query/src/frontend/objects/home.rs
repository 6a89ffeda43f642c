//! Objects by name: those of the session first, then those of a database.

use std::sync::Arc;

use linal_bind::CatalogView;
use linal_dataset::catalog::Catalog;
use linal_dataset::objects::Object;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;

use crate::context::QueryContext;
use crate::planner::information_schema;

/// Where unqualified names of a text are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In the session: its own objects, then those of the database in use.
    Session,
    /// In this database, and nowhere else: the text belongs to it.
    Database(Arc<str>),
}

/// An object that was found, and where its own names are looked up.
pub(super) struct Found {
    pub object: Arc<Object>,
    pub home: Home,
}

/// The catalog during an expansion.
pub(super) struct Objects<'c, 's> {
    pub catalog: Arc<Catalog>,
    pub view: CatalogView<'c>,
    pub context: &'c QueryContext<'s>,
}

impl Objects<'_, '_> {
    /// Whether any object may be found.
    pub fn is_empty(&self) -> bool {
        !self.catalog.visible(self.view.own).any(|database| database.has_objects())
    }

    /// The object of a name; `None` when there is none.
    pub fn find(&self, kind: ObjectKind, parts: &[&str], home: &Home) -> Option<Found> {
        let parts = match parts {
            [catalog, rest @ ..]
                if parts.len() == 3 && catalog.eq_ignore_ascii_case(information_schema::CATALOG) =>
            {
                rest
            }
            _ => parts,
        };
        match (parts, home) {
            ([name], Home::Session) => {
                let own = self.in_database(self.view.own, kind, name);
                own.map(|object| Found { object, home: Home::Session }).or_else(|| {
                    // A dataset of the session hides a view of the database.
                    let is_hidden = kind == ObjectKind::View
                        && self.catalog.own(self.view.own).is_some_and(|own| own.dataset(name).is_some());
                    self.of_database(self.view.database, kind, name).filter(|_| !is_hidden)
                })
            }
            ([name], Home::Database(database)) => self.of_database(database, kind, name),
            ([database, name], _) => self.of_database(database, kind, name),
            _ => None,
        }
    }

    fn of_database(&self, database: &str, kind: ObjectKind, name: &str) -> Option<Found> {
        if linal_dataset::catalog::is_own(database) {
            return None;
        }
        let object = self.in_database(database, kind, name)?;
        let database = self.catalog.find(database)?.name.clone();
        Some(Found { object, home: Home::Database(database) })
    }

    fn in_database(&self, database: &str, kind: ObjectKind, name: &str) -> Option<Arc<Object>> {
        self.catalog.find(database)?.object(kind, name).cloned()
    }

    /// Whether an unqualified name is a dataset alias of the session.
    pub fn is_alias(&self, name: &str) -> bool {
        self.context.variables.dataset_alias(name).is_some()
    }

    /// The error of an object that is not there.
    pub fn unknown(&self, kind: ObjectKind, name: &str) -> Error {
        let databases = [self.view.own, self.view.database].map(|database| self.catalog.find(database));
        let known: Vec<Arc<str>> = databases
            .into_iter()
            .flatten()
            .flat_map(|database| database.objects_of(kind))
            .map(|object| object.name.clone())
            .collect();
        let error = Error::unknown(Code::UnknownName, kind.word(), name, known.iter().map(|name| &**name));
        error.or_help(format!("`CREATE {} {name} ...` makes one", kind.keywords()))
    }
}

/// Checks that a body is not within itself, and not too deep.
///
/// # Errors
/// `E0322 recursive_definition`, `E0118 nesting_too_deep`.
pub(super) fn check_path(path: &[String], what: &str) -> Result<()> {
    /// Views and macros within one another.
    const DEEPEST: usize = 64;
    if path.iter().any(|known| known == what) {
        return Err(Error::new(Code::RecursiveDefinition, format!("{what} is defined by itself")));
    }
    if path.len() >= DEEPEST {
        let message = format!("views and macros are nested more than {DEEPEST} deep");
        return Err(Error::new(Code::NestingTooDeep, message));
    }
    Ok(())
}
