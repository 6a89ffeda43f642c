//! From a parsed query to the syntax tree that DataFusion binds.
//!
//! - [`ast_builder`] builds the queries of statements other than SELECT: [`dml`] for UPDATE and DELETE, [`changes`] for MERGE, RETURNING and the like,
//!   [`search`] for SEARCH, [`default_value`] for DEFAULT, [`whole_dataset`] for SHOW and EXPORT, [`pipeline`] for pipelines, [`generated_columns`] and [`virtual_columns`] for
//!   computed columns, [`renamed_column`] for those in stored expressions, [`table_version`] for tables `AT` a version, [`parameters`] for `$1`, [`table_constructs`] for PIVOT and
//!   table functions;
//! - [`objects`] writes out views, macros and what else the catalog has under a name;
//! - [`resolve`] resolves names, and [`desugar`] rewrites constructs that DataFusion does not have;
//! - [`own_expressions`] walks a clause without the queries in it, and [`each_select`] the SELECTs of a query;
//! - [`validate`] rejects what DataFusion would misinterpret.

pub(crate) mod ast_builder;
pub mod changes;
pub mod default_value;
pub mod dml;
pub(crate) mod each_select;
pub mod generated_columns;
pub mod objects;
pub(crate) mod own_expressions;
pub(crate) mod parameters;
pub mod pipeline;
pub mod renamed_column;
pub mod search;
pub(crate) mod table_constructs;
pub(crate) mod table_version;
pub(crate) mod virtual_columns;
pub mod whole_dataset;

pub(crate) mod resolve;

pub(crate) mod desugar;
pub(crate) mod validate;
