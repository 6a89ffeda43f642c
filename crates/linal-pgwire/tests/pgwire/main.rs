//! The PostgreSQL protocol as clients use it. What drivers do with it is tested with the drivers themselves, in
//! `linal-tests/protocols`.

mod access;
mod catalog;
mod statements;
mod support;
