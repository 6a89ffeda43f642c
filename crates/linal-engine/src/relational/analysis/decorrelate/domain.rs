//! The domain of a subquery: the values of the outer columns that it names.

use std::cell::Cell;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::references::{names_any, outer_columns};

/// Names of relations that a query has not yet.
#[derive(Debug, Default)]
pub struct Aliases {
    given: Cell<usize>,
}

impl Aliases {
    pub fn next(&self) -> String {
        let number = self.given.get();
        self.given.set(number + 1);
        format!("__subquery_{number}")
    }
}

/// The values of the outer columns that a subquery names.
pub struct Domain<'a> {
    /// The columns, as the outer rows call them.
    pub columns: Vec<Column>,
    rows: LogicalPlan,
    is_distinct: bool,
    pub aliases: &'a Aliases,
}

impl<'a> Domain<'a> {
    /// The distinct values of columns of the outer rows.
    pub fn distinct(rows: &LogicalPlan, columns: Vec<Column>, aliases: &'a Aliases) -> Domain<'a> {
        Domain { columns, rows: rows.clone(), is_distinct: true, aliases }
    }

    /// The outer rows themselves, for a subquery that names them in one place and keeps each of its rows apart.
    pub fn rows(rows: &LogicalPlan, aliases: &'a Aliases) -> Domain<'a> {
        Domain { columns: rows.schema().columns(), rows: rows.clone(), is_distinct: false, aliases }
    }

    /// The domain as rows, and its columns under names of their own.
    pub fn plan(&self) -> Result<(LogicalPlan, Vec<Column>)> {
        let relation = self.aliases.next();
        let mut exprs = Vec::new();
        let mut keys = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            // The name of the relation is in that of the column, which is unique with or without it.
            let key = Column::new(Some(relation.clone()), format!("{relation}_key{at}"));
            exprs.push(Expr::Column(column.clone()).alias_qualified(key.relation.clone(), &key.name));
            keys.push(key);
        }
        let rows = LogicalPlanBuilder::from(self.rows.clone()).project(exprs)?;
        let plan = if self.is_distinct { rows.distinct()?.build()? } else { rows.build()? };
        Ok((plan, keys))
    }

    /// Whether a plan names a column of the domain.
    pub fn is_named_in(&self, plan: &LogicalPlan) -> bool {
        outer_columns(plan).iter().any(|column| self.columns.contains(column))
    }

    /// Whether an expression names a column of the domain.
    pub fn is_named_by(&self, expr: &Expr) -> bool {
        names_any(expr, &self.columns)
    }

    /// An expression with these columns in place of those of the domain. Columns of a query further out stay.
    pub fn bind(&self, expr: Expr, keys: &[Column]) -> Result<Expr> {
        expr.transform_up(|part| match &part {
            Expr::OuterReferenceColumn(_, column) => {
                let key = self.columns.iter().position(|known| known == column).and_then(|at| keys.get(at));
                Ok(match key {
                    Some(key) => Transformed::yes(Expr::Column(key.clone())),
                    None => Transformed::no(part),
                })
            }
            _ => Ok(Transformed::no(part)),
        })
        .data()
    }

    /// Expressions under the names that they have.
    pub fn bind_all(&self, exprs: &[Expr], keys: &[Column]) -> Result<Vec<Expr>> {
        exprs
            .iter()
            .map(|expr| {
                let bound = self.bind(expr.clone(), keys)?;
                if matches!(expr, Expr::Alias(_)) || !self.is_named_by(expr) {
                    return Ok(bound);
                }
                let (relation, name) = expr.qualified_name();
                Ok(bound.alias_qualified(relation, name))
            })
            .collect()
    }
}
