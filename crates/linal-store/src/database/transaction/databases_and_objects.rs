//! Databases and objects in a transaction.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use linal_error::Code;

use super::super::error::{Result, StoreError};
use super::super::id_counters::next;
use super::super::ids::{DatabaseId, DatasetId};
use super::super::layout::tensor_path;
use super::super::segment::write_tensor;
use super::super::snapshot::same_name;
use super::plan::{DatabaseChange, Life, ObjectChange};
use super::transaction_builder::{Transaction, name_exists};

impl Transaction {
    /// Creates a database.
    ///
    /// # Errors
    /// `E0315 name_exists`, at the latest from the commit.
    pub fn create_database(&mut self, name: &str) -> Result<DatabaseId> {
        if self.base.database(name)?.is_some() && !self.drops_database(name) {
            return Err(name_exists("database", name));
        }
        let id = DatabaseId(next(&self.inner().ids.database)?);
        self.databases.push(DatabaseChange::Create { id, name: name.to_string() });
        Ok(id)
    }

    fn drops_database(&self, name: &str) -> bool {
        self.databases.iter().any(|change| match change {
            DatabaseChange::Drop { name: dropped, .. } => same_name(dropped, name),
            _ => false,
        })
    }

    /// Drops a database with its datasets and objects.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn drop_database(&mut self, id: DatabaseId) -> Result<()> {
        let name = self.base.databases()?.iter().find(|database| database.id == id);
        let name = name.map_or_else(|| id.to_string(), |database| database.name.clone());
        let datasets: Vec<DatasetId> = self
            .base
            .datasets()?
            .iter()
            .filter(|dataset| dataset.database == id)
            .map(|dataset| dataset.id)
            .collect();
        for dataset in datasets {
            self.drop_dataset(dataset)?;
        }
        for edit in self.edits.values_mut().filter(|edit| edit.database == id && edit.life == Life::Created) {
            edit.life = Life::Nothing;
        }
        self.databases.push(DatabaseChange::Drop { id, name });
        Ok(())
    }

    /// Gives a database another name or other entries.
    ///
    /// # Errors
    /// `E0304 unknown_name` for a database that the snapshot does not have.
    pub fn alter_database(
        &mut self,
        id: DatabaseId,
        name: &str,
        metadata: BTreeMap<String, String>,
    ) -> Result<()> {
        if !self.base.databases()?.iter().any(|database| database.id == id) {
            return Err(StoreError::new(Code::UnknownName, format!("there is no database {id}")));
        }
        self.databases.push(DatabaseChange::Alter { id, name: name.to_string(), metadata });
        Ok(())
    }

    /// Defines an object, or replaces that of the same kind and name. `values` are written to a file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn put_object(
        &mut self,
        database: DatabaseId,
        kind: &str,
        name: &str,
        dataset: Option<DatasetId>,
        definition: serde_json::Value,
        values: Option<(Field, ArrayRef)>,
    ) -> Result<()> {
        let id = next(&self.inner().ids.object)?;
        let file = match values {
            None => None,
            Some((field, values)) => {
                let path = tensor_path(id);
                let files = self.inner().files.watched(self.control.clone());
                Some(write_tensor(&files, &path, &field, &values)?)
            }
        };
        self.written.extend(file.clone());
        let (kind, name) = (kind.to_string(), name.to_string());
        self.objects.push(ObjectChange::Put { id, database, kind, name, dataset, definition, file });
        Ok(())
    }

    /// Removes an object; one that does not exist is no error.
    pub fn drop_object(&mut self, database: DatabaseId, kind: &str, name: &str) {
        let (kind, name) = (kind.to_string(), name.to_string());
        self.objects.push(ObjectChange::Drop { database, kind, name });
    }
}
