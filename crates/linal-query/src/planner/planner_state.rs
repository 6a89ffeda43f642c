//! A session's planning state: functions, rules and options.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use datafusion::config::ConfigOptions;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::SessionConfig;
use linal_bind::functions::HostFunctions;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_tensor::kernel::threads;
use linal_tensor::{Cancellation, DType, ExecutionContext};
use tokio::runtime::Runtime;

use super::any_value::OrderedAnyValue;
use super::expr_planner::Operators;
use super::extension_planner::OperatorPlanner;
use super::planning_limits;
use super::type_planner::Types;
use crate::exec::window;
use crate::run::memory_pool::SessionPool;
use crate::run::spill::Spill;
use crate::udf;
use crate::udf::temporal;
use crate::udf::{ExecutionHandle, Limit};
use crate::{logical, physical};

/// The settings that plans depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannerKey {
    /// Threads of a large query.
    pub threads: usize,
    /// Rows per batch.
    pub batch_size: usize,
    /// The dtype of tensors made from number literals.
    pub default_dtype: DType,
    /// The time zone of timestamps without one.
    pub timezone: Zone,
    /// The functions of the host.
    pub host: HostFunctions,
}

/// The planner of one session: its state once the first query has needed it.
pub struct Planner {
    state: Option<PlannerState>,
    partition_above: usize,
    spill: Spill,
}

impl Planner {
    /// A planner that reads inputs of fewer than `partition_above` elements in total by one thread.
    pub fn new(partition_above: usize, spill: Spill) -> Planner {
        Planner { state: None, partition_above, spill }
    }

    /// Where queries write rows from now on.
    pub fn set_spill(&mut self, spill: Spill) {
        if self.spill.is_same(&spill) {
            return;
        }
        if let Some(state) = &mut self.state {
            state.spill_to(&spill);
        }
        self.spill = spill;
    }

    /// Whether queries write rows in a share of another one with this limit.
    pub fn is_share_of(&self, above: &Spill, limit: u64) -> bool {
        self.spill.limit() == Some(limit) && self.spill.is_below(above)
    }

    /// Where queries write rows.
    pub(crate) fn spill(&self) -> &Spill {
        &self.spill
    }

    /// The state for these settings, made anew when they have changed.
    pub(crate) fn state(
        &mut self,
        execution: &ExecutionContext,
        key: PlannerKey,
    ) -> Result<&mut PlannerState> {
        if self.state.as_ref().is_some_and(|state| state.key != key) {
            self.state = None;
        }
        match &mut self.state {
            Some(state) => Ok(state),
            empty => Ok(empty.insert(PlannerState::new(
                execution.pool(),
                execution.cancellation(),
                key,
                self.partition_above,
                &self.spill,
            )?)),
        }
    }
}

/// The planning state of one session. It is made at the first query, so a session that uses only tensors does
/// not pay for it.
pub(crate) struct PlannerState {
    /// Queries whose inputs have at least this many elements in total run on all threads.
    partition_above: usize,
    /// The settings that this state was made for.
    pub key: PlannerKey,
    /// The deadline of the running statement, for functions.
    pub(crate) limit: Limit,
    /// What operators run with.
    pub(crate) runtime: Arc<RuntimeEnv>,
    /// Plans with one partition.
    pub(crate) small: SessionState,
    /// Plans with one partition for queries that only a few rules apply to.
    fast_path: SessionState,
    /// Plans with a partition per thread.
    large: SessionState,
}

/// Inputs with fewer elements are read by one thread: waking others costs more than the work.
pub const SMALL_ELEMENTS: usize = 200_000;

/// The assumed selectivity, in percent, of a predicate without statistics. Most predicates below joins have
/// several parts. For these, DataFusion's 20 is too high, and the join builds its hash table from the wrong
/// side.
const GUESSED_SELECTIVITY: u8 = 10;

impl PlannerState {
    pub fn new(
        pool: &Arc<linal_tensor::MemoryPool>,
        cancellation: &Cancellation,
        key: PlannerKey,
        partition_above: usize,
        spill: &Spill,
    ) -> Result<PlannerState> {
        let PlannerKey { threads, batch_size, default_dtype, timezone, host } = key.clone();
        let timezone = &timezone;
        let limit = Limit::default();
        let handle =
            ExecutionHandle { pool: pool.clone(), cancellation: cancellation.clone(), limit: limit.clone() };
        let mut runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(SessionPool::new(pool.clone())));
        runtime.disk_manager = spill.manager();
        let runtime =
            runtime.build_arc().map_err(|error| Error::new(Code::InternalError, error.to_string()))?;
        let state = |partitions: usize, is_parallel: bool| {
            let mut builder = SessionStateBuilder::new_with_default_features();
            let planners = builder.expr_planners().get_or_insert_default();
            planners.insert(
                0,
                Arc::new(Operators { handle: handle.clone(), default_dtype, timezone: timezone.clone() }),
            );
            planners.insert(1, Arc::new(window::WindowFrames));
            planners.insert(2, Arc::new(OrderedAnyValue));
            builder
                .with_config(config(partitions, batch_size, timezone, handle.clone()))
                .with_runtime_env(runtime.clone())
                .with_type_planner(Arc::new(Types { timezone: timezone.clone() }))
                .with_query_planner(Arc::new(OperatorPlanner))
                .with_analyzer_rules(logical::analyzer_rules(timezone))
                .with_optimizer_rules(planning_limits::among(logical::optimizer_rules()))
                .with_physical_optimizer_rules(physical::rules(is_parallel))
                .build()
        };
        // Functions are registered last: a state built from another one registers all names again, in no
        // particular order, and a DataFusion function with several names would replace ours.
        let extend = |mut state: SessionState| -> Result<SessionState> {
            use datafusion::execution::FunctionRegistry;
            for function in udf::row_functions(timezone) {
                state.register_udf(function).map_err(|error| crate::error::internal(&error))?;
            }
            let known = state.scalar_functions();
            for function in udf::sized_functions(|name| known.get(name)) {
                state.register_udf(function).map_err(|error| crate::error::internal(&error))?;
            }
            let functions = udf::scalar_functions(default_dtype);
            for function in functions.into_iter().chain(temporal::scalar_functions(timezone)) {
                state.register_udf(function).map_err(|error| crate::error::internal(&error))?;
            }
            for function in host.iter() {
                state.register_udf(udf::host(function)).map_err(|error| crate::error::internal(&error))?;
            }
            for function in udf::aggregate_functions() {
                state.register_udaf(function).map_err(|error| crate::error::internal(&error))?;
            }
            for function in udf::higher_order_functions() {
                state
                    .register_higher_order_function(function)
                    .map_err(|error| crate::error::internal(&error))?;
            }
            let aggregates: udf::Aggregates = Arc::new(known_aggregates(&state));
            for function in udf::aggregates_of_lists(&aggregates) {
                state.register_udf(function).map_err(|error| crate::error::internal(&error))?;
            }
            for function in window::window_functions() {
                state.register_udwf(function).map_err(|error| crate::error::internal(&error))?;
            }
            Ok(state)
        };
        let small = extend(state(1, false))?;
        Ok(PlannerState {
            partition_above,
            key,
            limit,
            runtime: runtime.clone(),
            fast_path: fast_path(&small),
            small,
            large: extend(state(threads.max(1), true))?,
        })
    }

    /// Lets operators write rows elsewhere.
    fn spill_to(&mut self, spill: &Spill) {
        if let Some(disk_manager) = spill.manager() {
            self.runtime = Arc::new(RuntimeEnv { disk_manager, ..self.runtime.as_ref().clone() });
        }
    }

    /// Whether inputs with this many elements are read by one thread.
    pub fn is_small(&self, elements: usize) -> bool {
        elements < self.partition_above
    }

    /// The states for inputs with this many elements. NOW() gives the time of this call.
    pub fn states(&mut self, elements: usize) -> SessionStates<'_> {
        let is_small = self.is_small(elements);
        self.fast_path.mark_start_execution();
        let state = if is_small { &mut self.small } else { &mut self.large };
        state.mark_start_execution();
        SessionStates { full: state, fast_path: is_small.then_some(&self.fast_path) }
    }
}

fn known_aggregates(state: &SessionState) -> HashMap<String, Arc<AggregateUDF>> {
    let known = state.aggregate_functions().iter();
    known.map(|(name, function)| (name.clone(), function.clone())).collect()
}

/// The states that a query is planned with.
#[derive(Clone, Copy)]
pub(crate) struct SessionStates<'e> {
    pub full: &'e SessionState,
    /// For a simple query over few rows.
    pub fast_path: Option<&'e SessionState>,
}

/// Rules that can change a query of one table without subqueries. The others look for joins, subqueries and
/// unions, and each takes some microseconds to find none.
const FAST_PATH_RULES: [&str; 10] = [
    "simplify_expressions",
    "replace_distinct_aggregate",
    "eliminate_duplicated_expr",
    "eliminate_filter",
    "eliminate_limit",
    "propagate_empty_relation",
    "push_down_limit",
    "push_down_filter",
    "common_sub_expression_eliminate",
    "optimize_projections",
];

/// The same functions and types with few rules, which run once.
fn fast_path(full: &SessionState) -> SessionState {
    let rules = full.optimizers().iter().filter(|rule| FAST_PATH_RULES.contains(&rule.name())).cloned();
    let mut config = full.config().clone();
    config.options_mut().optimizer.max_passes = 1;
    SessionStateBuilder::new_from_existing(full.clone())
        .with_config(config)
        .with_optimizer_rules(planning_limits::among(rules.collect()))
        .build()
}

fn config(partitions: usize, batch_size: usize, timezone: &Zone, handle: ExecutionHandle) -> SessionConfig {
    let mut options = ConfigOptions::new();
    options.execution.time_zone = Some(timezone.name().to_string());
    options.extensions.insert(handle);
    // The ORDER BY of a pipeline's step must hold for the steps after it.
    options.sql_parser.enable_subquery_sort_elimination = false;
    options.execution.collect_statistics = false;
    // Physical expressions of `b IS NOT TRUE` and its like are nullable where the logical ones are not; DataFusion refuses to
    // group by them.
    options.execution.skip_physical_aggregate_schema_check = true;
    options.optimizer.default_filter_selectivity = GUESSED_SELECTIVITY;
    // Scans already have all partitions, and round-robin distribution would change the order of the rows.
    options.optimizer.enable_round_robin_repartition = false;
    // A plan with dynamic filters cannot be cached and run again; keys of joins are pushed down by
    // `join_filter`.
    options.optimizer.enable_dynamic_filter_pushdown = false;
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    options.optimizer.enable_join_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    options.sql_parser.collect_spans = true;
    options.catalog.information_schema = false;
    let batch_size = NonZeroUsize::new(batch_size).map_or(8192, NonZeroUsize::get);
    SessionConfig::from(options).with_target_partitions(partitions).with_batch_size(batch_size)
}

/// Bytes of the stack of a thread that runs queries; enough for a plan of the greatest depth that a text can have.
const WORKER_STACK: usize = 64 << 20;

/// The threads that run the partitions of large queries, shared by all engines of the process. A query has as
/// many partitions as its session may use threads.
pub(crate) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            let workers = threads::process_threads();
            let started = AtomicUsize::new(0);
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(workers)
                // Operators call one another: a plan is as deep as a chain of set operations is long. Memory is taken as it is used.
                .thread_stack_size(WORKER_STACK)
                // Worker threads start first; the others are blocking threads that wait for spill files.
                .thread_name_fn(move || match started.fetch_add(1, Ordering::Relaxed) {
                    number if number < workers => format!("linal-query-{number}"),
                    number => format!("linal-file-{number}"),
                })
                .build()
        })
        .as_ref()
        .map_err(|error| Error::new(Code::InternalError, format!("no threads for queries: {error}")))
}
