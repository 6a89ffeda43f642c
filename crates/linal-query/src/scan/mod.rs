//! Scans of datasets: the snapshot that the statement reads, in batches, without a copy.

mod batches;
pub(crate) mod file;
pub(crate) mod index;
pub(crate) mod index_scan;
mod pruning;
pub(crate) mod series;
mod wide;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, ScalarValue, Statistics, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::source::{DataSource, DataSourceExec};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::pruning::PruningPredicate;
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use linal_dataset::catalog::IndexDef;
use linal_dataset::{Dataset, Snapshot};

pub(super) use self::batches::norms;
use self::batches::{FilteredRows, Position, Rows};
use self::index::{Key, Lookup, WORTHWHILE_ROWS};
use self::index_scan::{IndexScanStream, Place};
pub(super) use self::wide::{row_ids, wide_columns};
use super::physical::join_filter::{KeyColumn, KeyFilter};
use super::planner::plan::Options;
use super::run::metered_stream::metered;
use super::run::query_state::QueryState;

/// The hidden column of row numbers, for statements that change rows or break ties by row order.
pub const ROW_NUMBER: &str = "__row";

/// The hidden column of the squared norms of a vector column, for a SEARCH whose index stores them.
pub const NORMS: &str = "__norms";

/// The source of an output column of a scan.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// A column of the dataset.
    Column(usize),
    /// The row numbers.
    RowNumber,
    /// The squared norms of a column's vectors.
    Norms(usize),
}

impl Read {
    /// The position of a column of the dataset that is read as it is.
    fn column(&self) -> Option<usize> {
        match self {
            Read::Column(column) => Some(*column),
            Read::RowNumber | Read::Norms(_) => None,
        }
    }
}

/// A dataset as a DataFusion table source.
#[derive(Debug)]
pub(super) struct DatasetTable {
    dataset: Arc<Dataset>,
    /// The name as the query spells it.
    name: Arc<str>,
    /// The columns in lower case, followed by the hidden columns.
    schema: SchemaRef,
    /// The source of each column of the schema.
    reads: Arc<[Read]>,
    rows: usize,
    /// Bytes of each column.
    bytes: Arc<[usize]>,
    /// Indexes on scalar columns, if the dataset has enough rows for them.
    indexes: Vec<Arc<IndexDef>>,
    keys: Vec<Key>,
    /// Whether rows are read from a directory.
    is_stored: bool,
}

impl DatasetTable {
    /// A dataset with the columns of `snapshot` and the requested hidden columns.
    pub fn new(dataset: Arc<Dataset>, snapshot: &Snapshot, options: &Options) -> DatasetTable {
        let mut fields: Vec<Arc<Field>> = snapshot
            .schema
            .fields()
            .iter()
            .map(|field| Arc::new(field.as_ref().clone().with_name(field.name().to_lowercase())))
            .collect();
        let mut bytes: Vec<usize> = (0..fields.len()).map(|column| snapshot.bytes(column)).collect();
        let mut reads: Vec<Read> = (0..fields.len()).map(Read::Column).collect();
        let mut hide = |read: Read, name: &str, data_type: DataType, nullable: bool| {
            reads.push(read);
            bytes.push(8 * snapshot.rows);
            fields.push(Arc::new(Field::new(name, data_type, nullable)));
        };
        if let Some((of, column)) = &options.norms
            && Arc::ptr_eq(of, &dataset)
        {
            hide(Read::Norms(*column), NORMS, DataType::Float64, true);
        }
        if options.numbers(&dataset) {
            hide(Read::RowNumber, ROW_NUMBER, DataType::Int64, false);
        }
        DatasetTable {
            dataset,
            name: snapshot.name.clone(),
            schema: Arc::new(Schema::new(fields)),
            reads: reads.into(),
            rows: snapshot.rows,
            bytes: bytes.into(),
            indexes: Vec::new(),
            keys: Vec::new(),
            is_stored: snapshot.is_stored(),
        }
    }

    /// The same table with indexes and keys for its filters.
    pub fn with_indexes(mut self, indexes: Vec<Arc<IndexDef>>, keys: Vec<Key>) -> DatasetTable {
        if self.rows >= WORTHWHILE_ROWS {
            self.indexes = indexes;
            self.keys = keys;
        }
        self
    }
}

#[async_trait]
impl TableProvider for DatasetTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection: Vec<usize> =
            projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let partitions = state.config().target_partitions().max(1);
        Ok(Arc::new(DataSourceExec::new(Arc::new(DatasetScan {
            dataset: self.dataset.clone(),
            name: self.name.clone(),
            table_schema: self.schema.clone(),
            reads: self.reads.clone(),
            schema: project_schema(&self.schema, Some(&projection))?,
            row_ids: Vec::new(),
            partitions,
            batch_size: state.config().batch_size(),
            fetch: limit,
            rows: self.rows,
            bytes: self.bytes.clone(),
            ranges: self.ranges(&projection).into(),
            lookup: Lookup::of(&self.keys, &self.indexes, filters, &self.schema).map(Arc::new),
            pruning: if self.is_stored { pruning::predicate(state, filters, &self.schema)? } else { None },
            projection,
            join_filters: Vec::new(),
            metrics: ExecutionPlanMetricsSet::new(),
        }))))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // The filter is applied again above the scan, which may read all rows.
        let support = |filter: &&Expr| {
            let by_statistics = self.is_stored && pruning::is_useful(filter);
            if by_statistics || index::is_useful(&self.keys, &self.indexes, filter, &self.schema) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        Ok(filters.iter().map(support).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(statistics(&self.schema, self.rows, self.bytes.iter().sum(), &[]))
    }
}

/// Rows from which on value ranges are computed for estimates of join sizes.
const MANY_ROWS: usize = 100_000;

impl DatasetTable {
    /// The value range of each integer column by its index in the table, for tables of many rows. DataFusion
    /// estimates the number of distinct keys from it, and so the size of joins.
    fn ranges(&self, projection: &[usize]) -> Vec<(usize, (i64, i64))> {
        if self.rows < MANY_ROWS {
            return Vec::new();
        }
        let snapshot = self.dataset.snapshot();
        let columns = projection.iter().filter(|&&column| column < snapshot.schema.fields().len());
        columns.filter_map(|&column| Some((column, snapshot.range(column)?))).collect()
    }
}

/// Estimated statistics of columns. They are never exact: a cached plan outlives changes of rows, so it must
/// not answer a query from its statistics.
fn statistics(schema: &Schema, rows: usize, bytes: usize, ranges: &[Option<(i64, i64)>]) -> Statistics {
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = Precision::Inexact(rows);
    statistics.total_byte_size = Precision::Inexact(bytes);
    for (at, range) in ranges.iter().enumerate() {
        let bound = |number: i64| match schema.field(at).data_type() {
            DataType::Int64 => Some(ScalarValue::Int64(Some(number))),
            DataType::Int32 => i32::try_from(number).ok().map(|number| ScalarValue::Int32(Some(number))),
            DataType::Date32 => i32::try_from(number).ok().map(|number| ScalarValue::Date32(Some(number))),
            _ => None,
        };
        if let Some((Some(least), Some(greatest))) =
            range.map(|(least, greatest)| (bound(least), bound(greatest)))
        {
            let column = &mut statistics.column_statistics[at];
            column.min_value = Precision::Inexact(least);
            column.max_value = Precision::Inexact(greatest);
        }
    }
    statistics
}

/// A scan of some columns. It refers to the dataset and holds no rows: the snapshot is looked up when it
/// runs.
#[derive(Clone, Debug)]
struct DatasetScan {
    dataset: Arc<Dataset>,
    name: Arc<str>,
    table_schema: SchemaRef,
    /// The source of each column of the table's schema.
    reads: Arc<[Read]>,
    schema: SchemaRef,
    projection: Vec<usize>,
    /// Projection indices of the columns that are replaced by row numbers.
    row_ids: Vec<usize>,
    partitions: usize,
    batch_size: usize,
    fetch: Option<usize>,
    rows: usize,
    /// Bytes of each of the table's columns.
    bytes: Arc<[usize]>,
    /// Value ranges, by column index in the table.
    ranges: Arc<[(usize, (i64, i64))]>,
    /// The index lookup that may select the rows.
    lookup: Option<Arc<Lookup>>,
    /// What the statistics of a directory must allow.
    pruning: Option<Arc<PruningPredicate>>,
    /// Filters of joins above: once their keys are known, other rows are skipped.
    join_filters: Vec<KeyColumn>,
    metrics: ExecutionPlanMetricsSet,
}

impl DatasetScan {
    /// The source of each output column.
    fn columns(&self) -> Vec<Read> {
        let columns = self.projection.iter().enumerate();
        let read = |(at, column): (usize, &usize)| {
            if self.row_ids.contains(&at) { Read::RowNumber } else { self.reads[*column] }
        };
        columns.map(read).collect()
    }

    /// The rows of one partition.
    fn read(&self, partition: usize, running: Arc<QueryState>) -> Result<SendableRecordBatchStream> {
        let snapshot = running.snapshot(&self.dataset);
        if let Some(lookup) = &self.lookup
            && let Some(rows) = running.lookup(lookup, || lookup.rows(&snapshot))?
        {
            let (start, stop) = share(rows.len(), self.partitions, partition);
            return Ok(Box::pin(cooperative(IndexScanStream {
                place: Place { at: start, stop, chunk: 0, chunk_start: 0 },
                schema: self.schema.clone(),
                batch_size: self.batch_size,
                columns: self.columns(),
                snapshot,
                running,
                rows,
            })));
        }
        let ranges = pruning::rows(self.pruning.as_deref(), &snapshot, &self.table_schema, &self.reads)?;
        let count = ranges.iter().map(ExactSizeIterator::len).sum();
        let (start, stop) = share(count, self.partitions, partition);
        let keys = (!self.join_filters.is_empty())
            .then(|| KeyFilter::new(&self.join_filters, &running, stop - start));
        let rows = Rows {
            schema: self.schema.clone(),
            columns: self.columns(),
            snapshot,
            running,
            left: pruning::part(&ranges, start, stop.min(start + self.fetch.unwrap_or(usize::MAX - start))),
            position: Position::default(),
            batch_size: self.batch_size,
        };
        Ok(match keys {
            Some(keys) => Box::pin(cooperative(FilteredRows::new(rows, keys))),
            None => Box::pin(cooperative(rows)),
        })
    }
}

impl DataSource for DatasetScan {
    fn open(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let measures = running.measures;
        let stream = self.read(partition, running)?;
        Ok(if measures { metered(stream, BaselineMetrics::new(&self.metrics, partition)) } else { stream })
    }

    fn metrics(&self) -> ExecutionPlanMetricsSet {
        self.metrics.clone()
    }

    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        match format {
            DisplayFormatType::TreeRender => writeln!(f, "dataset={}", self.name),
            _ => {
                write!(f, "dataset={}, columns=[{}]", self.name, columns.join(", "))?;
                if let Some(lookup) = &self.lookup {
                    write!(f, ", {lookup}")?;
                }
                if !self.row_ids.is_empty() {
                    let names: Vec<&str> = self.row_ids.iter().map(|&at| columns[at]).collect();
                    write!(f, ", by row number=[{}]", names.join(", "))?;
                }
                if !self.join_filters.is_empty() {
                    let join_filters = self.join_filters.iter();
                    let join_filters: Vec<String> = join_filters
                        .map(|filter| format!("{} in keys {}", columns[filter.column], filter.keys))
                        .collect();
                    write!(f, ", rows=[{}]", join_filters.join(", "))?;
                }
                match self.fetch {
                    Some(fetch) => write!(f, ", fetch={fetch}"),
                    None => Ok(()),
                }
            }
        }
    }

    fn output_partitioning(&self) -> Partitioning {
        Partitioning::UnknownPartitioning(self.partitions)
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        EquivalenceProperties::new(self.schema.clone())
    }

    fn scheduling_type(&self) -> SchedulingType {
        SchedulingType::Cooperative
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let share = if partition.is_some() { self.partitions } else { 1 };
        let range = |column: &usize| self.ranges.iter().find(|(at, _)| at == column).map(|(_, range)| *range);
        let ranges: Vec<_> = self.projection.iter().map(range).collect();
        let bytes: usize = self.projection.iter().map(|&column| self.bytes[column]).sum();
        Ok(Arc::new(statistics(&self.schema, self.rows / share, bytes / share, &ranges)))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn DataSource>> {
        Some(Arc::new(DatasetScan { fetch: limit, ..self.clone() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn DataSource>>> {
        let mut columns = Vec::new();
        for item in projection.iter() {
            let expr: &dyn Any = item.expr.as_ref();
            match expr.downcast_ref::<Column>() {
                Some(column) if column.name() == item.alias => columns.push(self.projection[column.index()]),
                _ => return Ok(None),
            }
        }
        let schema = project_schema(&self.table_schema, Some(&columns))?;
        Ok(Some(Arc::new(DatasetScan { projection: columns, schema, ..self.clone() })))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}

fn of_plan(plan: &Arc<dyn ExecutionPlan>) -> Option<&DatasetScan> {
    let operator: &dyn Any = plan.as_ref();
    let source: &dyn Any = operator.downcast_ref::<DataSourceExec>()?.data_source().as_ref();
    source.downcast_ref::<DatasetScan>()
}

/// The indexes that select rows in a plan, each with its dataset.
pub(super) fn lookups(plan: &Arc<dyn ExecutionPlan>) -> Vec<(Arc<Dataset>, Arc<IndexDef>)> {
    let own =
        of_plan(plan).and_then(|scan| Some((scan.dataset.clone(), scan.lookup.as_ref()?.index.clone())));
    own.into_iter().chain(plan.children().into_iter().flat_map(lookups)).collect()
}

/// The datasets whose norms a plan reads, each with the vector column.
pub(super) fn norms_read(plan: &Arc<dyn ExecutionPlan>) -> Vec<(Arc<Dataset>, usize)> {
    let of_scan = |scan: &DatasetScan| {
        scan.columns().into_iter().find_map(|read| match read {
            Read::Norms(column) => Some((scan.dataset.clone(), column)),
            Read::Column(_) | Read::RowNumber => None,
        })
    };
    let own = of_plan(plan).and_then(of_scan);
    own.into_iter().chain(plan.children().into_iter().flat_map(norms_read)).collect()
}

/// The scan of a dataset with join filters, and the keys that it filters by. A limit counts rows before
/// filtering, and rows that an index selects are few.
pub(super) fn with_filters(
    plan: Arc<dyn ExecutionPlan>,
    join_filters: &[KeyColumn],
) -> (Arc<dyn ExecutionPlan>, Vec<usize>) {
    let is_of_use =
        |scan: &&DatasetScan| !join_filters.is_empty() && scan.fetch.is_none() && scan.lookup.is_none();
    let Some(scan) = of_plan(&plan).filter(is_of_use) else { return (plan, Vec::new()) };
    let filtered = DatasetScan { join_filters: join_filters.to_vec(), ..scan.clone() };
    (
        Arc::new(DataSourceExec::new(Arc::new(filtered))),
        join_filters.iter().map(|filter| filter.keys).collect(),
    )
}

/// An estimate of the number of different values of a scan's column in its dataset.
pub(super) fn distinct_values(plan: &Arc<dyn ExecutionPlan>, column: usize) -> Option<f64> {
    let scan = of_plan(plan)?;
    match scan.reads[*scan.projection.get(column)?] {
        Read::Column(column) => Some(scan.dataset.snapshot().distinct_values(column)? as f64),
        Read::RowNumber | Read::Norms(_) => None,
    }
}

/// The row range of one of `partitions` equal partitions.
fn share(rows: usize, partitions: usize, partition: usize) -> (usize, usize) {
    let size = rows.div_ceil(partitions.max(1));
    ((size * partition).min(rows), (size * (partition + 1)).min(rows))
}
