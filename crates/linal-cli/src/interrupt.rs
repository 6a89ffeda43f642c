//! Ctrl-C.
//!
//! While a statement runs or its result is printed, the first Ctrl-C cancels it and the second ends the
//! process. At any other time, such as while a script is read from a pipe, the first one ends the process. At
//! the prompt the line editor receives Ctrl-C as a key, and a signal from another process is ignored, so that
//! the terminal stays usable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use linal::Cancellation;

use crate::exit::Exit;

/// What the process is doing when the signal arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Activity {
    /// Something that cannot be cancelled.
    Other,
    /// Running a statement or printing its result.
    Statement,
    /// Waiting at the prompt.
    Prompt,
}

/// The state that the signal handler reads.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    activity: AtomicU8,
    raised: AtomicBool,
    cancellation: Cancellation,
}

impl Interrupt {
    /// Installs the handler, which sets the session's flag.
    pub fn install(cancellation: Cancellation) -> Interrupt {
        let interrupt = Interrupt::new(cancellation);
        let handler = interrupt.clone();
        // Without a handler Ctrl-C ends the process, which is acceptable.
        let _ = ctrlc::set_handler(move || handler.signal());
        interrupt
    }

    fn new(cancellation: Cancellation) -> Interrupt {
        let activity = AtomicU8::new(Activity::Other as u8);
        Interrupt(Arc::new(Shared { activity, raised: AtomicBool::new(false), cancellation }))
    }

    /// Sets what the process does from now on.
    pub fn enter(&self, activity: Activity) {
        self.0.activity.store(activity as u8, Ordering::SeqCst);
    }

    /// Clears an earlier Ctrl-C.
    pub fn clear(&self) {
        self.0.raised.store(false, Ordering::SeqCst);
    }

    /// Whether Ctrl-C was pressed since [`Interrupt::clear`].
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::SeqCst)
    }

    fn signal(&self) {
        if self.handle() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    }

    /// Handles the signal; returns whether the process must end.
    fn handle(&self) -> bool {
        let activity = self.0.activity.load(Ordering::SeqCst);
        if activity == Activity::Prompt as u8 {
            return false;
        }
        let again = self.0.raised.swap(true, Ordering::SeqCst);
        self.0.cancellation.cancel();
        again || activity == Activity::Other as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(activity: Activity, ends: [bool; 2], cancels: bool) {
        let cancellation = Cancellation::new();
        let interrupt = Interrupt::new(cancellation.clone());
        interrupt.enter(activity);
        assert_eq!([interrupt.handle(), interrupt.handle()], ends, "{activity:?}");
        assert_eq!((cancellation.is_cancelled(), interrupt.is_raised()), (cancels, cancels));
    }

    #[test]
    fn what_a_signal_does() {
        check(Activity::Statement, [false, true], true);
        check(Activity::Other, [true, true], true);
        check(Activity::Prompt, [false, false], false);
    }
}
