//! Golden scripts: reading them, running them, and comparing what they print.

mod check;
mod files;
mod run;
mod script;
mod variant;

pub use check::{check, check_file};
pub use files::scripts;
pub use run::session;
pub use script::Script;
pub use variant::Variant;
