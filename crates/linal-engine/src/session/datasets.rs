//! The datasets visible to a session: those of the catalog, or the private ones of an open transaction.

use std::sync::Arc;

use linal_error::Code;
use linal_lang::ast::{Ident, ObjectName};

use super::{Session, Variables};
use crate::catalog::{Catalog, SharedCatalog, is_own, unknown_database, unknown_dataset};
use crate::dataset::Dataset;
use crate::error::{Error, Result};

/// A reference to a dataset by name, resolved at each use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DatasetRef {
    pub database: Arc<str>,
    pub name: Arc<str>,
}

/// A resolved dataset and its database.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub database: Arc<str>,
    pub dataset: Arc<Dataset>,
}

/// The catalog as seen by one session.
#[derive(Clone, Copy)]
pub(crate) struct CatalogView<'s> {
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
    /// An unknown database.
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

    /// The qualifier of a dataset's name: its database, unless that is the current one or the session's own.
    pub fn qualifier<'d>(&self, database: &'d str) -> Option<&'d str> {
        (database != &**self.database && database != &**self.own).then_some(database)
    }

    /// The dataset of a name.
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
    /// The catalog as seen by this session.
    pub(crate) fn catalog_view(&self) -> CatalogView<'_> {
        CatalogView {
            shared: &self.engine.catalog,
            private: self.transaction.as_ref().map(|transaction| &transaction.catalog),
            database: &self.database,
            own: &self.own,
        }
    }

    /// Whether an unqualified name is a dataset of the session's own database.
    fn is_own_dataset(&self, name: &str) -> bool {
        let catalog = self.catalog_view().catalog();
        catalog.own(&self.own).is_some_and(|own| own.dataset(name).is_some())
    }

    /// Changes the catalog, or the private one of an open transaction. A failed change has no effect.
    ///
    /// # Errors
    /// The errors of `change`.
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
    /// An unknown database.
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
    /// `E0304 unknown_name` with the span and the nearest name.
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

    /// The database and the name of a new dataset. An unqualified name that the session's own database has
    /// refers to that database, since it would hide a new dataset of the current one.
    ///
    /// # Errors
    /// An unknown database.
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

/// Splits `t` or `db.t`.
fn split(name: &ObjectName) -> Result<(Option<&Ident>, &Ident)> {
    match name.parts.as_slice() {
        [table] => Ok((None, table)),
        [database, table] => Ok((Some(database), table)),
        _ => Err(Error::new(Code::UnknownName, "a dataset is named `name` or `database.name`").at(name.span)),
    }
}
