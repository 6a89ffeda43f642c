//! The datasets that the statements of a session name and change.

use std::sync::Arc;

use linal_error::Code;
use linal_lang::ast::{Ident, ObjectName};

use linal_bind::{CatalogView, Target};
use linal_dataset::catalog::{Catalog, is_own};
use linal_dataset::{Dataset, Error, Result, Snapshot};

use super::Session;
use crate::durable::Durable;

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

    /// As [`Session::new_dataset_name`]; a temporary dataset belongs to the session's own database.
    ///
    /// # Errors
    /// An unknown database; a temporary dataset with a database.
    pub(crate) fn new_dataset_place(
        &self,
        name: &ObjectName,
        temporary: bool,
    ) -> Result<(Arc<str>, Arc<str>)> {
        if !temporary {
            return self.new_dataset_name(name);
        }
        match split(name)? {
            (None, table) => Ok((self.own.clone(), (&*table.name).into())),
            (Some(database), _) => {
                let message = "a temporary dataset belongs to the session, not to a database";
                Err(Error::new(Code::UnknownName, message).at(database.span))
            }
        }
    }

    /// The directory that the rows of a dataset of a database go to; `None` for one of the session.
    pub(crate) fn directory_of(&self, database: &str) -> Option<&Durable> {
        self.engine.durable.as_ref().filter(|_| !is_own(database))
    }

    /// Stores a new dataset under a name, replacing an existing one.
    ///
    /// # Errors
    /// An unknown database.
    pub(crate) fn put_dataset(&mut self, name: &ObjectName, snapshot: Snapshot) -> Result<()> {
        let place = self.new_dataset_name(name)?;
        self.put_dataset_at(&place, snapshot)
    }

    /// Stores a new dataset in a database, replacing an existing one.
    ///
    /// # Errors
    /// An unknown database; the name of a view.
    pub(crate) fn put_dataset_at(
        &mut self,
        (database, name): &(Arc<str>, Arc<str>),
        snapshot: Snapshot,
    ) -> Result<()> {
        let dataset = Dataset::new(snapshot);
        self.change_catalog(|catalog| put_anywhere(catalog, database, name, dataset))
    }
}

/// Puts a dataset into a database; that of a session is made with its first one.
///
/// # Errors
/// An unknown database; the name of a view.
pub(crate) fn put_anywhere(
    catalog: &mut Catalog,
    database: &str,
    name: &str,
    dataset: Arc<Dataset>,
) -> Result<()> {
    if is_own(database) && catalog.find(database).is_none() {
        catalog.put_own(database, name, dataset);
        return Ok(());
    }
    catalog.put(database, name, dataset)
}

/// Splits `t` or `db.t`.
fn split(name: &ObjectName) -> Result<(Option<&Ident>, &Ident)> {
    match name.parts.as_slice() {
        [table] => Ok((None, table)),
        [database, table] => Ok((Some(database), table)),
        _ => Err(Error::new(Code::UnknownName, "a dataset is named `name` or `database.name`").at(name.span)),
    }
}
