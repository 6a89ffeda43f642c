//! `range` and `generate_series`: numbers and times that are made as they are read.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, IntervalMonthDayNano, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::project_schema;
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use linal_store::temporal::add_to_timestamp;

use crate::run::query_state::QueryState;

/// The step of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub months: i32,
    pub days: i32,
    pub nanoseconds: i64,
}

impl Step {
    /// Whether no part is positive, or none negative.
    pub fn has_one_sign(self) -> bool {
        let signs =
            [i64::from(self.months).signum(), i64::from(self.days).signum(), self.nanoseconds.signum()];
        !(signs.contains(&1) && signs.contains(&-1))
    }

    fn is_positive(self) -> bool {
        self.months > 0 || self.days > 0 || self.nanoseconds > 0
    }

    /// A time that is later by the step; `None` beyond the calendar.
    fn after(self, micros: i64) -> Option<i64> {
        add_to_timestamp(micros, IntervalMonthDayNano::new(self.months, self.days, self.nanoseconds))
    }
}

/// A series of values.
#[derive(Clone, Debug)]
pub(crate) enum Series {
    /// `count` integers from `start` on.
    Integers { start: i64, step: i64, count: u64 },
    /// Times in microseconds from `next` on, while they are before `end`.
    Times { next: Option<i64>, end: i64, step: Step, is_inclusive: bool },
}

impl Series {
    /// The integers from `start` to `end`; the step is not zero.
    pub fn of_integers(start: i64, end: i64, step: i64, is_inclusive: bool) -> Series {
        let distance = (i128::from(end) - i128::from(start)) * i128::from(step.signum());
        let width = i128::from(step).abs();
        let count = if distance < 0 {
            0
        } else if is_inclusive {
            distance / width + 1
        } else {
            (distance + width - 1) / width
        };
        Series::Integers { start, step, count: u64::try_from(count).unwrap_or(u64::MAX) }
    }

    /// The times from `start` to `end`, in microseconds since 1970.
    pub fn of_times(start: i64, end: i64, step: Step, is_inclusive: bool) -> Series {
        Series::Times { next: Some(start), end, step, is_inclusive }
    }

    /// The number of values, or more; a small number for times, which are not counted.
    pub fn rows_at_most(&self) -> usize {
        match self {
            Series::Integers { count, .. } => usize::try_from(*count).unwrap_or(usize::MAX),
            Series::Times { .. } => 1,
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Series::Integers { .. } => DataType::Int64,
            Series::Times { .. } => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    /// The series in parts of about the same length.
    fn parts(&self, most: usize) -> Vec<Series> {
        match *self {
            Series::Integers { start, step, count } if count >= MIN_PARALLEL => {
                let parts = most.max(1) as u64;
                let bound = |part: u64| (u128::from(count) * u128::from(part) / u128::from(parts)) as u64;
                let part = |part: u64| Series::Integers {
                    start: at(start, step, bound(part)),
                    step,
                    count: bound(part + 1) - bound(part),
                };
                (0..parts).map(part).collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// The next values, at most so many; `None` at the end.
    fn take(&mut self, most: usize) -> Option<ArrayRef> {
        match self {
            Series::Integers { start, step, count } => {
                let rows = (*count).min(most as u64);
                if rows == 0 {
                    return None;
                }
                let values = Int64Array::from_iter_values((0..rows).map(|row| at(*start, *step, row)));
                *start = at(*start, *step, rows);
                *count -= rows;
                Some(Arc::new(values))
            }
            Series::Times { next, end, step, is_inclusive } => {
                let mut values = Vec::new();
                while let Some(moment) = *next
                    && values.len() < most
                {
                    let end = *end;
                    let ordered = if step.is_positive() { moment.cmp(&end) } else { end.cmp(&moment) };
                    if ordered.is_gt() || ordered.is_eq() && !*is_inclusive {
                        break;
                    }
                    values.push(moment);
                    *next = step.after(moment);
                }
                (!values.is_empty()).then(|| Arc::new(TimestampMicrosecondArray::from(values)) as ArrayRef)
            }
        }
    }
}

/// Values from which on a series is made by all threads.
const MIN_PARALLEL: u64 = 1 << 20;

/// The value at a place; the one behind the last may be out of range, and is not used.
fn at(start: i64, step: i64, place: u64) -> i64 {
    start.wrapping_add(step.wrapping_mul(place as i64))
}

/// A series as a table of one column.
#[derive(Debug)]
pub(crate) struct SeriesTable {
    schema: SchemaRef,
    series: Series,
}

impl SeriesTable {
    /// A table whose column has this name.
    pub fn new(name: &str, series: Series) -> SeriesTable {
        let schema = Arc::new(Schema::new(vec![Field::new(name, series.data_type(), false)]));
        SeriesTable { schema, series }
    }
}

#[async_trait]
impl TableProvider for SeriesTable {
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
        let schema = project_schema(&self.schema, projection)?;
        let parts = self.series.parts(state.config().target_partitions());
        let partition =
            |series| Arc::new(Partition { schema: schema.clone(), series }) as Arc<dyn PartitionStream>;
        let table = StreamingTable::try_new(schema.clone(), parts.into_iter().map(partition).collect())?;
        table.scan(state, None, filters, limit).await
    }
}

/// A part of a series, with its column or without.
#[derive(Debug)]
struct Partition {
    schema: SchemaRef,
    series: Series,
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = self.schema.clone();
        let rows = task.session_config().batch_size().max(1);
        let running = QueryState::of(&task);
        let state = (self.series.clone(), running);
        let batches = futures::stream::try_unfold(state, move |(series, running)| {
            std::future::ready(running.and_then(|running| next(series, running, &schema, rows)))
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
}

/// A series that runs in a query.
type Running = (Series, Result<Arc<QueryState>>);

/// The next batch, and the rest of the series.
fn next(
    mut series: Series,
    running: Arc<QueryState>,
    schema: &SchemaRef,
    rows: usize,
) -> Result<Option<(RecordBatch, Running)>> {
    running.poll()?;
    let Some(values) = series.take(rows) else { return Ok(None) };
    let options = RecordBatchOptions::new().with_row_count(Some(values.len()));
    let columns = if schema.fields().is_empty() { Vec::new() } else { vec![values] };
    let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
    Ok(Some((batch, (series, Ok(running)))))
}
