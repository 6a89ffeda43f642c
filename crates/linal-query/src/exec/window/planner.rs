//! Plans the operator of logical windows.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, Result, internal_err};
use datafusion::logical_expr::expr::{NullTreatment, WindowFunctionParams};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    AggregateUDF, Expr, LogicalPlan, UserDefinedLogicalNode, WindowFunctionDefinition,
};
use datafusion::physical_expr::aggregate::AggregateExprBuilder;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::aggregate::Aggregate;
use super::call::{Call, Computation};
use super::frame::{Exclusion, FrameSpec, Units};
use super::framed::unframed;
use super::function::Function;
use super::keys;
use super::node::WindowNode;
use crate::udf::KEY;

/// Plans a [`WindowNode`].
pub(crate) struct WindowPlanner;

#[async_trait]
impl ExtensionPlanner for WindowPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(window) = node.as_any().downcast_ref::<WindowNode>() else { return Ok(None) };
        let ([logical], [input]) = (logical_inputs, physical_inputs) else {
            return internal_err!("a window has one input");
        };
        let expressions =
            Expressions { planner, schema: logical.schema(), input: input.schema(), session, context };
        let width = logical.schema().fields().len();
        let fields = node.schema().fields().iter().skip(width);
        let calls = window
            .calls
            .iter()
            .zip(fields)
            .map(|(call, field)| {
                let call = expressions.call(call)?;
                Ok(Call { field: field.clone(), ..call })
            })
            .collect::<Result<Vec<Call>>>()?;
        keys::window(input, calls).map(Some)
    }
}

/// The context for planning expressions over the input.
struct Expressions<'a> {
    planner: &'a dyn PhysicalPlanner,
    schema: &'a DFSchema,
    input: SchemaRef,
    session: &'a dyn Session,
    context: &'a PhysicalPlanningContext,
}

impl Expressions<'_> {
    fn one(&self, expr: &Expr) -> Result<Arc<dyn PhysicalExpr>> {
        self.planner.create_physical_expr(expr, self.schema, self.session, self.context)
    }

    fn all(&self, exprs: &[Expr]) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
        exprs.iter().map(|expr| self.one(expr)).collect()
    }

    fn call(&self, expr: &Expr) -> Result<Call> {
        let mut expr = expr;
        while let Expr::Alias(alias) = expr {
            expr = &alias.expr;
        }
        let Expr::WindowFunction(window) = expr else {
            return internal_err!("a window of another expression");
        };
        let params = &window.params;
        let (function, frame) = unframed(&window.fun);
        let frame = match frame {
            Some(frame) => frame,
            None => FrameSpec::of(&params.window_frame, Exclusion::NoOthers)?,
        };
        let order_by = params.order_by.iter().map(|key| {
            let options = arrow::compute::SortOptions { descending: !key.asc, nulls_first: key.nulls_first };
            Ok(PhysicalSortExpr { expr: self.one(&key.expr)?, options })
        });
        let args = self.all(&params.args)?;
        let ranged = match params.order_by.as_slice() {
            [key] if frame.units == Units::Range => Some(self.one(unkeyed(&key.expr))?),
            _ => None,
        };
        let field = Arc::new(arrow::datatypes::Field::new("", arrow::datatypes::DataType::Null, true));
        Ok(Call {
            name: display(&function, &args),
            computation: self.computation(function, &args, params)?,
            args,
            filter: params.filter.as_ref().map(|condition| self.one(condition)).transpose()?,
            partition_by: self.all(&params.partition_by)?,
            order_by: order_by.collect::<Result<_>>()?,
            ranged,
            frame,
            field,
        })
    }

    fn computation(
        &self,
        function: WindowFunctionDefinition,
        args: &[Arc<dyn PhysicalExpr>],
        params: &WindowFunctionParams,
    ) -> Result<Computation> {
        let ignores_nulls = params.null_treatment == Some(NullTreatment::IgnoreNulls);
        match function {
            WindowFunctionDefinition::WindowUDF(function) => {
                match Function::of(function.name(), ignores_nulls) {
                    Some(function) => Ok(Computation::Function(function)),
                    None => internal_err!("a window function that nobody runs: {}", function.name()),
                }
            }
            WindowFunctionDefinition::AggregateUDF(function) => {
                self.aggregate(function, args, params.distinct, ignores_nulls).map(Computation::Aggregate)
            }
        }
    }

    fn aggregate(
        &self,
        function: Arc<AggregateUDF>,
        args: &[Arc<dyn PhysicalExpr>],
        distinct: bool,
        ignores_nulls: bool,
    ) -> Result<Aggregate> {
        let function = AggregateExprBuilder::new(function, args.to_vec())
            .schema(self.input.clone())
            .alias("window")
            .with_distinct(distinct)
            .with_ignore_nulls(ignores_nulls)
            .build()?;
        Ok(Aggregate::new(Arc::new(function)))
    }
}

/// The expression within a normalized key: a RANGE frame uses the original values.
pub(super) fn unkeyed(key: &Expr) -> &Expr {
    match key {
        Expr::ScalarFunction(call) if call.func.name() == KEY => call.args.first().unwrap_or(key),
        _ => key,
    }
}

/// A call as EXPLAIN displays it.
fn display(function: &WindowFunctionDefinition, args: &[Arc<dyn PhysicalExpr>]) -> String {
    let args: Vec<String> = args.iter().map(|arg| arg.to_string()).collect();
    format!("{}({})", function.name(), args.join(", "))
}
