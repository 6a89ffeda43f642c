//! Queries with parameters that are planned once for all values.
//!
//! The bound plan of a query is kept with its parameters open: each is a call without arguments that has the type of the
//! parameter. Values are put in their places, and what follows is as for a query with literals: simplification, indexes,
//! pruning and limits see the values.
//!
//! Binding may look at a literal, such as a text that is compared with a date. So a plan is kept only if it is, with the
//! values of the statement that it was made for, the plan that those values give as literals; the types of values are
//! part of the key under which it is kept.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result as DfResult, internal_err};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::planner::{ParserOptions, PlannerContext, SqlToRel};
use linal_bind::{Parameter, Parameters};
use linal_dataset::Result;
use linal_lang::ast::relational::Query;
use sqlparser::ast as sql;

use super::bound;
use super::context_provider::{Provider, SessionTensor};
use super::own_relations::OwnRelations;
use super::plan;
use super::plan::{Options, PhysicalQuery, TableDependency};
use super::planner_state::SessionStates;
use super::relation_planner::MarkedRelations;
use super::union_types::UnionTypes;
use crate::context::QueryContext;
use crate::exec::cancellation;
use crate::frontend::desugar::intervals;
use crate::frontend::desugar::outer_aggregates::OuterAggregates;
use crate::frontend::objects::UsedObjects;
use crate::frontend::parameters;
use crate::frontend::resolve::Names;
use crate::logical::recursion::RecursiveTypes;
use crate::tree::{PlanTree, Tree};
use crate::udf::SessionFacts;
use crate::{error, logical, run, udf};

/// The prefix of the calls that stand for parameters.
pub(crate) const PARAMETER_PREFIX: &str = "__parameter_";

/// A bound query whose parameters have no values yet.
pub struct OpenQuery {
    bound: LogicalPlan,
    /// The parameters that it names, in lower case and without the `$`.
    parameters: Vec<String>,
    names: Names,
    seen: Vec<TableDependency>,
    tensors: Vec<SessionTensor>,
    database: Arc<str>,
    /// Elements of all inputs in total.
    elements: usize,
    /// The text that the stack is chosen for.
    length: usize,
}

/// The parameters of a query while it is bound without their values.
#[derive(Clone, Debug)]
pub struct OpenParameters {
    /// Each with its value as the query would have it.
    values: Vec<(String, sql::Expr)>,
}

impl OpenParameters {
    /// The parameters of these names with the values of the statement.
    fn of(context: &QueryContext<'_>, names: &[String]) -> Result<OpenParameters> {
        let value = |name: &String| {
            let mut value = parameters::literal(context, &format!("${name}"))?;
            // A plan has it as one of a query, which is written out before it is planned.
            intervals::write_out_value(&mut value)?;
            Ok((name.clone(), value))
        };
        Ok(OpenParameters { values: names.iter().map(value).collect::<Result<_>>()? })
    }

    /// The names of those that are tensors, as a query refers to them.
    pub(super) fn tensors(&self, given: &Parameters) -> Vec<String> {
        let is_tensor = |name: &str| matches!(given.get(name), Ok(Parameter::Tensor(_)));
        let names = self.values.iter().map(|(name, _)| name);
        names.filter(|name| is_tensor(name)).map(|name| format!("${name}")).collect()
    }

    /// The values as a plan has them.
    pub(super) fn bound(&self, provider: &Provider<'_>) -> DfResult<HashMap<String, Expr>> {
        let options = ParserOptions::from(&provider.state.config_options().sql_parser);
        let planner = SqlToRel::new_with_options(provider, options);
        let mut context = PlannerContext::new();
        let mut bind = |(name, value): &(String, sql::Expr)| -> DfResult<(String, Expr)> {
            let value = planner.sql_to_expr(value.clone(), &DFSchema::empty(), &mut context)?;
            Ok((name.clone(), value))
        };
        self.values.iter().map(&mut bind).collect()
    }
}

/// The calls that stand for parameters with these values.
pub(super) fn calls(values: &HashMap<String, Expr>) -> DfResult<Vec<(String, Arc<ScalarUDF>)>> {
    let call = |(name, value): (&String, &Expr)| -> DfResult<(String, Arc<ScalarUDF>)> {
        let (_, field) = value.to_field(&DFSchema::empty())?;
        let open = OpenParameter {
            name: format!("{PARAMETER_PREFIX}{name}"),
            shown: value.to_string(),
            named: value.schema_name().to_string(),
            field,
            signature: Signature::exact(Vec::new(), Volatility::Immutable),
        };
        Ok((name.clone(), Arc::new(ScalarUDF::new_from_impl(open))))
    };
    values.iter().map(call).collect()
}

impl OpenQuery {
    /// The query without its values, if its plan does not depend on them otherwise than by their types. `closed` is its
    /// plan with the values of the statement.
    ///
    /// # Errors
    /// The deadline of the statement. A query that cannot be bound without values is no error.
    pub(crate) fn of(
        context: &mut QueryContext<'_>,
        query: &Query,
        closed: &PhysicalQuery,
    ) -> Result<Option<OpenQuery>> {
        let names = parameters::names(&query.sql);
        if names.is_empty() || !closed.repeatable || is_recursive(&closed.logical) {
            return Ok(None);
        }
        let open = OpenParameters::of(context, &names)?;
        let tensors = open.tensors(context.parameters);
        let bound = plan::plan(context, query, Options { open: Some(open.clone()), ..Options::default() });
        context.execution.poll()?;
        let Ok(bound) = bound else { return Ok(None) };
        let values = values(context, &open)?;
        let Ok(values) = values else { return Ok(None) };
        if substituted(bound.logical.clone(), &values).ok().as_ref() != Some(&closed.logical) {
            return Ok(None);
        }
        let is_parameter = |tensor: &SessionTensor| tensors.contains(&tensor.name);
        Ok(Some(OpenQuery {
            bound: bound.logical,
            parameters: names,
            names: bound.names,
            seen: bound.seen,
            tensors: bound.tensors.into_iter().filter(|tensor| !is_parameter(tensor)).collect(),
            database: bound.database,
            elements: bound.elements,
            length: query.span.end.saturating_sub(query.span.start),
        }))
    }

    /// The plan with the values of the running statement; `None` when something that it depends on has changed.
    ///
    /// # Errors
    /// Those of planning with these values.
    pub(crate) fn close(&self, context: &mut QueryContext<'_>) -> Result<Option<PhysicalQuery>> {
        if !super::plan_cache::is_current(context, &self.seen, &self.tensors, &self.database) {
            return Ok(None);
        }
        let open = OpenParameters::of(context, &self.parameters)?;
        close(context, self, &open).map(Some)
    }
}

/// The values of parameters as plans have them. The inner error is one of binding them.
fn values(context: &mut QueryContext<'_>, open: &OpenParameters) -> Result<DfResult<HashMap<String, Expr>>> {
    let tensors = context.tensors_of(&open.tensors(context.parameters))?;
    with_provider(context, 0, &tensors, |provider, _| open.bound(provider))
}

/// The plan of a bound query with values for its parameters.
///
/// # Errors
/// Those of planning with these values, without a place in the text.
fn close(context: &mut QueryContext<'_>, query: &OpenQuery, open: &OpenParameters) -> Result<PhysicalQuery> {
    let tensors = context.tensors_of(&open.tensors(context.parameters))?;
    let database = context.catalog.database.clone();
    let planned = with_provider(context, query.elements, &tensors, |provider, states| {
        linal_lang::sql::ensure_sufficient_stack(query.length, || {
            let logical = substituted(query.bound.clone(), &open.bound(provider)?)?;
            let state = states.fast_path.filter(|_| bound::is_simple(&logical)).unwrap_or(states.full);
            let physical = bound::optimize(state, &logical)?;
            Ok((logical, physical))
        })
    })?;
    let (logical, physical) = planned.map_err(|failure| error::translate(&failure, &query.names))?;
    let is_small = context.planner_state()?.is_small(query.elements);
    let is_serial = run::is_serial(&physical) && !cancellation::is_needed(&physical);
    Ok(PhysicalQuery {
        schema: bound::shown_schema(&logical, &physical, &query.names),
        on_caller: is_serial && is_small && bound::is_shallow(&physical, bound::CALLER_DEPTH),
        repeatable: false,
        notices: Vec::new(),
        elements: query.elements,
        trace: None,
        physical,
        logical,
        seen: query.seen.clone(),
        tensors: query.tensors.clone(),
        names: query.names.clone(),
        database,
    })
}

/// Calls a function with what DataFusion looks up for a query whose names are resolved already, and with the states for
/// inputs of so many elements.
fn with_provider<T>(
    context: &mut QueryContext<'_>,
    elements: usize,
    tensors: &[SessionTensor],
    call: impl FnOnce(&Provider<'_>, SessionStates<'_>) -> DfResult<T>,
) -> Result<DfResult<T>> {
    context.execution.poll()?;
    let limit = context.execution.control().deadline();
    let session =
        SessionFacts { database: context.catalog.database.clone(), settings: context.settings.clone() };
    let timezone = context.settings.timezone.clone();
    let (outer_aggregates, objects) = (OuterAggregates::default(), UsedObjects::default());
    let planner_state = context.planner_state()?;
    planner_state.limit.set(limit);
    let states = planner_state.states(elements);
    let provider = Provider {
        state: states.full,
        tables: HashMap::new(),
        tensors,
        outer_aggregates: &outer_aggregates,
        parameters: Vec::new(),
        datasets: Vec::new(),
        objects: &objects,
        reservation: None,
        timezone,
        session,
        relations: [
            Arc::new(MarkedRelations { types: RecursiveTypes::default() }),
            Arc::new(OwnRelations),
            Arc::new(UnionTypes),
        ],
    };
    Ok(udf::while_planning(|| call(&provider, states)))
}

/// Whether a plan has a recursion, whose types are found by planning it several times.
fn is_recursive(plan: &LogicalPlan) -> bool {
    let mut found = false;
    // The closure never fails.
    let _ = plan.each_plan(|node| {
        found |= matches!(node, LogicalPlan::RecursiveQuery(_));
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// A plan with values in the places of its parameters. The names of its columns stay.
fn substituted(plan: LogicalPlan, values: &HashMap<String, Expr>) -> DfResult<LogicalPlan> {
    let value = |part: Expr| match parameter_of(&part).and_then(|name| values.get(name)) {
        Some(value) => Ok(Transformed::yes(value.clone())),
        None => Ok(logical::without_needless_key(part)),
    };
    let in_node = |node: LogicalPlan| {
        let names = NamePreserver::new(&node);
        let in_expression = |expr: Expr| {
            let name = names.save(&expr);
            let replaced = expr.transform_up(value)?;
            Ok(if replaced.transformed { replaced.update_data(|expr| name.restore(expr)) } else { replaced })
        };
        node.change_expressions(in_expression)?.map_data(LogicalPlan::recompute_schema)
    };
    plan.change_plans_up(in_node).map(|transformed| transformed.data)
}

/// The parameter that a call stands for.
fn parameter_of(expr: &Expr) -> Option<&str> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let open: &OpenParameter = call.func.inner().downcast_ref()?;
    open.name.strip_prefix(PARAMETER_PREFIX)
}

/// A parameter without a value. Its names are those of the value that the query was bound for, so that columns that are
/// named after expressions are named alike.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OpenParameter {
    name: String,
    shown: String,
    named: String,
    field: FieldRef,
    signature: Signature,
}

impl ScalarUDFImpl for OpenParameter {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, _: &[Expr]) -> DfResult<String> {
        Ok(self.shown.clone())
    }

    fn schema_name(&self, _: &[Expr]) -> DfResult<String> {
        Ok(self.named.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        Ok(self.field.clone())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        internal_err!("a parameter without a value is run")
    }
}

/// What the plan of a text depends on of the parameters: which there are, and their types. `None` when plans are not kept
/// for them, since a NULL has no type.
pub(super) fn signature(parameters: &Parameters) -> Option<String> {
    let mut text = String::new();
    match parameters {
        Parameters::Positional(values) => values.iter().try_for_each(|value| type_of(value, &mut text))?,
        Parameters::Named(values) => values.iter().try_for_each(|(name, value)| {
            text.push_str(&name.to_lowercase());
            text.push(' ');
            type_of(value, &mut text)
        })?,
    }
    Some(text)
}

fn type_of(parameter: &Parameter, text: &mut String) -> Option<()> {
    // Writing to a String cannot fail.
    let _ = match parameter {
        Parameter::Null => return None,
        Parameter::Bool(_) => write!(text, "bool"),
        // Its magnitude is no Int, so that it is written in another way.
        Parameter::Int(i64::MIN) => write!(text, "least"),
        Parameter::Int(_) => write!(text, "int"),
        Parameter::Float(value) => write!(text, "float {}", value.is_finite()),
        Parameter::Text(_) => write!(text, "text"),
        Parameter::Decimal(digits) => {
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            write!(text, "decimal {} {}", whole.trim_start_matches(['-', '+']).len(), fraction.len())
        }
        Parameter::Date(_) => write!(text, "date"),
        Parameter::Timestamp(_) => write!(text, "timestamp"),
        Parameter::Time(_) => write!(text, "time"),
        Parameter::Interval(_) => write!(text, "interval"),
        Parameter::Blob(_) => write!(text, "blob"),
        Parameter::Tensor(tensor) => write!(text, "{} {}", tensor.dtype(), tensor.shape()),
    };
    text.push(',');
    Some(())
}
