//! Subqueries in any expression.
//!
//! A predicate of a WHERE that is EXISTS, IN or a comparison with ANY or ALL becomes a semi or an anti join.
//! Elsewhere these are rewritten to counts, and a scalar subquery is joined ([`super::decorrelate`]). An
//! uncorrelated subquery stays one, which DataFusion runs once.

use crate::tree::{PlanTree, Tree};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, NullEquality, Result, ScalarValue};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Distinct, DistinctOn, Expr, ExprSchemable, Filter, Join, LogicalPlan, LogicalPlanBuilder,
    Operator, Sort, SortExpr, Subquery, lit, when,
};
use datafusion::optimizer::AnalyzerRule;

use super::common_table;
use super::common_table::CommonTable;
use super::decorrelate::{
    Aliases, Outer, bare_rows, by_pairs, computed_limit, is_one_row, lateral, named_in, only_row,
    outer_columns, outer_reference, renamed_outer_columns, rows_that, values_as_rows,
};
use super::nullable::with_current_schema;
use super::recursion;

/// Rewrites subqueries.
#[derive(Debug)]
pub(super) struct Subqueries;

impl AnalyzerRule for Subqueries {
    fn analyze(&self, plan: LogicalPlan, options: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(from_inside(plan, &Aliases::within(options))?.data)
    }

    fn name(&self) -> &str {
        "subqueries"
    }
}

/// Rewrites the subqueries in a plan's expressions bottom-up, inner queries first.
fn from_inside(plan: LogicalPlan, aliases: &Aliases) -> Result<Transformed<LogicalPlan>> {
    let mut changed = false;
    plan.transform_up(|node| {
        let node = node.map_subqueries(|subquery| match subquery {
            LogicalPlan::Subquery(subquery) => {
                let inner = from_inside(subquery.subquery.as_ref().clone(), aliases)?;
                Ok(inner.update_data(|plan| LogicalPlan::Subquery(subquery.with_plan(plan.into()))))
            }
            other => Ok(Transformed::no(other)),
        })?;
        let node = node.transform_data(|node| rewrite(node, aliases))?;
        // A scalar subquery without rows is NULL, so columns above it may become nullable.
        changed |= node.transformed;
        if changed { node.map_data(with_current_schema) } else { Ok(node) }
    })
}

fn rewrite(plan: LogicalPlan, aliases: &Aliases) -> Result<Transformed<LogicalPlan>> {
    match plan {
        // A LATERAL relation of a FROM.
        LogicalPlan::Subquery(subquery) => Ok(Transformed::yes(subquery.subquery.as_ref().clone())),
        LogicalPlan::Join(join) => rewrite_join(join, aliases),
        plan if !has_subquery(&plan)? => Ok(Transformed::no(plan)),
        LogicalPlan::Values(values) => from_inside(values_as_rows(&values)?, aliases),
        LogicalPlan::Limit(limit) => from_inside(computed_limit(&limit, aliases)?, aliases),
        plan => rewrite_expressions(plan, aliases),
    }
}

fn has_subquery(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.each_expression(|expr| {
        found |= contains_subquery(expr);
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn contains_subquery(expr: &Expr) -> bool {
    // The closure never fails.
    expr.exists(|part| Ok(is_subquery(part))).unwrap_or(false)
}

fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_))
}

fn rewrite_join(mut join: Join, aliases: &Aliases) -> Result<Transformed<LogicalPlan>> {
    let columns: Vec<Expr> = join.schema.columns().into_iter().map(Expr::Column).collect();
    let mut later = None;
    if join.join_type == JoinType::Inner {
        (join.filter, later) = without_subqueries(join.filter.take());
    }
    let is_changed = later.is_some() || join.filter.as_ref().is_some_and(contains_subquery);
    let (plan, is_lateral) = match lateral(&join, aliases)? {
        Some(plan) => (plan, true),
        None => (LogicalPlan::Join(join), false),
    };
    if !is_changed && !is_lateral {
        return Ok(Transformed::no(plan));
    }
    let plan = match plan {
        LogicalPlan::Join(join) => on_subqueries(join, aliases)?,
        other => other,
    };
    let plan = match later {
        Some(later) => {
            let filter = LogicalPlan::Filter(Filter::try_new(later, plan.into())?);
            rewrite_expressions(filter, aliases)?.data
        }
        None => plan,
    };
    only(plan, columns)
}

/// The predicates without and with subqueries.
fn without_subqueries(filter: Option<Expr>) -> (Option<Expr>, Option<Expr>) {
    let parts = filter.map(split_conjunction_owned).unwrap_or_default();
    let (with, without): (Vec<Expr>, Vec<Expr>) = parts.into_iter().partition(contains_subquery);
    (conjunction(without), conjunction(with))
}

/// An outer join whose condition contains subqueries.
fn on_subqueries(join: Join, aliases: &Aliases) -> Result<LogicalPlan> {
    let mut is_one_sided = true;
    if let Some(filter) = &join.filter {
        filter.apply(|part| {
            if is_subquery(part) {
                is_one_sided &= is_over(part, &join.left)? || is_over(part, &join.right)?;
                return Ok(TreeNodeRecursion::Jump);
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    if is_one_sided {
        with_values_beside(join, aliases).map(LogicalPlan::Join)
    } else {
        with_condition_inside(join, aliases)
    }
}

/// A join whose condition moves into its right side, evaluated for each left row: `a LEFT JOIN b ON c` is
/// `a LEFT JOIN LATERAL (SELECT * FROM b WHERE c)`.
fn with_condition_inside(join: Join, aliases: &Aliases) -> Result<LogicalPlan> {
    let (left, right, join_type) = match join.join_type {
        JoinType::Right => (join.right, join.left, JoinType::Left),
        JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti => (join.left, join.right, join.join_type),
        _ => {
            return by_pairs(&join, aliases, |filter| {
                rewrite_expressions(LogicalPlan::Filter(filter), aliases).data()
            });
        }
    };
    let equal = join.on.into_iter().map(|(left, right)| left.eq(right));
    let condition = conjunction(equal.chain(join.filter)).unwrap_or_else(|| lit(true));
    let condition = outer_reference(condition, left.schema())?;
    let inside = LogicalPlan::Filter(Filter::try_new(condition, right)?);
    let inside = rewrite_expressions(inside, aliases)?.data;
    let plain = Join::try_new(
        left,
        inside.into(),
        Vec::new(),
        None,
        join_type,
        join.join_constraint,
        NullEquality::NullEqualsNothing,
        false,
    )?;
    match lateral(&plain, aliases)? {
        Some(plan) => Ok(plan),
        None => Ok(LogicalPlan::Join(plain)),
    }
}

/// A join whose condition contains subqueries that are computed as columns of one side.
fn with_values_beside(mut join: Join, aliases: &Aliases) -> Result<Join> {
    let Some(filter) = join.filter.take_if(|filter| contains_subquery(filter)) else { return Ok(join) };
    let mut left = Outer::new(join.left.as_ref().clone(), aliases);
    let mut right = Outer::new(join.right.as_ref().clone(), aliases);
    let filter = filter
        .transform_down(|part| {
            if !is_subquery(&part) {
                return Ok(Transformed::no(part));
            }
            let side = if is_over(&part, &left.plan)? { &mut left } else { &mut right };
            Ok(Transformed::new(value(part, side)?, true, TreeNodeRecursion::Jump))
        })
        .data()?;
    Join::try_new(
        left.plan.into(),
        right.plan.into(),
        join.on,
        Some(filter),
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )
}

/// Whether a subquery refers to columns of these rows only.
fn is_over(expr: &Expr, rows: &LogicalPlan) -> Result<bool> {
    let schema = rows.schema();
    let mut is_over = true;
    expr.apply(|part| {
        is_over &= match part {
            Expr::Column(column) => schema.has_column(column),
            Expr::Exists(Exists { subquery, .. })
            | Expr::InSubquery(InSubquery { subquery, .. })
            | Expr::SetComparison(SetComparison { subquery, .. })
            | Expr::ScalarSubquery(subquery) => {
                outer_columns(&subquery.subquery).iter().all(|column| schema.has_column(column))
            }
            _ => true,
        };
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(is_over)
}

/// Rewrites the subqueries in the expressions of a plan with one input.
fn rewrite_expressions(plan: LogicalPlan, aliases: &Aliases) -> Result<Transformed<LogicalPlan>> {
    let columns: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
    if let LogicalPlan::Filter(filter) = &plan {
        return only(filtered(filter, aliases)?, columns);
    }
    if let LogicalPlan::Distinct(Distinct::On(distinct)) = &plan {
        return distinct_on(distinct, aliases).map(Transformed::yes);
    }
    let plan = match plan {
        LogicalPlan::Sort(sort) => LogicalPlan::Sort(with_missing_columns(sort, aliases)?),
        other => other,
    };
    let inputs = plan.inputs();
    let [input] = inputs.as_slice() else { return Ok(Transformed::no(plan)) };
    let mut outer = Outer::new((*input).clone(), aliases);
    let preserver = NamePreserver::new(&plan);
    let exprs = plan.expressions();
    let names: Vec<_> = exprs.iter().map(|expr| preserver.save(expr)).collect();
    let mut exprs: Vec<Expr> =
        exprs.into_iter().map(|expr| value(expr, &mut outer)).collect::<Result<_>>()?;
    if matches!(plan, LogicalPlan::Window(_)) {
        exprs = over_key_columns(exprs, &mut outer, aliases)?;
    }
    let exprs = exprs.into_iter().zip(names).map(|(expr, name)| name.restore(expr)).collect();
    let replaced = plan.with_new_exprs(exprs, vec![outer.plan])?;
    only(replaced, columns)
}

/// Projects a plan to the columns that it had before subqueries were joined to its input.
fn only(plan: LogicalPlan, columns: Vec<Expr>) -> Result<Transformed<LogicalPlan>> {
    if plan.schema().columns().into_iter().map(Expr::Column).eq(columns.iter().cloned()) {
        return Ok(Transformed::yes(plan));
    }
    LogicalPlanBuilder::from(plan).project(columns)?.build().map(Transformed::yes)
}

/// An ORDER BY whose subqueries refer to columns that the SELECT list does not have; these are added under
/// unique names.
fn with_missing_columns(sort: Sort, aliases: &Aliases) -> Result<Sort> {
    let LogicalPlan::Projection(projection) = sort.input.as_ref() else { return Ok(sort) };
    let mut missing: Vec<(Column, Column)> = Vec::new();
    let name = aliases.next();
    for by in &sort.expr {
        by.expr.apply(|part| {
            let Some(subquery) = subquery_of(part) else { return Ok(TreeNodeRecursion::Continue) };
            for column in named_in(&subquery.subquery, projection.input.schema()) {
                let is_known = missing.iter().any(|(known, _)| *known == column);
                if !is_known && !projection.schema.has_column(&column) {
                    let own = Column::new(Some(name.clone()), format!("{name}_{}", missing.len()));
                    missing.push((column, own));
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    if missing.is_empty() {
        return Ok(sort);
    }
    let added = missing
        .iter()
        .map(|(column, own)| Expr::Column(column.clone()).alias_qualified(own.relation.clone(), &own.name));
    let exprs = projection.expr.iter().cloned().chain(added);
    let input = LogicalPlanBuilder::from(projection.input.clone()).project(exprs)?.build()?;
    let expr = sort.expr.into_iter().map(|by| {
        let expr = by.expr.transform_up(|part| match subquery_of(&part) {
            Some(subquery) => {
                let plan = renamed_outer_columns(subquery.subquery.as_ref().clone(), &missing)?;
                Ok(Transformed::yes(with_plan(part, plan)))
            }
            None => Ok(Transformed::no(part)),
        });
        Ok(SortExpr { expr: expr.data()?, asc: by.asc, nulls_first: by.nulls_first })
    });
    Ok(Sort { expr: expr.collect::<Result<_>>()?, input: input.into(), fetch: sort.fetch })
}

/// The subquery of a subquery expression.
fn subquery_of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::ScalarSubquery(subquery)
        | Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. }) => Some(subquery),
        _ => None,
    }
}

/// The same expression with another subquery.
fn with_plan(expr: Expr, plan: LogicalPlan) -> Expr {
    let with = |subquery: &Subquery| subquery.with_plan(plan.into());
    match expr {
        Expr::ScalarSubquery(subquery) => Expr::ScalarSubquery(with(&subquery)),
        Expr::Exists(exists) => Expr::Exists(Exists { subquery: with(&exists.subquery), ..exists }),
        Expr::InSubquery(membership) => {
            Expr::InSubquery(InSubquery { subquery: with(&membership.subquery), ..membership })
        }
        Expr::SetComparison(comparison) => {
            Expr::SetComparison(SetComparison { subquery: with(&comparison.subquery), ..comparison })
        }
        other => other,
    }
}

/// Window expressions whose partition and sort keys are computed as columns below them. DataFusion does not
/// recognize that rows are sorted by an expression that it has simplified.
fn over_key_columns(exprs: Vec<Expr>, outer: &mut Outer<'_>, aliases: &Aliases) -> Result<Vec<Expr>> {
    let name = aliases.next();
    let mut columns: Vec<Expr> = outer.plan.schema().columns().into_iter().map(Expr::Column).collect();
    let width = columns.len();
    let mut key = |expr: &mut Expr| {
        if !matches!(expr, Expr::Column(_) | Expr::Literal(..)) {
            let own = Column::new(Some(name.clone()), format!("{name}_{}", columns.len()));
            let computed = std::mem::replace(expr, Expr::Column(own.clone()));
            columns.push(computed.alias_qualified(own.relation, own.name));
        }
    };
    let exprs = exprs
        .into_iter()
        .map(|expr| {
            expr.transform_up(|part| {
                let Expr::WindowFunction(mut call) = part else { return Ok(Transformed::no(part)) };
                call.params.partition_by.iter_mut().for_each(&mut key);
                call.params.order_by.iter_mut().for_each(|by| key(&mut by.expr));
                Ok(Transformed::yes(Expr::WindowFunction(call)))
            })
            .data()
        })
        .collect::<Result<Vec<_>>>()?;
    if columns.len() > width {
        let plan = std::mem::take(&mut outer.plan);
        outer.plan = LogicalPlanBuilder::from(plan).project(columns)?.build()?;
    }
    Ok(exprs)
}

/// A DISTINCT ON whose expressions contain subqueries.
fn distinct_on(distinct: &DistinctOn, aliases: &Aliases) -> Result<LogicalPlan> {
    let mut outer = Outer::new(distinct.input.as_ref().clone(), aliases);
    let names: Vec<_> = distinct.schema.columns();
    let mut on = Vec::new();
    for expr in &distinct.on_expr {
        on.push(value(expr.clone(), &mut outer)?);
    }
    let mut select = Vec::new();
    for (expr, name) in distinct.select_expr.iter().zip(names) {
        let computed = value(expr.clone().unalias(), &mut outer)?;
        select.push(computed.alias_qualified(name.relation, name.name));
    }
    let mut order = Vec::new();
    for by in distinct.sort_expr.iter().flatten() {
        let expr = value(by.expr.clone(), &mut outer)?;
        order.push(SortExpr { expr, asc: by.asc, nulls_first: by.nulls_first });
    }
    let order = distinct.sort_expr.is_some().then_some(order);
    let rows = DistinctOn::try_new(on, select, order, outer.plan.into())?;
    Ok(LogicalPlan::Distinct(Distinct::On(rows)))
}

/// A WHERE. Predicates without subqueries come first, so that no subquery is computed for rows that they
/// reject.
fn filtered(filter: &Filter, aliases: &Aliases) -> Result<LogicalPlan> {
    let (without, with) = without_subqueries(Some(filter.predicate.clone()));
    let rows = match without {
        Some(without) => LogicalPlan::Filter(Filter::try_new(without, filter.input.clone())?),
        None => filter.input.as_ref().clone(),
    };
    let mut outer = Outer::new(rows, aliases);
    let mut conditions = Vec::new();
    for part in with.map(split_conjunction_owned).unwrap_or_default() {
        if !keep_rows(&part, &mut outer)? {
            conditions.push(if is_anti_join(&part) { part } else { value(part, &mut outer)? });
        }
    }
    match conjunction(conditions) {
        Some(condition) => Filter::try_new(condition, outer.plan.into()).map(LogicalPlan::Filter),
        None => Ok(outer.plan),
    }
}

/// Whether a predicate is a NOT IN that DataFusion plans as a join: its anti join supports NULL in a single
/// key and no outer columns.
fn is_anti_join(condition: &Expr) -> bool {
    let membership = match condition {
        Expr::InSubquery(membership) if membership.negated => membership,
        Expr::Not(inner) => match inner.as_ref() {
            Expr::InSubquery(membership) if !membership.negated => membership,
            _ => return false,
        },
        _ => return false,
    };
    membership.expr.any_column_refs()
        && !membership.expr.contains_outer()
        && !contains_subquery(&membership.expr)
        && outer_columns(&membership.subquery.subquery).is_empty()
}

/// Joins a predicate that is itself a subquery; `false` if it is not one, or is uncorrelated.
fn keep_rows(condition: &Expr, outer: &mut Outer<'_>) -> Result<bool> {
    let (condition, is_not) = match condition {
        Expr::Not(inner) => (inner.as_ref(), true),
        other => (other, false),
    };
    if is_anti_join(condition) && !is_not {
        return Ok(false);
    }
    let (rows, negated) = match condition {
        Expr::Exists(exists) => (exists.subquery.subquery.as_ref().clone(), exists.negated != is_not),
        Expr::InSubquery(membership) if !contains_subquery(&membership.expr) => {
            let negated = membership.negated != is_not;
            if negated && is_anti_join(&Expr::InSubquery(InSubquery { negated, ..membership.clone() })) {
                return Ok(false);
            }
            (members(membership, outer, negated)?, negated)
        }
        Expr::SetComparison(comparison) if !contains_subquery(&comparison.expr) => {
            compared_rows(comparison, outer, is_not)?
        }
        _ => return Ok(false),
    };
    if named_in(&rows, outer.plan.schema()).is_empty() {
        return Ok(false);
    }
    outer.keep(&rows, negated)?;
    Ok(true)
}

/// The rows of a subquery that decide an IN: those that are equal, or with `with_unknown` those that are
/// equal or unknown.
fn members(membership: &InSubquery, outer: &Outer<'_>, with_unknown: bool) -> Result<LogicalPlan> {
    let rows = Members::of(&membership.subquery)?;
    let equal = rows.compared(membership.expr.as_ref().clone(), Operator::Eq, outer)?;
    rows.that(if with_unknown { is_not_false(equal, &rows.plan)? } else { equal })
}

/// The rows of a subquery that decide `x > ANY (q)` or `x > ALL (q)`, and whether such a row makes it
/// false. `is_not`: whether the comparison is negated.
fn compared_rows(comparison: &SetComparison, outer: &Outer<'_>, is_not: bool) -> Result<(LogicalPlan, bool)> {
    let rows = Members::of(&comparison.subquery)?;
    let compared = rows.compared(comparison.expr.as_ref().clone(), comparison.op, outer)?;
    let (condition, negated) = match (comparison.quantifier, is_not) {
        (SetQuantifier::Any, false) => (compared, false),
        (SetQuantifier::Any, true) => (is_not_false(compared, &rows.plan)?, true),
        (SetQuantifier::All, false) => (compared.is_not_true(), true),
        (SetQuantifier::All, true) => (compared.is_false(), false),
    };
    Ok((rows.that(condition)?, negated))
}

/// A predicate that is true where another is true or unknown.
fn is_not_false(condition: Expr, plan: &LogicalPlan) -> Result<Expr> {
    Ok(if condition.nullable(plan.schema())? { condition.is_not_false() } else { condition })
}

/// An expression with values in place of its scalar subqueries.
fn value(expr: Expr, outer: &mut Outer<'_>) -> Result<Expr> {
    expr.transform_up(|part| {
        Ok(match part {
            Expr::Exists(exists) => Transformed::yes(exists_as_count(exists, outer)?),
            Expr::InSubquery(membership) => Transformed::yes(in_as_counts(membership, outer)?),
            Expr::SetComparison(comparison) => Transformed::yes(comparison_as_counts(comparison, outer)?),
            Expr::ScalarSubquery(subquery) => scalar(subquery, outer)?,
            other => Transformed::no(other),
        })
    })
    .data()
}

/// `EXISTS (q)` is `(SELECT COUNT(*) FROM q) > 0`.
fn exists_as_count(exists: Exists, outer: &mut Outer<'_>) -> Result<Expr> {
    let mut rows = LogicalPlanBuilder::from(exists.subquery.subquery.clone());
    if outer_columns(&exists.subquery.subquery).is_empty() {
        // One row decides as well as many.
        rows = rows.limit(0, Some(1))?;
    }
    let count = counted(rows.build()?, &exists.subquery, outer)?;
    Ok(if exists.negated { count.eq(lit(0_i64)) } else { count.gt(lit(0_i64)) })
}

/// `x IN (q)`: true if a row is equal; else NULL if there are rows and x or a row is NULL; else false.
fn in_as_counts(membership: InSubquery, outer: &mut Outer<'_>) -> Result<Expr> {
    let InSubquery { expr, subquery, negated } = membership;
    let subquery = once(subquery)?;
    let rows = Members::of(&subquery)?;
    let is_equal = rows.compared((*expr).clone(), Operator::Eq, outer)?;
    let may_be_unknown = is_equal.nullable(rows.plan.schema())?;
    let equal = counted(rows.that(is_equal)?, &subquery, outer)?;
    if !may_be_unknown {
        return Ok(if negated { equal.eq(lit(0_i64)) } else { equal.gt(lit(0_i64)) });
    }
    let null = counted(rows.that(rows.column.clone().is_null())?, &subquery, outer)?;
    let all = counted(rows.plan, &subquery, outer)?;
    when(equal.gt(lit(0_i64)), lit(!negated))
        .when(all.eq(lit(0_i64)), lit(negated))
        .when(expr.is_null().or(null.gt(lit(0_i64))), unknown())
        .otherwise(lit(negated))
}

/// `x > ANY (q)`: true if the comparison is true for a row; else NULL if it is NULL for one; else false.
/// `x > ALL (q)`: false if the comparison is false for a row; else NULL if it is NULL for one; else true.
fn comparison_as_counts(comparison: SetComparison, outer: &mut Outer<'_>) -> Result<Expr> {
    let SetComparison { expr, subquery, op, quantifier } = comparison;
    let subquery = once(subquery)?;
    let rows = Members::of(&subquery)?;
    let compared = rows.compared(*expr, op, outer)?;
    let may_be_unknown = compared.nullable(rows.plan.schema())?;
    let (decides, decided) = match quantifier {
        SetQuantifier::Any => (compared.clone(), true),
        SetQuantifier::All => (compared.clone().is_false(), false),
    };
    let deciding = counted(rows.that(decides)?, &subquery, outer)?;
    let mut is_decided = when(deciding.gt(lit(0_i64)), lit(decided));
    if !may_be_unknown {
        return is_decided.otherwise(lit(!decided));
    }
    let unknown_rows = counted(rows.that(compared.is_null())?, &subquery, outer)?;
    is_decided.when(unknown_rows.gt(lit(0_i64)), unknown()).otherwise(lit(!decided))
}

fn unknown() -> Expr {
    Expr::Literal(ScalarValue::Boolean(None), None)
}

/// The rows of a subquery whose column is compared. The column gets a relation of its own, because an added
/// predicate also refers to outer columns, and a table may have the same name inside and outside.
struct Members {
    plan: LogicalPlan,
    column: Expr,
}

impl Members {
    fn of(subquery: &Subquery) -> Result<Members> {
        let plan = LogicalPlanBuilder::from(subquery.subquery.clone()).alias("__members")?.build()?;
        let Some(column) = plan.schema().columns().into_iter().next().map(Expr::Column) else {
            return datafusion::common::plan_err!("a comparison with a subquery takes one of one column");
        };
        Ok(Members { plan, column })
    }

    /// Compares an outer expression with the column. A row value was already rewritten to comparisons of
    /// single columns.
    fn compared(&self, expr: Expr, op: Operator, outer: &Outer<'_>) -> Result<Expr> {
        if op == Operator::Eq && expr == lit(true) {
            return Ok(self.column.clone());
        }
        let inside = super::normalize_floats::keyed(outer.reference(expr)?, outer.plan.schema())?;
        let column = super::normalize_floats::keyed(self.column.clone(), self.plan.schema())?;
        Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(inside), op, Box::new(column))))
    }

    /// The rows that satisfy a predicate.
    fn that(&self, condition: Expr) -> Result<LogicalPlan> {
        rows_that(condition, &self.plan)
    }
}

/// The row count of a subquery.
fn counted(rows: LogicalPlan, subquery: &Subquery, outer: &mut Outer<'_>) -> Result<Expr> {
    // A unique name, because the outer query may count rows as well.
    let one = count(lit(1_i64)).alias("__rows");
    let plan = LogicalPlanBuilder::from(bare_rows(&rows).clone())
        .aggregate(Vec::<Expr>::new(), vec![one])?
        .build()?;
    Ok(scalar(subquery.with_plan(plan.into()), outer)?.data)
}

/// A subquery whose rows are computed once if it calls a volatile function: it may be copied, and an equal
/// subquery must have rows of its own.
fn once(subquery: Subquery) -> Result<Subquery> {
    let is_shared =
        outer_columns(&subquery.subquery).is_empty() && common_table::is_volatile(&subquery.subquery)?;
    Ok(if is_shared {
        let plan = CommonTable::over(subquery.subquery.as_ref().clone());
        subquery.with_plan(plan.into())
    } else {
        subquery
    })
}

/// A scalar subquery.
fn scalar(subquery: Subquery, outer: &mut Outer<'_>) -> Result<Transformed<Expr>> {
    if outer_columns(&subquery.subquery).is_empty() {
        // DataFusion computes it once per run, but its rows differ in each round of a recursion.
        if recursion::reads_work_table(&subquery.subquery)? {
            return outer.join_value(&subquery.subquery).map(Transformed::yes);
        }
        own_row(once(Subquery { outer_ref_columns: Vec::new(), ..subquery })?)
    } else {
        outer.join_value(&subquery.subquery).map(Transformed::yes)
    }
}

/// An uncorrelated subquery. Without rows it is NULL, even if its column is not nullable.
fn own_row(subquery: Subquery) -> Result<Transformed<Expr>> {
    let columns = subquery.subquery.schema().columns();
    let ([column], false) = (columns.as_slice(), is_one_row(&subquery.subquery)) else {
        return Ok(Transformed::no(Expr::ScalarSubquery(subquery)));
    };
    let row = only_row(&subquery.subquery, column.clone())?;
    Ok(Transformed::yes(Expr::ScalarSubquery(subquery.with_plan(row.into()))))
}
