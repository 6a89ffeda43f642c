//! Rules for physical plans.

pub(crate) mod column_mapping;
pub(crate) mod deterministic_aggregates;
pub(crate) mod join_filter;
pub(crate) mod late_materialization;
pub(crate) mod ordered_coalesce;
