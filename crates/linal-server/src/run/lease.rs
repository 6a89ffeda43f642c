//! The session that a request uses: one of its own, or one that is kept between requests.

use std::ops::{Deref, DerefMut};

use linal::Session;
use tokio::sync::OwnedMutexGuard;

/// A session while one request uses it.
pub enum Lease {
    /// It ends with the request.
    Own(Box<Session>),
    /// It stays.
    Kept(OwnedMutexGuard<Session>),
}

impl Deref for Lease {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Lease::Own(session) => session,
            Lease::Kept(session) => session,
        }
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Session {
        match self {
            Lease::Own(session) => session,
            Lease::Kept(session) => session,
        }
    }
}
