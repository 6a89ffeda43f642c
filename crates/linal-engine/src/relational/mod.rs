//! The relational half: queries over datasets.
#![allow(dead_code, unused_imports, reason = "the planner of queries calls these functions")]

pub(crate) mod functions;
