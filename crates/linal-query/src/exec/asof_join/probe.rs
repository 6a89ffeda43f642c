//! The left side of the join.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use arrow::compute::{filter_record_batch, take};
use arrow::datatypes::SchemaRef;
use datafusion::common::{JoinType, Result};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::metrics::{BaselineMetrics, RecordOutput};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;

use super::build::{Build, evaluate};
use super::exec::Condition;
use super::search::Cursor;
use crate::run::query_state::QueryState;

/// Joins the batches of a partition of the left side.
pub(super) struct Probe {
    pub build: Arc<Build>,
    pub condition: Arc<Condition>,
    pub kind: JoinType,
    pub schema: SchemaRef,
    pub running: Arc<QueryState>,
    pub metrics: BaselineMetrics,
}

impl Probe {
    /// The rows of the join, in the order of the left side; right rows without a partner are the last.
    pub fn stream(self, left: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = self.schema.clone();
        let cursor = Cursor::new(&self.build);
        let batches = futures::stream::try_unfold((self, cursor, Some(left)), |state| async move {
            let (probe, mut cursor, left) = state;
            let Some(mut left) = left else { return Ok(None) };
            probe.running.poll()?;
            let joined = match left.next().await {
                Some(batch) => {
                    let _running = probe.metrics.elapsed_compute().timer();
                    probe.batch(&mut cursor, batch?)?.record_output(&probe.metrics)
                }
                None => {
                    let rest = probe.unmatched(&left.schema())?;
                    return Ok(Some((rest, (probe, cursor, None))));
                }
            };
            Ok::<_, DataFusionError>(Some((joined, (probe, cursor, Some(left)))))
        });
        let batches = batches.filter(|batch: &Result<RecordBatch>| {
            let is_kept = batch.as_ref().map_or(true, |batch| batch.num_rows() > 0);
            std::future::ready(is_kept)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }

    fn batch(&self, cursor: &mut Cursor, left: RecordBatch) -> Result<RecordBatch> {
        let (keys, nulls) =
            evaluate(&self.condition, &left, |equality| &equality.left, &self.condition.left)?;
        let (order, keys) = keys.split_at(keys.len() - 1);
        let (order, keys) = (&keys[0], order);
        let groups = self.build.groups.of(keys, nulls.as_ref(), left.num_rows())?;
        let order = self.build.converter.keys(order)?;
        let found = cursor.find(&self.build, self.condition.comparison, &groups, &order);
        if let Some(matched) = &self.build.matched {
            found.iter().flatten().for_each(|&row| matched.rows[row as usize].store(true, Ordering::Relaxed));
        }
        let is_found = || BooleanArray::from_iter(found.iter().map(|row| Some(row.is_some())));
        match self.kind {
            JoinType::LeftSemi => Ok(filter_record_batch(&left, &is_found())?),
            JoinType::LeftAnti => {
                let is_missing = found.iter().map(|row| Some(row.is_none()));
                Ok(filter_record_batch(&left, &BooleanArray::from_iter(is_missing))?)
            }
            JoinType::Left | JoinType::Full => self.joined(left.columns(), &UInt32Array::from(found)),
            _ if found.iter().all(Option::is_some) => self.joined(left.columns(), &UInt32Array::from(found)),
            _ => {
                let rows = filter_record_batch(&left, &is_found())?;
                self.joined(rows.columns(), &UInt32Array::from_iter_values(found.into_iter().flatten()))
            }
        }
    }

    /// Left columns with the right columns of these rows.
    fn joined(&self, left: &[ArrayRef], right: &UInt32Array) -> Result<RecordBatch> {
        let mut columns = left.to_vec();
        for column in self.build.rows.columns() {
            columns.push(take(column, right, None)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(right.len()));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    /// The right rows without a partner, from the last partition that ends.
    fn unmatched(&self, left: &SchemaRef) -> Result<RecordBatch> {
        let Some(matched) = &self.build.matched else {
            return Ok(RecordBatch::new_empty(self.schema.clone()));
        };
        if matched.running.fetch_sub(1, Ordering::AcqRel) > 1 {
            return Ok(RecordBatch::new_empty(self.schema.clone()));
        }
        let rows = (0..).zip(&matched.rows).filter(|(_, is_matched)| !is_matched.load(Ordering::Relaxed));
        let rows = UInt32Array::from_iter_values(rows.map(|(row, _)| row));
        let nulls: Vec<ArrayRef> =
            left.fields().iter().map(|field| new_null_array(field.data_type(), rows.len())).collect();
        self.joined(&nulls, &rows)
    }
}
