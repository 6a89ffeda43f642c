//! Runs plans: small queries on the calling thread, others on the query threads.

pub mod explain;
pub(crate) mod memory_pool;
pub(crate) mod metered_stream;
pub(crate) mod query_state;
pub(crate) mod result_buffer;
pub(crate) mod spill;
pub(crate) mod streaming;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream_partitioned};
use futures::StreamExt;
use linal_dataset::Result;
use linal_tensor::kernel::threads;
use tokio::task::JoinSet;

use self::query_state::QueryState;
use self::result_buffer::ResultBuffer;
use super::error;
use super::planner::plan::PhysicalQuery;
use crate::context::QueryContext;

/// Blocks on a future that does its work on the calling thread.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

/// Runs a plan and returns all batches.
pub(crate) fn run(context: &mut QueryContext<'_>, planned: &PhysicalQuery) -> Result<Vec<RecordBatch>> {
    execute(context, planned, fresh(planned)?, false)
}

/// The plan with the state of its last run reset.
pub(super) fn fresh(planned: &PhysicalQuery) -> Result<Arc<dyn ExecutionPlan>> {
    reset_plan_states(planned.physical.clone()).map_err(|failure| error::translate(&failure, &planned.names))
}

/// Runs a plan whose metrics may be read afterwards; scans record theirs if it `measures`.
pub(super) fn execute(
    context: &mut QueryContext<'_>,
    planned: &PhysicalQuery,
    plan: Arc<dyn ExecutionPlan>,
    measures: bool,
) -> Result<Vec<RecordBatch>> {
    let running = QueryState::new(context.execution.detached_control(), measures);
    let running = Arc::new(running.within(context.planner.spill()));
    // Snapshots are taken before the first row is read, so that all tables are read at one point in time.
    running.take_snapshots(planned.seen.iter().map(|seen| &seen.dataset));
    let limit = context.execution.control().deadline();
    let planner_state = context.planner_state()?;
    planner_state.limit.set(limit);
    let task = planner_state.task(running.clone());
    let collected = if planned.on_caller {
        wait(collect_partitions(plan, task, running))
    } else {
        let (memory, width) = (task.memory_pool().clone(), partitions(&plan));
        let collecting = collect_partitions(plan, task, running.clone());
        let collected = spawn_and_wait(with_reserved_cores(width, collecting), &running)?;
        if collected.is_err() && running.poll().is_ok() {
            wait_for_memory(&*memory);
        }
        collected
    };
    collected.map_err(|failure| error::translate(&failure, &planned.names))
}

type Collected = datafusion::error::Result<Vec<RecordBatch>>;

async fn collect_partitions(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    running: Arc<QueryState>,
) -> Collected {
    let streams = execute_stream_partitioned(plan, task)?;
    if streams.len() == 1 {
        let mut all = Vec::new();
        for stream in streams {
            all = collect_stream(stream, running.clone()).await?;
        }
        return Ok(all);
    }
    // Partitions run concurrently and are concatenated in their order, which is that of the rows of a table.
    // Dropping the set aborts those that still run.
    let mut tasks = JoinSet::new();
    for (at, stream) in streams.into_iter().enumerate() {
        let running = running.clone();
        tasks.spawn(async move { (at, collect_stream(stream, running).await) });
    }
    let mut parts: Vec<Vec<RecordBatch>> = (0..tasks.len()).map(|_| Vec::new()).collect();
    while let Some(done) = tasks.join_next().await {
        let (at, part) = done.map_err(|failure| DataFusionError::ExecutionJoin(Box::new(failure)))?;
        parts[at] = part?;
    }
    Ok(parts.into_iter().flatten().collect())
}

/// Collects all batches of a stream.
async fn collect_stream(mut stream: SendableRecordBatchStream, running: Arc<QueryState>) -> Collected {
    let mut collected = ResultBuffer::new(running);
    while let Some(batch) = stream.next().await {
        collected.push(batch?)?;
    }
    Ok(collected.finish())
}

/// How often the calling thread checks whether the statement must end.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Runs a query on the query threads. When the statement must end, an operator in the middle of a long sort
/// is not waited for: it stops at its next batch.
fn spawn_and_wait(
    collecting: impl Future<Output = Collected> + Send + 'static,
    running: &QueryState,
) -> Result<Collected> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // The caller may be a task of another runtime, where blocking on a task is allowed and entering a runtime
    // is not.
    let task = super::planner::planner_state::runtime()?.spawn(async move {
        // After the end of the statement there is no receiver.
        let _ = sender.send(collecting.await);
    });
    loop {
        match receiver.recv_timeout(POLL_INTERVAL) {
            Ok(collected) => return Ok(collected),
            Err(RecvTimeoutError::Timeout) => {
                if let Err(ended) = running.poll() {
                    running.abandon();
                    task.abort();
                    return Ok(Err(ended));
                }
            }
            // The task panicked before it sent a result.
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Err(match wait(task) {
                    Err(failure) => DataFusionError::ExecutionJoin(Box::new(failure)),
                    Ok(()) => DataFusionError::Internal("a query without an answer".into()),
                }));
            }
        }
    }
}

/// How long a failed statement waits for the memory of its operators.
const MEMORY_RETURNS_WITHIN: Duration = Duration::from_millis(50);

/// Waits until the operators of a failed query have returned their memory: their tasks are aborted on other
/// threads, and whoever sees the failure may count on the memory. A statement that was stopped does not call this.
fn wait_for_memory(memory: &dyn MemoryPool) {
    let start = Instant::now();
    while memory.reserved() > 0 && start.elapsed() < MEMORY_RETURNS_WITHIN {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs a query of this many partitions on cores that kernels of other sessions do not use meanwhile. A query
/// on the calling thread reserves none: it ends before a kernel would have fewer threads because of it.
fn with_reserved_cores<F: Future>(partitions: usize, collecting: F) -> impl Future<Output = F::Output> {
    let held = threads::reserve_cores(partitions.min(threads::process_threads()));
    async move {
        let _held = held;
        collecting.await
    }
}

/// The largest number of partitions of an operator in a plan.
fn partitions(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let below = plan.children().into_iter().map(partitions);
    below.fold(plan.output_partitioning().partition_count(), usize::max)
}

/// Whether no operator of a plan spawns tasks.
pub(super) fn is_serial(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.output_partitioning().partition_count() == 1 && plan.children().into_iter().all(is_serial)
}

impl super::planner::planner_state::PlannerState {
    /// The task context of operators.
    pub(super) fn task(&self, running: Arc<QueryState>) -> Arc<TaskContext> {
        let state = &self.small;
        let config = state.config().clone().with_extension(running);
        // The plan already holds its functions; a task looks none up by name.
        Arc::new(TaskContext::new(
            None,
            String::new(),
            config,
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            self.runtime.clone(),
        ))
    }
}
