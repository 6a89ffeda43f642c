//! Joins of a subquery, for all values of its domain.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, Result};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, Join, LogicalPlan};

use super::condition::same;
use super::domain::Domain;
use super::order::Carried;

/// The preserved side of a join, whose rows have the domain columns.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    Left,
    Right,
    Both,
}

impl Kept {
    fn of(join_type: JoinType) -> Kept {
        match join_type {
            JoinType::Inner
            | JoinType::Left
            | JoinType::LeftSemi
            | JoinType::LeftAnti
            | JoinType::LeftMark => Kept::Left,
            JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => Kept::Right,
            JoinType::Full => Kept::Both,
        }
    }
}

impl Domain<'_> {
    /// A join for each domain value. The preserved side always has the domain columns, the other one only if
    /// it refers to them.
    pub(super) fn join(&self, join: &Join) -> Result<Carried> {
        let kept = self.kept(join);
        let left = self.side(&join.left, kept != Kept::Right)?;
        let right = self.side(&join.right, kept != Kept::Left)?;
        let keys = match (kept, &left.keys, &right.keys) {
            (Kept::Right, _, keys) => keys.clone(),
            (_, keys, _) => keys.clone(),
        };
        let mut filter = join.filter.clone().map(|filter| self.bind(filter, &keys)).transpose()?;
        if !left.keys.is_empty() && !right.keys.is_empty() {
            let equal = same(&left.keys, &left.plan, &right.keys, &right.plan)?;
            filter = filter.into_iter().chain(equal).reduce(Expr::and);
        }
        let on = join
            .on
            .iter()
            .map(|(a, b)| Ok((self.bind(a.clone(), &keys)?, self.bind(b.clone(), &keys)?)))
            .collect::<Result<Vec<_>>>()?;
        let joined = Join::try_new(
            Arc::new(left.plan),
            Arc::new(right.plan),
            on,
            filter,
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?;
        let columns = joined_columns(join);
        let rows = LogicalPlan::Join(joined);
        if kept != Kept::Both {
            return Ok(Carried::new(rows, keys));
        }
        self.either(rows, columns, &left.keys, &right.keys)
    }

    /// An inner join can take the domain on either side.
    fn kept(&self, join: &Join) -> Kept {
        let is_on_the_right = !self.is_named_in(&join.left) && self.is_named_in(&join.right);
        if join.join_type == JoinType::Inner && is_on_the_right {
            Kept::Right
        } else {
            Kept::of(join.join_type)
        }
    }

    fn side(&self, plan: &LogicalPlan, is_kept: bool) -> Result<Carried> {
        if is_kept || self.is_named_in(plan) {
            self.push(plan)
        } else {
            Ok(Carried::new(plan.clone(), Vec::new()))
        }
    }

    /// A full join, whose rows have the domain columns from one side or the other.
    fn either(
        &self,
        rows: LogicalPlan,
        columns: Vec<Expr>,
        left: &[Column],
        right: &[Column],
    ) -> Result<Carried> {
        let relation = self.aliases.next();
        let keys: Vec<Column> = (0..left.len())
            .map(|at| Column::new(Some(relation.clone()), format!("{relation}_key{at}")))
            .collect();
        let merged = keys.iter().zip(left.iter().zip(right)).map(|(key, (left, right))| {
            coalesce(vec![Expr::Column(left.clone()), Expr::Column(right.clone())])
                .alias_qualified(key.relation.clone(), &key.name)
        });
        let exprs = columns.into_iter().chain(merged).collect();
        let rows = Carried::new(rows, Vec::new()).project(exprs)?;
        Ok(Carried::new(rows.plan, keys))
    }
}

fn joined_columns(join: &Join) -> Vec<Expr> {
    join.schema.columns().into_iter().map(Expr::Column).collect()
}
