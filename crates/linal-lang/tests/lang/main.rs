//! All tests of the language in one binary.

mod corpus;
mod depth;
mod diagnostics;
mod errors;
mod expressions;
mod highlighting;
mod jobs;
mod literals;
mod prefix_forms;
mod printing;
mod properties;
mod queries;
mod relational;
mod relational_errors;
mod splitting;
mod statements;
mod substitution;
mod suggestions;
mod support;
mod table_versions;
mod tpch;
mod versions;
