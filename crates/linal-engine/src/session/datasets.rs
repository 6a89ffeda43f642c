//! The datasets that a session sees: those of the catalog, or its private ones while a transaction is open.

use std::sync::Arc;

use linal_error::Code;
use linal_lang::ast::{Ident, ObjectName};

use super::{Session, Variables};
use crate::catalog::{Catalog, SharedCatalog, is_own, unknown_database, unknown_dataset};
use crate::dataset::Dataset;
use crate::error::{Error, Result};

/// A dataset by its names, which leads to whatever has them when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DatasetRef {
    pub database: Arc<str>,
    pub name: Arc<str>,
}

/// A dataset that was found, with the database that it is in.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub database: Arc<str>,
    pub dataset: Arc<Dataset>,
}

/// The catalog as one session sees it.
#[derive(Clone, Copy)]
pub(crate) struct CatalogView<'s> {
    pub shared: &'s SharedCatalog,
    /// The private catalog of an open transaction.
    pub private: Option<&'s Arc<Catalog>>,
    /// The database in use.
    pub database: &'s Arc<str>,
    /// The session's own database, which need not be there.
    pub own: &'s Arc<str>,
}

impl CatalogView<'_> {
    /// The state now.
    pub fn catalog(&self) -> Arc<Catalog> {
        match self.private {
            Some(private) => private.clone(),
            None => self.shared.snapshot(),
        }
    }

    /// A dataset by its name; a name alone may be an alias of the session, or of a dataset that the session reads, which
    /// comes before one of the database. `None` when there is none.
    ///
    /// # Errors
    /// A database that is not there.
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
        let found = database.dataset(name);
        Ok(found.map(|dataset| Target { database: database.name.clone(), dataset: dataset.clone() }))
    }

    /// What tells datasets of a database from those that are found by their name alone: the database's name, unless it is
    /// the one in use or the session's own.
    pub fn qualifier<'d>(&self, database: &'d str) -> Option<&'d str> {
        (database != &**self.database && database != &**self.own).then_some(database)
    }

    /// A dataset that must be there.
    ///
    /// # Errors
    /// `E0304 unknown_name` with the nearest name.
    pub fn find(&self, variables: &Variables, database: Option<&str>, name: &str) -> Result<Target> {
        if let Some(target) = self.locate(variables, database, name)? {
            return Ok(target);
        }
        let catalog = self.catalog();
        let own = catalog.own(self.own).filter(|_| database.is_none());
        let searched = catalog.database(database.unwrap_or(self.database))?;
        Err(unknown_dataset(own.into_iter().chain([searched]), name))
    }
}

impl Session {
    /// The catalog as this session sees it.
    pub(crate) fn catalog_view(&self) -> CatalogView<'_> {
        CatalogView {
            shared: &self.engine.catalog,
            private: self.transaction.as_ref().map(|transaction| &transaction.catalog),
            database: &self.database,
            own: &self.own,
        }
    }

    /// Whether a name alone leads to a dataset that only this session knows.
    fn is_own_dataset(&self, name: &str) -> bool {
        let catalog = self.catalog_view().catalog();
        catalog.own(&self.own).is_some_and(|own| own.dataset(name).is_some())
    }

    /// Changes the catalog, or the private one of the open transaction. A change that fails changes nothing.
    ///
    /// # Errors
    /// What `change` fails with.
    pub(crate) fn change_catalog<T>(&mut self, change: impl FnOnce(&mut Catalog) -> Result<T>) -> Result<T> {
        match &mut self.transaction {
            Some(transaction) => {
                let mut next = Catalog::clone(&transaction.catalog);
                let value = change(&mut next)?;
                transaction.catalog = Arc::new(next);
                Ok(value)
            }
            None => self.engine.catalog.change(change),
        }
    }

    /// A dataset by name, with its database; `None` when there is none.
    ///
    /// # Errors
    /// A database that is not there.
    pub(crate) fn lookup_dataset(
        &self,
        database: Option<&str>,
        name: &str,
    ) -> Result<Option<(Arc<str>, Arc<Dataset>)>> {
        let target = self.catalog_view().locate(&self.variables, database, name)?;
        Ok(target.map(|target| (target.database, target.dataset)))
    }

    /// The dataset that a statement names.
    ///
    /// # Errors
    /// `E0304 unknown_name` at the name, with the nearest one.
    pub(crate) fn dataset(&self, name: &ObjectName) -> Result<Target> {
        let (database, table) = split(name)?;
        let database = database.map(|database| &*database.name);
        let found = self.catalog_view().find(&self.variables, database, &table.name);
        found.map_err(|error| match self.variables.find(&table.name) {
            Some((_, variable)) if variable.kind().is_some() && error.help().is_none() => {
                error.with_help(format!("`{}` is a tensor", table.name)).at(name.span)
            }
            _ => error.at(name.span),
        })
    }

    /// The database and the name that a new dataset is to have. A name alone that the session's own database has is meant
    /// there: a new one in the database in use could not be reached.
    ///
    /// # Errors
    /// A database that is not there.
    pub(crate) fn new_dataset_name(&self, name: &ObjectName) -> Result<(Arc<str>, Arc<str>)> {
        let (database, table) = split(name)?;
        let catalog = self.catalog_view().catalog();
        let (database, span) = match database {
            Some(database) => (&*database.name, database.span),
            None if self.is_own_dataset(&table.name) => (&*self.own, name.span),
            None => (&*self.database, name.span),
        };
        let database = catalog.database(database).map_err(|error| error.at(span))?;
        Ok((database.name.clone(), (&*table.name).into()))
    }
}

/// `t` or `db.t`.
fn split(name: &ObjectName) -> Result<(Option<&Ident>, &Ident)> {
    match name.parts.as_slice() {
        [table] => Ok((None, table)),
        [database, table] => Ok((Some(database), table)),
        _ => Err(Error::new(Code::UnknownName, "a dataset is named `name` or `database.name`").at(name.span)),
    }
}
