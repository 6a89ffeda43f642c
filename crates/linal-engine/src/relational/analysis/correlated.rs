//! A correlated subquery as a join.
//!
//! The distinct values of the outer columns that it names are its domain. The subquery is computed for the whole
//! domain at once: the domain is joined where the subquery first names it, and its columns are carried up from there,
//! as keys of each aggregate, window and limit on the way. The outer rows then join with the result by those columns.
//! (T. Neumann, A. Kemper: Unnesting Arbitrary Queries, 2015.)

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, ExprSchema, JoinType, NullEquality, Result, ScalarValue, not_impl_err};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{
    AggregateFunction, AggregateFunctionParams, WindowFunction, WindowFunctionParams,
};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, ExprSchemable, FetchType, Filter, Join, Limit, LogicalPlan,
    LogicalPlanBuilder, Projection, SkipType, SortExpr, SubqueryAlias, Window, WindowFrame,
    WindowFunctionDefinition, lit,
};

use super::one::one;

/// The rows around subqueries; each subquery that is joined adds a column to them.
pub(super) struct Outer {
    pub plan: LogicalPlan,
    joined: usize,
}

impl Outer {
    pub fn new(plan: LogicalPlan) -> Outer {
        Outer { plan, joined: 0 }
    }

    /// Whether a subquery was joined.
    pub fn is_extended(&self) -> bool {
        self.joined > 0
    }

    /// An outer expression as it is written inside of a subquery; its columns are added to `references`.
    pub fn reference(&self, expr: Expr, references: &mut Vec<Expr>) -> Result<Expr> {
        let schema = self.plan.schema().clone();
        expr.transform_up(|part| match part {
            Expr::Column(column) => {
                let field = schema.field_from_column(&column)?.clone();
                let outer = Expr::OuterReferenceColumn(field, column);
                if !references.contains(&outer) {
                    references.push(outer.clone());
                }
                Ok(Transformed::yes(outer))
            }
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    /// A name that no relation of the outer rows has.
    fn free_name(&self) -> String {
        let is_taken = |name: &str| {
            self.plan.schema().iter().any(|(relation, _)| relation.is_some_and(|known| known.table() == name))
        };
        let mut number = 0;
        loop {
            let name = format!("__subquery_{number}");
            if !is_taken(&name) {
                return name;
            }
            number += 1;
        }
    }

    /// Pairs each row with the only row of a subquery that names nothing from outside, and gives the column with its value.
    pub fn cross_join(&mut self, subquery: &LogicalPlan) -> Result<Expr> {
        let Some(value) = subquery.schema().columns().into_iter().next() else {
            return not_impl_err!("a subquery without columns");
        };
        let name = self.free_name();
        let row = only_row(subquery, value)?;
        let value = row.schema().columns().into_iter().map(Expr::Column);
        let named: Vec<Expr> =
            value.map(|value| value.alias_qualified(Some(name.clone()), "value")).collect();
        let row = LogicalPlanBuilder::from(row).project(named)?.build()?;
        let outer = std::mem::take(&mut self.plan);
        self.plan = LogicalPlanBuilder::from(outer).cross_join(row)?.build()?;
        self.joined += 1;
        Ok(Expr::Column(Column::new(Some(name), "value")))
    }

    /// Joins a subquery, and gives the column with its value.
    pub fn join(&mut self, subquery: &LogicalPlan) -> Result<Expr> {
        let Some(value) = subquery.schema().columns().into_iter().next() else {
            return not_impl_err!("a subquery without columns");
        };
        let name = self.free_name();
        let domain = Domain::of(&self.plan, subquery, &name)?;
        let single = match subquery.max_rows() {
            Some(0 | 1) => subquery.clone(),
            _ => only_row(subquery, value)?,
        };
        let Some(value) = single.schema().columns().into_iter().next() else {
            return not_impl_err!("a subquery without columns");
        };
        let (result, keys) = domain.push(&single)?;
        // All columns get names of their own, so that they meet nothing of the same name outside.
        let mut exprs = vec![Expr::Column(value).alias_qualified(Some(name.clone()), "value")];
        for (at, key) in keys.into_iter().enumerate() {
            exprs.push(Expr::Column(key).alias_qualified(Some(name.clone()), format!("key{at}")));
        }
        let result = LogicalPlanBuilder::from(result).project(exprs)?.build()?;
        let own: Vec<Column> =
            (0..domain.outer.len()).map(|at| Column::new(Some(name.clone()), format!("key{at}"))).collect();
        let outer = std::mem::take(&mut self.plan);
        self.plan = LogicalPlanBuilder::from(outer)
            .join_detailed(result, JoinType::Left, (domain.outer, own), None, NullEquality::NullEqualsNull)?
            .build()?;
        self.joined += 1;
        Ok(Expr::Column(Column::new(Some(name), "value")))
    }
}

/// Whether a plan names columns from outside.
pub(super) fn is_correlated(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(node.contains_outer_reference())).unwrap_or(false)
}

/// The only row of a subquery; more than one is an error when it runs.
pub(super) fn only_row(subquery: &LogicalPlan, value: Column) -> Result<LogicalPlan> {
    let params = AggregateFunctionParams {
        args: vec![Expr::Column(value)],
        distinct: false,
        filter: None,
        order_by: Vec::new(),
        null_treatment: None,
    };
    let value = Expr::AggregateFunction(AggregateFunction { func: one(), params });
    LogicalPlanBuilder::from(subquery.clone()).aggregate(Vec::<Expr>::new(), vec![value])?.build()
}

/// The distinct values of the outer columns that a subquery names.
struct Domain {
    /// The columns, as the outer rows call them.
    outer: Vec<Column>,
    /// The outer rows.
    rows: LogicalPlan,
    name: String,
}

impl Domain {
    fn of(rows: &LogicalPlan, subquery: &LogicalPlan, name: &str) -> Result<Domain> {
        let mut outer: Vec<Column> = Vec::new();
        subquery.apply_with_subqueries(|node| {
            node.apply_expressions(|expr| {
                expr.apply(|part| {
                    if let Expr::OuterReferenceColumn(_, column) = part
                        && rows.schema().has_column(column)
                        && !outer.contains(column)
                    {
                        outer.push(column.clone());
                    }
                    Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
                })
            })
        })?;
        Ok(Domain { outer, rows: rows.clone(), name: name.to_string() })
    }

    /// The domain as rows, and its columns; `suffix` tells two of them apart.
    fn plan(&self, suffix: &str) -> Result<(LogicalPlan, Vec<Column>)> {
        let relation = format!("{}_{suffix}", self.name);
        let mut exprs = Vec::new();
        let mut keys = Vec::new();
        for (at, column) in self.outer.iter().enumerate() {
            let key = Column::new(Some(relation.clone()), format!("{relation}_{at}"));
            exprs.push(Expr::Column(column.clone()).alias_qualified(key.relation.clone(), &key.name));
            keys.push(key);
        }
        let plan = LogicalPlanBuilder::from(self.rows.clone()).project(exprs)?.distinct()?.build()?;
        Ok((plan, keys))
    }

    /// The plan for every row of the domain, and the columns of the domain in its output.
    fn push(&self, plan: &LogicalPlan) -> Result<(LogicalPlan, Vec<Column>)> {
        if !is_correlated(plan) {
            let (domain, keys) = self.plan("d")?;
            return Ok((LogicalPlanBuilder::from(plan.clone()).cross_join(domain)?.build()?, keys));
        }
        match plan {
            LogicalPlan::Filter(filter) => self.filter(filter),
            LogicalPlan::Projection(projection) => self.projection(projection),
            LogicalPlan::Subquery(subquery) => self.push(&subquery.subquery),
            LogicalPlan::SubqueryAlias(alias) => self.alias(alias),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let (input, keys) = self.push(input)?;
                Ok((LogicalPlan::Distinct(Distinct::All(input.into())), keys))
            }
            // The order of a subquery's rows matters to a limit only, which looks for it below itself.
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => self.push(&sort.input),
            LogicalPlan::Limit(limit) => self.limit(limit),
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Join(join) => self.join(join),
            other => not_impl_err!("a subquery with outer columns in its {}", other.display()),
        }
    }

    /// An expression with the domain's columns in place of the outer ones.
    fn bind(&self, expr: Expr, keys: &[Column]) -> Result<Expr> {
        expr.transform_up(|part| match part {
            Expr::OuterReferenceColumn(_, column) => {
                match self.outer.iter().position(|known| *known == column).and_then(|at| keys.get(at)) {
                    Some(key) => Ok(Transformed::yes(Expr::Column(key.clone()))),
                    None => not_impl_err!("a subquery with columns of a query around its outer query"),
                }
            }
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    fn bind_all(&self, exprs: &[Expr], keys: &[Column]) -> Result<Vec<Expr>> {
        exprs
            .iter()
            .map(|expr| {
                let (relation, name) = expr.qualified_name();
                let bound = self.bind(expr.clone(), keys)?;
                Ok(match expr.contains_outer() && !matches!(expr, Expr::Alias(_)) {
                    true => bound.alias_qualified(relation, name),
                    false => bound,
                })
            })
            .collect()
    }

    fn filter(&self, filter: &Filter) -> Result<(LogicalPlan, Vec<Column>)> {
        let (input, keys) = self.push(&filter.input)?;
        let predicate = self.bind(filter.predicate.clone(), &keys)?;
        Ok((LogicalPlan::Filter(Filter::try_new(predicate, input.into())?), keys))
    }

    fn projection(&self, projection: &Projection) -> Result<(LogicalPlan, Vec<Column>)> {
        let (input, keys) = self.push(&projection.input)?;
        let mut exprs = self.bind_all(&projection.expr, &keys)?;
        exprs.extend(keys.iter().cloned().map(Expr::Column));
        Ok((LogicalPlan::Projection(Projection::try_new(exprs, input.into())?), keys))
    }

    fn alias(&self, alias: &SubqueryAlias) -> Result<(LogicalPlan, Vec<Column>)> {
        let (input, keys) = self.push(&alias.input)?;
        let plan = SubqueryAlias::try_new(input.into(), alias.alias.clone())?;
        let renamed = |key: Column| Column::new(Some(alias.alias.clone()), key.name);
        Ok((LogicalPlan::SubqueryAlias(plan), keys.into_iter().map(renamed).collect()))
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<(LogicalPlan, Vec<Column>)> {
        let (input, keys) = self.push(&aggregate.input)?;
        let mut groups: Vec<Expr> = self.bind_all(&aggregate.group_expr, &keys)?;
        groups.extend(keys.iter().cloned().map(Expr::Column));
        let values = self.bind_all(&aggregate.aggr_expr, &keys)?;
        let grouped = Aggregate::try_new(Arc::new(input), groups, values)?;
        let grouped = LogicalPlan::Aggregate(grouped);
        if !aggregate.group_expr.is_empty() {
            return Ok((grouped, keys));
        }
        // Without GROUP BY there is a row even where nothing was aggregated.
        let (domain, all) = self.plan("a")?;
        let on = (all.clone(), keys);
        let padded = LogicalPlanBuilder::from(domain)
            .join_detailed(grouped, JoinType::Left, on, None, NullEquality::NullEqualsNull)?
            .build()?;
        let mut exprs = Vec::new();
        for (expr, column) in aggregate.aggr_expr.iter().zip(aggregate.schema.columns()) {
            let of_nothing = value_of_nothing(expr, aggregate)?;
            let (relation, name) = (column.relation.clone(), column.name.clone());
            exprs.push(match of_nothing.is_null() {
                true => Expr::Column(column),
                false => {
                    coalesce(vec![Expr::Column(column), lit(of_nothing)]).alias_qualified(relation, name)
                }
            });
        }
        exprs.extend(all.iter().cloned().map(Expr::Column));
        Ok((LogicalPlanBuilder::from(padded).project(exprs)?.build()?, all))
    }

    /// The first rows for each row of the domain.
    fn limit(&self, limit: &Limit) -> Result<(LogicalPlan, Vec<Column>)> {
        let (SkipType::Literal(skip), FetchType::Literal(fetch)) =
            (limit.get_skip_type()?, limit.get_fetch_type()?)
        else {
            return not_impl_err!("a subquery with outer columns and a computed LIMIT");
        };
        let order = match limit.input.as_ref() {
            LogicalPlan::Sort(sort) => sort.expr.clone(),
            _ => Vec::new(),
        };
        let input = match limit.input.as_ref() {
            LogicalPlan::Sort(sort) => &sort.input,
            other => other,
        };
        let (input, keys) = self.push(input)?;
        let order: Vec<SortExpr> = order
            .into_iter()
            .map(|by| Ok(SortExpr { expr: self.bind(by.expr, &keys)?, ..by }))
            .collect::<Result<_>>()?;
        let columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
        let name = format!("{}_number", self.name);
        let number = Expr::WindowFunction(Box::new(WindowFunction {
            fun: WindowFunctionDefinition::WindowUDF(row_number_udwf()),
            params: WindowFunctionParams {
                args: Vec::new(),
                partition_by: keys.iter().cloned().map(Expr::Column).collect(),
                window_frame: WindowFrame::new((!order.is_empty()).then_some(false)),
                order_by: order,
                filter: None,
                null_treatment: None,
                distinct: false,
            },
        }));
        let number_column = Expr::Column(Column::new_unqualified(name.clone()));
        let mut wanted = number_column.clone().gt(lit(skip as u64));
        if let Some(fetch) = fetch {
            wanted = wanted.and(number_column.lt_eq(lit((skip + fetch) as u64)));
        }
        let plan = LogicalPlanBuilder::from(input)
            .window([number.alias(name)])?
            .filter(wanted)?
            .project(columns)?
            .build()?;
        Ok((plan, keys))
    }

    fn window(&self, window: &Window) -> Result<(LogicalPlan, Vec<Column>)> {
        let (input, keys) = self.push(&window.input)?;
        let exprs = self.bind_all(&window.window_expr, &keys)?;
        let partitioned = exprs.into_iter().map(|expr| {
            let (relation, name) = expr.qualified_name();
            let expr = expr.transform_up(|part| match part {
                Expr::WindowFunction(mut function) => {
                    function.params.partition_by.extend(keys.iter().cloned().map(Expr::Column));
                    Ok(Transformed::yes(Expr::WindowFunction(function)))
                }
                other => Ok(Transformed::no(other)),
            });
            // A rule of DataFusion knows an alias around a window function, and no alias of an alias.
            Ok(expr.data()?.unalias().alias_qualified(relation, name))
        });
        let exprs = partitioned.collect::<Result<Vec<_>>>()?;
        Ok((LogicalPlan::Window(Window::try_new(exprs, Arc::new(input))?), keys))
    }

    fn join(&self, join: &Join) -> Result<(LogicalPlan, Vec<Column>)> {
        let left_first = match (is_correlated(&join.left), is_correlated(&join.right)) {
            (_, false) if !matches!(join.join_type, JoinType::Full | JoinType::Right) => true,
            (false, true) if matches!(join.join_type, JoinType::Inner | JoinType::Right) => false,
            _ => return not_impl_err!("a subquery with outer columns on both sides of a join"),
        };
        let (left, right, keys) = match left_first {
            true => {
                let (left, keys) = self.push(&join.left)?;
                (left, join.right.as_ref().clone(), keys)
            }
            false => {
                let (right, keys) = self.push(&join.right)?;
                (join.left.as_ref().clone(), right, keys)
            }
        };
        let on = join
            .on
            .iter()
            .map(|(a, b)| Ok((self.bind(a.clone(), &keys)?, self.bind(b.clone(), &keys)?)))
            .collect::<Result<Vec<_>>>()?;
        let filter = join.filter.clone().map(|filter| self.bind(filter, &keys)).transpose()?;
        let joined = Join::try_new(
            Arc::new(left),
            Arc::new(right),
            on,
            filter,
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?;
        Ok((LogicalPlan::Join(joined), keys))
    }
}

/// What an aggregate is over no rows: 0 for COUNT, NULL for most others.
fn value_of_nothing(expr: &Expr, aggregate: &Aggregate) -> Result<ScalarValue> {
    match expr {
        Expr::Alias(alias) => value_of_nothing(&alias.expr, aggregate),
        Expr::AggregateFunction(function) => {
            function.func.default_value(&expr.get_type(aggregate.input.schema())?)
        }
        _ => Ok(ScalarValue::Null),
    }
}
