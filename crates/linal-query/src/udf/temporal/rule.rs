//! Replaces DataFusion's casts of dates, times and intervals by those of the language.
//!
//! DataFusion casts a string or a date to nanoseconds to compare it with a timestamp, and nanoseconds end in
//! 2262: `SELECT TIMESTAMP '2024-01-01' < '3000-01-01'` is an error there. This rule runs after its type
//! coercion and makes them microseconds.

use crate::tree::{PlanTree, Tree};
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, Result, ScalarValue};
use datafusion::logical_expr::expr::{Cast, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;
use linal_store::temporal::Zone;
use std::sync::Arc;

use super::cast;

/// The rule of a session, whose time zone casts depend on.
#[derive(Debug)]
pub(crate) struct Temporal {
    /// The time zone of the session.
    pub zone: Zone,
}

impl AnalyzerRule for Temporal {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let rewriter = Rewriter { zone: &self.zone, has_nanoseconds: reads_nanoseconds(&plan)? };
        Ok(plan.change_plans_up(|node| rewriter.node(node))?.data)
    }

    fn name(&self) -> &str {
        "temporal_casts"
    }
}

/// DataFusion's functions that return timestamps in units other than microseconds.
const OF_OTHER_UNITS: [&str; 3] = ["now", "from_unixtime", "to_local_time"];

/// Whether a table has timestamps in nanoseconds, which files may contain. These are kept.
fn reads_nanoseconds(plan: &LogicalPlan) -> Result<bool> {
    let is_nanoseconds =
        |field: &Arc<Field>| matches!(field.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _));
    let mut found = false;
    plan.each_plan(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found |= scan.projected_schema.fields().iter().any(is_nanoseconds);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

struct Rewriter<'a> {
    zone: &'a Zone,
    has_nanoseconds: bool,
}

impl Rewriter<'_> {
    fn node(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        let rewritten = plan.change_expressions(|expr| {
            let name = names.save(&expr);
            Ok(expr
                .transform_up(|part| self.expression(part, &schema))?
                .update_data(|expr| name.restore(expr)))
        })?;
        rewritten.transform_data(|plan| self.with_types(plan))
    }

    /// Updates the column types of a node that stores them separately from its inputs.
    fn with_types(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        Ok(match plan {
            LogicalPlan::Union(mut union) => {
                union.schema = self.micros(&union.schema)?;
                Transformed::yes(LogicalPlan::Union(union))
            }
            LogicalPlan::Values(mut values) => {
                values.schema = self.micros(&values.schema)?;
                Transformed::yes(LogicalPlan::Values(values))
            }
            other => Transformed::yes(other.recompute_schema()?),
        })
    }

    fn micros(&self, schema: &DFSchemaRef) -> Result<DFSchemaRef> {
        let fields = schema.iter().map(|(relation, field)| {
            let field = field.as_ref().clone();
            let data_type = self.target(field.data_type());
            (relation.cloned(), Arc::new(field.with_data_type(data_type)))
        });
        let fields = fields.collect();
        Ok(Arc::new(DFSchema::new_with_metadata(fields, schema.metadata().clone())?))
    }

    fn target(&self, data_type: &DataType) -> DataType {
        match data_type {
            DataType::Timestamp(TimeUnit::Nanosecond, zone) if !self.has_nanoseconds => {
                DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
            }
            other => other.clone(),
        }
    }

    fn expression(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        match expr {
            Expr::Cast(Cast { expr, field }) => self.cast(*expr, &field, false, schema),
            Expr::TryCast(TryCast { expr, field }) => self.cast(*expr, &field, true, schema),
            other => self.result(other, schema),
        }
    }

    fn cast(
        &self,
        expr: Expr,
        field: &Arc<Field>,
        or_null: bool,
        schema: &DFSchema,
    ) -> Result<Transformed<Expr>> {
        let again = |expr: Expr, field: Arc<Field>| {
            let expr = Box::new(expr);
            if or_null { Expr::TryCast(TryCast { expr, field }) } else { Expr::Cast(Cast { expr, field }) }
        };
        let to = self.target(field.data_type());
        // The type of a deep expression takes time to compute, and most casts are of numbers.
        if !to.is_temporal() && !to.is_string() {
            return Ok(Transformed::no(again(expr, field.clone())));
        }
        let from = expr.get_type(schema)?;
        if from == to {
            return Ok(Transformed::yes(expr));
        }
        if to.is_temporal() && (from.is_numeric() || from == DataType::Boolean) {
            return if or_null {
                Ok(Transformed::yes(Expr::Literal(ScalarValue::try_new_null(&to)?, None)))
            } else {
                Err(cast::of_number(&from, &to))
            };
        }
        if let Some(cast) = cast::cast(expr.clone(), &from, &to, or_null, self.zone) {
            return Ok(Transformed::yes(cast));
        }
        let is_same = to == *field.data_type();
        let field = Arc::new(field.as_ref().clone().with_data_type(to));
        Ok(Transformed::new_transformed(again(expr, field), !is_same))
    }

    /// Casts the result of functions with other units than microseconds, such as NOW().
    fn result(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let is_known = match &expr {
            Expr::ScalarFunction(call) => OF_OTHER_UNITS.contains(&call.func.name()),
            _ => false,
        };
        if !is_known || self.has_nanoseconds {
            return Ok(Transformed::no(expr));
        }
        match expr.get_type(schema) {
            Ok(DataType::Timestamp(unit, zone)) if unit != TimeUnit::Microsecond => {
                let field = Arc::new(Field::new("", DataType::Timestamp(TimeUnit::Microsecond, zone), true));
                Ok(Transformed::yes(Expr::Cast(Cast { expr: Box::new(expr), field })))
            }
            _ => Ok(Transformed::no(expr)),
        }
    }
}
