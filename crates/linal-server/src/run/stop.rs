//! Stops statements from outside: a client that goes away, a DELETE, a timeout, the end of the server.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linal::Cancellation;
use tokio::sync::Notify;

/// Why a request is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// The client has closed the connection.
    ClientGone = 1,
    /// Somebody has cancelled it.
    Cancelled = 2,
    /// The server stops.
    Shutdown = 3,
}

/// The switch of one request. Clones are the same switch.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    reason: AtomicU8,
    /// The flag of the session while it runs statements of the request.
    session: Mutex<Option<Cancellation>>,
    stopped: Notify,
}

/// The time between two signals. The engine clears its flag when a statement begins, so that one signal could be
/// lost between two statements.
const AGAIN: Duration = Duration::from_millis(5);

impl Stop {
    /// Stops the request. The first reason stays.
    pub fn request(&self, reason: Reason) {
        let first = self.0.reason.compare_exchange(0, reason as u8, Ordering::SeqCst, Ordering::SeqCst);
        self.0.stopped.notify_waiters();
        if first.is_err() || !self.signal() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let stop = self.clone();
        runtime.spawn(async move {
            while stop.signal() {
                tokio::time::sleep(AGAIN).await;
            }
        });
    }

    /// Why it is stopped, if it is.
    pub fn reason(&self) -> Option<Reason> {
        match self.0.reason.load(Ordering::SeqCst) {
            1 => Some(Reason::ClientGone),
            2 => Some(Reason::Cancelled),
            3 => Some(Reason::Shutdown),
            _ => None,
        }
    }

    /// Waits until it is stopped.
    pub async fn stopped(&self) -> Reason {
        loop {
            // Before the look, so that a stop in between is noticed.
            let next = self.0.stopped.notified();
            if let Some(reason) = self.reason() {
                return reason;
            }
            next.await;
        }
    }

    /// Lets the switch act on a session until the guard is dropped.
    pub fn attach(&self, session: Cancellation) -> Attached<'_> {
        *self.0.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        if self.reason().is_some() {
            self.signal();
        }
        Attached(self)
    }

    /// Sets the session's flag; returns whether there is one.
    fn signal(&self) -> bool {
        let session = self.0.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.as_ref().map(Cancellation::cancel).is_some()
    }
}

/// See [`Stop::attach`].
#[derive(Debug)]
pub struct Attached<'s>(&'s Stop);

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        *self.0.0.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Stops its request when it is dropped before [`StopOnDrop::disarm`]: hyper drops the future of a request, and
/// the body of an answer, when the client goes away.
#[derive(Debug)]
pub struct StopOnDrop(Option<Stop>);

impl StopOnDrop {
    /// A guard of a request.
    pub fn new(stop: Stop) -> StopOnDrop {
        StopOnDrop(Some(stop))
    }

    /// The request has ended.
    pub fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(stop) = &self.0 {
            stop.request(Reason::ClientGone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_is_repeated_until_the_session_is_left() {
        let (stop, session) = (Stop::default(), Cancellation::new());
        let attached = stop.attach(session.clone());
        stop.request(Reason::Cancelled);
        stop.request(Reason::ClientGone);
        assert_eq!(stop.reason(), Some(Reason::Cancelled));
        for _ in 0..3 {
            session.reset();
            while !session.is_cancelled() {
                tokio::time::sleep(AGAIN).await;
            }
        }
        drop(attached);
        session.reset();
        // The task sees that there is no session; a wrong one would signal at each turn.
        tokio::time::sleep(AGAIN * 4).await;
        assert!(!session.is_cancelled());
    }

    #[tokio::test]
    async fn a_stopped_request_stops_the_session_that_it_gets() {
        let (stop, session) = (Stop::default(), Cancellation::new());
        drop(StopOnDrop::new(stop.clone()));
        let _attached = stop.attach(session.clone());
        assert!(session.is_cancelled());
        let mut guard = StopOnDrop::new(Stop::default());
        let other = guard.0.clone().unwrap();
        guard.disarm();
        drop(guard);
        assert_eq!(other.reason(), None);
    }
}
