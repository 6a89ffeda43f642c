//! What DataFusion plans with in a session: functions, rules and options.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use datafusion::config::ConfigOptions;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use linal_tensor::Cancellation;
use linal_tensor::kernel::threads;
use tokio::runtime::Runtime;

use super::analysis;
use super::functions::{self, ExecutionHandle, Limit};
use super::operators::Operators;
use super::pool::SessionPool;
use super::types::Types;
use crate::error::{Error, Result};

/// The planning environment of one session. Made at its first query: a session of tensors only pays nothing.
pub(crate) struct Environment {
    /// Elements of all inputs of a query from which on it runs on all threads.
    partition_above: usize,
    /// The threads and the batch size that it plans for.
    pub made_for: (usize, usize),
    /// When the running statement has to end, for functions.
    pub(super) limit: Limit,
    /// Plans of one partition.
    pub(super) small: SessionState,
    /// Plans on all threads.
    large: SessionState,
}

/// Inputs of fewer elements than this are not worth other threads: waking them costs more than the work.
pub(crate) const SMALL_ELEMENTS: usize = 200_000;

/// Rows in a hundred that a condition is thought to let through when nothing is known of it. Of conditions with several parts,
/// as most are that joins stand on, DataFusion's 20 is too many, and the join gathers the wrong side.
const GUESSED_SELECTIVITY: u8 = 10;

impl Environment {
    pub fn new(
        pool: &Arc<linal_tensor::MemoryPool>,
        cancellation: &Cancellation,
        made_for: (usize, usize),
        partition_above: usize,
    ) -> Result<Environment> {
        let (threads, batch_size) = made_for;
        let limit = Limit::default();
        let handle =
            ExecutionHandle { pool: pool.clone(), cancellation: cancellation.clone(), limit: limit.clone() };
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(SessionPool::new(pool.clone())))
            .build_arc()
            .map_err(|error| Error::new("E0900", "internal_error", error.to_string()))?;
        let state = |partitions: usize| {
            SessionStateBuilder::new_with_default_features()
                .with_config(config(partitions, batch_size, handle.clone()))
                .with_runtime_env(runtime.clone())
                .with_type_planner(Arc::new(Types))
                .build()
        };
        let extend = |mut state: SessionState| -> Result<SessionState> {
            use datafusion::execution::FunctionRegistry;
            for rule in analysis::rules() {
                state.add_analyzer_rule(rule);
            }
            for function in functions::scalar_functions() {
                state.register_udf(function).map_err(|error| super::error::internal(&error))?;
            }
            for function in functions::aggregate_functions() {
                state.register_udaf(function).map_err(|error| super::error::internal(&error))?;
            }
            let mut planners: Vec<_> = vec![Arc::new(Operators) as _];
            planners.extend(state.expr_planners().iter().cloned());
            Ok(SessionStateBuilder::new_from_existing(state).with_expr_planners(planners).build())
        };
        Ok(Environment {
            partition_above,
            made_for,
            limit,
            small: extend(state(1))?,
            large: extend(state(threads.max(1)))?,
        })
    }

    /// Whether inputs of so many elements are read by one thread.
    pub fn is_small(&self, elements: usize) -> bool {
        elements < self.partition_above
    }

    /// The state to plan with for an input of so many elements. The time that NOW() gives is the time of this call.
    pub fn state(&mut self, elements: usize) -> &SessionState {
        let state = match self.is_small(elements) {
            true => &mut self.small,
            false => &mut self.large,
        };
        state.mark_start_execution();
        state
    }
}

fn config(partitions: usize, batch_size: usize, handle: ExecutionHandle) -> SessionConfig {
    let mut options = ConfigOptions::new();
    options.extensions.insert(handle);
    // A pipeline's ORDER BY holds for the steps behind it.
    options.sql_parser.enable_subquery_sort_elimination = false;
    options.execution.collect_statistics = false;
    options.optimizer.default_filter_selectivity = GUESSED_SELECTIVITY;
    // Scans have all partitions already, and dealing batches out would mix the order of the rows.
    options.optimizer.enable_round_robin_repartition = false;
    // A plan with such filters cannot be kept and run again; keys of joins have a way of their own (`keys`).
    options.optimizer.enable_dynamic_filter_pushdown = false;
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    options.optimizer.enable_join_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    options.sql_parser.collect_spans = true;
    options.catalog.information_schema = false;
    let batch_size = NonZeroUsize::new(batch_size).map_or(8192, NonZeroUsize::get);
    SessionConfig::from(options).with_target_partitions(partitions).with_batch_size(batch_size)
}

/// The threads on which partitions of large queries run; shared by all engines of the process. A query has as many partitions
/// as its session may use threads.
pub(super) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            let workers = threads::of_process();
            let started = AtomicUsize::new(0);
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(workers)
                // Workers are started first; the others wait for files that operators wrote.
                .thread_name_fn(move || match started.fetch_add(1, Ordering::Relaxed) {
                    number if number < workers => format!("linal-query-{number}"),
                    number => format!("linal-file-{number}"),
                })
                .build()
        })
        .as_ref()
        .map_err(|error| Error::new("E0900", "internal_error", format!("no threads for queries: {error}")))
}
