//! The session that a request uses: one of its own, or one that is kept between requests.

use std::ops::{Deref, DerefMut};

use linal::Session;
use tokio::sync::OwnedMutexGuard;

use super::idle::Lent;

/// A session while one request uses it.
pub enum Lease {
    /// It is as good as new after the request.
    Own(Lent),
    /// It stays.
    Kept(OwnedMutexGuard<Session>),
}

impl Deref for Lease {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Lease::Own(lent) => lent.session(),
            Lease::Kept(session) => session,
        }
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Session {
        match self {
            Lease::Own(lent) => lent.session_mut(),
            Lease::Kept(session) => session,
        }
    }
}
