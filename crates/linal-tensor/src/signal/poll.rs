//! How long loops are stopped: a callback that is called between blocks of work.

use super::SignalError;

/// Called between blocks of work; `true` means stop now.
pub type Poll<'a> = &'a dyn Fn() -> bool;

/// A poll that never stops the work.
pub fn never() -> bool {
    false
}

/// Fails with [`SignalError::Interrupted`] when the poll returns `true`.
pub(super) fn check(poll: Poll<'_>) -> Result<(), SignalError> {
    if poll() { Err(SignalError::Interrupted) } else { Ok(()) }
}

/// Points of work between two calls of a poll: well below a millisecond.
const POINTS_PER_POLL: usize = 1 << 16;

/// Calls a poll once for many small pieces of work, since a poll may read the clock.
#[derive(Default)]
pub(super) struct PollBudget {
    points: usize,
}

impl PollBudget {
    /// Adds `points` of work that follow, and calls the poll when [`POINTS_PER_POLL`] have been added.
    pub(super) fn spend(&mut self, points: usize, poll: Poll<'_>) -> Result<(), SignalError> {
        self.points = self.points.saturating_add(points);
        if self.points < POINTS_PER_POLL {
            return Ok(());
        }
        self.points = 0;
        check(poll)
    }
}
