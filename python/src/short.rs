//! Which statements run on the calling thread: those that were short the last time, as far as nothing has changed that
//! may have made them longer.
//!
//! The values of parameters may make a statement longer, too. So a query with parameters has little time on the calling
//! thread; when that is over, it is stopped and runs again on the thread of the connection, which it can since it changes nothing.
//! A statement of another kind has no second try: one that comes with parameters runs on that thread at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A statement that took less runs on the calling thread the next time, without releasing the interpreter.
const SHORT: Duration = Duration::from_micros(100);
/// A statement that took longer may have changed how long others take.
pub const LONG: Duration = Duration::from_millis(1);
/// What a query with parameters may take on the calling thread before it is run on the other one.
pub const TRIAL: Duration = Duration::from_millis(2);
/// Texts whose duration is remembered.
const REMEMBERED: usize = 512;

/// The short statements of a connection.
pub struct ShortStatements {
    /// Counts the changes of the engine that may make short statements long; all connections of it share the number.
    epoch: Arc<AtomicU64>,
    /// Texts, with the epoch of their last run, and whether they are queries that may be stopped and run again.
    texts: Mutex<HashMap<Box<str>, (u64, bool)>>,
}

impl ShortStatements {
    /// None so far.
    pub fn new(epoch: Arc<AtomicU64>) -> ShortStatements {
        ShortStatements { epoch, texts: Mutex::default() }
    }

    /// The number that the connections of the engine share.
    pub fn epoch(&self) -> Arc<AtomicU64> {
        self.epoch.clone()
    }

    /// Something has changed.
    pub fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a text was short, and nothing has changed since; with parameters, whether it is a query, too.
    pub fn has(&self, text: &str, has_parameters: bool) -> bool {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.get(text).is_some_and(|&(epoch, is_query)| {
            (is_query || !has_parameters) && epoch == self.epoch.load(Ordering::Relaxed)
        })
    }

    /// Remembers how long a statement took. Where it is not said whether it was a query that gave its rows as they were made, it
    /// is what it was before.
    pub fn took(&self, text: &str, time: Duration, is_query: Option<bool>) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_query = match is_query {
            Some(is_query) => is_query && !takes_numbers(text),
            None => texts.get(text).is_some_and(|&(_, was_query)| was_query),
        };
        if time > LONG && !is_query {
            self.forget();
        }
        if time > SHORT {
            texts.remove(text);
            return;
        }
        if texts.len() >= REMEMBERED {
            texts.clear();
        }
        let epoch = self.epoch.load(Ordering::Relaxed);
        match texts.get_mut(text) {
            Some(known) => *known = (epoch, is_query),
            None => drop(texts.insert(text.into(), (epoch, is_query))),
        }
    }
}

/// Whether a query may take the next number of a sequence, which it would take twice when it is stopped and runs again.
fn takes_numbers(query: &str) -> bool {
    const NEXT: &[u8] = b"nextval";
    query.as_bytes().windows(NEXT.len()).any(|part| part.eq_ignore_ascii_case(NEXT))
}
