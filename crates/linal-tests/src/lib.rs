//! The harness of the cross-crate tests.
//!
//! A golden script is a `.lnl` file with the expected output of each statement below it, in comment lines
//! that begin with `#>`, so that the file remains an executable script:
//!
//! ```text
//! VECTOR a = [1, 2, 3]
//! SHOW a + [1, 2]
//! #> error[E0203] shape_mismatch: ...
//! ```
//!
//! Lines that begin with `#!` are directives: `#! skip twice lazy -- why` skips variants whose output rightly
//! differs, `#! set name=value` sets a script variable.
//!
//! With `UPDATE_GOLDENS=1` in the environment the outputs are rewritten, to be reviewed as a diff. Every
//! script runs in several [variants](Variant), which must all print the same.

mod golden;
mod reference;

pub use golden::{Script, Variant, check, check_file, scripts, session};
pub use reference::{error_reference, function_reference};
