//! The tree back to text: the shortest text that reads back as the same tree, with keywords in upper case,
//! no parentheses that are not needed, and prefix forms written as calls.

mod expression;
mod literal;
mod relational;
mod statement;
