//! Aggregates of a subquery, for all values of its domain.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, Result, ScalarValue};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::expr::{AggregateFunction, GroupingSet};
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable, LogicalPlan, SortExpr, cast, lit};

use super::condition::{join, same};
use super::domain::Domain;
use super::order::Carried;

/// Aggregates whose result does not depend on the order of their rows.
const ORDER_INSENSITIVE: [&str; 12] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "bit_and",
    "bit_or",
    "bit_xor",
    "median",
    crate::logical::single_value::NAME,
];

impl Domain<'_> {
    /// The groups of each domain value. Without group keys, a value without rows has a group, too.
    pub(super) fn aggregate(&self, aggregate: &Aggregate) -> Result<Carried> {
        let input = self.push(&aggregate.input)?;
        let input = Grouped { values: self.values_over(aggregate, &input)?, input };
        match aggregate.group_expr.as_slice() {
            [] => {
                let columns = aggregate.schema.columns();
                let groups = input.by(Vec::new())?.under_names(&columns)?;
                self.with_missing(groups, aggregate, &columns)
            }
            [Expr::GroupingSet(sets)] => self.grouping_sets(sets, aggregate, input),
            groups => {
                let groups = groups
                    .iter()
                    .map(|group| self.bind(group.clone(), &input.input.keys))
                    .collect::<Result<Vec<_>>>()?;
                input.by(groups)?.under_names(&aggregate.schema.columns())
            }
        }
    }

    /// The group of all rows, for the domain values that have rows.
    pub(super) fn whole_group(&self, aggregate: &Aggregate) -> Result<Carried> {
        let input = self.push(&aggregate.input)?;
        let values = self.values_over(aggregate, &input)?;
        Grouped { values, input }.by(Vec::new())?.under_names(&aggregate.schema.columns())
    }

    /// The aggregate calls; one that depends on the order of rows gets the order of its input.
    fn values_over(&self, aggregate: &Aggregate, input: &Carried) -> Result<Vec<Expr>> {
        let values = self.bind_all(&aggregate.aggr_expr, &input.keys)?;
        Ok(values.into_iter().map(|value| ordered(value, &input.order)).collect())
    }

    /// Adds the aggregates of no rows for the domain values without rows; `columns` are those of the calls.
    fn with_missing(&self, groups: Carried, aggregate: &Aggregate, columns: &[Column]) -> Result<Carried> {
        let (domain, keys) = self.plan()?;
        let on = same(&keys, &domain, &groups.keys, &groups.plan)?;
        let padded = join(domain, groups.plan, on, JoinType::Left)?;
        let values = aggregate.aggr_expr.iter().zip(columns.iter().cloned()).map(|(expr, column)| {
            let of_nothing = value_of_nothing(expr, aggregate)?;
            if of_nothing.is_null() {
                return Ok(Expr::Column(column));
            }
            let (relation, name) = (column.relation.clone(), column.name.clone());
            Ok(coalesce(vec![Expr::Column(column), lit(of_nothing)]).alias_qualified(relation, name))
        });
        Carried::new(padded, keys).project(values.collect::<Result<_>>()?)
    }

    /// Groups by several grouping sets. The group of the empty set is added separately.
    fn grouping_sets(&self, sets: &GroupingSet, aggregate: &Aggregate, input: Grouped) -> Result<Carried> {
        let keys = &input.input.keys;
        let (empty, others): (Vec<_>, Vec<_>) = listed(sets).into_iter().partition(Vec::is_empty);
        let mut parts = Vec::new();
        if !others.is_empty() {
            let with_keys = |set: Vec<Expr>| {
                let set = set.into_iter().map(|expr| Ok(beside(self.bind(expr, keys)?, keys)));
                keys.iter().cloned().map(|key| Ok(Expr::Column(key))).chain(set).collect::<Result<Vec<_>>>()
            };
            let sets = others.into_iter().map(with_keys).collect::<Result<Vec<_>>>()?;
            let sets = Expr::GroupingSet(GroupingSet::GroupingSets(sets));
            parts.push(input.clone().by_sets(sets)?.under_fields(aggregate)?);
        }
        for _ in &empty {
            let columns = aggregate.schema.columns();
            let first = columns.len() - aggregate.aggr_expr.len();
            let whole = input.clone().by(Vec::new())?.under_names(&columns[first..])?;
            parts.push(all_rows(self.with_missing(whole, aggregate, &columns[first..])?, aggregate)?);
        }
        self.stacked(parts, &aggregate.schema)
    }
}

/// The rows of an aggregate, and its calls.
#[derive(Clone)]
struct Grouped {
    input: Carried,
    values: Vec<Expr>,
}

/// A group key next to the domain keys: an outer column is both, so it is renamed.
fn beside(group: Expr, keys: &[Column]) -> Expr {
    match &group {
        Expr::Column(column) if keys.contains(column) => {
            let name = format!("{}_group", column.name);
            group.alias(name)
        }
        _ => group,
    }
}

/// An aggregate grouped by domain keys; its columns are the keys, then those of the original aggregate.
struct Groups {
    plan: LogicalPlan,
    keys: Vec<Column>,
}

impl Grouped {
    fn by(self, groups: Vec<Expr>) -> Result<Groups> {
        // The domain keys come first, so that the bits of GROUPING for the other keys stay the same.
        let keys = &self.input.keys;
        let groups = groups.into_iter().map(|group| beside(group, keys));
        let all = keys.iter().cloned().map(Expr::Column).chain(groups).collect();
        self.group(all)
    }

    fn by_sets(self, sets: Expr) -> Result<Groups> {
        self.group(vec![sets])
    }

    fn group(self, groups: Vec<Expr>) -> Result<Groups> {
        let plan = Aggregate::try_new(Arc::new(self.input.plan), groups, self.values)?;
        Ok(Groups { plan: LogicalPlan::Aggregate(plan), keys: self.input.keys })
    }
}

impl Groups {
    /// Renames the columns after the keys to those of the original aggregate.
    fn under_names(self, names: &[Column]) -> Result<Carried> {
        let own = self.plan.schema().columns().into_iter().skip(self.keys.len());
        let exprs = own.zip(names).map(|(column, name)| {
            if column == *name {
                return Expr::Column(column);
            }
            Expr::Column(column).alias_qualified(name.relation.clone(), &name.name)
        });
        Carried::new(self.plan.clone(), self.keys.clone()).project(exprs.collect())
    }

    /// As [`Groups::under_names`], in the types of the original aggregate: the type of the grouping id
    /// depends on the number of keys.
    fn under_fields(self, aggregate: &Aggregate) -> Result<Carried> {
        let own = self.plan.schema().iter().skip(self.keys.len());
        let exprs = own.zip(aggregate.schema.iter()).map(|((relation, field), (as_relation, as_field))| {
            let column = Expr::Column(Column::from((relation, field)));
            let column = if field.data_type() == as_field.data_type() {
                column
            } else {
                cast(column, as_field.data_type().clone())
            };
            column.alias_qualified(as_relation.cloned(), as_field.name())
        });
        let exprs = exprs.collect();
        Carried::new(self.plan.clone(), self.keys.clone()).project(exprs)
    }
}

/// The group of all rows with the columns of the grouping sets, whose keys are NULL.
fn all_rows(whole: Carried, aggregate: &Aggregate) -> Result<Carried> {
    let keys = aggregate.schema.fields().len() - aggregate.aggr_expr.len() - 1;
    let exprs = aggregate.schema.iter().enumerate().map(|(at, (relation, field))| {
        let value = match at.cmp(&keys) {
            std::cmp::Ordering::Less => lit(ScalarValue::try_from(field.data_type())?),
            // One bit for each key that is not in the set.
            std::cmp::Ordering::Equal => {
                let all = ScalarValue::UInt64(Some(u64::MAX.checked_shr(64 - keys as u32).unwrap_or(0)));
                lit(all.cast_to(field.data_type())?)
            }
            std::cmp::Ordering::Greater => return Ok(Expr::Column(Column::from((relation, field)))),
        };
        Ok(value.alias_qualified(relation.cloned(), field.name()))
    });
    let exprs = exprs.collect::<Result<_>>()?;
    whole.project(exprs)
}

/// The grouping sets of a GROUP BY.
fn listed(sets: &GroupingSet) -> Vec<Vec<Expr>> {
    match sets {
        GroupingSet::GroupingSets(sets) => sets.clone(),
        GroupingSet::Rollup(exprs) => (0..=exprs.len()).rev().map(|len| exprs[..len].to_vec()).collect(),
        GroupingSet::Cube(exprs) => (0..1_usize << exprs.len())
            .rev()
            .map(|set| {
                let is_in = |at: &usize| set & (1 << (exprs.len() - 1 - at)) != 0;
                (0..exprs.len()).filter(is_in).map(|at| exprs[at].clone()).collect()
            })
            .collect(),
    }
}

/// Adds the order of the input to a call that depends on it and has no ORDER BY.
fn ordered(expr: Expr, order: &[SortExpr]) -> Expr {
    match expr {
        Expr::Alias(mut alias) => {
            alias.expr = Box::new(ordered(*alias.expr, order));
            Expr::Alias(alias)
        }
        Expr::AggregateFunction(mut call)
            if !order.is_empty()
                && call.params.order_by.is_empty()
                && !ORDER_INSENSITIVE.contains(&call.func.name()) =>
        {
            let named = Expr::AggregateFunction(call.clone()).qualified_name();
            call.params.order_by = order.to_vec();
            Expr::AggregateFunction(call).alias_qualified(named.0, named.1)
        }
        other => other,
    }
}

/// The value of an aggregate over no rows: 0 for COUNT, NULL for most others.
pub(super) fn value_of_nothing(expr: &Expr, aggregate: &Aggregate) -> Result<ScalarValue> {
    match expr {
        Expr::Alias(alias) => value_of_nothing(&alias.expr, aggregate),
        Expr::AggregateFunction(AggregateFunction { func, .. }) => {
            func.default_value(&expr.get_type(aggregate.input.schema())?)
        }
        _ => Ok(ScalarValue::Null),
    }
}
