//! The lock of commits, whose waiters look whether their statement is to stop.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linal_dataset::Result;
use linal_tensor::Control;

/// Shared by commits that only append; all others hold it alone. Those that share wait behind one that waits to hold
/// it alone, so that it gets its turn.
#[derive(Debug, Default)]
pub(super) struct CommitLock {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    shared: usize,
    is_exclusive: bool,
    /// Who waits to hold it alone.
    waiting: usize,
}

/// The lock while it is held.
#[derive(Debug)]
pub(crate) struct Held<'l>(&'l CommitLock);

/// How often a waiting statement looks by itself; the release of the lock wakes it before.
const LOOK: Duration = Duration::from_millis(10);

impl CommitLock {
    /// Waits until nobody else holds the lock.
    ///
    /// # Errors
    /// `E0502 timeout` and `E0503 cancelled` of the statement.
    pub fn exclusive(&self, control: Option<&Control>) -> Result<Held<'_>> {
        self.state().waiting += 1;
        let is_free = |state: &State| state.shared == 0 && !state.is_exclusive;
        let (mut state, waited) = self.wait(control, is_free);
        state.waiting -= 1;
        if waited.is_err() {
            // Those that share need not wait behind it any more.
            self.released.notify_all();
        }
        waited?;
        state.is_exclusive = true;
        Ok(Held(self))
    }

    /// Waits until nobody holds the lock alone.
    ///
    /// # Errors
    /// As [`CommitLock::exclusive`].
    pub fn shared(&self, control: Option<&Control>) -> Result<Held<'_>> {
        let (mut state, waited) = self.wait(control, |state| state.waiting == 0 && !state.is_exclusive);
        waited?;
        state.shared += 1;
        Ok(Held(self))
    }

    /// Waits until the lock is free, or the statement is to stop.
    fn wait(
        &self,
        control: Option<&Control>,
        is_free: impl Fn(&State) -> bool,
    ) -> (MutexGuard<'_, State>, Result<()>) {
        let mut state = self.state();
        while !is_free(&state) {
            state = self.released.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            if let Some(Err(ended)) = control.map(Control::poll) {
                return (state, Err(ended.into()));
            }
        }
        (state, Ok(()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.is_exclusive {
            state.is_exclusive = false;
        } else {
            state.shared -= 1;
        }
        self.0.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use linal_error::Code;
    use linal_tensor::{ExecutionContext, MemoryPool};

    use super::*;

    #[test]
    fn a_waiter_stops_with_its_statement_and_holds_nobody_up() {
        let lock = CommitLock::default();
        let mut context = ExecutionContext::new(MemoryPool::new(usize::MAX));
        context.start(Some(Duration::from_millis(30)));
        let held = lock.shared(None).unwrap();
        let second = lock.shared(Some(context.control())).unwrap();
        let start = Instant::now();
        let stopped = lock.exclusive(Some(context.control())).unwrap_err();
        assert!(stopped.is(Code::Timeout), "{stopped}");
        assert!(start.elapsed() < Duration::from_secs(5));
        // Nobody waits to hold it alone any more.
        drop(lock.shared(None).unwrap());
        drop((held, second));
        let alone = lock.exclusive(None).unwrap();
        assert!(lock.shared(Some(context.control())).unwrap_err().is(Code::Timeout));
        drop(alone);
        drop(lock.shared(None).unwrap());
    }

    #[test]
    fn who_waits_to_hold_it_alone_gets_it_before_those_that_share() {
        let lock = CommitLock::default();
        let order = Mutex::new(Vec::new());
        let held = lock.shared(None).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _alone = lock.exclusive(None).unwrap();
                order.lock().unwrap().push("alone");
            });
            while lock.state().waiting == 0 {
                std::thread::yield_now();
            }
            scope.spawn(|| {
                let _shared = lock.shared(None).unwrap();
                order.lock().unwrap().push("shared");
            });
            drop(held);
        });
        assert_eq!(*order.lock().unwrap(), ["alone", "shared"]);
    }
}
