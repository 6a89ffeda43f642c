//! A recursion in a logical plan.

use std::any::Any;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, RecursiveQuery, TableScan, UserDefinedLogicalNodeCore,
};

use crate::exec::work_table::WorkTable;
use crate::logical;
use crate::logical::common_table;
use crate::logical::common_table::{CommonTable, is_volatile};

/// A first term, and a recursive term that runs over the rows of the previous round.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Recursion {
    pub name: String,
    first: LogicalPlan,
    recursive: LogicalPlan,
    /// Whether rows of earlier rounds are dropped: UNION, not UNION ALL.
    pub is_distinct: bool,
    schema: DFSchemaRef,
}

impl PartialOrd for Recursion {
    fn partial_cmp(&self, other: &Recursion) -> Option<Ordering> {
        if self == other { Some(Ordering::Equal) } else { None }
    }
}

impl Recursion {
    fn new(name: String, first: LogicalPlan, recursive: LogicalPlan, is_distinct: bool) -> Result<Recursion> {
        let schema = schema(&first)?;
        Ok(Recursion { name, first, recursive, is_distinct, schema })
    }

    /// The first and the recursive term.
    pub fn terms(&self) -> (&LogicalPlan, &LogicalPlan) {
        (&self.first, &self.recursive)
    }

    /// The same recursion with other terms.
    pub fn over(&self, first: LogicalPlan, recursive: LogicalPlan) -> Result<LogicalPlan> {
        let node = Recursion::new(self.name.clone(), first, recursive, self.is_distinct)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }
}

/// The columns of a recursion: those of the first term, all nullable because a later round may have NULLs.
fn schema(first: &LogicalPlan) -> Result<DFSchemaRef> {
    let fields = first
        .schema()
        .iter()
        .map(|(relation, field)| (relation.cloned(), Arc::new(field.as_ref().clone().with_nullable(true))));
    Ok(Arc::new(DFSchema::new_with_metadata(fields.collect(), first.schema().metadata().clone())?))
}

impl UserDefinedLogicalNodeCore for Recursion {
    fn name(&self) -> &str {
        "Recursion"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.first, &self.recursive]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recursion: name={}, is_distinct={}", self.name, self.is_distinct)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Recursion> {
        match <[LogicalPlan; 2]>::try_from(inputs) {
            Ok([first, recursive]) => Recursion::new(self.name.clone(), first, recursive, self.is_distinct),
            Err(_) => internal_err!("a recursion of two terms"),
        }
    }
}

/// Replaces DataFusion's recursion nodes by ours. A recursion that calls a volatile function is computed once
/// for all references.
pub(crate) fn replace(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut found = false;
    plan.each_plan(|node| {
        found |= matches!(node, LogicalPlan::RecursiveQuery(_));
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if !found {
        return Ok(plan);
    }
    // The plan of a recursion is inlined at each reference to it.
    let mut tables: HashMap<String, usize> = HashMap::new();
    plan.change_plans_up(|node| {
        let LogicalPlan::RecursiveQuery(query) = node else { return Ok(Transformed::no(node)) };
        let RecursiveQuery { name, static_term, recursive_term, is_distinct, .. } = query;
        // Rows that differ only in the sign of a zero are equal.
        let term = |term: Arc<LogicalPlan>| -> Result<LogicalPlan> {
            let keys = if is_distinct { logical::keys_of(&term)? } else { None };
            Ok(keys.unwrap_or_else(|| Arc::unwrap_or_clone(term)))
        };
        let (first, recursive) = (term(static_term)?, term(recursive_term)?);
        let is_volatile = is_volatile(&first)? || is_volatile(&recursive)?;
        let node = Recursion::new(name.clone(), first, recursive, is_distinct)?;
        let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        Ok(Transformed::yes(if is_volatile {
            let number = *tables.entry(name).or_insert_with(common_table::next_number);
            CommonTable::numbered(number, plan)
        } else {
            plan
        }))
    })
    .data()
}

/// The scan of a recursion's rows, if a plan reads them only in subqueries.
pub(super) fn only_read_in_subqueries(plan: &LogicalPlan, name: &str) -> Result<Option<LogicalPlan>> {
    let is_read = |node: &LogicalPlan| match node {
        LogicalPlan::TableScan(scan) => work_table(scan).is_some_and(|table| table == name),
        _ => false,
    };
    if plan.exists(|node| Ok(is_read(node)))? {
        return Ok(None);
    }
    let mut found = None;
    plan.each_plan(|node| {
        if is_read(node) {
            found = Some(node.clone());
        }
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// Whether a plan reads the rows of an enclosing recursion.
pub(crate) fn reads_work_table(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.each_plan(|node| {
        found |= matches!(node, LogicalPlan::TableScan(scan) if work_table(scan).is_some());
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// The name of the recursion whose rows a scan reads.
pub(crate) fn work_table(scan: &TableScan) -> Option<String> {
    let provider = source_as_provider(&scan.source).ok()?;
    let provider: &dyn Any = provider.as_ref();
    provider.downcast_ref::<WorkTable>().map(|table| table.name().to_string())
}
