//! The question that long loops ask between blocks of work.

use super::SignalError;

/// Asked between blocks of work; `true` means stop now.
pub type Poll<'a> = &'a dyn Fn() -> bool;

/// A poll that never asks to stop.
pub fn never() -> bool {
    false
}

/// Fails with [`SignalError::Interrupted`] when the poll asks to stop.
pub(super) fn check(poll: Poll<'_>) -> Result<(), SignalError> {
    if poll() { Err(SignalError::Interrupted) } else { Ok(()) }
}

/// Points of work between two looks at a poll: well below a millisecond.
const POINTS_BETWEEN_LOOKS: usize = 1 << 16;

/// Looks at a poll once for many small pieces of work, since a poll may read the clock.
#[derive(Default)]
pub(super) struct Pace {
    points: usize,
}

impl Pace {
    /// Counts `points` of work that come next, and looks at the poll when enough have gathered.
    pub(super) fn spend(&mut self, points: usize, poll: Poll<'_>) -> Result<(), SignalError> {
        self.points = self.points.saturating_add(points);
        if self.points < POINTS_BETWEEN_LOOKS {
            return Ok(());
        }
        self.points = 0;
        check(poll)
    }
}
