//! Sequences: numbers that are each given once.
//!
//! A sequence is shared by all states of the catalog, so that ROLLBACK gives no number back. In a database directory
//! numbers are reserved in blocks: the end of a block is durable before its first number is given, so that a crash leaves
//! a gap and gives no number twice.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use linal_error::Code;

use crate::error::{Error, Result};

/// The numbers of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceOptions {
    /// The first number.
    pub start: i64,
    /// The difference between two numbers; not 0.
    pub increment: i64,
    /// The smallest number.
    pub minimum: i64,
    /// The largest number.
    pub maximum: i64,
    /// Whether the smallest number follows the largest, or the other way round for a negative increment.
    pub cycles: bool,
}

impl SequenceOptions {
    /// The number after `last`; the first one for `None`, and `None` when there is none.
    pub fn after(&self, last: Option<i64>) -> Option<i64> {
        let Some(last) = last else { return Some(self.start) };
        match last.checked_add(self.increment).filter(|next| (self.minimum..=self.maximum).contains(next)) {
            Some(next) => Some(next),
            None if self.cycles && self.increment > 0 => Some(self.minimum),
            None if self.cycles => Some(self.maximum),
            None => None,
        }
    }
}

impl fmt::Display for SequenceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SequenceOptions { start, increment, minimum, maximum, cycles } = self;
        let cycle = if *cycles { " CYCLE" } else { "" };
        write!(f, "START {start} INCREMENT {increment} MINVALUE {minimum} MAXVALUE {maximum}{cycle}")
    }
}

/// Makes durable which numbers of a sequence may have been given.
pub trait Reservation: Send + Sync {
    /// Notes that numbers up to `last` may have been given. False for a sequence that the directory does not have: one of
    /// a session, or of a transaction that is not committed.
    ///
    /// # Errors
    /// A directory that cannot be written.
    fn reserve(&self, sequence: &Sequence, last: i64) -> Result<bool>;
}

/// A sequence.
#[derive(Debug)]
pub struct Sequence {
    options: SequenceOptions,
    state: Mutex<State>,
    /// The last number that may have been given, as the directory has it. It has a lock of its own, since a commit reads
    /// it while another thread waits for that commit with `state` locked.
    reserved: Mutex<Option<i64>>,
}

#[derive(Debug)]
struct State {
    /// The last number that was given.
    last: Option<i64>,
    /// Numbers after it that are reserved.
    left: usize,
}

/// Numbers that are reserved at once.
const BLOCK: usize = 64;

impl Sequence {
    /// A sequence whose last number was `last`.
    pub fn new(options: SequenceOptions, last: Option<i64>) -> Sequence {
        Sequence { options, state: Mutex::new(State { last, left: 0 }), reserved: Mutex::new(last) }
    }

    /// The definition.
    pub fn options(&self) -> &SequenceOptions {
        &self.options
    }

    /// The last number that was given; `None` before the first.
    pub fn last(&self) -> Option<i64> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// The last number that may have been given, for a directory.
    pub fn reserved(&self) -> Option<i64> {
        *self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next number. `name` is that of messages.
    ///
    /// # Errors
    /// `E0320 sequence_exhausted`; those of the reservation.
    pub fn next(&self, name: &str, reservation: Option<&dyn Reservation>) -> Result<i64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.options.after(state.last).ok_or_else(|| self.exhausted(name))?;
        if state.left == 0 {
            state.left = self.reserve(next, reservation)?;
        }
        state.left -= 1;
        state.last = Some(next);
        Ok(next)
    }

    /// Reserves numbers from `first` on; returns how many.
    fn reserve(&self, first: i64, reservation: Option<&dyn Reservation>) -> Result<usize> {
        let (mut last, mut count) = (first, 1);
        while count < BLOCK
            && let Some(next) = self.options.after(Some(last))
        {
            (last, count) = (next, count + 1);
        }
        let note = |last| *self.reserved.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        // Before the directory has them: a commit right after the reservation, such as that of a comment, writes what is
        // noted, and must not take it back.
        note(last);
        let is_durable = match reservation {
            Some(reservation) => reservation.reserve(self, last)?,
            None => false,
        };
        if is_durable {
            return Ok(count);
        }
        note(first);
        Ok(1)
    }

    fn exhausted(&self, name: &str) -> Error {
        let (word, limit) = if self.options.increment > 0 {
            ("largest", self.options.maximum)
        } else {
            ("smallest", self.options.minimum)
        };
        let message = format!("the sequence `{name}` has given its {word} value, {limit}");
        Error::new(Code::SequenceExhausted, message).with_help("a sequence with CYCLE begins again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: SequenceOptions =
        SequenceOptions { start: 1, increment: 1, minimum: 1, maximum: 3, cycles: false };

    #[test]
    fn numbers_end_or_begin_again() {
        let down = SequenceOptions { start: 10, increment: -2, minimum: 5, maximum: 10, cycles: true };
        let next = |options, last| SequenceOptions::after(&options, last);
        assert_eq!([None, Some(1), Some(3)].map(|last| next(UP, last)), [Some(1), Some(2), None]);
        assert_eq!([None, Some(10), Some(6)].map(|last| next(down, last)), [Some(10), Some(8), Some(10)]);
        let top = SequenceOptions { maximum: i64::MAX, ..UP };
        assert_eq!(next(top, Some(i64::MAX)), None);
    }

    /// What a directory knows of a sequence.
    #[derive(Default)]
    struct Known(Mutex<Vec<i64>>);

    impl Reservation for Known {
        fn reserve(&self, _: &Sequence, last: i64) -> Result<bool> {
            self.0.lock().unwrap().push(last);
            Ok(true)
        }
    }

    #[test]
    fn a_block_is_durable_before_its_first_number() {
        let sequence = Sequence::new(SequenceOptions { maximum: i64::MAX, ..UP }, None);
        let known = Known::default();
        for expected in 1..=65 {
            assert_eq!(sequence.next("s", Some(&known)).unwrap(), expected);
            assert!(known.0.lock().unwrap().last().is_some_and(|last| *last >= expected));
        }
        assert_eq!(*known.0.lock().unwrap(), [64, 128]);
        let short = Sequence::new(UP, Some(1));
        assert_eq!(short.next("s", Some(&known)).unwrap(), 2);
        assert_eq!(short.reserved(), Some(3));
        assert_eq!(short.next("s", Some(&known)).unwrap(), 3);
        assert!(short.next("s", Some(&known)).unwrap_err().is(Code::SequenceExhausted));
    }
}
