//! What a statement lends to its queries.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use linal_bind::functions::FileAccess;
use linal_bind::settings::Settings;
use linal_bind::{CatalogView, Parameter, Parameters, Value, Variables};
use linal_dataset::catalog::IndexDef;
use linal_dataset::lineage::{Lineage, LineageRef, Step, abridged};
use linal_dataset::sequence::Reservation;
use linal_dataset::{Dataset, Error, Result, same_name};
use linal_error::Code;
use linal_lang::ast::relational::Query;
use linal_tensor::{ExecutionContext, Tensor};

use crate::planner::context_provider::SessionTensor;
use crate::planner::open_query::OpenQuery;
use crate::planner::plan;
use crate::planner::plan::{Options, PhysicalQuery, TableDependency};
use crate::planner::planner_state::{Planner, PlannerKey, PlannerState};
use crate::planner::tensor_conversion::{is_cell, no_cell};
use crate::run;
use crate::run::explain;
use crate::tensor_subquery;

/// The state of a session that planning and running a query reads or changes.
pub struct QueryContext<'s> {
    /// The names of the session. A lazy tensor keeps the value that a query asks for.
    pub variables: &'s mut Variables,
    /// The datasets that the session sees.
    pub catalog: CatalogView<'s>,
    /// Deadline, cancellation and memory of the statement.
    pub execution: &'s ExecutionContext,
    /// The session's settings.
    pub settings: &'s Settings,
    /// How files are read.
    pub files: &'s FileAccess,
    /// The planner with its rules and functions.
    pub planner: &'s mut Planner,
    /// The result of the last SEARCH without INTO, which queries read as `search_results`.
    pub search_results: Option<&'s Arc<Dataset>>,
    /// The past versions of datasets; `None` without a database directory.
    pub history: Option<&'s dyn History>,
    /// The values of `$1` and `$name`.
    pub parameters: &'s Parameters,
    /// Receives the notices of the statement, one sentence each.
    pub notices: &'s mut Vec<String>,
    /// Reserves numbers of sequences; `None` without a database directory.
    pub reservation: Option<Arc<dyn Reservation>>,
}

/// A version of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionOf {
    /// By its number, from 1.
    Number(u64),
    /// The one that was current at this time, in microseconds since 1970-01-01 UTC.
    Time(i64),
}

/// The past versions of datasets, where a database directory keeps them.
pub trait History {
    /// A dataset as it was at a version.
    ///
    /// # Errors
    /// `E0616 unknown_version`; files that cannot be read.
    fn dataset_at(&self, dataset: &Dataset, version: VersionOf) -> Result<Arc<Dataset>>;
}

/// The table with the result of the last SEARCH without INTO.
pub const SEARCH_RESULTS: &str = "search_results";

impl QueryContext<'_> {
    /// Whether a tensor of this name, in any case, is in scope.
    pub(crate) fn tensor_exists(&self, name: &str) -> bool {
        match self.variables.find(name).map(|(_, variable)| &variable.value) {
            // A name bound to a dataset is a table of a query, not a value.
            None | Some(Value::Dataset(_)) => false,
            Some(Value::Alias(_)) => self.variables.dataset_alias(name).is_none(),
            Some(Value::Tensor(_) | Value::Lazy(_) | Value::Column(..)) => true,
        }
    }

    /// Whether any tensor may be in scope.
    pub(crate) fn has_tensors(&self) -> bool {
        self.variables.iter().any(|variable| !matches!(variable.value, Value::Dataset(_)))
            || !self.parameters.is_empty()
    }

    /// The values of tensors, each under its lower-case name. Lazy tensors are evaluated.
    pub(crate) fn tensors_of(&mut self, names: &[String]) -> Result<Vec<SessionTensor>> {
        names.iter().map(|name| self.tensor_of(name)).collect()
    }

    fn tensor_of(&mut self, name: &str) -> Result<SessionTensor> {
        if let Some(parameter) = name.strip_prefix('$') {
            return self.tensor_of_parameter(parameter);
        }
        let tensor = self.tensor(name)?;
        if !is_cell(tensor.shape()) {
            return Err(no_cell(&format!("the tensor `{name}`"), tensor.shape()));
        }
        let (_, variable) = self.variables.resolve(name)?;
        let (strict, spectrum) = (variable.strict, variable.spectrum_length);
        Ok(SessionTensor { name: name.to_string(), tensor, strict, spectrum })
    }

    /// The tensor of the parameter `$name`.
    fn tensor_of_parameter(&self, name: &str) -> Result<SessionTensor> {
        let Parameter::Tensor(tensor) = self.parameters.get(name)? else {
            return Err(Error::new(Code::InternalError, "a bug in linal: a parameter that is no tensor"));
        };
        if !is_cell(tensor.shape()) {
            return Err(no_cell(&format!("the parameter `${name}`"), tensor.shape()));
        }
        let name = format!("${}", name.to_lowercase());
        Ok(SessionTensor { name, tensor: tensor.clone(), strict: false, spectrum: None })
    }

    /// The tensor of a name or alias. A lazy one is evaluated and keeps its value.
    ///
    /// # Errors
    /// An unknown name, with the nearest one; the errors of evaluating a lazy expression.
    pub fn tensor(&mut self, name: &str) -> Result<Tensor> {
        match &self.variables.resolve(name)?.1.value {
            Value::Tensor(tensor) => Ok(tensor.clone()),
            Value::Lazy(lazy) => lazy.clone().force(self.execution),
            Value::Column(dataset, column) => {
                tensor_subquery::column_value(self, &dataset.clone(), &column.clone())
            }
            Value::Alias(_) | Value::Dataset(_) => unreachable!("resolve follows aliases"),
        }
    }

    /// The planning state, which is made at the first query.
    pub(crate) fn planner_state(&mut self) -> Result<&mut PlannerState> {
        let key = PlannerKey {
            threads: self.settings.threads,
            batch_size: self.settings.batch_size,
            default_dtype: self.settings.default_dtype,
            timezone: self.settings.timezone.clone(),
            host: self.variables.host().clone(),
        };
        self.planner.state(self.execution, key)
    }

    /// The indexes of a dataset.
    pub(crate) fn indexes_of(&self, database: &str, dataset: &str) -> Vec<Arc<IndexDef>> {
        let catalog = self.catalog.catalog();
        let indexes = catalog.find(database).into_iter().flat_map(|database| database.indexes());
        indexes.filter(|index| same_name(&index.table, dataset)).cloned().collect()
    }

    /// The names of the datasets of the current database and of the session.
    pub(crate) fn dataset_names(&self) -> Vec<Arc<str>> {
        let catalog = self.catalog.catalog();
        let databases = [self.catalog.own, self.catalog.database].map(|database| catalog.find(database));
        databases
            .into_iter()
            .flatten()
            .flat_map(|database| database.datasets())
            .map(|dataset| dataset.name())
            .collect()
    }

    /// Plans a query.
    pub fn plan_query(&mut self, query: &Query, options: Options) -> Result<PhysicalQuery> {
        plan::plan(self, query, options)
    }

    /// A query with parameters without their values, if its plan does not depend on them otherwise than by their types.
    /// `closed` is its plan with the values of the statement.
    ///
    /// # Errors
    /// The deadline of the statement.
    pub fn open_query(&mut self, query: &Query, closed: &PhysicalQuery) -> Result<Option<OpenQuery>> {
        OpenQuery::of(self, query, closed)
    }

    /// The plan of a query with the values of the statement; `None` when something that it depends on has changed.
    ///
    /// # Errors
    /// Those of planning with these values, without a place in the text.
    pub fn close_query(&mut self, query: &OpenQuery) -> Result<Option<PhysicalQuery>> {
        query.close(self)
    }

    /// Plans and runs a query; returns its columns under their display names, and its rows.
    pub fn run_query(&mut self, query: &Query, options: Options) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let planned = self.plan_query(query, options)?;
        self.run_planned(&planned)
    }

    /// Runs a plan.
    pub fn run_planned(&mut self, planned: &PhysicalQuery) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let batches = run::run(self, planned)?;
        let new = planned.notices.iter().filter(|notice| !self.notices.contains(notice));
        let new: Vec<String> = new.cloned().collect();
        self.notices.extend(new);
        shown(planned, batches)
    }

    /// Runs a plan and gives its rows away batch by batch, in order and under their display names, which
    /// [`PhysicalQuery::schema`] has. Memory does not depend on the number of rows.
    ///
    /// # Errors
    /// Those of the query, after some batches; those of `sink`, which end the query.
    pub fn stream_planned(
        &mut self,
        planned: &PhysicalQuery,
        sink: &mut dyn FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let new = planned.notices.iter().filter(|notice| !self.notices.contains(notice));
        let new: Vec<String> = new.cloned().collect();
        self.notices.extend(new);
        run::streaming::run(self, planned, &mut |batch| sink(relabel(batch, &planned.schema)?))
    }

    /// As [`QueryContext::stream_planned`] for a receiver outside of the engine, which may be slow: the time that
    /// it takes is not that of the statement.
    ///
    /// # Errors
    /// As [`QueryContext::stream_planned`].
    pub fn stream_outside(
        &mut self,
        planned: &PhysicalQuery,
        sink: &mut dyn FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let execution = self.execution;
        let limit = self.planner_state()?.limit.clone();
        self.stream_planned(planned, &mut |batch| {
            let start = Instant::now();
            sink(batch)?;
            execution.control().exclude(start.elapsed());
            limit.set(execution.control().deadline());
            Ok(())
        })
    }

    /// As [`QueryContext::run_planned`], with the plan and the metrics of its operators as text.
    pub fn measure_planned(
        &mut self,
        planned: &PhysicalQuery,
    ) -> Result<(String, SchemaRef, Vec<RecordBatch>)> {
        let (text, batches) = explain::measured(self, planned)?;
        let (schema, batches) = shown(planned, batches)?;
        Ok((text, schema, batches))
    }

    /// The inputs of a query: its datasets in their current state, and tensors of the session.
    pub fn lineage_of(&self, planned: &PhysicalQuery) -> Vec<LineageRef> {
        let lineage =
            |seen: &TableDependency| seen.dataset.snapshot().lineage(self.catalog.qualifier(&seen.database));
        let datasets = planned.seen.iter().map(lineage);
        let named = planned.tensors.iter().filter_map(|known| self.variables.find(&known.name));
        datasets.chain(named.map(|(_, variable)| variable.lineage.clone())).collect()
    }

    /// The lineage step of a dataset that holds a query's rows.
    pub fn query_lineage(&self, name: &str, text: &str, planned: &PhysicalQuery) -> LineageRef {
        let step = Step { name: name.into(), text: abridged(text) };
        Lineage::new(Arc::new(step), self.lineage_of(planned))
    }

    /// A table of a query: a dataset of the catalog, or one that belongs to this session.
    pub(crate) fn find_dataset(
        &self,
        database: Option<&str>,
        name: &str,
    ) -> Result<Option<(Arc<str>, Arc<Dataset>)>> {
        if let Some(database) = database
            && self.catalog.catalog().find(database).is_none()
        {
            // `x.y` may be a column of a CTE or a schema of DataFusion's; DataFusion reports what is missing.
            return Ok(None);
        }
        let known = self.catalog.locate(self.variables, database, name)?;
        if let Some(target) = known {
            return Ok(Some((target.database, target.dataset)));
        }
        let is_search_results = database.is_none() && name.eq_ignore_ascii_case(SEARCH_RESULTS);
        let results = self.search_results.filter(|_| is_search_results);
        Ok(results.map(|dataset| (self.catalog.database.clone(), dataset.clone())))
    }

    /// The current value of a tensor; `None` if it is not evaluated or does not exist.
    pub(crate) fn tensor_now(&self, name: &str) -> Option<SessionTensor> {
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
        .map_err(linal_dataset::arrow_error)
}
