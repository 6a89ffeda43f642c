//! The parser: one statement of text to its syntax tree.
//!
//! Expressions are read by precedence climbing into an arena (`expression`); prefix forms such as
//! `SCALE a BY s` follow the patterns of their functions (`prefix_form`); number literals take a path of their own
//! that never makes a node an element (`number_list`). Statements are read by one function each.

mod call;
mod choice;
mod cursor;
mod declare;
mod explain;
mod expression;
mod index;
mod list;
mod literal;
mod message;
mod number_list;
mod prefix_form;
mod primary;
mod relational;
mod session;
mod show;
mod statement;
mod tensor;

pub(crate) use literal::{is_literal, numbers_end};
pub use statement::{parse_expression, parse_statement, parse_statement_in};

/// How deep brackets, calls and operators may nest. A bracket with a prefix form or a right-hand operator
/// around it counts as two levels.
pub const MAX_DEPTH: usize = 50_000;
