//! Prints the tree: the shortest text that parses to the same tree, with keywords in upper case, without
//! redundant parentheses, and with prefix forms as calls.

mod expression;
mod jobs;
mod literal;
mod relational;
mod statement;
