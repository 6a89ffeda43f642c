//! Rules that give a query the meaning of the language before DataFusion optimises it.
//!
//! [`subqueries`] makes subqueries plannable wherever they stand, [`set_operations`] counts rows for INTERSECT ALL and
//! EXCEPT ALL, [`volatile`] calls volatile functions once a row, [`keys`] makes equal floats equal keys. [`types`] refuses what
//! DataFusion would turn into text, [`forms`] keeps matrices what they are, and [`casts`] finds numbers that do not fit.
//! [`null_safe_keys`] joins by keys that may both be NULL, [`guards`] keeps conditions from expressions that they guard, and
//! [`push_down_filters`] keeps some of them where they are.

mod casts;
mod decorrelate;
mod fallible;
mod forget_dependencies;
mod forms;
mod guards;
mod key_sets;
mod keys;
mod null_safe_keys;
mod nullable;
mod one;
mod outer_aggregates;
mod push_down_filters;
mod rows_in;
mod set_operations;
mod subqueries;
mod types;
mod volatile;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;
use linal_store::temporal::Zone;

use super::temporal::Temporal;

pub(super) use casts::check_casts;
pub(super) use forget_dependencies::ForgetDependencies;
pub(super) use forms::keep as keep_forms;
pub(super) use guards::guard;
pub(super) use keys::{key, keys_of};
pub(super) use null_safe_keys::{ExtractKeys, null_safe_keys};
pub(super) use outer_aggregates::bind_outer_aggregates;
pub(super) use push_down_filters::PushDownFilters;
pub(super) use rows_in::bind_rows_in;
pub(super) use set_operations::count_rows;
pub(super) use types::check as check_types;

/// The rules, in their order.
pub(super) fn rules(timezone: &Zone) -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let casts = Temporal { zone: timezone.clone() };
    vec![
        Arc::new(volatile::VolatileCalls),
        Arc::new(subqueries::Subqueries),
        Arc::new(casts),
        Arc::new(keys::FloatKeys),
        Arc::new(guards::Glue),
    ]
}
