//! The domain of a subquery: the values of the outer columns that it refers to.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::tree::Tree;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::order::Carried;
use super::recursion::Rounds;
use super::references::{names_any, outer_columns};
use crate::udf::ExecutionHandle;

/// Generates relation names that are unique in a query.
#[derive(Debug)]
pub struct Aliases {
    prefix: &'static str,
    given: Cell<usize>,
    /// The limits of the statement, which the rewriting of many subqueries must not exceed.
    limits: Option<ExecutionHandle>,
}

impl Default for Aliases {
    fn default() -> Aliases {
        Aliases::of("__subquery")
    }
}

impl Aliases {
    /// Names with this prefix.
    pub fn of(prefix: &'static str) -> Aliases {
        Aliases { prefix, given: Cell::new(0), limits: None }
    }

    /// Names for a statement with these options.
    pub fn within(options: &ConfigOptions) -> Aliases {
        Aliases { limits: options.extensions.get::<ExecutionHandle>().cloned(), ..Aliases::default() }
    }

    /// Ends the rewriting when the statement was cancelled or is out of time.
    pub fn poll(&self) -> Result<()> {
        self.limits.as_ref().map_or(Ok(()), ExecutionHandle::poll)
    }

    pub fn next(&self) -> String {
        let number = self.given.get();
        self.given.set(number + 1);
        format!("{}_{number}", self.prefix)
    }
}

/// The values of the outer columns that a subquery refers to.
pub struct Domain<'a> {
    /// The outer columns.
    pub columns: Vec<Column>,
    /// The plan of the values, and its columns.
    rows: LogicalPlan,
    sources: Vec<Column>,
    is_distinct: bool,
    pub aliases: &'a Aliases,
    /// Common tables that were computed for the domain, by number.
    pub(super) tables: RefCell<HashMap<usize, Carried>>,
    /// The enclosing recursions, whose rows have the domain columns.
    pub(super) recursions: Vec<Rounds>,
}

impl<'a> Domain<'a> {
    /// The distinct values of columns of the outer rows.
    pub fn distinct(rows: &LogicalPlan, columns: Vec<Column>, aliases: &'a Aliases) -> Domain<'a> {
        Domain::new(columns.clone(), rows.clone(), columns, aliases)
    }

    fn new(
        columns: Vec<Column>,
        rows: LogicalPlan,
        sources: Vec<Column>,
        aliases: &'a Aliases,
    ) -> Domain<'a> {
        let (tables, recursions) = (RefCell::default(), Vec::new());
        Domain { columns, rows, sources, is_distinct: true, aliases, tables, recursions }
    }

    /// The domain values of the rows of a recursion's previous round.
    pub(super) fn in_rounds(&self, rounds: Rounds, rows: Carried) -> Domain<'a> {
        let recursions = self.recursions.iter().cloned().chain([rounds]).collect();
        Domain { recursions, ..Domain::new(self.columns.clone(), rows.plan, rows.keys, self.aliases) }
    }

    /// The outer rows themselves, for a subquery that refers to them in one place and processes each row
    /// independently.
    pub fn rows(rows: &LogicalPlan, aliases: &'a Aliases) -> Domain<'a> {
        let columns = rows.schema().columns();
        Domain { is_distinct: false, ..Domain::new(columns.clone(), rows.clone(), columns, aliases) }
    }

    /// The plan of the domain, and its columns under unique names.
    pub fn plan(&self) -> Result<(LogicalPlan, Vec<Column>)> {
        let relation = self.aliases.next();
        let mut exprs = Vec::new();
        let mut keys = Vec::new();
        for (at, column) in self.sources.iter().enumerate() {
            // The column's name contains that of the relation, so it is unique with and without a qualifier.
            let key = Column::new(Some(relation.clone()), format!("{relation}_key{at}"));
            exprs.push(Expr::Column(column.clone()).alias_qualified(key.relation.clone(), &key.name));
            keys.push(key);
        }
        let rows = LogicalPlanBuilder::from(self.rows.clone()).project(exprs)?;
        let plan = if self.is_distinct { rows.distinct()?.build()? } else { rows.build()? };
        Ok((plan, keys))
    }

    /// Whether a plan refers to a domain column, or reads a recursion that has them.
    pub fn is_named_in(&self, plan: &LogicalPlan) -> bool {
        outer_columns(plan).iter().any(|column| self.columns.contains(column))
            || self.recursions.iter().any(|rounds| rounds.are_read_by(plan))
    }

    /// Whether an expression refers to a domain column.
    pub fn is_named_by(&self, expr: &Expr) -> bool {
        names_any(expr, &self.columns)
    }

    /// Replaces the domain columns of an expression by `keys`. Columns of a query further out stay.
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

    /// Rows of a plan that occurs several times, with domain columns renamed in each occurrence.
    pub(super) fn with_own_keys(&self, rows: Carried, columns: Vec<Column>) -> Result<Carried> {
        let relation = self.aliases.next();
        let keys: Vec<Column> = (0..rows.keys.len())
            .map(|at| Column::new(Some(relation.clone()), format!("{relation}_key{at}")))
            .collect();
        let renamed = rows.keys.into_iter().zip(&keys);
        let renamed =
            renamed.map(|(old, new)| Expr::Column(old).alias_qualified(new.relation.clone(), &new.name));
        let exprs = columns.into_iter().map(Expr::Column).chain(renamed);
        let plan = LogicalPlanBuilder::from(rows.plan).project(exprs)?.build()?;
        Ok(Carried::new(plan, keys))
    }

    /// [`Domain::bind`] for several expressions, keeping their names.
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
