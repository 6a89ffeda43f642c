//! The session's methods that queries use.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::Query;

use super::context_provider::SessionTensor;
use super::plan;
use super::plan::{Options, PhysicalQuery, TableDependency};
use super::planner_state::{PlannerKey, PlannerState};
use super::tensor_conversion::{is_cell, no_cell};
use crate::catalog::IndexDef;
use crate::dataset::{Dataset, Snapshot, same_name};
use crate::error::Result;
use crate::lineage::{Lineage, LineageRef, Step, abridged};
use crate::relational::run;
use crate::relational::run::explain;
use crate::session::{Session, Value};

impl Session {
    /// Whether a tensor of this name, in any case, is in scope.
    pub(in crate::relational) fn tensor_exists(&self, name: &str) -> bool {
        match self.variables.find(name).map(|(_, variable)| &variable.value) {
            // A name bound to a dataset is a table of a query, not a value.
            None | Some(Value::Dataset(_)) => false,
            Some(Value::Alias(_)) => self.variables.dataset_alias(name).is_none(),
            Some(Value::Tensor(_) | Value::Lazy(_) | Value::Column(..)) => true,
        }
    }

    /// Whether any tensor is in scope.
    pub(in crate::relational) fn has_tensors(&self) -> bool {
        self.variables.iter().any(|variable| !matches!(variable.value, Value::Dataset(_)))
    }

    /// The values of tensors, each under its lower-case name. Lazy tensors are evaluated.
    pub(in crate::relational) fn tensors_of(&mut self, names: &[String]) -> Result<Vec<SessionTensor>> {
        names.iter().map(|name| self.tensor_of(name)).collect()
    }

    fn tensor_of(&mut self, name: &str) -> Result<SessionTensor> {
        let tensor = self.tensor(name)?;
        if !is_cell(tensor.shape()) {
            return Err(no_cell(&format!("the tensor `{name}`"), tensor.shape()));
        }
        let (_, variable) = self.variables.resolve(name)?;
        let (strict, spectrum) = (variable.strict, variable.spectrum_length);
        Ok(SessionTensor { name: name.to_string(), tensor, strict, spectrum })
    }

    /// The planning state, which is made at the first query.
    pub(in crate::relational) fn planner_state(&mut self) -> Result<&mut PlannerState> {
        let settings = &self.settings;
        let key = PlannerKey {
            threads: settings.threads,
            batch_size: settings.batch_size,
            default_dtype: settings.default_dtype,
            timezone: settings.timezone.clone(),
        };
        if self.planner_state.as_ref().is_none_or(|planner_state| planner_state.key != key) {
            let cancellation = self.context.cancellation();
            let partition_above = self.engine.partition_above;
            self.planner_state = Some(PlannerState::new(&self.pool, cancellation, key, partition_above)?);
        }
        match &mut self.planner_state {
            Some(planner_state) => Ok(planner_state),
            None => Err(crate::Error::new(Code::InternalError, "a bug in linal: no state of the planner")),
        }
    }

    /// The indexes of a dataset.
    pub(crate) fn indexes_of(&self, database: &str, dataset: &str) -> Vec<Arc<IndexDef>> {
        let catalog = self.catalog_view().catalog();
        let indexes = catalog.find(database).into_iter().flat_map(|database| database.indexes());
        indexes.filter(|index| same_name(&index.table, dataset)).cloned().collect()
    }

    /// The names of the datasets of the current database and of the session.
    pub(in crate::relational) fn dataset_names(&self) -> Vec<Arc<str>> {
        let catalog = self.catalog_view().catalog();
        let databases = [&self.own, &self.database].map(|database| catalog.find(database));
        databases
            .into_iter()
            .flatten()
            .flat_map(|database| database.datasets())
            .map(|dataset| dataset.name())
            .collect()
    }

    /// Plans a query.
    pub(crate) fn plan_query(&mut self, query: &Query, options: Options) -> Result<PhysicalQuery> {
        plan::plan(self, query, options)
    }

    /// Plans and runs a query; returns its columns under their display names, and its rows.
    pub(crate) fn run_query(
        &mut self,
        query: &Query,
        options: Options,
    ) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let planned = self.plan_query(query, options)?;
        self.run_planned(&planned)
    }

    /// Runs a plan.
    pub(crate) fn run_planned(&mut self, planned: &PhysicalQuery) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let batches = run::run(self, planned)?;
        self.note(&planned.notices);
        shown(planned, batches)
    }

    /// As [`Session::run_planned`], with the plan and the metrics of its operators as text.
    pub(crate) fn measure_planned(
        &mut self,
        planned: &PhysicalQuery,
    ) -> Result<(String, SchemaRef, Vec<RecordBatch>)> {
        let (text, batches) = explain::measured(self, planned)?;
        let (schema, batches) = shown(planned, batches)?;
        Ok((text, schema, batches))
    }

    /// The inputs of a query: its datasets in their current state, and tensors of the session.
    pub(crate) fn lineage_of(&self, planned: &PhysicalQuery) -> Vec<LineageRef> {
        let view = self.catalog_view();
        let lineage =
            |seen: &TableDependency| seen.dataset.snapshot().lineage(view.qualifier(&seen.database));
        let datasets = planned.seen.iter().map(lineage);
        let named = planned.tensors.iter().filter_map(|known| self.variables.find(&known.name));
        datasets.chain(named.map(|(_, variable)| variable.lineage.clone())).collect()
    }

    /// The lineage step of a dataset that holds a query's rows.
    pub(crate) fn query_lineage(&self, name: &str, text: &str, planned: &PhysicalQuery) -> LineageRef {
        let step = Step { name: name.into(), text: abridged(text) };
        Lineage::new(Arc::new(step), self.lineage_of(planned))
    }

    /// A table of a query: a dataset of the catalog, or one that belongs to this session.
    pub(in crate::relational) fn find_dataset(
        &self,
        database: Option<&str>,
        name: &str,
    ) -> Result<Option<(Arc<str>, Arc<Dataset>)>> {
        if let Some(database) = database
            && self.catalog_view().catalog().find(database).is_none()
        {
            // `x.y` may be a column of a CTE or a schema of DataFusion's; DataFusion reports what is missing.
            return Ok(None);
        }
        let known = self.lookup_dataset(database, name)?;
        let special = || {
            crate::relational::frontend::generated_columns::special(self, name)
                .map(|dataset| (self.database.clone(), dataset))
        };
        Ok(known.or_else(|| if database.is_none() { special() } else { None }))
    }

    /// Stores a new dataset under a name, replacing an existing one.
    pub(crate) fn put_dataset(&mut self, name: &ObjectName, snapshot: Snapshot) -> Result<()> {
        let (database, name) = self.new_dataset_name(name)?;
        let dataset = Dataset::new(snapshot);
        self.change_catalog(|catalog| catalog.put(&database, &name, dataset))
    }

    /// The current value of a tensor; `None` if it is not evaluated or does not exist.
    pub(in crate::relational) fn tensor_now(&self, name: &str) -> Option<SessionTensor> {
        let (_, variable) = self.variables.resolve(name).ok()?;
        match &variable.value {
            Value::Tensor(tensor) => Some(SessionTensor {
                name: name.to_string(),
                tensor: tensor.clone(),
                strict: variable.strict,
                spectrum: variable.spectrum_length,
            }),
            _ => None,
        }
    }

    /// The name of the database in use.
    pub(in crate::relational) fn database_in_use(&self) -> &str {
        &self.database
    }
}

/// Rows under their display names.
fn shown(planned: &PhysicalQuery, batches: Vec<RecordBatch>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let shown = batches.into_iter().map(|batch| relabel(batch, &planned.schema)).collect::<Result<_>>()?;
    Ok((planned.schema.clone(), shown))
}

/// The same rows under other column names.
fn relabel(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
        .map_err(crate::dataset::arrow_error)
}
