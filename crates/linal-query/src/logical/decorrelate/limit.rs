//! LIMIT and OFFSET by row numbers.

use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, FetchType, Limit, LogicalPlan, LogicalPlanBuilder, SkipType, SortExpr, WindowFrame,
    WindowFunctionDefinition, lit,
};

use super::domain::{Aliases, Domain};
use super::order::{Carried, with_order};
use crate::exec::window::row_number;
use crate::udf;

impl Domain<'_> {
    /// The first rows of each domain value.
    pub(super) fn limit(&self, limit: &Limit) -> Result<Carried> {
        let rows = self.push(&limit.input)?;
        let bind = |expr: &Option<Box<Expr>>| {
            expr.as_deref().map(|expr| self.bind(expr.clone(), &rows.keys)).transpose()
        };
        let bounds = Bounds::of(limit, bind(&limit.skip)?, bind(&limit.fetch)?)?;
        let name = self.aliases.next();
        numbered(rows, &name)?.filter(bounds.hold_for(&name))
    }
}

/// A limit whose number of rows is a subquery, computed when the query runs.
pub fn computed(limit: &Limit, aliases: &Aliases) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = limit.input.schema().columns().into_iter().map(Expr::Column).collect();
    let bound = |expr: &Option<Box<Expr>>| expr.as_deref().cloned();
    let bounds = Bounds::of(limit, bound(&limit.skip), bound(&limit.fetch))?;
    let name = aliases.next();
    let rows = numbered(with_order(&limit.input, aliases)?, &name)?.filter(bounds.hold_for(&name))?;
    let row_ids = Expr::Column(Column::new_unqualified(name)).sort(true, false);
    LogicalPlanBuilder::from(rows.plan).sort([row_ids])?.project(columns)?.build()
}

/// The range of row numbers that a LIMIT passes.
struct Bounds {
    skip: Option<Expr>,
    fetch: Option<Expr>,
}

impl Bounds {
    /// The bounds of a limit, whose expressions may have been rewritten.
    fn of(limit: &Limit, skip: Option<Expr>, fetch: Option<Expr>) -> Result<Bounds> {
        let skip = match limit.get_skip_type()? {
            SkipType::Literal(0) => None,
            SkipType::Literal(rows) => Some(lit(i64::try_from(rows).unwrap_or(i64::MAX))),
            SkipType::UnsupportedExpr => skip.map(|skip| udf::row_count("OFFSET", skip)),
        };
        let fetch = match limit.get_fetch_type()? {
            FetchType::Literal(rows) => rows.map(|rows| lit(i64::try_from(rows).unwrap_or(i64::MAX))),
            FetchType::UnsupportedExpr => fetch.map(|fetch| udf::row_count("LIMIT", fetch)),
        };
        Ok(Bounds { skip, fetch })
    }

    /// Whether a row passes, by its row number column. A NULL bound does not limit.
    fn hold_for(self, name: &str) -> Expr {
        let number = || Expr::Column(Column::new_unqualified(name));
        let behind = match self.skip.clone() {
            None => number(),
            Some(Expr::Literal(ScalarValue::Int64(Some(rows)), _)) => number() - lit(rows),
            Some(skip) => number() - datafusion::functions::core::expr_fn::coalesce(vec![skip, lit(0_i64)]),
        };
        let is_behind = self.skip.map(|_| behind.clone().gt(lit(0_i64)));
        let is_before = self.fetch.map(|fetch| match &fetch {
            Expr::Literal(..) => behind.lt_eq(fetch),
            _ => behind.lt_eq(fetch).is_not_false(),
        });
        datafusion::logical_expr::utils::conjunction(is_behind.into_iter().chain(is_before))
            .unwrap_or_else(|| lit(true))
    }
}

/// Numbers the rows of each domain value, from 1.
pub(super) fn numbered(rows: Carried, name: &str) -> Result<Carried> {
    let order: Vec<SortExpr> = rows.order.clone();
    let number = Expr::WindowFunction(Box::new(WindowFunction {
        fun: WindowFunctionDefinition::WindowUDF(row_number()),
        params: WindowFunctionParams {
            args: Vec::new(),
            partition_by: rows.keys.iter().cloned().map(Expr::Column).collect(),
            window_frame: WindowFrame::new((!order.is_empty()).then_some(false)),
            order_by: order,
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    }));
    let plan = LogicalPlanBuilder::from(rows.plan.clone()).window([number.alias(name)])?.build()?;
    Ok(Carried { plan, ..rows })
}
