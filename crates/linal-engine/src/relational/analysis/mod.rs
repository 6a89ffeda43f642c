//! Rules that give a query the meaning of the language before DataFusion optimises it.
//!
//! [`subqueries`] makes subqueries plannable wherever they stand, [`set_operations`] counts rows for INTERSECT ALL and
//! EXCEPT ALL, [`volatile`] calls volatile functions once a row, [`keys`] makes equal floats equal keys. [`types`] refuses what DataFusion would turn into text,
//! and [`forms`] keeps matrices what they are.

mod correlated;
mod forms;
mod keys;
mod one;
mod set_operations;
mod subqueries;
mod types;
mod volatile;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;

pub(super) use forms::keep as keep_forms;
pub(super) use keys::{key, keys_of};
pub(super) use set_operations::count_rows;
pub(super) use types::check as check_types;

/// The rules, in their order.
pub(super) fn rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![Arc::new(volatile::VolatileCalls), Arc::new(subqueries::Subqueries), Arc::new(keys::FloatKeys)]
}
