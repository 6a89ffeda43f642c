//! What becomes of a resolved tree: the plan that DataFusion binds, the physical one, and what is known of both.

use std::sync::Arc;

use crate::tree::{PlanTree, Tree};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::sql::planner::{ParserOptions, SqlToRel};
use sqlparser::ast as sql;

use super::context_provider::Provider;
use super::planner_state::SessionStates;
use super::rule_trace::RuleTrace;
use crate::frontend::resolve;
use crate::frontend::resolve::Names;
use crate::{logical, physical, run};

/// The logical plan that DataFusion binds with our functions and types.
pub(super) fn bind(provider: &Provider<'_>, tree: sql::Query) -> datafusion::error::Result<LogicalPlan> {
    let options = ParserOptions::from(&provider.state.config_options().sql_parser);
    let planner = SqlToRel::new_with_options(provider, options);
    planner.sql_statement_to_plan(sql::Statement::Query(Box::new(tree)))
}

/// The bound plan of a query, and its physical one.
pub(super) fn build(
    provider: &Provider<'_>,
    states: SessionStates<'_>,
    tree: sql::Query,
    trace: Option<&mut RuleTrace>,
) -> datafusion::error::Result<(LogicalPlan, Arc<dyn ExecutionPlan>)> {
    let bound = bind(provider, tree)?;
    let state = states.fast_path.filter(|_| is_simple(&bound)).unwrap_or(states.full);
    let physical = match trace {
        Some(trace) => trace.optimize(state, &bound)?,
        None => optimize(state, &bound)?,
    };
    // The optimizer may drop qualifiers, which distinguish columns of the same name.
    Ok((bound, physical))
}

/// A bound query that is not planned further.
pub(super) fn unplanned(bound: LogicalPlan) -> (LogicalPlan, Arc<dyn ExecutionPlan>) {
    let schema = bound.schema().inner().clone();
    (bound, Arc::new(EmptyExec::new(schema)))
}

/// The physical plan of a bound query, by the rules of `state`.
pub(super) fn optimize(
    state: &SessionState,
    bound: &LogicalPlan,
) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
    let mut plan = state.optimize(bound)?;
    for rule in logical::FINAL_RULES {
        plan = (rule.apply)(plan)?;
    }
    match run::wait(state.query_planner().create_physical_plan(&plan, state)) {
        Err(failure) if physical::is_inconsistent(&failure) => {
            let cautious = physical::cautious(state);
            run::wait(cautious.query_planner().create_physical_plan(&plan, &cautious))
        }
        physical => physical,
    }
}

/// Whether a query reads at most one table, without joins, set operations, windows and subqueries.
pub(super) fn is_simple(plan: &LogicalPlan) -> bool {
    let is_subquery = |expr: &Expr| {
        Ok(matches!(
            expr,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_)
        ))
    };
    let mut simple = true;
    // The closures never fail.
    let _ = plan.apply(|node| {
        simple &= matches!(
            node,
            LogicalPlan::Projection(_)
                | LogicalPlan::Filter(_)
                | LogicalPlan::Aggregate(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Limit(_)
                | LogicalPlan::SubqueryAlias(_)
                | LogicalPlan::TableScan(_)
                | LogicalPlan::EmptyRelation(_)
        );
        node.each_expression(|expr| {
            simple &= !expr.exists(is_subquery)?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(if simple { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    simple
}

/// Whether a plan contains a value of its planning time, such as NOW().
pub(super) fn reads_the_time(plan: &LogicalPlan) -> bool {
    let is_of_the_moment = |expr: &Expr| match expr {
        Expr::ScalarFunction(call) => call.func.signature().volatility == Volatility::Stable,
        _ => false,
    };
    let mut found = false;
    // The closure never fails.
    let _ = plan.each_plan(|node| {
        node.each_expression(|expr| {
            found |= expr.exists(|part| Ok(is_of_the_moment(part)))?;
            Ok(TreeNodeRecursion::Continue)
        })
    });
    found
}

/// The display name of a result column.
fn shown_name<'n>(name: &'n str, names: &'n Names) -> &'n str {
    // DataFusion's name spells out the argument of UNNEST.
    if name.starts_with("UNNEST(") { "unnest" } else { names.spelling(name) }
}

/// The result's columns under their display names, qualified when columns of two tables have the same name.
pub(super) fn shown_schema(
    logical: &LogicalPlan,
    physical: &Arc<dyn ExecutionPlan>,
    names: &Names,
) -> SchemaRef {
    let shown: Vec<&str> =
        logical.schema().fields().iter().map(|field| shown_name(field.name(), names)).collect();
    let fields: Vec<Field> = logical
        .schema()
        .iter()
        .zip(physical.schema().fields())
        .enumerate()
        .map(|(at, ((qualifier, _), field))| {
            let repeated = logical.schema().iter().zip(&shown).any(|((other, _), name)| {
                name.eq_ignore_ascii_case(shown[at]) && other.is_some() && other != qualifier
            });
            let name = match qualifier.map(|qualifier| resolve::written_table(qualifier.table())) {
                Some(table) if repeated && !table.is_empty() => format!("{table}.{}", shown[at]),
                _ => shown[at].to_string(),
            };
            field.as_ref().clone().with_name(name)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// The greatest depth of a plan that runs on the calling thread, whose stack may be small.
pub(super) const CALLER_DEPTH: usize = 64;

/// Whether a plan is no deeper than this.
pub(super) fn is_shallow(plan: &Arc<dyn ExecutionPlan>, most: usize) -> bool {
    most > 0 && plan.children().into_iter().all(|child| is_shallow(child, most - 1))
}
