//! A panic is a bug: it is shown as E0900, without a backtrace and without the names of threads.
//!
//! Sessions catch the panics of their statements and report them. The hook of the process, which would print each of them first, is
//! the program's to set and not the library's: another host may log panics in its own way.

use std::panic::{self, AssertUnwindSafe};

use linal::Error;

/// Silences the process, and gives what `run` gives or the error that stands for its panic.
///
/// # Errors
/// `E0900` when `run` panicked outside of a statement.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, Error> {
    panic::set_hook(Box::new(|_| {}));
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Error::of_panic(payload.as_ref()))
}
