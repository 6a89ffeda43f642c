//! The datasets visible to a session: those of the catalog, or the private ones of an open transaction.

use std::sync::Arc;

use linal_dataset::catalog::{Catalog, SharedCatalog, is_own, unknown_database, unknown_dataset};
use linal_dataset::{Dataset, Error, Result};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;

use crate::Variables;

/// A reference to a dataset by name, resolved at each use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetRef {
    /// The name of the database.
    pub database: Arc<str>,
    /// The name of the dataset.
    pub name: Arc<str>,
}

/// A resolved dataset and its database.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name of the database.
    pub database: Arc<str>,
    /// The dataset.
    pub dataset: Arc<Dataset>,
}

/// The catalog as seen by one session.
#[derive(Clone, Copy)]
pub struct CatalogView<'s> {
    /// The catalog of all sessions.
    pub shared: &'s SharedCatalog,
    /// The private catalog of an open transaction.
    pub private: Option<&'s Arc<Catalog>>,
    /// The current database.
    pub database: &'s Arc<str>,
    /// The session's own database. It may not exist yet.
    pub own: &'s Arc<str>,
}

impl CatalogView<'_> {
    /// The current catalog.
    pub fn catalog(&self) -> Arc<Catalog> {
        match self.private {
            Some(private) => private.clone(),
            None => self.shared.snapshot(),
        }
    }

    /// The dataset of a name; `None` when there is none. An unqualified name may be an alias of the session,
    /// or a dataset of the session's own database, which has precedence over the current database.
    ///
    /// # Errors
    /// An unknown database; stored rows that cannot be read.
    pub fn locate(
        &self,
        variables: &Variables,
        database: Option<&str>,
        name: &str,
    ) -> Result<Option<Target>> {
        let catalog = self.catalog();
        let alias = match database {
            None => variables.dataset_alias(name),
            Some(_) => None,
        };
        let (database, name) = match (&alias, database) {
            (Some(alias), _) => (&*alias.database, &*alias.name),
            (None, Some(database)) => (database, name),
            (None, None) if catalog.own(self.own).is_some_and(|own| own.dataset(name).is_some()) => {
                (&**self.own, name)
            }
            (None, None) => (&**self.database, name),
        };
        if is_own(database) && database != &**self.own {
            return Err(unknown_database(&catalog, database));
        }
        let database = catalog.database(database)?;
        let Some(dataset) = database.dataset(name) else { return Ok(None) };
        dataset.load()?;
        Ok(Some(Target { database: database.name.clone(), dataset: dataset.clone() }))
    }

    /// The qualifier of a dataset's name: its database, unless that is the current one or the session's own.
    pub fn qualifier<'d>(&self, database: &'d str) -> Option<&'d str> {
        (database != &**self.database && database != &**self.own).then_some(database)
    }

    /// The dataset of a name.
    ///
    /// # Errors
    /// `E0304 unknown_name` with the nearest name; `E0323 is_a_view`.
    pub fn find(&self, variables: &Variables, database: Option<&str>, name: &str) -> Result<Target> {
        if let Some(target) = self.locate(variables, database, name)? {
            return Ok(target);
        }
        let catalog = self.catalog();
        let own = catalog.own(self.own).filter(|_| database.is_none());
        let searched = catalog.database(database.unwrap_or(self.database))?;
        let view = own.into_iter().chain([searched]).find_map(|known| known.object(ObjectKind::View, name));
        if let Some(view) = view {
            return Err(is_a_view(&view.name));
        }
        Err(unknown_dataset(own.into_iter().chain([searched]), name))
    }
}

fn is_a_view(name: &str) -> Error {
    let message = format!("`{name}` is a view, and a dataset is needed here");
    Error::new(Code::IsAView, message).with_help(format!(
        "a view has no rows of its own: `CREATE TABLE t AS SELECT * FROM {name}` makes a dataset of them"
    ))
}
