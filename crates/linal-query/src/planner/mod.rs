//! Planning: what DataFusion plans with, and the plan of a query.
//!
//! - [`plan`] turns a syntax tree into a [`plan::PhysicalQuery`]: [`tables`] looks up what it reads, and [`bound`] has
//!   the steps of DataFusion; [`rule_trace`] does so for EXPLAIN VERBOSE; [`plan_cache`] keeps plans by the text of their
//!   query, [`open_query`] those with parameters without their values;
//! - [`planner_state`] has the functions, rules and options of a session;
//! - [`context_provider`] looks up tables, functions and tensors by name, [`expr_planner`] plans operators and literals,
//!   [`type_planner`] types, [`relation_planner`] marked relations, [`union_types`] set operations in a FROM,
//!   [`extension_planner`] our own plan nodes;
//! - [`tensor_conversion`] converts tensors to values of a query and back, [`list_literal`] and
//!   [`number_list`] plan `[...]`;
//! - [`files`], [`table_function`] and [`information_schema`] are tables that are not datasets.

mod bound;
pub(crate) mod open_query;
pub(crate) mod plan;
pub(crate) mod plan_cache;
pub(crate) mod rule_trace;
mod tables;

pub(crate) mod planner_state;
pub(crate) mod planning_limits;

pub(crate) mod context_provider;
pub(crate) mod expr_planner;
pub(crate) mod extension_planner;
pub(crate) mod own_relations;
pub(crate) mod relation_planner;
pub(crate) mod type_planner;
pub(crate) mod union_types;
mod untyped_text;

pub(crate) mod any_value;
pub(crate) mod constant;
pub(crate) mod list_literal;
pub(crate) mod nested_operator;
mod number_list;
pub(crate) mod tensor_conversion;

pub mod files;
pub(crate) mod information_schema;
pub(crate) mod table_function;
