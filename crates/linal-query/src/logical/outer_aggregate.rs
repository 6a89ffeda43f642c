//! The error by which the planner learns that an aggregate belongs to an outer query.

use std::fmt;

use crate::tree::Tree;
use arrow::datatypes::Field;
use datafusion::common::{DFSchema, Result};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::planner::{PlannerResult, RawAggregateExpr};
use datafusion::logical_expr::{Expr, ExprSchemable};

use crate::frontend::desugar::outer_aggregates::OuterAggregates;
use crate::udf::aggregate_place;

/// An aggregate of outer columns only, passed through DataFusion as an error: the query is planned again.
#[derive(Debug)]
pub(crate) struct OuterAggregate {
    /// The names of its function.
    names: Vec<String>,
    /// Its position in the text, if calls of the function are marked.
    place: Option<u64>,
    /// The field of its value.
    field: Field,
}

impl fmt::Display for OuterAggregate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.names.first().map_or_else(String::new, |name| name.to_uppercase());
        write!(
            formatter,
            "{name} of outer columns alone belongs to the outer query, which has no place for it"
        )
    }
}

impl std::error::Error for OuterAggregate {}

impl OuterAggregate {
    /// The aggregate that an error carries.
    pub fn of(error: &DataFusionError) -> Option<&OuterAggregate> {
        match error {
            DataFusionError::External(inner) => inner.downcast_ref(),
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Self::of(inner),
            DataFusionError::Shared(inner) => Self::of(inner),
            DataFusionError::Collection(errors) => errors.iter().find_map(Self::of),
            _ => None,
        }
    }

    /// Records the aggregate; `false` if it is known already and was not moved.
    pub fn is_news(&self, known: &mut OuterAggregates) -> bool {
        match self.place {
            Some(place) if known.is_nobodys(place) => false,
            Some(place) => {
                known.move_out(place, self.field.clone());
                true
            }
            None => known.look_for(&self.names),
        }
    }
}

/// Plans an aggregate in the query that contains it, unless all of its columns are outer columns.
pub(crate) fn plan(mut raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
    let mark = raw.args.first().and_then(aggregate_place);
    let place = mark.map(|(first, place)| {
        raw.args[0] = first;
        place
    });
    if !is_of_outer_columns(&raw) {
        return Ok(PlannerResult::Original(raw));
    }
    let RawAggregateExpr { func, args, distinct, filter, order_by, null_treatment } = raw.clone();
    let mut names = vec![func.name().to_string()];
    names.extend(func.aliases().iter().cloned());
    let call = AggregateFunction::new_udf(func, args, distinct, filter, order_by, null_treatment);
    // A call without a type is an error, which the planner reports.
    let Ok((_, field)) = Expr::AggregateFunction(call).to_field(&DFSchema::empty()) else {
        return Ok(PlannerResult::Original(raw));
    };
    let field = field.as_ref().clone().with_nullable(true);
    Err(DataFusionError::External(Box::new(OuterAggregate { names, place, field })))
}

/// Whether a call refers to outer columns and to none of its own query.
fn is_of_outer_columns(raw: &RawAggregateExpr) -> bool {
    let order = raw.order_by.iter().map(|by| &by.expr);
    let parts: Vec<&Expr> = raw.args.iter().chain(raw.filter.as_deref()).chain(order).collect();
    let has_subquery = |expr: &&Expr| {
        let is_subquery = |part: &Expr| {
            matches!(
                part,
                Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_)
            )
        };
        // The closure never fails.
        expr.exists(|part| Ok(is_subquery(part))).unwrap_or(true)
    };
    parts.iter().any(|part| part.contains_outer())
        && !parts.iter().any(|part| part.any_column_refs())
        && !parts.iter().any(has_subquery)
}
