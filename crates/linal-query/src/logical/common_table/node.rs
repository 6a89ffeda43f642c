//! A common table expression in a logical plan.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicUsize};

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

/// A plan whose rows are computed once per run, for any number of copies of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CommonTable {
    /// The number that its copies share.
    pub number: usize,
    input: LogicalPlan,
}

impl PartialOrd for CommonTable {
    fn partial_cmp(&self, other: &CommonTable) -> Option<Ordering> {
        if self == other { Some(Ordering::Equal) } else { None }
    }
}

impl CommonTable {
    /// A plan as a new table.
    pub fn over(input: LogicalPlan) -> LogicalPlan {
        CommonTable::numbered(next_number(), input)
    }

    /// The plan of its rows.
    pub fn input(&self) -> &LogicalPlan {
        &self.input
    }

    /// A copy of the table with a number.
    pub fn numbered(number: usize, input: LogicalPlan) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(CommonTable { number, input }) })
    }
}

impl UserDefinedLogicalNodeCore for CommonTable {
    fn name(&self) -> &str {
        "CommonTable"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommonTable")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<CommonTable> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(CommonTable { number: self.number, input }),
            _ => internal_err!("a common table of one input"),
        }
    }
}

/// A unique number.
pub(crate) fn next_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, atomic::Ordering::Relaxed)
}

/// Whether a plan refers to columns of an outer query.
pub(crate) fn is_correlated(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| Ok(node.contains_outer_reference()))
}

/// Whether a plan calls a volatile function anywhere.
pub(crate) fn is_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.each_plan(|node| {
        found |= crate::logical::sample::is_random(node);
        node.each_expression(|expr| {
            found |= expr.exists(|part| Ok(part.is_volatile_node()))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    Ok(found)
}
