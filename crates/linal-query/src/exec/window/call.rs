//! One window function of a plan.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, filter};
use arrow::datatypes::FieldRef;
use datafusion::common::{Result, internal_err};
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};

use super::aggregate::Aggregate;
use super::frame::{FrameSpec, Frames, Layout};
use super::function::{Function, Shift};
use super::rows::{Groups, Rows};
use crate::run::query_state::QueryState;

/// What a call computes.
#[derive(Clone, Debug)]
pub(super) enum Computation {
    /// A window function that is not an aggregate.
    Function(Function),
    Aggregate(Aggregate),
}

/// A function with its arguments, its window and its frame.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub name: String,
    pub computation: Computation,
    pub args: Vec<Arc<dyn PhysicalExpr>>,
    pub filter: Option<Arc<dyn PhysicalExpr>>,
    pub partition_by: Vec<Arc<dyn PhysicalExpr>>,
    pub order_by: Vec<PhysicalSortExpr>,
    /// The ORDER BY expression of a RANGE frame with offsets.
    pub ranged: Option<Arc<dyn PhysicalExpr>>,
    pub frame: FrameSpec,
    /// The output column.
    pub field: FieldRef,
}

impl Call {
    /// All expressions that are evaluated over the rows.
    pub fn expressions(&self) -> impl Iterator<Item = Arc<dyn PhysicalExpr>> {
        let order = self.order_by.iter().map(|key| &key.expr);
        self.args
            .iter()
            .chain(&self.filter)
            .chain(&self.partition_by)
            .chain(&self.ranged)
            .chain(order)
            .cloned()
    }

    /// The maximal number of following rows that a result depends on; `None` if it is unbounded.
    pub fn looks_ahead(&self) -> Option<usize> {
        match &self.computation {
            Computation::Function(function) => match function {
                Function::RowNumber | Function::Rank | Function::DenseRank => Some(0),
                Function::Nth { .. } => self.frame.looks_ahead(),
                Function::Shift { shift, ignores_nulls: false } if self.args.len() == 1 => {
                    Some(usize::from(*shift == Shift::Lead))
                }
                Function::PercentRank | Function::CumeDist | Function::Ntile | Function::Shift { .. } => None,
            },
            Computation::Aggregate(_) => self.frame.looks_ahead(),
        }
    }

    /// Whether results depend on the order of rows that are equal in the window's order.
    pub fn tells_ties_apart(&self) -> bool {
        match &self.computation {
            Computation::Function(function) => function.tells_ties_apart(),
            Computation::Aggregate(aggregate) => self.frame.parts_ties() || aggregate.is_order_sensitive(),
        }
    }

    /// The partitions and peers of the rows for this call.
    pub fn layout(&self, rows: &Rows) -> Result<Layout> {
        let partition_by = rows.evaluate_all(&self.partition_by)?;
        let partitions = Arc::new(Groups::of(&partition_by, rows.len())?);
        let order = self.order_by.iter().map(|key| rows.evaluate(&key.expr));
        let order = order.collect::<Result<Vec<ArrayRef>>>()?;
        let peers = if order.is_empty() {
            partitions.clone()
        } else {
            let keys: Vec<ArrayRef> = partition_by.into_iter().chain(order).collect();
            Arc::new(Groups::of(&keys, rows.len())?)
        };
        let direction = self.order_by.first().map_or_else(Default::default, |key| key.options);
        Ok(Layout { partitions, peers, direction, rows: rows.len() })
    }

    /// Whether another call has the same partitions and peers.
    pub fn shares_layout(&self, other: &Call) -> bool {
        let same = |left: &Arc<dyn PhysicalExpr>, right: &Arc<dyn PhysicalExpr>| left.eq(right);
        self.partition_by.len() == other.partition_by.len()
            && self.partition_by.iter().zip(&other.partition_by).all(|(left, right)| same(left, right))
            && self.order_by == other.order_by
    }

    /// The results for all rows.
    pub fn evaluate(&self, rows: &Rows, layout: &Layout, running: &QueryState) -> Result<ArrayRef> {
        let results = match &self.computation {
            Computation::Function(function) => {
                let args = rows.evaluate_all(&self.args)?;
                function.evaluate(&args, layout, || self.frames(rows, layout))?
            }
            Computation::Aggregate(aggregate) => self.aggregate(aggregate, rows, layout, running)?,
        };
        if results.len() != rows.len() {
            return internal_err!("a window function with {} results for {} rows", results.len(), rows.len());
        }
        if results.data_type() == self.field.data_type() {
            Ok(results)
        } else {
            Ok(cast(&results, self.field.data_type())?)
        }
    }

    fn frames(&self, rows: &Rows, layout: &Layout) -> Result<Frames> {
        let values = self.ranged.as_ref().map(|values| rows.evaluate(values)).transpose()?;
        Frames::new(&self.frame, layout, values.as_ref())
    }

    fn aggregate(
        &self,
        aggregate: &Aggregate,
        rows: &Rows,
        layout: &Layout,
        running: &QueryState,
    ) -> Result<ArrayRef> {
        let mut frames = self.frames(rows, layout)?;
        let mut args = rows.evaluate_all(&self.args)?;
        if let Some(condition) = &self.filter {
            let mask = rows.evaluate(condition)?;
            let mask = mask.as_boolean();
            frames = frames.filtered(mask);
            args = args.iter().map(|arg| Ok(filter(arg, mask)?)).collect::<Result<_>>()?;
        }
        aggregate.evaluate(&args, &frames, running)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.frame)
    }
}
