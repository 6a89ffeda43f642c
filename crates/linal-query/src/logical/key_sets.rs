//! Grouping sets whose keys are floats or intervals.
//!
//! A key appears in several sets, so it is computed once as a column below them.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::{
    Aggregate, Expr, ExprSchemable, GroupingSet, LogicalPlan, LogicalPlanBuilder, lit, when,
};

use super::normalize_floats::{is_interval, key, shown_interval};

/// Groups by normalized keys of floats and intervals. The interval displayed for a group is the one with the
/// most months, then days.
pub(super) fn by_keys(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let [Expr::GroupingSet(written @ GroupingSet::GroupingSets(sets))] = aggregate.group_expr.as_slice()
    else {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    };
    let input = aggregate.input.schema();
    let needs_key =
        |expr: &Expr| is_interval(expr, input) || expr.get_type(input).is_ok_and(|kind| kind.is_floating());
    let keys = written.distinct_expr();
    if !keys.iter().any(|expr| needs_key(expr)) {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let own = |at: usize| Column::new_unqualified(format!("__key_of_set{at}"));
    let columns = aggregate.schema.columns();
    let mut below: Vec<Expr> = input.columns().into_iter().map(Expr::Column).collect();
    let mut aggregates = aggregate.aggr_expr.clone();
    let mut shown: Vec<Expr> = columns.iter().cloned().map(Expr::Column).collect();
    for (at, expr) in keys.iter().enumerate().filter(|(_, expr)| needs_key(expr)) {
        let plain = (*expr).clone().unalias();
        let value = if is_interval(expr, input) {
            let name = format!("__interval_of_set{at}");
            aggregates.push(shown_interval(plain.clone()).alias(&name));
            // A grouping set without the key has NULL there, but its groups contain intervals.
            let none = lit(ScalarValue::try_from(&expr.get_type(input)?)?);
            when(Expr::Column(own(at)).is_null(), none)
                .otherwise(Expr::Column(Column::new_unqualified(name)))?
        } else {
            Expr::Column(own(at))
        };
        below.push(key(plain).alias(own(at).name));
        let column = &columns[at];
        shown[at] = value.alias_qualified(column.relation.clone(), &column.name);
    }
    let replaced = |expr: &Expr| match keys.iter().position(|key| *key == expr) {
        Some(at) if needs_key(expr) => Expr::Column(own(at)),
        _ => expr.clone(),
    };
    let sets = sets.iter().map(|set| set.iter().map(replaced).collect()).collect();
    let sets = Expr::GroupingSet(GroupingSet::GroupingSets(sets));
    let rows = LogicalPlanBuilder::from(aggregate.input.clone()).project(below)?.build()?;
    let grouped = Aggregate::try_new(rows.into(), vec![sets], aggregates)?;
    let plan = LogicalPlanBuilder::from(LogicalPlan::Aggregate(grouped)).project(shown)?.build()?;
    Ok(Transformed::yes(plan))
}
