//! Statements that run again when another session has changed what they change.
//!
//! A statement outside of BEGIN and COMMIT is a transaction of its own, which nothing has seen. Over what the others have
//! committed it means what it would have meant a moment later, so a conflict is no concern of whoever sent it.

use std::time::Duration;

use linal_dataset::{Error, Result};
use linal_error::Code;

use crate::session::Session;

/// Runs of a statement. Each that fails is one in which another session got on.
const ATTEMPTS: u32 = 400;

/// The longest pause before another one.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Why an attempt has failed.
pub(super) struct Failure {
    pub error: Error,
    /// Whether the statement itself was done: what fails at the commit may be what others have committed meanwhile.
    pub at_commit: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, at_commit: false }
    }
}

impl Failure {
    /// Whether another attempt may succeed, or tell what is wrong: a key that another session has taken meanwhile is there
    /// then, as any other row is.
    fn is_passing(&self) -> bool {
        self.error.is(Code::Conflict) || self.at_commit && self.error.is(Code::ConstraintViolated)
    }
}

/// Runs a statement until it does not conflict, for as long as the statement may take.
///
/// # Errors
/// Those of the statement; that of the last attempt.
pub(super) fn until_done<T>(
    session: &mut Session,
    run: impl Fn(&mut Session) -> std::result::Result<T, Failure>,
) -> Result<T> {
    let mut attempt = 1;
    loop {
        match run(session) {
            Ok(value) => return Ok(value),
            Err(failure) if !failure.is_passing() || attempt == ATTEMPTS => return Err(failure.error),
            Err(_) => {
                // Sessions that met pause for different times, so that they do not meet again.
                std::thread::sleep(pause(&session.own, attempt));
                session.context.poll()?;
                session.notices.clear();
                attempt += 1;
            }
        }
    }
}

fn pause(session: &str, attempt: u32) -> Duration {
    // Bits of products with the golden ratio spread neighbouring numbers.
    let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = session.bytes().chain(attempt.to_le_bytes()).fold(1, mix) >> 56;
    let most = Duration::from_micros(200).saturating_mul(1 << attempt.min(7)).min(LONGEST_PAUSE);
    most.mul_f64((mixed as f64 + 1.0) / 256.0)
}
