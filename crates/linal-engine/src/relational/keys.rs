//! Rows of a scan that no join above can use are left out before anything is done with them.

mod set;

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use datafusion::common::Result;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::TreeNode;
use datafusion::physical_expr::{DynamicFilterTracking, PhysicalExpr};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use datafusion::physical_plan::joins::HashTableLookupExpr;

use self::set::KeySet;

/// Rows that are looked at before it is decided whether looking pays.
const TRIAL_ROWS: usize = 64 * 1024;

/// To leave out fewer than one row in this many costs more than it saves.
const WORTHWHILE: usize = 2;

/// How long a scan lets others run before it reads without the keys. Joins with small tables know theirs by then, and a
/// query of this kind takes tens of milliseconds; a large table's keys may come too late for anybody to wait.
const PATIENCE: Duration = Duration::from_millis(2);

/// Conditions that joins fill in while they run: true of all rows until then, and necessary for a row, never sufficient.
pub(super) struct KeyFilter {
    conditions: Vec<Condition>,
    /// When the scan was first asked for rows.
    asked: Option<Instant>,
    /// Whether it waits no more.
    has_begun: bool,
}

struct Condition {
    expr: Arc<dyn PhysicalExpr>,
    state: State,
    seen: usize,
    kept: usize,
}

/// What is known of a condition.
enum State {
    /// The join has not met all its keys.
    Open,
    /// The keys that the join has met.
    Set(KeySet),
    /// The condition that the join has made of keys that are no near numbers.
    Known(Arc<dyn PhysicalExpr>),
    /// To ask it costs more than it saves.
    Dropped,
}

impl KeyFilter {
    /// The conditions of one partition of a scan.
    pub fn new(conditions: Vec<Arc<dyn PhysicalExpr>>) -> KeyFilter {
        let conditions = conditions
            .into_iter()
            .map(|expr| Condition { expr, state: State::Open, seen: 0, kept: 0 })
            .collect();
        KeyFilter { conditions, asked: None, has_begun: false }
    }

    /// Whether a join is about to know its keys, so that others should run before this scan.
    pub fn is_waiting(&mut self) -> bool {
        if self.has_begun || self.conditions.is_empty() {
            return false;
        }
        let asked = *self.asked.get_or_insert_with(Instant::now);
        self.has_begun = asked.elapsed() >= PATIENCE || self.conditions.iter().all(Condition::is_known);
        !self.has_begun
    }

    /// The rows that joins may use.
    pub fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch;
        for condition in &mut self.conditions {
            batch = condition.apply(batch)?;
        }
        Ok(batch)
    }
}

impl Condition {
    /// Whether the join has met all its keys.
    fn is_known(&self) -> bool {
        !matches!(DynamicFilterTracking::classify(&self.expr), DynamicFilterTracking::Watching(_))
    }

    /// Takes over the condition once the join has made it. One that looks keys up in the join's own table is dropped: the
    /// join does the same, and each look at a large table waits for memory.
    fn learn(&mut self) -> Result<()> {
        if !matches!(self.state, State::Open) || !self.is_known() {
            return Ok(());
        }
        let known = snapshot_physical_expr(self.expr.clone())?;
        let looks_up = known.exists(|part| Ok((part.as_ref() as &dyn Any).is::<HashTableLookupExpr>()))?;
        self.state = match KeySet::of(&known) {
            _ if looks_up => State::Dropped,
            Some(set) => State::Set(set),
            None => State::Known(known),
        };
        Ok(())
    }

    fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        self.learn()?;
        let rows = batch.num_rows();
        let chosen = match &self.state {
            State::Open | State::Dropped => return Ok(batch),
            State::Set(keys) => match keys.rows(&batch) {
                Some(chosen) => chosen,
                None => return Ok(batch),
            },
            State::Known(condition) => {
                let value = condition.evaluate(&batch)?.into_array(rows)?;
                as_boolean_array(&value)?.clone()
            }
        };
        let kept = chosen.true_count();
        self.seen += rows;
        self.kept += kept;
        if self.seen >= TRIAL_ROWS && self.kept > self.seen / WORTHWHILE {
            self.state = State::Dropped;
        }
        if kept == rows {
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, &chosen)?)
    }
}
