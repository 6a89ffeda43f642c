//! The way of results to a client that takes them at its own pace.

use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal::{Error, Outcome, RowSink};
use linal_error::Code;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::queries::Query;
use super::scheduler::Place;
use super::stop::Reason;
use super::task::Running;
use super::worker::within;
use crate::app::App;
use crate::http::ApiResult;

/// What becomes of the results of the statements of a request.
pub trait Results {
    /// Whether the rows of the next statement are taken as they are made, if it is a query.
    fn takes_rows(&self, _is_last: bool) -> bool {
        false
    }

    /// The columns of a query.
    ///
    /// # Errors
    /// Those of [`Delivery::send`]; the statement ends with them.
    fn begin(&mut self, _delivery: &mut Delivery<'_>, _schema: &SchemaRef) -> linal::Result<()> {
        Ok(())
    }

    /// The next rows.
    ///
    /// # Errors
    /// As [`Results::begin`].
    fn rows(&mut self, _delivery: &mut Delivery<'_>, _batch: RecordBatch) -> linal::Result<()> {
        Ok(())
    }

    /// The end of a statement, with its outcome unless its rows were taken.
    ///
    /// # Errors
    /// Those of the delivery.
    fn end(&mut self, running: &mut Running<'_>, outcome: Option<Outcome>) -> ApiResult<()>;
}

/// Results that nobody looks at.
pub struct Ignored;

impl Results for Ignored {
    fn end(&mut self, _: &mut Running<'_>, _: Option<Outcome>) -> ApiResult<()> {
        Ok(())
    }
}

/// The way to the client, and the right to run, which is given back while the client is waited for.
pub struct Delivery<'r> {
    pub(super) app: &'r App,
    pub(super) query: &'r Query,
    pub(super) place: Option<Place>,
    pub(super) database: String,
}

impl Delivery<'_> {
    /// Gives a part of the answer to the client. Others run while the client is waited for.
    ///
    /// # Errors
    /// A client that has gone or takes too long; a request that is to stop.
    pub fn send<T>(&mut self, parts: &mpsc::Sender<T>, part: T) -> linal::Result<()> {
        self.poll()?;
        let (app, database) = (self.app, &self.database);
        let retake = || app.take_place(database);
        match give(parts, part, &mut self.place, &retake, &app.runtime, app.config.send_timeout) {
            Ok(()) => Ok(()),
            Err(Undelivered::Gone) => {
                self.query.stop.request(Reason::ClientGone);
                self.poll()
            }
            Err(Undelivered::TooSlow) => {
                Err(Error::new(Code::Timeout, "the client took too long to take the answer"))
            }
        }
    }

    /// Fails when the request is to stop; the reason is in its switch.
    ///
    /// # Errors
    /// `E0605 cancelled`.
    pub fn poll(&self) -> linal::Result<()> {
        match self.query.stop.reason() {
            Some(_) => Err(Error::new(Code::Cancelled, "the statement was cancelled")),
            None => Ok(()),
        }
    }

    /// Counts rows of a result that has `before` already.
    pub(super) fn count(&self, rows: u64, before: u64) -> linal::Result<()> {
        self.query.add_rows(rows);
        within(before + rows, self.app.config.max_rows_returned)
    }

    /// Waits for a place again, after it was given back.
    pub(super) fn take_place(&mut self) {
        if self.place.is_none() {
            self.place = self.app.take_place(&self.database);
        }
    }
}

/// Counts the rows of one query on their way.
pub(super) struct Counted<'s, 'r> {
    results: &'s mut (dyn Results + 's),
    delivery: &'s mut Delivery<'r>,
    rows: u64,
}

impl<'s, 'r> Counted<'s, 'r> {
    pub fn new(results: &'s mut (dyn Results + 's), delivery: &'s mut Delivery<'r>) -> Counted<'s, 'r> {
        Counted { results, delivery, rows: 0 }
    }
}

impl RowSink for Counted<'_, '_> {
    fn begin(&mut self, schema: &SchemaRef) -> linal::Result<()> {
        self.results.begin(self.delivery, schema)
    }

    fn rows(&mut self, batch: RecordBatch) -> linal::Result<()> {
        let rows = batch.num_rows() as u64;
        self.delivery.count(rows, self.rows)?;
        self.rows += rows;
        self.results.rows(self.delivery, batch)
    }
}

/// Why a part of an answer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Nobody takes parts any more.
    Gone,
    /// The time was over.
    TooSlow,
}

/// Gives a part of an answer to its reader, on a thread that may block. When the reader is behind, the place is
/// given back, and taken again by `retake` when the part was taken.
///
/// # Errors
/// Why it was not taken.
pub fn give<T>(
    parts: &mpsc::Sender<T>,
    part: T,
    place: &mut Option<Place>,
    retake: &dyn Fn() -> Option<Place>,
    runtime: &Handle,
    most: Duration,
) -> Result<(), Undelivered> {
    let part = match parts.try_send(part) {
        Ok(()) => return Ok(()),
        Err(mpsc::error::TrySendError::Closed(_)) => return Err(Undelivered::Gone),
        Err(mpsc::error::TrySendError::Full(part)) => part,
    };
    *place = None;
    match runtime.block_on(timeout(most, parts.send(part))) {
        Ok(sent) => sent.map_err(|_| Undelivered::Gone)?,
        Err(_) => return Err(Undelivered::TooSlow),
    }
    *place = retake();
    Ok(())
}
