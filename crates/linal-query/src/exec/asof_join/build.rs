//! The right side of the join.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::concat_batches;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use linal_tensor::Reservation;
use tokio::task::JoinSet;

use super::exec::{Condition, Equality};
use super::groups::{Groups, NO_GROUP};
use super::order::{Converter, SortedKeys};
use crate::error::external;
use crate::run::query_state::QueryState;
use crate::run::result_buffer::ResultBuffer;

/// The rows of the right side by group and order.
pub(super) struct Build {
    /// All rows, in their order.
    pub rows: RecordBatch,
    pub groups: Groups,
    /// The first key of each group, and the number of keys.
    pub starts: Vec<u32>,
    /// The keys of all groups; of rows with equal keys the first one is kept.
    pub keys: SortedKeys,
    /// The row of each key.
    pub places: Vec<u32>,
    pub converter: Converter,
    /// Which rows were matched, for a join that returns the others.
    pub matched: Option<Matched>,
    _memory: Reservation,
}

/// The rows that some left row has matched.
pub(super) struct Matched {
    pub rows: Vec<AtomicBool>,
    /// Partitions of the left side that still run.
    pub running: AtomicUsize,
}

impl Build {
    /// Reads the right side. `partitions` are those of the left side, if unmatched rows are returned.
    pub async fn make(
        right: Arc<dyn ExecutionPlan>,
        condition: Arc<Condition>,
        task: Arc<TaskContext>,
        running: Arc<QueryState>,
        partitions: Option<usize>,
    ) -> Result<Build> {
        let batches = collect(&right, &task, &running).await?;
        let rows = concat_batches(&right.schema(), &batches)?;
        drop(batches);
        running.poll()?;
        // Row numbers are u32.
        if rows.num_rows() >= NO_GROUP as usize {
            let message = "the right side of an ASOF JOIN has at most 4294967294 rows";
            return Err(external(linal_dataset::Error::new(linal_error::Code::NotSupported, message)));
        }
        let matched = partitions.map(|partitions| Matched {
            rows: (0..rows.num_rows()).map(|_| AtomicBool::new(false)).collect(),
            running: AtomicUsize::new(partitions),
        });
        let (keys, nulls) = evaluate(&condition, &rows, |equality| &equality.right, &condition.right)?;
        let Some((order, keys)) = keys.split_last() else {
            return Err(DataFusionError::Internal("an ASOF JOIN without an inequality".into()));
        };
        let matches_nulls = condition.equalities.iter().any(|equality| equality.matches_nulls);
        let (groups, numbers, count) = Groups::new(keys, (nulls.as_ref(), matches_nulls), rows.num_rows())?;
        let converter = Converter::of(order.data_type())?;
        let order = converter.keys(order)?;
        let mut places: Vec<u32> =
            (0..rows.num_rows() as u32).filter(|&at| numbers[at as usize] != NO_GROUP).collect();
        let compare = |one: u32, other: u32| {
            let (one, other) = (one as usize, other as usize);
            numbers[one].cmp(&numbers[other]).then_with(|| order.get(one).compare(order.get(other)))
        };
        // Equal rows stay in their order, and the first one counts.
        places.sort_unstable_by(|&one, &other| compare(one, other).then(one.cmp(&other)));
        places.dedup_by(|later, first| compare(*later, *first).is_eq());
        let mut starts = vec![0u32; count as usize + 1];
        for &place in &places {
            starts[numbers[place as usize] as usize + 1] += 1;
        }
        for group in 1..starts.len() {
            starts[group] += starts[group - 1];
        }
        let keys = order.take(&places);
        let bytes = rows.get_array_memory_size() + keys.size() + groups.size() + places.capacity() * 8;
        let memory = running.pool().reserve("join", bytes);
        let memory = memory.map_err(|error| external(linal_dataset::Error::from(error)))?;
        Ok(Build { rows, groups, starts, keys, places, converter, matched, _memory: memory })
    }
}

/// All batches of the right side, in the order of its partitions, which run concurrently.
async fn collect(
    right: &Arc<dyn ExecutionPlan>,
    task: &Arc<TaskContext>,
    running: &Arc<QueryState>,
) -> Result<Vec<RecordBatch>> {
    let partition = |at: usize| {
        let (stream, running) = (right.execute(at, task.clone()), running.clone());
        async move {
            let mut stream = stream?;
            let mut collected = ResultBuffer::new(running);
            while let Some(batch) = stream.next().await {
                collected.push(batch?)?;
            }
            Ok::<_, DataFusionError>(collected.finish())
        }
    };
    let count = right.output_partitioning().partition_count();
    if count == 1 {
        return partition(0).await;
    }
    let mut tasks = JoinSet::new();
    for at in 0..count {
        let part = partition(at);
        tasks.spawn(async move { (at, part.await) });
    }
    let mut parts: Vec<Vec<RecordBatch>> = (0..count).map(|_| Vec::new()).collect();
    while let Some(done) = tasks.join_next().await {
        let (at, part) = done.map_err(|failure| DataFusionError::ExecutionJoin(Box::new(failure)))?;
        parts[at] = part?;
    }
    Ok(parts.into_iter().flatten().collect())
}

/// The keys of a batch, the value of the inequality last, and the rows that match nothing because of a NULL.
pub(super) fn evaluate<'c>(
    condition: &'c Condition,
    batch: &RecordBatch,
    side: impl Fn(&'c Equality) -> &'c Arc<dyn datafusion::physical_expr::PhysicalExpr>,
    order: &Arc<dyn datafusion::physical_expr::PhysicalExpr>,
) -> Result<(Vec<ArrayRef>, Option<NullBuffer>)> {
    let mut keys = Vec::with_capacity(condition.equalities.len() + 1);
    let mut nulls: Option<NullBuffer> = None;
    for equality in &condition.equalities {
        let key = side(equality).evaluate(batch)?.into_array(batch.num_rows())?;
        if !equality.matches_nulls {
            nulls = NullBuffer::union(nulls.as_ref(), key.logical_nulls().as_ref());
        }
        keys.push(key);
    }
    let order = order.evaluate(batch)?.into_array(batch.num_rows())?;
    nulls = NullBuffer::union(nulls.as_ref(), order.logical_nulls().as_ref());
    keys.push(order);
    Ok((keys, nulls))
}
