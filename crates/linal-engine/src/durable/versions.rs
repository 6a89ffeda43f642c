//! Past versions of datasets.

use std::sync::Arc;

use linal_dataset::{Dataset, Error, Result, Snapshot};
use linal_error::Code;
use linal_query::{History, VersionOf};
use linal_store::database::{DatasetId, DatasetSnapshot};

use super::{Durable, error, load};

impl Durable {
    /// A dataset as it was at a version.
    ///
    /// # Errors
    /// `E0616 unknown_version` for one that never was or has expired, or a time before the first.
    pub fn at(&self, dataset: &Dataset, version: VersionOf) -> Result<DatasetSnapshot> {
        let name = &*dataset.name();
        let Some(id) = number(dataset) else {
            return Err(Error::new(
                Code::UnknownVersion,
                format!("`{name}` is not committed, and has no versions"),
            ));
        };
        match version {
            VersionOf::Number(version) => {
                let now = self.store.snapshot().map_err(error)?;
                now.dataset_at(id, version).map_err(|failure| of_version(name, version, error(failure)))
            }
            VersionOf::Time(micros) => {
                let before =
                    || Error::new(Code::UnknownVersion, format!("`{name}` has no version of that time"));
                let then = self.store.snapshot_at(micros).map_err(error)?.ok_or_else(before)?;
                if !then.datasets().map_err(error)?.iter().any(|entry| entry.id == id) {
                    return Err(before());
                }
                then.dataset(id).map_err(error)
            }
        }
    }

    /// The number of a dataset in the store.
    ///
    /// # Errors
    /// `E0616 unknown_version` for one that is not committed.
    pub fn id_of(&self, dataset: &Dataset) -> Result<DatasetId> {
        number(dataset).ok_or_else(|| {
            let message = format!("`{}` is not committed, and has no versions", dataset.name());
            Error::new(Code::UnknownVersion, message)
        })
    }

    /// A stored dataset.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn read(&self, stored: &DatasetSnapshot) -> Result<Snapshot> {
        load::rows(stored, &load::definition(stored, &self.pool)?, &self.cache)
    }
}

/// The error of a version that cannot be read.
fn of_version(name: &str, version: u64, failure: Error) -> Error {
    match failure.code() {
        // A drop is a version without columns, which only the list of versions shows.
        Code::UnknownName => {
            let message = format!("`{name}` was dropped in version {version}");
            Error::new(Code::UnknownVersion, message)
                .with_help(format!("LIST DATASET VERSIONS {name} shows those that can be read"))
        }
        Code::UnknownVersion => {
            let message = format!("`{name}`: {}", failure.message());
            failure.map_message(|_| message)
        }
        _ => failure,
    }
}

fn number(dataset: &Dataset) -> Option<DatasetId> {
    dataset.definition().stored.as_ref().map(|stored| DatasetId(stored.dataset))
}

impl History for Durable {
    fn dataset_at(&self, dataset: &Dataset, version: VersionOf) -> Result<Arc<Dataset>> {
        Ok(Dataset::new(self.read(&self.at(dataset, version)?)?))
    }
}
