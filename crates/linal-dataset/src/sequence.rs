//! Sequences: numbers that are each given once.
//!
//! A sequence is shared by all states of the catalog, so that ROLLBACK gives no number back. In a database directory
//! numbers are reserved in blocks: the end of a block is durable before its first number is given, so that a crash leaves
//! a gap and gives no number twice.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    /// A directory that cannot be written; a statement that is to stop.
    fn reserve(&self, sequence: &Sequence, last: i64) -> Result<bool>;

    /// Fails when the statement that asks for a number is to stop.
    ///
    /// # Errors
    /// `E0502 timeout`, `E0503 cancelled`.
    fn poll(&self) -> Result<()>;
}

/// A sequence.
#[derive(Debug)]
pub struct Sequence {
    options: SequenceOptions,
    /// Not locked while numbers are reserved: a commit reads it while that waits for the commit.
    state: Mutex<State>,
    /// Notified when numbers were reserved, or could not be.
    reserved: Condvar,
}

#[derive(Debug)]
struct State {
    /// The last number that was given.
    last: Option<i64>,
    /// Numbers after it that are reserved.
    left: usize,
    /// The last number that may have been given, as the directory has it.
    reserved: Option<i64>,
    /// Whether somebody reserves numbers.
    is_reserving: bool,
}

/// Ends a reservation, also when it panics.
struct Reserving<'s>(&'s Sequence);

impl Drop for Reserving<'_> {
    fn drop(&mut self) {
        self.0.state().is_reserving = false;
        self.0.reserved.notify_all();
    }
}

/// Numbers that are reserved at once.
const BLOCK: usize = 64;

/// How often a statement that waits for the reservation of another one looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(10);

impl Sequence {
    /// A sequence whose last number was `last`.
    pub fn new(options: SequenceOptions, last: Option<i64>) -> Sequence {
        let state = State { last, left: 0, reserved: last, is_reserving: false };
        Sequence { options, state: Mutex::new(state), reserved: Condvar::new() }
    }

    /// The definition.
    pub fn options(&self) -> &SequenceOptions {
        &self.options
    }

    /// The last number that was given; `None` before the first.
    pub fn last(&self) -> Option<i64> {
        self.state().last
    }

    /// The last number that may have been given, for a directory.
    pub fn reserved(&self) -> Option<i64> {
        self.state().reserved
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next number. `name` is that of messages.
    ///
    /// # Errors
    /// `E0320 sequence_exhausted`; those of the reservation.
    pub fn next(&self, name: &str, reservation: Option<&dyn Reservation>) -> Result<i64> {
        let mut state = self.state();
        loop {
            let next = self.options.after(state.last).ok_or_else(|| self.exhausted(name))?;
            if state.left > 0 {
                state.left -= 1;
                state.last = Some(next);
                return Ok(next);
            }
            if state.is_reserving {
                state = self.reserved.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
                reservation.map_or(Ok(()), Reservation::poll)?;
                continue;
            }
            state.is_reserving = true;
            drop(state);
            let reserving = Reserving(self);
            let count = self.reserve(next, reservation)?;
            self.state().left = count;
            drop(reserving);
            state = self.state();
        }
    }

    /// Reserves numbers from `first` on; returns how many.
    fn reserve(&self, first: i64, reservation: Option<&dyn Reservation>) -> Result<usize> {
        let (mut last, mut count) = (first, 1);
        while count < BLOCK
            && let Some(next) = self.options.after(Some(last))
        {
            (last, count) = (next, count + 1);
        }
        let note = |last| self.state().reserved = Some(last);
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
    use std::sync::Barrier;

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

        fn poll(&self) -> Result<()> {
            Ok(())
        }
    }

    /// A directory that answers when it is told to, and a statement that is to stop.
    struct Slow(Barrier);

    struct Stopped;

    impl Reservation for Slow {
        fn reserve(&self, _: &Sequence, _: i64) -> Result<bool> {
            self.0.wait();
            self.0.wait();
            Ok(true)
        }

        fn poll(&self) -> Result<()> {
            Ok(())
        }
    }

    impl Reservation for Stopped {
        fn reserve(&self, _: &Sequence, _: i64) -> Result<bool> {
            self.poll().map(|()| true)
        }

        fn poll(&self) -> Result<()> {
            Err(Error::from(linal_tensor::Error::Cancelled))
        }
    }

    #[test]
    fn who_waits_for_the_reservation_of_another_stops_with_its_statement() {
        let sequence = Sequence::new(SequenceOptions { maximum: i64::MAX, ..UP }, None);
        let slow = Slow(Barrier::new(2));
        std::thread::scope(|scope| {
            let first = scope.spawn(|| sequence.next("s", Some(&slow)));
            slow.0.wait();
            assert!(sequence.next("s", Some(&Stopped)).unwrap_err().is(Code::Cancelled));
            // A commit reads it meanwhile.
            assert_eq!((sequence.last(), sequence.reserved()), (None, Some(64)));
            slow.0.wait();
            assert_eq!(first.join().unwrap().unwrap(), 1);
        });
        assert_eq!(sequence.next("s", Some(&Stopped)).unwrap(), 2);
    }

    #[test]
    fn a_reservation_that_fails_can_be_made_again() {
        let sequence = Sequence::new(SequenceOptions { maximum: i64::MAX, ..UP }, None);
        assert!(sequence.next("s", Some(&Stopped)).unwrap_err().is(Code::Cancelled));
        assert_eq!(sequence.next("s", Some(&Known::default())).unwrap(), 1);
    }

    #[test]
    fn threads_get_each_number_once() {
        let sequence = Sequence::new(SequenceOptions { maximum: i64::MAX, ..UP }, None);
        let known = Known::default();
        let take = || (0..200).map(|_| sequence.next("s", Some(&known)).unwrap()).collect::<Vec<_>>();
        let mut numbers: Vec<i64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=800).collect::<Vec<i64>>());
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
