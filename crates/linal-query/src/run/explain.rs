//! Plans as text.

use std::any::Any;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use linal_dataset::catalog::IndexDef;
use linal_dataset::{Result, same_name};

use crate::context::QueryContext;
use crate::exec::cancellation::CancellationExec;
use crate::planner::plan::PhysicalQuery;
use crate::run;
use crate::scan;
use crate::scan::index::WORTHWHILE_ROWS;
use crate::udf::FUSED_PREFIX;

/// The operators of a plan, from the result to the scans, with the indexes that it uses and why it does not
/// use the others.
pub fn plan(context: &QueryContext<'_>, planned: &PhysicalQuery) -> String {
    let mut text = String::new();
    write(&planned.physical, 0, false, &mut text);
    indexes(context, planned, &mut text);
    text.trim_end().to_string()
}

/// As [`plan`], for a run: each operator with its output rows, bytes and time. Returns the result's rows,
/// too.
pub fn measured(
    context: &mut QueryContext<'_>,
    planned: &PhysicalQuery,
) -> Result<(String, Vec<RecordBatch>)> {
    let plan = run::fresh(planned)?;
    let batches = run::execute(context, planned, plan.clone(), true)?;
    let mut text = String::new();
    write(&plan, 0, true, &mut text);
    indexes(context, planned, &mut text);
    Ok((text.trim_end().to_string(), batches))
}

/// Writes how the plan uses each index of its datasets.
fn indexes(context: &QueryContext<'_>, planned: &PhysicalQuery, text: &mut String) {
    let used = scan::lookups(&planned.physical);
    let norms = scan::norms_read(&planned.physical);
    for seen in &planned.seen {
        let rows = seen.dataset.snapshot().rows;
        let of_dataset: Vec<&Arc<IndexDef>> = used
            .iter()
            .filter(|(dataset, _)| Arc::ptr_eq(dataset, &seen.dataset))
            .map(|(_, index)| index)
            .collect();
        let definition = seen.dataset.definition();
        for index in context.indexes_of(&seen.database, &seen.name) {
            let gives_norms = norms.iter().any(|(dataset, column)| {
                Arc::ptr_eq(dataset, &seen.dataset)
                    && same_name(&definition.columns[*column].name, &index.column)
            });
            if index.metric.is_some() && gives_norms {
                text.push_str(&format!(
                    "index {} gives the norms of {}, and every vector is compared\n",
                    index.name, index.column
                ));
                continue;
            }
            if !of_dataset.iter().any(|used| used.name == index.name) {
                let reason = reason(&index, rows, !of_dataset.is_empty());
                text.push_str(&format!("index {} is not used: {reason}\n", index.name));
            }
        }
    }
}

/// Why a plan does not use an index.
fn reason(index: &IndexDef, rows: usize, has_other: bool) -> String {
    match index.metric {
        Some(metric) => format!("it gives SEARCH the metric {}, and every vector is compared", metric.name()),
        None if has_other => "another index chooses the rows".to_string(),
        None if rows < WORTHWHILE_ROWS => {
            format!("{} has fewer than {WORTHWHILE_ROWS} rows, and a scan is faster", index.table)
        }
        None => format!("no condition compares {} with a constant", index.column),
    }
}

/// Writes an operator and, below it, its inputs.
fn write(plan: &Arc<dyn ExecutionPlan>, depth: usize, with_metrics: bool, text: &mut String) {
    let operator: &dyn Any = plan.as_ref();
    if let Some(watch) = operator.downcast_ref::<CancellationExec>() {
        return write(&watch.input, depth, with_metrics, text);
    }
    text.push_str(&"  ".repeat(depth));
    let shown = if with_metrics {
        DisplayableExecutionPlan::with_metrics(plan.as_ref())
    } else {
        DisplayableExecutionPlan::new(plan.as_ref())
    };
    text.push_str(&shown.one_line().to_string());
    if let Some(aggregate) = operator.downcast_ref::<AggregateExec>() {
        let programs = programs(aggregate);
        if !programs.is_empty() {
            text.truncate(text.trim_end().len());
            text.push_str(&format!(", programs=[{}]\n", programs.join(", ")));
        }
    }
    for input in plan.children() {
        write(input, depth + 1, with_metrics, text);
    }
}

/// The fused calls in the arguments of aggregates, which DataFusion displays under the name of the result.
fn programs(aggregate: &AggregateExec) -> Vec<String> {
    let arguments = aggregate.aggr_expr().iter().flat_map(|function| function.expressions());
    let text = arguments.map(|argument| argument.to_string());
    // A final aggregation reads the state of the partial one.
    let reads_rows = matches!(
        aggregate.mode(),
        AggregateMode::Partial | AggregateMode::Single | AggregateMode::SinglePartitioned
    );
    text.filter(|text| reads_rows && text.contains(FUSED_PREFIX)).collect()
}
