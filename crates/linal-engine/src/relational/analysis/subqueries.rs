//! Subqueries wherever an expression stands.
//!
//! DataFusion joins a subquery that is a condition of a WHERE, and a correlated one that is an aggregate over equal
//! keys. This rule brings everything else to what it knows: EXISTS and IN become counts, and a correlated subquery that
//! it cannot join is joined here ([`super::correlated`]).

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, Result, ScalarValue};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator, Sort, Subquery, lit, when,
};
use datafusion::optimizer::AnalyzerRule;

use super::super::common_table::{self, CommonTable};
use super::super::recursion;
use super::correlated::Outer;

/// Rewrites subqueries.
#[derive(Debug)]
pub(super) struct Subqueries;

impl AnalyzerRule for Subqueries {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(rewrite)?.data)
    }

    fn name(&self) -> &str {
        "subqueries"
    }
}

fn rewrite(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut found = false;
    plan.apply_expressions(|expr| {
        found |= expr.exists(|part| Ok(is_subquery(part)))?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    if !found {
        return Ok(Transformed::no(plan));
    }
    let plan = match plan {
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => filtered(join)?,
        other => other,
    };
    let inputs = plan.inputs();
    let [input] = inputs.as_slice() else { return Ok(Transformed::no(plan)) };
    let columns: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let wider = match &plan {
        LogicalPlan::Sort(sort) => with_missing_columns(sort)?,
        _ => None,
    };
    let is_wider = wider.is_some();
    let mut outer = Outer::new(wider.unwrap_or_else(|| (*input).clone()));
    if let LogicalPlan::Filter(filter) = &plan {
        let predicate = condition(filter.predicate.clone(), &mut outer)?;
        let filtered = LogicalPlan::Filter(Filter::try_new(predicate, outer.plan.clone().into())?);
        return only(filtered, columns, outer.is_extended());
    }
    let names = NamePreserver::new(&plan);
    let passes_columns = matches!(plan, LogicalPlan::Sort(_) | LogicalPlan::Window(_));
    let is_projection = matches!(plan, LogicalPlan::Projection(_));
    let exprs: Vec<Expr> = plan
        .expressions()
        .into_iter()
        .map(|expr| {
            let name = names.save(&expr);
            Ok(name.restore(value(expr, &mut outer, is_projection)?))
        })
        .collect::<Result<_>>()?;
    let replaced = plan.with_new_exprs(exprs, vec![outer.plan.clone()])?;
    only(replaced, columns, passes_columns && (is_wider || outer.is_extended()))
}

/// An inner join with the conditions that have subqueries behind it.
fn filtered(mut join: Join) -> Result<LogicalPlan> {
    let parts = join.filter.take().map(split_conjunction_owned).unwrap_or_default();
    let (later, here): (Vec<Expr>, Vec<Expr>) =
        parts.into_iter().partition(|part| part.exists(|part| Ok(is_subquery(part))).unwrap_or(false));
    join.filter = conjunction(here);
    let joined = LogicalPlan::Join(join);
    Ok(match conjunction(later) {
        Some(later) => LogicalPlan::Filter(Filter::try_new(later, joined.into())?),
        None => joined,
    })
}

/// The input of an ORDER BY with the columns that its subqueries name and the SELECT list does not have.
fn with_missing_columns(sort: &Sort) -> Result<Option<LogicalPlan>> {
    let LogicalPlan::Projection(projection) = sort.input.as_ref() else { return Ok(None) };
    let mut missing: Vec<Expr> = Vec::new();
    for by in &sort.expr {
        by.expr.apply(|part| {
            if let Expr::ScalarSubquery(subquery)
            | Expr::Exists(Exists { subquery, .. })
            | Expr::InSubquery(InSubquery { subquery, .. })
            | Expr::SetComparison(SetComparison { subquery, .. }) = part
            {
                for reference in &subquery.outer_ref_columns {
                    if let Expr::OuterReferenceColumn(_, column) = reference
                        && !projection.schema.has_column(column)
                        && projection.input.schema().has_column(column)
                    {
                        missing.push(Expr::Column(column.clone()));
                    }
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    if missing.is_empty() {
        return Ok(None);
    }
    missing.sort_by_key(ToString::to_string);
    missing.dedup();
    let exprs = projection.expr.iter().cloned().chain(missing);
    LogicalPlanBuilder::from(projection.input.clone()).project(exprs)?.build().map(Some)
}

/// A plan without the columns that its input got for subqueries.
fn only(plan: LogicalPlan, columns: Vec<Expr>, has_more: bool) -> Result<Transformed<LogicalPlan>> {
    Ok(Transformed::yes(match has_more {
        true => LogicalPlanBuilder::from(plan).project(columns)?.build()?,
        false => plan,
    }))
}

fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_))
}

/// A WHERE. Conditions that are a subquery themselves are joins that DataFusion makes.
fn condition(predicate: Expr, outer: &mut Outer) -> Result<Expr> {
    let parts = split_conjunction_owned(predicate)
        .into_iter()
        .map(|part| match is_joined_condition(&part) {
            true => Ok(part),
            false => value(part, outer, true),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(conjunction(parts).unwrap_or_else(|| lit(true)))
}

/// Whether DataFusion makes a join of a condition. Its anti joins know NULL among one key of rows, and not among several: a NOT IN that
/// names outer columns has more than one, and one of a constant has none.
fn is_joined_condition(condition: &Expr) -> bool {
    let is_anti_join = |membership: &InSubquery| {
        membership.subquery.outer_ref_columns.is_empty() && membership.expr.any_column_refs()
    };
    match condition {
        Expr::Exists(_) => true,
        Expr::InSubquery(membership) => !membership.negated || is_anti_join(membership),
        Expr::Not(inner) => match inner.as_ref() {
            Expr::Exists(_) => true,
            Expr::InSubquery(membership) => membership.negated || is_anti_join(membership),
            _ => false,
        },
        _ => false,
    }
}

/// An expression whose value is wanted. `can_join`: whether DataFusion joins subqueries where it stands.
fn value(expr: Expr, outer: &mut Outer, can_join: bool) -> Result<Expr> {
    expr.transform_up(|part| {
        Ok(match part {
            Expr::Exists(exists) => Transformed::yes(exists_as_count(exists, outer, can_join)?),
            Expr::InSubquery(membership) => Transformed::yes(in_as_counts(membership, outer, can_join)?),
            Expr::SetComparison(comparison) => {
                Transformed::yes(comparison_as_counts(comparison, outer, can_join)?)
            }
            Expr::ScalarSubquery(subquery) => scalar(subquery, outer, can_join)?,
            other => Transformed::no(other),
        })
    })
    .data()
}

/// `EXISTS (q)` is `(SELECT COUNT(*) FROM q) > 0`.
fn exists_as_count(exists: Exists, outer: &mut Outer, can_join: bool) -> Result<Expr> {
    let rows = counted(&exists.subquery, None, exists.subquery.outer_ref_columns.clone())?;
    let count = scalar(rows, outer, can_join)?.data;
    Ok(match exists.negated {
        true => count.eq(lit(0_i64)),
        false => count.gt(lit(0_i64)),
    })
}

/// `x IN (q)`: true with a row that is equal; else NULL when x or a row is NULL, unless there are no rows; else false.
fn in_as_counts(membership: InSubquery, outer: &mut Outer, can_join: bool) -> Result<Expr> {
    let InSubquery { expr, subquery, negated } = membership;
    let subquery = once(subquery)?;
    let can_join = can_join && subquery.outer_ref_columns.is_empty();
    let (subquery, column) = with_own_name(&subquery)?;
    let mut references = subquery.outer_ref_columns.clone();
    let inside = outer.reference((*expr).clone(), &mut references)?;
    let is_equal = Expr::BinaryExpr(BinaryExpr::new(
        Box::new(super::keys::keyed(inside, outer.plan.schema())?),
        Operator::Eq,
        Box::new(super::keys::keyed(column.clone(), subquery.subquery.schema())?),
    ));
    let equal = counted(&subquery, Some(is_equal), references)?;
    let null = counted(&subquery, Some(column.is_null()), subquery.outer_ref_columns.clone())?;
    let all = counted(&subquery, None, subquery.outer_ref_columns.clone())?;
    let mut count =
        |subquery| Ok::<_, datafusion::error::DataFusionError>(scalar(subquery, outer, can_join)?.data);
    let (equal, null, all) = (count(equal)?, count(null)?, count(all)?);
    let unknown = Expr::Literal(ScalarValue::Boolean(None), None);
    when(equal.gt(lit(0_i64)), lit(!negated))
        .when(all.eq(lit(0_i64)), lit(negated))
        .when(expr.is_null().or(null.gt(lit(0_i64))), unknown)
        .otherwise(lit(negated))
}

/// `x > ANY (q)`: true with a row for which it is true; else NULL with one for which it is NULL; else false. `x > ALL (q)` is false
/// with a row for which it is false; else NULL with one for which it is NULL; else true.
fn comparison_as_counts(comparison: SetComparison, outer: &mut Outer, can_join: bool) -> Result<Expr> {
    let SetComparison { expr, subquery, op, quantifier } = comparison;
    let subquery = once(subquery)?;
    let can_join = can_join && subquery.outer_ref_columns.is_empty();
    let (subquery, column) = with_own_name(&subquery)?;
    let mut references = subquery.outer_ref_columns.clone();
    let inside = outer.reference(*expr, &mut references)?;
    let compared = Expr::BinaryExpr(BinaryExpr::new(
        Box::new(super::keys::keyed(inside, outer.plan.schema())?),
        op,
        Box::new(super::keys::keyed(column, subquery.subquery.schema())?),
    ));
    let (decides, decided) = match quantifier {
        SetQuantifier::Any => (compared.clone().is_true(), true),
        SetQuantifier::All => (compared.clone().is_false(), false),
    };
    let deciding = counted(&subquery, Some(decides), references.clone())?;
    let unknown = counted(&subquery, Some(compared.is_null()), references)?;
    let deciding = scalar(deciding, outer, can_join)?.data;
    let unknown = scalar(unknown, outer, can_join)?.data;
    when(deciding.gt(lit(0_i64)), lit(decided))
        .when(unknown.gt(lit(0_i64)), Expr::Literal(ScalarValue::Boolean(None), None))
        .otherwise(lit(!decided))
}

/// A subquery whose column belongs to a relation of its own, and the column: a condition that is added to it names outer columns,
/// too, and those of one table have the same name inside and outside.
fn with_own_name(subquery: &Subquery) -> Result<(Subquery, Expr)> {
    let plan = LogicalPlanBuilder::from(subquery.subquery.clone()).alias("__members")?.build()?;
    let Some(column) = plan.schema().columns().into_iter().next().map(Expr::Column) else {
        return datafusion::common::plan_err!("a comparison with a subquery takes one of one column");
    };
    Ok((subquery.with_plan(plan.into()), column))
}

/// The number of rows of a subquery that fulfil a condition.
fn counted(subquery: &Subquery, condition: Option<Expr>, references: Vec<Expr>) -> Result<Subquery> {
    let mut rows = LogicalPlanBuilder::from(subquery.subquery.clone());
    if let Some(condition) = condition {
        rows = rows.filter(condition)?;
    }
    // A name of its own: the query around it may count rows, too.
    let one = count(lit(1_i64)).alias("__rows");
    let plan = rows.aggregate(Vec::<Expr>::new(), vec![one])?.build()?;
    Ok(Subquery { subquery: plan.into(), outer_ref_columns: references, spans: subquery.spans.clone() })
}

/// A subquery whose rows are computed once, where it calls a volatile function: it may be copied, and an equal one beside it has rows of
/// its own.
fn once(subquery: Subquery) -> Result<Subquery> {
    let is_shared = subquery.outer_ref_columns.is_empty() && common_table::is_volatile(&subquery.subquery)?;
    Ok(if is_shared {
        let plan = CommonTable::over(subquery.subquery.as_ref().clone());
        subquery.with_plan(plan.into())
    } else {
        subquery
    })
}

/// A subquery that stands for one value.
fn scalar(subquery: Subquery, outer: &mut Outer, can_join: bool) -> Result<Transformed<Expr>> {
    if subquery.outer_ref_columns.is_empty() {
        // DataFusion computes it once in a run, which is too rarely for rows that differ in each round of a recursion.
        if recursion::reads_work_table(&subquery.subquery)? {
            return outer.cross_join(&subquery.subquery).map(Transformed::yes);
        }
        return own_row(once(subquery)?);
    }
    if can_join && is_joined_by_datafusion(&subquery.subquery) {
        return Ok(Transformed::no(Expr::ScalarSubquery(subquery)));
    }
    outer.join(&subquery.subquery).map(Transformed::yes)
}

/// A subquery that names nothing from outside. Without rows it is NULL, also when its column never is.
fn own_row(subquery: Subquery) -> Result<Transformed<Expr>> {
    let columns = subquery.subquery.schema().columns();
    let ([column], false) = (columns.as_slice(), is_one_row(&subquery.subquery)) else {
        return Ok(Transformed::no(Expr::ScalarSubquery(subquery)));
    };
    let row = super::correlated::only_row(&subquery.subquery, column.clone())?;
    Ok(Transformed::yes(Expr::ScalarSubquery(subquery.with_plan(row.into()))))
}

/// Whether a plan has exactly one row: an aggregate over all rows.
fn is_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_one_row(&alias.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        _ => false,
    }
}

/// Whether a correlated subquery is an aggregate over rows whose keys equal the outer ones.
fn is_joined_by_datafusion(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => {
            !plan.contains_outer_reference() && is_joined_by_datafusion(&projection.input)
        }
        LogicalPlan::SubqueryAlias(alias) => is_joined_by_datafusion(&alias.input),
        LogicalPlan::Aggregate(aggregate) => {
            aggregate.group_expr.is_empty()
                && !plan.contains_outer_reference()
                && has_equal_keys(&aggregate.input)
        }
        _ => false,
    }
}

/// Whether outer columns occur in equalities of filters alone.
fn has_equal_keys(plan: &LogicalPlan) -> bool {
    let own = match plan {
        LogicalPlan::Filter(filter) => split_conjunction_owned(filter.predicate.clone())
            .iter()
            .all(|part| !part.contains_outer() || is_equal_key(part)),
        LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) | LogicalPlan::Join(_) => {
            !plan.contains_outer_reference()
        }
        _ => return !super::correlated::is_correlated(plan),
    };
    own && plan.inputs().into_iter().all(has_equal_keys)
}

fn is_equal_key(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let sides = [left, right];
            sides.iter().any(|side| matches!(side.as_ref(), Expr::OuterReferenceColumn(..)))
                && sides.iter().any(|side| !side.contains_outer() && !side.column_refs().is_empty())
        }
        _ => false,
    }
}
