//! UNION and VALUES.

use std::sync::Arc;

use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Projection, Union, Values,
};

use super::domain::Domain;
use super::order::Carried;

impl Domain<'_> {
    /// A union whose inputs all have the domain columns after their own.
    pub(super) fn union(&self, union: &Union) -> Result<Carried> {
        let inputs =
            union.inputs.iter().map(|input| self.push(input)?.only(input)).collect::<Result<Vec<_>>>()?;
        self.stacked(inputs, &union.schema)
    }

    /// The rows of a VALUES, for each domain value.
    pub(super) fn values(&self, values: &Values) -> Result<Carried> {
        let inputs = values
            .values
            .iter()
            .map(|row| {
                let (domain, keys) = self.plan()?;
                let bound =
                    row.iter().map(|cell| self.bind(cell.clone(), &keys)).collect::<Result<Vec<_>>>()?;
                let cells = named(bound, domain.schema(), &values.schema)?;
                Carried::new(domain, keys).project(cells)
            })
            .collect::<Result<Vec<_>>>()?;
        self.stacked(inputs, &values.schema)
    }

    /// The union of plans with the same columns and keys. A union's columns have no qualifier, so they get
    /// names that are unique without one, and those of the schema after it.
    pub(super) fn stacked(&self, mut inputs: Vec<Carried>, schema: &DFSchema) -> Result<Carried> {
        if inputs.len() == 1
            && let Some(only) = inputs.pop()
        {
            return Ok(only);
        }
        let name = self.aliases.next();
        let width = inputs.first().map_or(0, |first| first.keys.len());
        let names: Vec<Column> = (0..schema.fields().len() + width)
            .map(|at| Column::new_unqualified(format!("{name}_{at}")))
            .collect();
        let inputs = inputs.into_iter().map(|input| {
            let own = input.plan.schema().columns().into_iter().zip(&names);
            let exprs: Vec<Expr> = own.map(|(column, name)| Expr::Column(column).alias(&name.name)).collect();
            Ok(Arc::new(LogicalPlan::Projection(Projection::try_new(exprs, input.plan.into())?)))
        });
        let rows = LogicalPlan::Union(Union::try_new(inputs.collect::<Result<_>>()?)?);
        let (own, keys) = names.split_at(schema.fields().len());
        let exprs = own
            .iter()
            .zip(schema.columns())
            .map(|(name, column)| Expr::Column(name.clone()).alias_qualified(column.relation, column.name));
        Carried::new(rows, keys.to_vec()).project(exprs.collect())
    }
}

/// The cells of a row in the types and under the names of a schema.
fn named(row: Vec<Expr>, input: &DFSchema, schema: &DFSchema) -> Result<Vec<Expr>> {
    row.into_iter()
        .zip(schema.iter())
        .map(|(cell, (relation, field))| {
            let cell = cell.cast_to(field.data_type(), input)?;
            Ok(cell.alias_qualified(relation.cloned(), field.name()))
        })
        .collect()
}

/// VALUES as a union of rows, whose cells may be subqueries: DataFusion evaluates cells before the plan runs.
pub fn values_as_rows(values: &Values) -> Result<LogicalPlan> {
    let inputs = values
        .values
        .iter()
        .map(|row| {
            let one = LogicalPlanBuilder::empty(true).build()?;
            let cells = named(row.clone(), one.schema(), &values.schema)?;
            Ok(Arc::new(LogicalPlan::Projection(Projection::try_new(cells, one.into())?)))
        })
        .collect::<Result<Vec<_>>>()?;
    match <[_; 1]>::try_from(inputs) {
        Ok([only]) => Ok(Arc::unwrap_or_clone(only)),
        Err(inputs) => Ok(LogicalPlan::Union(Union { inputs, schema: values.schema.clone() })),
    }
}
