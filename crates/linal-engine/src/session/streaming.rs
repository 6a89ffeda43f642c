//! Statements whose rows are given away as they are made.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_bind::Parameters;
use linal_dataset::Result;
use linal_lang::Span;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::Relational;
use linal_query::PhysicalQuery;

use super::Session;
use super::limits::check_rows;
use crate::outcome::Outcome;
use crate::statement;

/// Takes the rows of a query.
pub trait RowSink {
    /// The columns under their display names, before the first rows.
    ///
    /// # Errors
    /// What is wrong with the receiver; the statement ends with this error.
    fn begin(&mut self, schema: &SchemaRef) -> Result<()>;

    /// The next rows, in order. The time that this takes does not count for the timeout.
    ///
    /// # Errors
    /// As [`RowSink::begin`].
    fn rows(&mut self, batch: RecordBatch) -> Result<()>;
}

/// What a statement of [`Session::execute_streamed`] gave.
#[derive(Debug)]
pub enum Streamed {
    /// A query, whose rows the sink has taken.
    Rows {
        /// Their number.
        rows: u64,
        /// One sentence each.
        notices: Vec<String>,
    },
    /// Any other statement; the sink was not used.
    Outcome(Outcome),
}

/// A sink that notes whether it was used.
struct NotedSink<'s> {
    sink: &'s mut dyn RowSink,
    has_begun: bool,
}

impl RowSink for NotedSink<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        self.has_begun = true;
        self.sink.begin(schema)
    }

    fn rows(&mut self, batch: RecordBatch) -> Result<()> {
        self.sink.rows(batch)
    }
}

impl Session {
    /// Executes one statement. The rows of a query go to `sink` batch by batch, so that the memory that they take
    /// does not depend on their number. After an error the sink may have taken some of them.
    ///
    /// # Errors
    /// As [`Session::execute_with`], and those of the sink.
    pub fn execute_streamed(
        &mut self,
        text: &str,
        parameters: &Parameters,
        sink: &mut dyn RowSink,
    ) -> Result<Streamed> {
        let parameters = parameters.clone();
        let mut result = self.listed(
            |session| session.run_with(parameters, |session| session.run_streamed(text, sink)),
            |streamed| match streamed {
                Streamed::Rows { rows, .. } => *rows,
                Streamed::Outcome(Outcome::Rows(rows)) => rows.num_rows() as u64,
                Streamed::Outcome(_) => 0,
            },
        );
        match &mut result {
            Ok(Streamed::Rows { notices, .. }) => *notices = std::mem::take(&mut self.notices),
            Ok(Streamed::Outcome(outcome)) => self.add_notices(outcome),
            Err(_) => {}
        }
        result
    }

    /// Executes one statement of a script as [`Session::execute_streamed`].
    ///
    /// # Errors
    /// As [`Session::execute_streamed`], with a span relative to the script.
    pub fn execute_fragment_streamed(
        &mut self,
        source: &str,
        span: Span,
        parameters: &Parameters,
        sink: &mut dyn RowSink,
    ) -> Result<Streamed> {
        self.execute_streamed(span.text(source), parameters, sink).map_err(|error| {
            error.map_span(|inner| Span::new(inner.start + span.start, inner.end + span.start)).at(span)
        })
    }

    fn run_streamed(&mut self, text: &str, sink: &mut dyn RowSink) -> Result<Streamed> {
        if let Some(outcome) = self.run_repeated(text) {
            return outcome.map(Streamed::Outcome);
        }
        self.enter_statement(text)?;
        let mut noted = NotedSink { sink, has_begun: false };
        loop {
            match self.stream_text(text, &mut noted) {
                Err(error) if !noted.has_begun && self.is_outdated(&error) => {}
                streamed => return streamed,
            }
        }
    }

    fn stream_text(&mut self, text: &str, sink: &mut dyn RowSink) -> Result<Streamed> {
        if let Some(planned) = self.kept_plan(text) {
            return self.stream(&planned, sink);
        }
        self.with_statement(text, |session, statement, text| {
            let query = match statement {
                Statement::Relational(relational) => match &**relational {
                    Relational::Query(query) => Some(query),
                    _ => None,
                },
                _ => None,
            };
            match query {
                Some(query) => {
                    let planned = statement::plan(session, query, text)?;
                    session.stream(&planned, sink)
                }
                None => statement::run(session, statement, text).map(Streamed::Outcome),
            }
        })
    }

    /// Runs a plan and gives its rows to a sink.
    fn stream(&mut self, planned: &PhysicalQuery, sink: &mut dyn RowSink) -> Result<Streamed> {
        let (mut rows, mut has_begun) = (0, false);
        let most = self.row_limit();
        self.query_context().stream_outside(planned, &mut |batch| {
            // Not before there are rows, so that a query that fails at once leaves nothing behind.
            if !std::mem::replace(&mut has_begun, true) {
                sink.begin(&planned.schema)?;
            }
            rows += batch.num_rows() as u64;
            check_rows(rows, most)?;
            sink.rows(batch)
        })?;
        if !has_begun {
            sink.begin(&planned.schema)?;
        }
        Ok(Streamed::Rows { rows, notices: Vec::new() })
    }
}
