//! Runs plans whose rows are given away as they are made, in memory that does not depend on their number.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};

use arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};
use futures::StreamExt;
use linal_dataset::{Result, bytes_of};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::query_state::QueryState;
use super::{POLL_INTERVAL, fresh, partitions, wait, wait_for_memory, with_reserved_cores};
use crate::context::QueryContext;
use crate::error;
use crate::planner::plan::PhysicalQuery;

/// KiB that a partition may be ahead of the consumer. Results up to this size are computed on all threads; beyond, whoever
/// takes the rows is slower than those who make them.
const AHEAD: usize = 16 << 10;

/// The share of the memory limit that all partitions together may be ahead.
const SHARE: usize = 8;

/// Takes the batches of a query, in order.
pub type Sink<'s> = dyn FnMut(RecordBatch) -> Result<()> + 's;

/// A message of a partition.
enum Message {
    /// A batch, which counts as being ahead until the permits are dropped.
    Batch(usize, RecordBatch, OwnedSemaphorePermit),
    /// The partition has ended.
    End(usize, DfResult<()>),
}

/// Runs a plan and gives its batches to `sink`: those of the first partition, then those of the next one. The
/// other partitions run ahead by a few batches only.
pub(crate) fn run(
    context: &mut QueryContext<'_>,
    planned: &PhysicalQuery,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let plan = fresh(planned)?;
    let running = QueryState::new(context.execution.detached_control(), false);
    let running = Arc::new(running.within(context.planner.spill()));
    running.take_snapshots(planned.seen.iter().map(|seen| &seen.dataset));
    let limit = context.execution.control().deadline();
    let planner_state = context.planner_state()?;
    planner_state.limit.set(limit);
    let task = planner_state.task(running.clone());
    let translate = |failure: DataFusionError| error::translate(&failure, &planned.names);
    if planned.on_caller {
        let mut streams = execute_stream_partitioned(plan, task).map_err(translate)?.into_iter();
        return streams.try_for_each(|stream| on_caller(stream, &running, sink, translate));
    }
    let (memory, width) = (task.memory_pool().clone(), partitions(&plan));
    let (sender, receiver) = mpsc::channel();
    let share = context.execution.pool().limit() / SHARE / width.max(1) / 1024;
    let ahead = AHEAD.min(share).max(1);
    let producing = with_reserved_cores(width, produce(plan, task, sender, ahead));
    let producer = crate::planner::planner_state::runtime()?.spawn(producing);
    let consumed = consume(&receiver, &running, sink, translate);
    if consumed.is_err() {
        let was_stopped = running.poll().is_err();
        running.abandon();
        producer.abort();
        drop(receiver);
        if !was_stopped {
            wait_for_memory(&*memory);
        }
    }
    consumed
}

fn on_caller(
    mut stream: SendableRecordBatchStream,
    running: &QueryState,
    sink: &mut Sink<'_>,
    translate: impl Fn(DataFusionError) -> linal_dataset::Error,
) -> Result<()> {
    while let Some(batch) = wait(stream.next()) {
        running.poll().map_err(&translate)?;
        let batch = batch.map_err(&translate)?;
        if batch.num_rows() > 0 {
            sink(batch)?;
        }
    }
    Ok(())
}

/// Runs the partitions concurrently.
async fn produce(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    sender: Sender<Message>,
    ahead: usize,
) -> DfResult<()> {
    let streams = match execute_stream_partitioned(plan, task) {
        Ok(streams) => streams,
        Err(failure) => {
            // Without a receiver the statement has ended.
            let _ = sender.send(Message::End(0, Err(failure)));
            return Ok(());
        }
    };
    let mut tasks = JoinSet::new();
    let count = streams.len();
    for (at, stream) in streams.into_iter().enumerate() {
        let sender = sender.clone();
        tasks.spawn(async move {
            let ended = produce_partition(at, stream, &sender, ahead).await;
            let _ = sender.send(Message::End(at, ended));
        });
    }
    if count == 0 {
        let _ = sender.send(Message::End(0, Ok(())));
    }
    while let Some(done) = tasks.join_next().await {
        if let Err(failure) = done {
            let failure = DataFusionError::ExecutionJoin(Box::new(failure));
            let _ = sender.send(Message::End(0, Err(failure)));
        }
    }
    Ok(())
}

async fn produce_partition(
    at: usize,
    mut stream: SendableRecordBatchStream,
    sender: &Sender<Message>,
    most: usize,
) -> DfResult<()> {
    let ahead = Arc::new(Semaphore::new(most));
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        if batch.num_rows() == 0 {
            continue;
        }
        let bytes: usize = batch.columns().iter().map(|column| bytes_of(column.as_ref())).sum();
        // A batch of more than all permits waits until it is alone.
        let size = u32::try_from((bytes / 1024).clamp(1, most)).unwrap_or(u32::MAX);
        let permit = ahead.clone().acquire_many_owned(size).await;
        let permit = permit.map_err(|closed| DataFusionError::External(Box::new(closed)))?;
        if sender.send(Message::Batch(at, batch, permit)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// What was received of a partition that is not the first.
#[derive(Default)]
struct Received {
    batches: VecDeque<(RecordBatch, OwnedSemaphorePermit)>,
    has_ended: bool,
}

fn consume(
    receiver: &Receiver<Message>,
    running: &QueryState,
    sink: &mut Sink<'_>,
    translate: impl Fn(DataFusionError) -> linal_dataset::Error,
) -> Result<()> {
    let mut received: Vec<Received> = Vec::new();
    let mut current = 0;
    loop {
        match receiver.recv_timeout(POLL_INTERVAL) {
            Ok(Message::Batch(at, batch, permit)) => {
                partition(&mut received, at).batches.push_back((batch, permit))
            }
            Ok(Message::End(at, ended)) => {
                ended.map_err(&translate)?;
                partition(&mut received, at).has_ended = true;
            }
            Err(RecvTimeoutError::Timeout) => running.poll().map_err(&translate)?,
            Err(RecvTimeoutError::Disconnected) if !received.is_empty() && current == received.len() => {
                return Ok(());
            }
            // The task panicked before its partitions had ended.
            Err(RecvTimeoutError::Disconnected) => {
                return Err(translate(DataFusionError::Internal("a query without an end".into())));
            }
        }
        while let Some(first) = received.get_mut(current) {
            while let Some((batch, permit)) = first.batches.pop_front() {
                drop(permit);
                running.poll().map_err(&translate)?;
                sink(batch)?;
            }
            if !first.has_ended {
                break;
            }
            current += 1;
        }
    }
}

fn partition(received: &mut Vec<Received>, at: usize) -> &mut Received {
    if received.len() <= at {
        received.resize_with(at + 1, Received::default);
    }
    &mut received[at]
}
