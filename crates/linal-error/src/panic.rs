//! Panics as values.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a closure; its panic becomes an error, which is the message of the panic.
///
/// What the closure may have half changed must not be used afterwards. The panic hook still runs and prints
/// the panic, unless the program has set another one with [`std::panic::set_hook`]: that is left to the
/// program, since a host may log panics in its own way.
///
/// # Errors
/// The message, or `unknown` for a payload that is no text.
pub fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let literal = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
    literal.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_panics() {
        assert_eq!(catch_panic(|| 1), Ok(1));
        assert_eq!(catch_panic(|| panic!("literal")), Err::<(), _>("literal".to_string()));
        let number = 5;
        assert_eq!(catch_panic(|| panic!("formatted {number}")), Err::<(), _>("formatted 5".to_string()));
        assert_eq!(catch_panic(|| std::panic::panic_any(5)), Err::<(), _>("unknown".to_string()));
    }
}
