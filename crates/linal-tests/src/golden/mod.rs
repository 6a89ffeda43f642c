//! Golden scripts: parses them, runs them, and compares their output.

mod check;
mod directory;
mod files;
mod run;
mod script;
mod variant;

pub use check::{check, check_file};
pub use files::scripts;
pub use run::session;
pub use script::Script;
pub use variant::Variant;
