//! Results on their way to the client.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use linal::render::{has_columns, table};
use linal::{Code, Error, Outcome};
use linal_server::http::ApiResult;
use linal_server::run::{Delivery, Results, Running};
use pgwire::api::portal::Format;
use pgwire::api::results::FieldInfo;
use pgwire::messages::data::DataRow;
use tokio::sync::mpsc;

use crate::rows::{Column, encode};
use crate::settings::tag;
use crate::types::{Kind, format_of};

/// Parts that wait for the client.
pub const WAITING: usize = 4;

/// Rows of a part.
const ROWS: usize = 1024;

/// A part of the answer to a statement.
pub enum Part {
    /// The columns.
    Fields(Arc<Vec<FieldInfo>>),
    /// Rows.
    Rows(Vec<DataRow>),
    /// The end of a statement: its tag, and rows that it has changed or given.
    Done(String, Option<u64>),
}

/// Gives the results of statements to the client.
pub struct Sender {
    parts: mpsc::Sender<Part>,
    formats: Format,
    /// Whether the rows of statements that are no queries are given, too.
    gives_all: bool,
    tag: String,
    schema: Option<SchemaRef>,
    columns: Vec<Column>,
    rows: u64,
}

impl Sender {
    /// A sender of parts, with columns in these formats.
    pub fn new(parts: mpsc::Sender<Part>, formats: Format, gives_all: bool) -> Sender {
        let tag = String::new();
        Sender { parts, formats, gives_all, tag, schema: None, columns: Vec::new(), rows: 0 }
    }

    /// Whether rows are given.
    pub fn gives_rows(&self) -> bool {
        self.gives_all
    }

    /// A statement begins.
    pub fn start(&mut self, statement: &str) {
        self.tag = tag(statement);
        (self.schema, self.rows) = (None, 0);
    }

    /// Gives a row of texts under a name.
    ///
    /// # Errors
    /// Those of the delivery.
    pub fn row(&mut self, running: &mut Running<'_>, name: &str, value: &str) -> ApiResult<()> {
        let fields = vec![Kind::Text.field(name, format_of(&self.formats, 0))];
        let row = crate::rows::texts([Some(value)]);
        self.whole(running, Arc::new(fields), vec![row], "SHOW")
    }

    /// Gives a whole result.
    ///
    /// # Errors
    /// Those of the delivery.
    pub fn whole(
        &mut self,
        running: &mut Running<'_>,
        fields: Arc<Vec<FieldInfo>>,
        rows: Vec<DataRow>,
        tag: &str,
    ) -> ApiResult<()> {
        let count = (tag == "SELECT").then_some(rows.len() as u64);
        running.query.add_rows(rows.len() as u64);
        self.part(running, Part::Fields(fields))?;
        self.part(running, Part::Rows(rows))?;
        self.part(running, Part::Done(tag.to_owned(), count))
    }

    /// Ends a statement without a result.
    ///
    /// # Errors
    /// Those of the delivery.
    pub fn done(&mut self, running: &mut Running<'_>, tag: &str) -> ApiResult<()> {
        self.part(running, Part::Done(tag.to_owned(), None))
    }

    fn part(&mut self, running: &mut Running<'_>, part: Part) -> ApiResult<()> {
        running.delivery.send(&self.parts, part).map_err(|error| running.error("", &error))
    }
}

impl Results for Sender {
    fn takes_rows(&self, _: bool) -> bool {
        self.gives_all
    }

    fn begin(&mut self, delivery: &mut Delivery<'_>, schema: &SchemaRef) -> linal::Result<()> {
        let columns = schema.fields().iter().enumerate();
        let columns =
            columns.map(|(at, field)| Column { kind: Kind::of(field), format: format_of(&self.formats, at) });
        self.columns = columns.collect();
        self.schema = Some(schema.clone());
        let described = self.columns.iter().zip(schema.fields());
        let fields = described.map(|(column, field)| column.kind.field(field.name(), column.format));
        delivery.send(&self.parts, Part::Fields(Arc::new(fields.collect())))
    }

    fn rows(&mut self, delivery: &mut Delivery<'_>, batch: RecordBatch) -> linal::Result<()> {
        let Some(schema) = &self.schema else { return Ok(()) };
        self.rows += batch.num_rows() as u64;
        for start in (0..batch.num_rows()).step_by(ROWS) {
            let slice = batch.slice(start, ROWS.min(batch.num_rows() - start));
            delivery.send(&self.parts, Part::Rows(encode(schema, &slice, &self.columns).map_err(bug)?))?;
        }
        Ok(())
    }

    fn end(&mut self, running: &mut Running<'_>, outcome: Option<Outcome>) -> ApiResult<()> {
        let changed = running.session.affected_rows();
        let outcome = outcome.filter(|outcome| self.gives_all && has_columns(outcome));
        if outcome.is_some() {
            let whole = table(outcome).map_err(bug).and_then(|(schema, batches)| {
                self.begin(&mut running.delivery, &schema)?;
                batches.into_iter().try_for_each(|batch| self.rows(&mut running.delivery, batch))
            });
            whole.map_err(|error| running.error("", &error))?;
        }
        let (tag, rows) = match (&self.schema, changed) {
            // The rows of RETURNING are those of an INSERT and the like.
            (Some(_), None) => ("SELECT".to_owned(), Some(self.rows)),
            (_, changed) => (self.tag.clone(), changed),
        };
        self.part(running, Part::Done(tag, rows))
    }
}

fn bug(error: ArrowError) -> Error {
    Error::new(Code::InternalError, format!("a result cannot be sent: {error}"))
}
