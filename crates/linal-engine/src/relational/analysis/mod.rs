//! Rules that give a query the meaning of the language before DataFusion optimises it.
//!
//! [`subqueries`] makes subqueries plannable wherever they stand, [`set_operations`] counts rows for INTERSECT ALL and
//! EXCEPT ALL, [`keys`] makes equal floats equal keys. [`types`] refuses what DataFusion would turn into text,
//! [`forms`] keeps matrices what they are, and [`guards`] keeps conditions from expressions that they guard.

mod correlated;
mod fallible;
mod forms;
mod guards;
mod keys;
mod one;
mod set_operations;
mod subqueries;
mod types;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;

pub(super) use forms::keep as keep_forms;
pub(super) use guards::guard;
pub(super) use keys::key;
pub(super) use set_operations::count_rows;
pub(super) use types::check as check_types;

/// The rules, in their order.
pub(super) fn rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![Arc::new(subqueries::Subqueries), Arc::new(keys::FloatKeys), Arc::new(guards::Glue)]
}
