//! Rewrites of constructs that DataFusion lacks, one file per construct.

pub(crate) mod array_subquery;
pub(crate) mod cast_names;
pub(crate) mod collation;
pub(crate) mod distinct_on;
pub(crate) mod dual;
pub(crate) mod fetch_first;
pub(crate) mod grouping_sets;
pub(crate) mod item_reference;
pub(crate) mod named_windows;
pub(crate) mod semi_joins;
pub(crate) mod set_operations;
pub(crate) mod subquery_names;
pub(crate) mod values_nulls;
pub(crate) mod values_rows;
pub(crate) mod whole_limits;

pub(crate) mod outer_aggregates;
pub(crate) mod quantified;
pub(crate) mod row_value_in;
pub(crate) mod row_values;

pub(crate) mod balance;
pub(crate) mod bare_names;
pub(crate) mod casts;
pub(crate) mod distance_nulls_last;
pub(crate) mod field_access;
pub(crate) mod function_forms;
pub(crate) mod intervals;
pub(crate) mod limit_percent;
pub(crate) mod list_arguments;
pub(crate) mod list_scopes;
pub(crate) mod logic;
pub(crate) mod named_arguments;
pub(crate) mod nested_values;
pub(crate) mod operators;
pub(crate) mod ordered_windows;
pub(crate) mod patterns;
pub(crate) mod quantifiers;
mod ragged_lists;
pub(crate) mod with_ties;
pub(crate) mod within_group;
