//! Helpers of the tests.

use std::sync::{PoisonError, RwLock};

use libtest_mimic::{Failed, Trial};
use linal::{Engine, Outcome, Session, Tensor};

use crate::ALLOCATOR;

/// Locked for reading by every test, and for writing by those that measure the memory of the process.
static PROCESS: RwLock<()> = RwLock::new(());

/// A test that runs beside others.
pub fn test(name: impl Into<String>, body: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let _shared = PROCESS.read().unwrap_or_else(PoisonError::into_inner);
        body()
    })
}

/// A test that measures memory or time, and so runs alone.
pub fn measured(name: &str, body: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let _alone = PROCESS.write().unwrap_or_else(PoisonError::into_inner);
        body()
    })
}

/// The allocated bytes that `work` adds, at its end and at its peak.
pub fn allocated<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let value = work();
    let after = ALLOCATOR.current_usage().saturating_sub(before);
    (after, ALLOCATOR.peak_usage().saturating_sub(before), value)
}

/// A session of a separate engine with two threads.
pub fn session() -> (Engine, Session) {
    linal_tests::session(2)
}

/// Runs statements, one per line.
pub fn run(session: &mut Session, script: &str) -> linal::Result<Option<Outcome>> {
    let mut last = None;
    for statement in script.lines() {
        last = Some(session.execute(statement)?);
    }
    Ok(last)
}

/// The tensor that `SHOW` returns for an expression.
pub fn value(session: &mut Session, expression: &str) -> Result<Tensor, Failed> {
    match session.execute(&format!("SHOW {expression}"))? {
        Outcome::Tensor { tensor, .. } => Ok(*tensor),
        other => Err(format!("SHOW {expression} gave {other:?}").into()),
    }
}

/// Fails with a message unless a condition holds.
pub fn ensure(condition: bool, message: impl FnOnce() -> String) -> Result<(), Failed> {
    if condition { Ok(()) } else { Err(message().into()) }
}
