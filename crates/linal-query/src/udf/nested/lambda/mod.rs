//! `list_transform(l, x -> e)`, `list_filter`, `list_reduce`: the body of a lambda is evaluated once over the elements of all lists of
//! a batch, with columns repeated for the elements of their rows.

mod elements;
mod filter;
mod reduce;
mod transform;

use std::sync::Arc;

use datafusion::logical_expr::HigherOrderUDF;

/// The functions that take a lambda.
pub(crate) fn functions() -> Vec<Arc<HigherOrderUDF>> {
    vec![transform::transform(), filter::filter(), filter::any_match(), reduce::reduce()]
}
