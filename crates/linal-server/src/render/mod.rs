//! Answers in their formats.
//!
//! [`Output`] is the body as a writer; a format writes each outcome to it when the statement has answered
//! ([`Writer::outcome`]), and then the end or the error. The rows of a query are written while it runs
//! ([`StreamedRows`]).

mod json;
mod last;
mod lines;
mod output;
mod streamed;
mod table;
mod values;

use std::io;

use axum::http::StatusCode;
use linal::Outcome;
use linal::render::RenderOptions;

pub use self::output::{Body, Head, Output, Retake};
pub use self::streamed::StreamedRows;

use self::json::{Json, Kept};
use self::last::Last;
use self::lines::Lines;
use self::table::Table;
use crate::http::{ApiError, Format};

/// How the statements of a request have ended.
pub struct End<'e> {
    /// Milliseconds that they took.
    pub elapsed_ms: f64,
    /// The value of `X-Linal-Query-Id`.
    pub query_id: &'e str,
}

/// What is to be known of a statement beside its outcome.
pub struct Told<'t> {
    /// Notices of a statement whose outcome is no table.
    pub notices: &'t [String],
    /// How tables are abridged.
    pub options: &'t RenderOptions,
    /// Fails when the request is to stop.
    pub poll: &'t dyn Fn() -> io::Result<()>,
}

/// The writer of one format.
pub enum Writer {
    /// `application/json`
    Json(Json),
    /// `text/csv` and `application/vnd.apache.arrow.stream`, which have one result.
    Last(Last),
    /// `application/jsonl`
    Lines(Lines),
    /// `text/plain`
    Table(Table),
}

impl Writer {
    /// The writer of a format. Parquet is not written here, since it takes a file.
    pub fn new(format: Format) -> Writer {
        match format {
            Format::Csv => Writer::Last(Last::new(linal::render::Format::Csv)),
            Format::Arrow => Writer::Last(Last::new(linal::render::Format::Arrow)),
            Format::Jsonl => Writer::Lines(Lines::default()),
            Format::Text => Writer::Table(Table::default()),
            Format::Json | Format::Parquet => Writer::Json(Json::default()),
        }
    }

    /// Writes the outcome of a statement, or keeps it.
    ///
    /// # Errors
    /// A client that has gone or takes too long, or a request that is to stop.
    pub fn outcome(&mut self, outcome: Outcome, told: &Told<'_>, out: &mut Output) -> io::Result<()> {
        match self {
            Writer::Json(json) => json.outcome(&outcome, told, out),
            Writer::Last(last) => {
                last.outcome(outcome);
                Ok(())
            }
            Writer::Lines(lines) => lines.outcome(outcome, told, out),
            Writer::Table(table) => table.outcome(outcome, told, out),
        }
    }

    /// Writes the end of an answer whose statements have all succeeded.
    ///
    /// # Errors
    /// A client that has gone or takes too long; a request that is to stop.
    pub fn finish(
        self,
        end: &End<'_>,
        poll: &dyn Fn() -> io::Result<()>,
        out: &mut Output,
    ) -> io::Result<()> {
        match self {
            Writer::Json(json) => json.finish(end, out),
            Writer::Last(last) => last.finish(poll, out),
            Writer::Lines(_) | Writer::Table(_) => Ok(()),
        }
    }

    /// The answer of a request of which a statement has failed: in JSON with the status of the error, instead of
    /// what was not sent yet. `None` for an answer in JSON that has begun, whose end is written.
    ///
    /// # Errors
    /// A client that has gone or takes too long; an answer of another format that has begun, which must break
    /// off.
    pub fn fail(self, error: &ApiError, end: &End<'_>, out: &mut Output) -> io::Result<Option<Head>> {
        let mut kept = match self {
            Writer::Json(mut json) => {
                json.fail(error, end, out)?;
                let is_whole = !out.is_streamed();
                return Ok(is_whole.then(|| failed(error, out.take())));
            }
            _ if out.is_streamed() => return Err(io::Error::other("the answer has begun")),
            Writer::Last(last) => last.kept(),
            Writer::Lines(lines) => lines.kept(),
            Writer::Table(table) => table.kept(),
        };
        Ok(Some(failed(error, kept.of_kept(error, end))))
    }
}

/// The answer of a request that is stopped while its end is written, and of which nothing was sent.
pub fn stopped(error: &ApiError, end: &End<'_>) -> Head {
    failed(error, Kept::default().of_kept(error, end))
}

fn failed(error: &ApiError, body: Vec<u8>) -> Head {
    let status: StatusCode = error.status();
    let content_type = Format::Json.content_type();
    Head::Whole { status, content_type, retry_after: error.retry_after(), body: body.into() }
}
