//! Joins that pair rows by their order: ASOF and POSITIONAL.
//!
//! - [`syntax`] makes each such join a relation of its own, which the planner plans as the join without the word;
//! - [`asof`] and [`positional`] are the nodes that replace that join, [`condition`] takes the condition apart.

mod asof;
mod condition;
mod positional;
mod syntax;

pub(crate) use self::asof::AsofJoin;
pub(crate) use self::condition::{Comparison, Sides};
pub(crate) use self::positional::PositionalJoin;
pub(crate) use self::syntax::{Kind, kind_of_last, mark};

use std::sync::Arc;

use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{Extension, LogicalPlan};

/// The node of a join that was planned without its word.
pub(crate) fn over(kind: Kind, plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Join(join) = plan else { return internal_err!("a join that is no join") };
    let (left, right) = (Arc::unwrap_or_clone(join.left), Arc::unwrap_or_clone(join.right));
    let node: Arc<dyn datafusion::logical_expr::UserDefinedLogicalNode> = match kind {
        Kind::Asof => {
            let keys = join.on.into_iter().map(|(one, other)| one.eq(other));
            let condition = keys.chain(join.filter).reduce(datafusion::logical_expr::Expr::and);
            Arc::new(AsofJoin::bind(left, right, condition, join.join_type)?)
        }
        Kind::Positional => Arc::new(PositionalJoin::new(left, right)?),
    };
    Ok(LogicalPlan::Extension(Extension { node }))
}
