//! Common tables and recursions of a subquery, for all values of its domain.
//!
//! The rows of a recursion get the domain columns, so that the rounds for all values run together. In the
//! recursive term, the domain is that of the previous round's rows: the recursion has ended for the other
//! values.

use std::sync::Arc;

use crate::tree::Tree;
use arrow::datatypes::{FieldRef, Schema};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, Result, not_impl_err};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder, TableScan};

use super::domain::Domain;
use super::order::Carried;

use crate::logical::common_table::CommonTable;
use crate::logical::recursion::{Recursion, WorkTable, work_table};

/// A recursion whose rows have the domain columns.
#[derive(Clone)]
pub struct Rounds {
    name: String,
    /// The domain columns.
    keys: Vec<FieldRef>,
}

impl Rounds {
    /// Whether a plan reads the rows of the previous round.
    pub fn are_read_by(&self, plan: &LogicalPlan) -> bool {
        let is_read = |node: &LogicalPlan| match node {
            LogicalPlan::TableScan(scan) => work_table(scan).is_some_and(|name| name == self.name),
            _ => false,
        };
        // The closure never fails.
        plan.exists(|node| Ok(is_read(node))).unwrap_or(true)
    }

    /// Whether a subquery that was not joined reads them.
    fn are_read_within(&self, plan: &LogicalPlan) -> Result<bool> {
        plan.exists(|node| {
            let mut is_read = false;
            node.apply_subqueries(|subquery| {
                is_read |= self.are_read_by(subquery);
                Ok(TreeNodeRecursion::Continue)
            })?;
            Ok(is_read)
        })
    }

    /// The rows of the previous round with the domain columns, replacing the scan without them.
    fn scan(&self, scan: &TableScan) -> Result<Carried> {
        let own = scan.source.schema();
        let fields: Vec<FieldRef> = own.fields().iter().chain(&self.keys).cloned().collect();
        let table = WorkTable::new(&self.name, Arc::new(Schema::new(fields)));
        let source = provider_as_source(Arc::new(table));
        let plan = LogicalPlanBuilder::scan(scan.table_name.clone(), source, None)?.build()?;
        let keys = plan.schema().columns().split_off(own.fields().len());
        Ok(Carried::new(plan, keys))
    }
}

impl Domain<'_> {
    pub(super) fn extension(&self, extension: &Extension) -> Result<Carried> {
        let node = extension.node.as_any();
        if let Some(table) = node.downcast_ref::<CommonTable>() {
            return self.common_table(table);
        }
        match node.downcast_ref::<Recursion>() {
            Some(recursion) => self.recursion(recursion, extension),
            None => not_impl_err!("outer columns in this place of a subquery"),
        }
    }

    /// A table that is computed once, for all domain values. All of its copies read the same rows.
    fn common_table(&self, table: &CommonTable) -> Result<Carried> {
        let input = table.input();
        let known = self.tables.borrow().get(&table.number).cloned();
        let rows = match known {
            Some(rows) => rows,
            None => {
                let rows = self.push(input)?.only(input)?;
                let rows = Carried::new(CommonTable::over(rows.plan), rows.keys);
                self.tables.borrow_mut().insert(table.number, rows.clone());
                rows
            }
        };
        self.with_own_keys(rows, input.schema().columns())
    }

    fn recursion(&self, recursion: &Recursion, extension: &Extension) -> Result<Carried> {
        let (first, recursive) = recursion.terms();
        let first_rows = self.push(first)?.only(first)?;
        let keys = first_rows.plan.schema().fields().iter().skip(first.schema().fields().len());
        let keys = keys.map(|field| Arc::new(field.as_ref().clone().with_nullable(true)));
        let rounds = Rounds { name: recursion.name.clone(), keys: keys.collect() };
        if rounds.are_read_within(recursive)? {
            return not_impl_err!("outer columns in a recursive term with such a subquery");
        }
        let Some(scan) = scan_of(recursive, &rounds.name)? else {
            return not_impl_err!("outer columns in this recursive term");
        };
        let domain = self.in_rounds(rounds.clone(), rounds.scan(&scan)?);
        let later_rows = domain.push(recursive)?.only(recursive)?;
        let plan = recursion.over(first_rows.plan, later_rows.plan)?;
        let rows = Carried::new(plan, first_rows.keys);
        self.with_own_keys(rows, extension.node.schema().columns())
    }

    /// The rows of a recursion's previous round.
    pub(super) fn last_round(&self, scan: &TableScan) -> Result<Carried> {
        let name = work_table(scan);
        let Some(rounds) = self.recursions.iter().find(|rounds| name.as_deref() == Some(&rounds.name)) else {
            return not_impl_err!("outer columns in this place of a subquery");
        };
        let columns: Vec<Column> = scan.projected_schema.columns();
        self.with_own_keys(rounds.scan(scan)?, columns)
    }
}

/// The first scan of a recursion's rows.
fn scan_of(plan: &LogicalPlan, name: &str) -> Result<Option<TableScan>> {
    let mut found = None;
    plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && work_table(scan).is_some_and(|known| known == name)
        {
            found = Some(scan.clone());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}
