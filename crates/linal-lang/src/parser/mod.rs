//! The parser: the text of one statement to its syntax tree.
//!
//! Expressions are parsed by precedence climbing into an arena (`expression`); prefix forms such as `SCALE a
//! BY s` follow the patterns of their functions (`prefix_form`); number literals have a path of their own
//! without a node per element (`number_list`). Each statement has one function.

mod call;
mod case;
mod cursor;
mod database;
mod declare;
mod errors;
mod explain;
mod expression;
mod foreign;
mod index;
mod jobs;
mod list;
mod literal;
mod number_list;
mod predicate;
mod prefix_form;
mod prepared;
mod primary;
mod relational;
mod session;
mod show;
mod statement;
mod tensor;

pub(crate) use literal::{is_literal, numbers_end};
pub use statement::{parse_expression, parse_statement, parse_statement_in};

/// Greatest nesting of brackets, calls and operators. A bracket counts as two levels when a prefix form or a
/// right-associative operator surrounds it.
pub const MAX_DEPTH: usize = 50_000;
