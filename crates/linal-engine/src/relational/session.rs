//! What a query asks of its session.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use linal_lang::ast::relational::{Pipeline, Query};
use linal_lang::ast::{Ident, ObjectName};
use linal_tensor::Tensor;

use super::environment::Environment;
use super::plan::{self, Options, Planned};
use super::run;
use crate::dataset::{Dataset, Snapshot};
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
        let catalog = self.engine.catalog.snapshot();
        let database = catalog.find(&self.database);
        database.into_iter().flat_map(|database| database.datasets()).map(|dataset| dataset.name()).collect()
    }

    /// A dataset by name, with its database; `None` when there is none.
    pub(super) fn find_dataset(
        &self,
        database: Option<&str>,
        name: &str,
    ) -> Result<Option<(Arc<str>, Arc<Dataset>)>> {
        let catalog = self.engine.catalog.snapshot();
        let Some(database) = catalog.find(database.unwrap_or(&self.database)) else { return Ok(None) };
        Ok(database.dataset(name).map(|dataset| (database.name.clone(), dataset.clone())))
    }

    /// The dataset of a name as a statement writes it, or an error at its place.
    pub(crate) fn dataset_to_change(&self, name: &ObjectName) -> Result<Arc<Dataset>> {
        let (database, last) = parts(name)?;
        let catalog = self.engine.catalog.snapshot();
        let found = catalog.dataset(database.unwrap_or(&self.database), last);
        found.cloned().map_err(|error| error.at(name.span))
    }

    /// The dataset of a name, when there is one.
    pub(crate) fn dataset_named(&self, name: &ObjectName) -> Result<Option<Arc<Dataset>>> {
        let (database, last) = parts(name)?;
        Ok(self.find_dataset(database, last)?.map(|(_, dataset)| dataset))
    }

    /// Gives a name a new dataset; one that has the name is replaced.
    pub(crate) fn put_dataset(&mut self, name: &ObjectName, snapshot: Snapshot) -> Result<()> {
        let (database, last) = parts(name)?;
        let database = database.unwrap_or(&self.database);
        let dataset = Dataset::new(snapshot);
        self.engine.catalog.change(|catalog| catalog.put(database, last, dataset)).map_err(|error| error.at(name.span))
    }

    /// Makes a changed state the dataset's.
    pub(crate) fn publish(&mut self, dataset: &Arc<Dataset>, before: &Snapshot, next: Snapshot) -> Result<()> {
        dataset.publish(before.version, next).map(|_| ())
    }

    /// The metric of the vector index on a column.
    pub(crate) fn index_metric(&self, _dataset: &Arc<Dataset>, _column: usize) -> Option<super::Metric> {
        None
    }

    /// A pipeline by name.
    pub(crate) fn pipeline(&self, name: &Ident) -> Result<Arc<Pipeline>> {
        Err(crate::Error::new("E0304", "unknown_name", format!("there is no pipeline `{}`", name.name)).at(name.span))
    }

    /// Plans a query.
    pub(crate) fn plan_query(&mut self, query: &Query, options: Options) -> Result<Planned> {
        plan::plan(self, query, options)
    }

    /// Plans and runs a query: its columns under the names that are shown, and its rows.
    pub(crate) fn run_query(&mut self, query: &Query, options: Options) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let planned = self.plan_query(query, options)?;
        self.run_planned(&planned)
    }

    /// Runs a plan.
    pub(crate) fn run_planned(&mut self, planned: &Planned) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let batches = run::run(self, planned)?;
        let shown = batches
            .into_iter()
            .map(|batch| relabel(batch, &planned.schema))
            .collect::<Result<_>>()?;
        Ok((planned.schema.clone(), shown))
    }

    /// The value of a tensor as it is now; `None` for one that has not run or is not there.
    pub(super) fn tensor_now(&self, name: &str) -> Option<Tensor> {
        let (_, variable) = self.variables.find(name)?;
        match &variable.value {
            crate::session::Value::Tensor(tensor) => Some(tensor.clone()),
            _ => None,
        }
    }

    /// The name of the database in use.
    pub(super) fn database_in_use(&self) -> &str {
        &self.database
    }
}

/// The same rows under other names.
fn relabel(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
        .map_err(crate::dataset::arrow_error)
}

/// The database and the name of a dataset as a statement writes it.
fn parts(name: &ObjectName) -> Result<(Option<&str>, &str)> {
    match name.parts.as_slice() {
        [name] => Ok((None, &name.name)),
        [database, name] => Ok((Some(&database.name), &name.name)),
        _ => Err(crate::Error::new("E0304", "unknown_name", "a dataset is written `name` or `database.name`")
            .at(name.span)),
    }
}
