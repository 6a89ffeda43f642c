//! Panics are bugs: each is shown as E0900, without a backtrace and without thread names.
//!
//! Sessions catch the panics of their statements and report them. The panic hook, which would also print each
//! of them, is set by the program and not by the library: another host may log panics in its own way.

use std::panic::{self, AssertUnwindSafe};

use linal::Error;

/// Silences the panic hook, and returns the result of `run` or an error for its panic.
///
/// # Errors
/// `E0900` when `run` panicked outside a statement.
pub fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, Error> {
    panic::set_hook(Box::new(|_| {}));
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Error::of_panic(payload.as_ref()))
}
