//! Rules that give a query the meaning of the language before DataFusion optimises it.
//!
//! [`subqueries`] makes subqueries plannable wherever they stand, [`set_operations`] counts rows for INTERSECT ALL and
//! EXCEPT ALL, [`volatile`] calls volatile functions once a row, [`keys`] makes equal floats equal keys. [`types`] refuses what
//! DataFusion would turn into text, [`forms`] keeps matrices what they are, and [`casts`] finds numbers that do not fit.
//! [`null_safe_keys`] joins by keys that may both be NULL, [`guards`] keeps conditions from expressions that they guard, and
//! [`push_down_filters`] keeps some of them where they are.

mod check_casts;
mod check_types;
pub(crate) mod common_table;
mod decorrelate;
mod fallible;
mod forget_dependencies;
mod guards;
mod key_sets;
mod normalize_floats;
mod null_safe_keys;
mod nullable;
pub(crate) mod outer_aggregate;
mod outer_aggregates;
mod push_down_filters;
pub(crate) mod recursion;
mod row_value_in;
mod set_op_all;
mod single_value;
mod subqueries;
mod tensor_types;
mod volatile;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;
use linal_store::temporal::Zone;

use super::udf::temporal::Temporal;

pub(super) use self::check_casts::check_casts;
pub(super) use self::check_types::check as check_types;
pub(super) use self::forget_dependencies::ForgetDependencies;
pub(super) use self::guards::guard;
pub(super) use self::normalize_floats::{key, keys_of};
pub(super) use self::null_safe_keys::{ExtractKeys, null_safe_keys};
pub(super) use self::outer_aggregates::bind_outer_aggregates;
pub(super) use self::push_down_filters::PushDownFilters;
pub(super) use self::row_value_in::bind_rows_in;
pub(super) use self::set_op_all::count_rows;
pub(super) use self::tensor_types::keep as keep_forms;

/// The rules, in their order.
pub(super) fn rules(timezone: &Zone) -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let casts = Temporal { zone: timezone.clone() };
    vec![
        Arc::new(volatile::VolatileCalls),
        Arc::new(subqueries::Subqueries),
        Arc::new(casts),
        Arc::new(normalize_floats::FloatKeys),
        Arc::new(guards::Glue),
    ]
}
