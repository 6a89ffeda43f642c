//! The operator.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{JoinType, Result, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::joins::utils::build_join_schema;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, TryFutureExt};

use super::build::Build;
use super::probe::Probe;
use crate::logical::ordered_join::Comparison;
use crate::run::query_state::QueryState;

/// An equality of the condition.
#[derive(Clone, Debug)]
pub(super) struct Equality {
    pub left: Arc<dyn PhysicalExpr>,
    pub right: Arc<dyn PhysicalExpr>,
    /// Whether NULL equals NULL.
    pub matches_nulls: bool,
}

/// The condition: equalities, and the inequality.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub equalities: Vec<Equality>,
    pub left: Arc<dyn PhysicalExpr>,
    pub right: Arc<dyn PhysicalExpr>,
    pub comparison: Comparison,
}

/// The right side, which the first partition that needs it makes.
type SharedBuild = Shared<BoxFuture<'static, std::result::Result<Arc<Build>, Arc<DataFusionError>>>>;

/// Joins each row of the left input with the nearest row of the right input.
pub(crate) struct AsofJoinExec {
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    condition: Arc<Condition>,
    kind: JoinType,
    build: Mutex<Option<SharedBuild>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl fmt::Debug for AsofJoinExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsofJoinExec").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl AsofJoinExec {
    pub(super) fn new(
        [left, right]: [Arc<dyn ExecutionPlan>; 2],
        condition: Condition,
        kind: JoinType,
    ) -> AsofJoinExec {
        AsofJoinExec::over([left, right], Arc::new(condition), kind)
    }

    fn over(
        [left, right]: [Arc<dyn ExecutionPlan>; 2],
        condition: Arc<Condition>,
        kind: JoinType,
    ) -> AsofJoinExec {
        let (schema, _) = build_join_schema(&left.schema(), &right.schema(), &kind);
        let partitions = left.output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        AsofJoinExec {
            left,
            right,
            condition,
            kind,
            build: Mutex::new(None),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The kind of the join.
    pub fn kind(&self) -> JoinType {
        self.kind
    }

    /// The expressions that the join evaluates over each input.
    pub fn keys(&self) -> [Vec<&Arc<dyn PhysicalExpr>>; 2] {
        let equalities = &self.condition.equalities;
        let left = equalities.iter().map(|equality| &equality.left).chain([&self.condition.left]);
        let right = equalities.iter().map(|equality| &equality.right).chain([&self.condition.right]);
        [left.collect(), right.collect()]
    }

    /// The right side, made once for all partitions of the left one.
    fn build(&self, task: &Arc<TaskContext>, running: &Arc<QueryState>) -> SharedBuild {
        let mut build = self.build.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let (right, condition) = (self.right.clone(), self.condition.clone());
            let (task, running) = (task.clone(), running.clone());
            let partitions = self.left.output_partitioning().partition_count();
            let keeps_unmatched = matches!(self.kind, JoinType::Right | JoinType::Full);
            Build::make(right, condition, task, running, keeps_unmatched.then_some(partitions))
                .map_ok(Arc::new)
                .map_err(Arc::new)
                .boxed()
                .shared()
        };
        build.get_or_insert_with(make).clone()
    }
}

impl DisplayAs for AsofJoinExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Condition { equalities, left, right, comparison } = self.condition.as_ref();
        let keys: Vec<String> =
            equalities.iter().map(|key| format!("({}, {})", key.left, key.right)).collect();
        let operator = comparison.operator();
        write!(
            f,
            "AsofJoinExec: kind={}, on=[{}], match=[{left} {operator} {right}]",
            self.kind,
            keys.join(", ")
        )
    }
}

impl ExecutionPlan for AsofJoinExec {
    fn name(&self) -> &'static str {
        "AsofJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left, &self.right]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for expr in self.keys().into_iter().flatten() {
            if visit(expr)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    /// It keeps the order of the left side, and says that it does not: DataFusion would push a sort below it, and then see no
    /// order above.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 2]>::try_from(children) {
            Ok(inputs) => Ok(Arc::new(AsofJoinExec::over(inputs, self.condition.clone(), self.kind))),
            Err(_) => internal_err!("an ASOF JOIN of two inputs"),
        }
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = QueryState::of(&task)?;
        let build = self.build(&task, &running);
        let left = self.left.execute(partition, task)?;
        let (condition, kind, schema) = (self.condition.clone(), self.kind, self.schema());
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = async move {
            let build = build.await.map_err(DataFusionError::Shared)?;
            Ok(Probe { build, condition, kind, schema, running, metrics }.stream(left))
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches.try_flatten_stream())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
