//! Plans with domain columns that are carried up through them.

use datafusion::common::{Column, Result};
use datafusion::logical_expr::{
    Expr, Filter, Limit, LogicalPlan, LogicalPlanBuilder, Projection, SortExpr, SubqueryAlias,
};

use super::domain::Aliases;

/// A plan with additional columns that the original does not have.
#[derive(Clone)]
pub struct Carried {
    pub plan: LogicalPlan,
    /// The domain columns.
    pub keys: Vec<Column>,
    /// The ORDER BY of the rows of each domain value, in columns of the plan.
    pub order: Vec<SortExpr>,
}

impl Carried {
    pub fn new(plan: LogicalPlan, keys: Vec<Column>) -> Carried {
        Carried { plan, keys, order: Vec::new() }
    }

    /// A projection that keeps the additional columns.
    pub fn project(self, mut exprs: Vec<Expr>) -> Result<Carried> {
        exprs.extend(self.keys.iter().cloned().map(Expr::Column));
        exprs.extend(self.order.iter().map(|by| by.expr.clone()));
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, self.plan.into())?);
        Ok(Carried { plan, ..self })
    }

    /// Projects to the columns of the original plan and the keys.
    pub fn only(self, original: &LogicalPlan) -> Result<Carried> {
        let columns = original.schema().columns().into_iter().map(Expr::Column).collect();
        Carried { order: Vec::new(), ..self }.project(columns)
    }

    pub fn filter(self, predicate: Expr) -> Result<Carried> {
        let plan = LogicalPlan::Filter(Filter::try_new(predicate, self.plan.into())?);
        Ok(Carried { plan, ..self })
    }

    /// Qualifies the columns by an alias; additional columns keep their names.
    pub fn alias(self, alias: &SubqueryAlias) -> Result<Carried> {
        let renamed = alias.input.schema().columns().into_iter().zip(alias.schema.columns());
        let exprs =
            renamed.map(|(inner, outer)| Expr::Column(inner).alias_qualified(outer.relation, outer.name));
        self.project(exprs.collect())
    }

    /// Reorders the rows by expressions, which are computed as columns.
    pub fn sort(self, by: Vec<SortExpr>, aliases: &Aliases) -> Result<Carried> {
        let name = aliases.next();
        let mut exprs: Vec<Expr> = self.plan.schema().columns().into_iter().map(Expr::Column).collect();
        let mut order = Vec::new();
        for (at, by) in by.into_iter().enumerate() {
            let column = Column::new(Some(name.clone()), format!("{name}_order{at}"));
            exprs.push(by.expr.alias_qualified(column.relation.clone(), &column.name));
            order.push(SortExpr { expr: Expr::Column(column), asc: by.asc, nulls_first: by.nulls_first });
        }
        let plan = LogicalPlanBuilder::from(self.plan).project(exprs)?.build()?;
        // Rows that are equal in the new order keep the old one.
        order.extend(self.order);
        Ok(Carried { plan, keys: self.keys, order })
    }
}

/// A plan with columns for the order of its rows, if an ORDER BY defines one.
pub fn with_order(plan: &LogicalPlan, aliases: &Aliases) -> Result<Carried> {
    let unordered = || Ok(Carried::new(plan.clone(), Vec::new()));
    let input = match plan {
        LogicalPlan::Sort(sort) => return unordered()?.sort(sort.expr.clone(), aliases),
        LogicalPlan::Projection(Projection { input, .. })
        | LogicalPlan::Filter(Filter { input, .. })
        | LogicalPlan::Limit(Limit { input, .. })
        | LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => with_order(input, aliases)?,
        LogicalPlan::Subquery(subquery) => return with_order(&subquery.subquery, aliases),
        _ => return unordered(),
    };
    if input.order.is_empty() {
        return unordered();
    }
    match plan {
        LogicalPlan::Projection(projection) => input.project(projection.expr.clone()),
        LogicalPlan::Filter(filter) => input.filter(filter.predicate.clone()),
        LogicalPlan::SubqueryAlias(alias) => input.alias(alias),
        LogicalPlan::Limit(limit) => {
            let plan = LogicalPlan::Limit(Limit { input: input.plan.into(), ..limit.clone() });
            Ok(Carried { plan, ..input })
        }
        _ => unordered(),
    }
}
