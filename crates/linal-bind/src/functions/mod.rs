//! The functions of the language: one definition each, in a file for each family.
//!
//! A definition has the name, the syntax, the documentation, an example that is run as a test, and the
//! evaluator. The parser's patterns, `HELP`, completion and the reference page are generated from it.

mod confinement;
mod creation;
mod definition;
mod elementwise;
mod files;
mod host;
mod linear_algebra;
mod query;
mod reduction;
mod registry;
mod shape;
mod signal;
mod statistics;

pub use self::definition::{Category, Columns, Example, FunctionDef};
pub use self::files::{FileAccess, Reporter, read_error};
pub use self::host::{HostCall, HostFunction, HostFunctions};
pub use self::query::{QueryFamily, QueryFunction};
pub use self::registry::Registry;
