//! Flight SQL as clients use it: arrow-flight's own one.

mod access;
mod catalog;
mod statements;
mod support;
mod transactions;
