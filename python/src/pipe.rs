//! The way of a statement's answer from the thread that runs it to the one that asked.
//!
//! The producer is ahead of the reader by a bounded number of bytes. When another statement of the connection wants to
//! run, the bound is lifted, so that the first one ends: its rows are kept in memory then.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use linal::{Code, Error, Outcome};

/// Bytes that the producer may be ahead.
const AHEAD: usize = 32 << 20;

/// How a statement has ended.
#[derive(Clone)]
pub enum End {
    /// All rows of a query were given.
    Rows,
    /// It was no query.
    Outcome(Outcome),
    /// It failed.
    Failed(Error),
}

/// What the caller of a statement gets.
pub enum Answer {
    /// It has ended, with these notices.
    Ended(End, Vec<String>),
    /// A query has more rows than are made ahead.
    Open(SchemaRef),
}

#[derive(Default)]
struct State {
    schema: Option<SchemaRef>,
    batches: VecDeque<RecordBatch>,
    bytes: usize,
    notices: Vec<String>,
    end: Option<End>,
    is_unbounded: bool,
    is_closed: bool,
}

/// The rows between a producer and a reader.
#[derive(Default)]
pub struct Pipe {
    state: Mutex<State>,
    changed: Condvar,
}

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The producer knows the columns.
    pub fn begin(&self, schema: SchemaRef) {
        self.state().schema = Some(schema);
    }

    /// The producer has rows. Waits while it is too far ahead.
    ///
    /// # Errors
    /// Cancellation, when nobody reads the rest.
    pub fn push(&self, batch: RecordBatch) -> linal::Result<()> {
        let mut state = self.state();
        state.bytes += bytes(&batch);
        state.batches.push_back(batch);
        self.changed.notify_all();
        while state.bytes >= AHEAD && !state.is_unbounded && !state.is_closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_closed {
            return Err(Error::new(Code::Cancelled, "the rest of the rows is not read"));
        }
        Ok(())
    }

    /// The producer has ended.
    pub fn end(&self, end: End, notices: Vec<String>) {
        let mut state = self.state();
        if state.end.is_none() {
            (state.end, state.notices) = (Some(end), notices);
        }
        self.changed.notify_all();
    }

    /// Lets the producer run to its end; `unread` says that nobody reads the rows any more.
    pub fn release(&self, unread: bool) {
        let mut state = self.state();
        state.is_unbounded = true;
        state.is_closed |= unread;
        self.changed.notify_all();
    }

    /// Whether the producer has not ended yet.
    pub fn is_running(&self) -> bool {
        self.state().end.is_none()
    }

    /// The answer, when the statement has ended or has made as many rows as it may be ahead.
    pub fn answer(&self, patience: Duration) -> Option<Answer> {
        let is_waiting = |state: &mut State| state.end.is_none() && state.bytes < AHEAD;
        let waited = self.changed.wait_timeout_while(self.state(), patience, is_waiting);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        match (&state.end, &state.schema) {
            (Some(end), _) => Some(Answer::Ended(end.clone(), state.notices.clone())),
            (None, Some(schema)) if state.bytes >= AHEAD => Some(Answer::Open(schema.clone())),
            _ => None,
        }
    }

    /// The columns of a query.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.state().schema.clone()
    }

    /// The rows that are there, at least one batch of them, or none at the end; `None` when there is nothing yet.
    pub fn take(&self, patience: Duration) -> Option<linal::Result<VecDeque<RecordBatch>>> {
        let is_waiting = |state: &mut State| state.end.is_none() && state.batches.is_empty();
        let waited = self.changed.wait_timeout_while(self.state(), patience, is_waiting);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let batches = std::mem::take(&mut state.batches);
        state.bytes = 0;
        self.changed.notify_all();
        match &state.end {
            _ if !batches.is_empty() => Some(Ok(batches)),
            Some(End::Failed(error)) => Some(Err(error.clone())),
            Some(_) => Some(Ok(batches)),
            None => None,
        }
    }
}

/// Bytes of the rows; a slice of a larger array counts as itself.
fn bytes(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0)).sum()
}
