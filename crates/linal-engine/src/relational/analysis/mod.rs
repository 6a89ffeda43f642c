//! Rules that give a query the meaning of the language before DataFusion optimises it.
//!
//! [`subqueries`] makes subqueries plannable wherever they stand, [`set_operations`] counts rows for INTERSECT ALL and
//! EXCEPT ALL, [`keys`] makes equal floats equal keys. [`types`] refuses what DataFusion would turn into text,
//! and [`forms`] keeps matrices what they are. [`null_safe_keys`] joins by keys that may both be NULL.

mod decorrelate;
mod forget_dependencies;
mod forms;
mod keys;
mod null_safe_keys;
mod one;
mod outer_aggregates;
mod rows_in;
mod set_operations;
mod subqueries;
mod types;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;

pub(super) use forget_dependencies::ForgetDependencies;
pub(super) use forms::keep as keep_forms;
pub(super) use keys::key;
pub(super) use null_safe_keys::{ExtractKeys, null_safe_keys};
pub(super) use outer_aggregates::bind_outer_aggregates;
pub(super) use rows_in::bind_rows_in;
pub(super) use set_operations::count_rows;
pub(super) use types::check as check_types;

/// The rules, in their order.
pub(super) fn rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![Arc::new(subqueries::Subqueries), Arc::new(keys::FloatKeys)]
}
