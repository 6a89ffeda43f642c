//! What a query asks of its session.

use std::sync::Arc;

use linal_tensor::Tensor;

use super::environment::Environment;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::session::Session;

impl Session {
    /// Whether a tensor of this name, in any case, is in scope.
    pub(super) fn tensor_exists(&self, name: &str) -> bool {
        self.variables.find(name).is_some()
    }

    /// The values of tensors, each under its lower-case name. Lazy ones run now.
    pub(super) fn tensors_of(&mut self, names: &[String]) -> Result<Vec<(String, Tensor)>> {
        names.iter().map(|name| Ok((name.clone(), self.tensor(name)?))).collect()
    }

    /// The planning environment, made at the first query.
    pub(super) fn environment(&mut self) -> Result<&Environment> {
        if self.environment.is_none() {
            let threads = self.settings.threads;
            self.environment = Some(Environment::new(&self.pool, threads, 8192)?);
        }
        match &self.environment {
            Some(environment) => Ok(environment),
            None => Err(crate::Error::new("E0900", "internal_error", "a bug in linal: no query environment")),
        }
    }

    /// The names of the datasets of the database in use.
    pub(super) fn dataset_names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// A dataset by name, with its database; `None` when there is none.
    pub(super) fn find_dataset(
        &self,
        _database: Option<&str>,
        _name: &str,
    ) -> Result<Option<(Arc<str>, Arc<Dataset>)>> {
        Ok(None)
    }

    /// The value of a tensor as it is now; `None` for one that has not run or is not there.
    pub(super) fn tensor_now(&self, name: &str) -> Option<Tensor> {
        let slot = self.variables.find(name)?;
        match &self.variables.get(slot)?.value {
            crate::session::Value::Tensor(tensor) => Some(tensor.clone()),
            _ => None,
        }
    }

    /// The name of the database in use.
    pub(super) fn database_in_use(&self) -> &str {
        &self.database
    }
}
