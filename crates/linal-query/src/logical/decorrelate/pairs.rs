//! Joins whose condition is evaluated once for each pair of rows.
//!
//! The condition is a filter above an inner join, where it may be any predicate: a subquery over columns of
//! both sides, or a call of RANDOM(). The pairs that pass are kept as the row numbers of both sides, by which
//! the rows are joined again. Both sides are computed and numbered once, and read twice.

use datafusion::common::{Column, JoinType, Result, not_impl_err};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, lit};

use super::condition::join as joined;
use super::domain::Aliases;
use super::limit::numbered;
use super::order::Carried;
use crate::logical::common_table::CommonTable;

/// One side of a join, with numbered rows.
struct Side {
    rows: LogicalPlan,
    number: Expr,
}

impl Side {
    fn of(rows: &LogicalPlan, aliases: &Aliases) -> Result<Side> {
        let name = aliases.next();
        let numbered = numbered(Carried::new(rows.clone(), Vec::new()), &name)?;
        let number = Expr::Column(Column::new_unqualified(name));
        Ok(Side { rows: CommonTable::over(numbered.plan), number })
    }
}

/// Rewrites a join to joins with its pairs, which `filtered` computes. The result contains the columns of the
/// join.
pub fn by_pairs(
    join: &Join,
    aliases: &Aliases,
    filtered: impl FnOnce(Filter) -> Result<LogicalPlan>,
) -> Result<LogicalPlan> {
    let left = Side::of(&join.left, aliases)?;
    let right = Side::of(&join.right, aliases)?;
    let all = LogicalPlanBuilder::from(left.rows.clone()).cross_join(right.rows.clone())?.build()?;
    let equal = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
    let condition = conjunction(equal.chain(join.filter.clone())).unwrap_or_else(|| lit(true));
    let name = aliases.next();
    let key = |which: &str| Column::new(Some(name.clone()), format!("{name}_{which}"));
    let (of_left, of_right) = (key("left"), key("right"));
    let keys = [(&left, &of_left), (&right, &of_right)]
        .map(|(side, key)| side.number.clone().alias_qualified(key.relation.clone(), &key.name));
    let pairs = filtered(Filter::try_new(condition, all.into())?)?;
    let pairs = LogicalPlanBuilder::from(pairs).project(keys)?.build()?;
    let is_left = Some(left.number.eq(Expr::Column(of_left)));
    let is_right = Some(right.number.eq(Expr::Column(of_right)));
    let kind = join.join_type;
    match kind {
        JoinType::LeftSemi | JoinType::LeftAnti => joined(left.rows, pairs, is_left, kind),
        JoinType::RightSemi | JoinType::RightAnti => joined(pairs, right.rows, is_right, kind),
        JoinType::Inner | JoinType::Left | JoinType::Full => {
            let first = if kind == JoinType::Inner { kind } else { JoinType::Left };
            joined(joined(left.rows, pairs, is_left, first)?, right.rows, is_right, kind)
        }
        JoinType::Right => {
            let partners = joined(pairs, right.rows, is_right, kind)?;
            joined(left.rows, partners, is_left, kind)
        }
        JoinType::LeftMark | JoinType::RightMark => not_impl_err!("a subquery in this kind of join"),
    }
}
