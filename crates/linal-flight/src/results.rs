//! Results as streams of Flight: the schema, then batches as the client takes them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use linal::render::{has_columns, table};
use linal::{Code, ColumnType, Error, Outcome};
use linal_server::http::{ApiError, ApiResult};
use linal_server::run::{Delivery, Results, Running, Started};
use tokio::sync::mpsc;
use tonic::Status;

use crate::status::{internal, status};

/// Parts that wait for the client.
pub const WAITING: usize = 4;

/// Rows of a batch that is sent, so that a large result is not encoded at once.
const ROWS: usize = 16_384;

/// The key of the metadata of a column that has its type as the language writes it, as Flight SQL names it.
const TYPE_NAME: &str = "ARROW:FLIGHT:SQL:TYPE_NAME";

/// What a running statement gives to the stream of its result.
pub enum Part {
    /// The columns, first.
    Schema(SchemaRef),
    /// Rows.
    Batch(RecordBatch),
}

/// A stream of a result.
pub type FlightStream = BoxStream<'static, Result<FlightData, Status>>;

/// Gives the result of the last statement that has one to the client.
pub struct Sender {
    parts: mpsc::Sender<Part>,
    /// The columns as they are sent, when they were.
    sent: Option<SchemaRef>,
    last: Option<Outcome>,
}

impl Sender {
    /// A sender of parts.
    pub fn new(parts: mpsc::Sender<Part>) -> Sender {
        Sender { parts, sent: None, last: None }
    }

    /// The end of all statements.
    ///
    /// # Errors
    /// A client that has gone or takes too long; a request that is to stop.
    pub fn finish(mut self, running: &mut Running<'_>) -> ApiResult<()> {
        if self.sent.is_some() {
            return Ok(());
        }
        let outcome = self.last.take();
        self.send(&mut running.delivery, outcome).map_err(|error| running.error("", &error))
    }

    fn send(&mut self, delivery: &mut Delivery<'_>, outcome: Option<Outcome>) -> linal::Result<()> {
        let (schema, batches) = table(outcome).map_err(bug)?;
        self.begin(delivery, &schema)?;
        batches.into_iter().try_for_each(|batch| self.rows(delivery, batch))
    }
}

impl Results for Sender {
    fn takes_rows(&self, is_last: bool) -> bool {
        is_last
    }

    fn begin(&mut self, delivery: &mut Delivery<'_>, schema: &SchemaRef) -> linal::Result<()> {
        let sent = sent_schema(schema);
        if let Some(known) = &self.sent {
            let message = "the runs of a statement with several rows of parameters have the same columns";
            let is_same = *known == sent;
            return if is_same { Ok(()) } else { Err(Error::new(Code::TypeMismatch, message)) };
        }
        self.sent = Some(sent.clone());
        delivery.send(&self.parts, Part::Schema(sent))
    }

    fn rows(&mut self, delivery: &mut Delivery<'_>, batch: RecordBatch) -> linal::Result<()> {
        let Some(sent) = &self.sent else { return Ok(()) };
        for start in (0..batch.num_rows()).step_by(ROWS) {
            let slice = batch.slice(start, ROWS.min(batch.num_rows() - start));
            delivery.send(&self.parts, Part::Batch(converted(&slice, sent).map_err(bug)?))?;
        }
        Ok(())
    }

    fn end(&mut self, _: &mut Running<'_>, outcome: Option<Outcome>) -> ApiResult<()> {
        if outcome.as_ref().is_some_and(has_columns) {
            self.last = outcome;
        }
        Ok(())
    }
}

/// The error of a result that cannot be encoded.
fn bug(error: ArrowError) -> Error {
    Error::new(Code::InternalError, format!("a result cannot be sent: {error}"))
}

/// The stream of a running statement; the first part is awaited, so that a mistake is the status of the call. It ends
/// with an error unless the statement has ended well.
///
/// # Errors
/// That of the statement, if it fails before its result begins.
pub async fn stream(mut parts: mpsc::Receiver<Part>, started: Started<()>) -> Result<FlightStream, Status> {
    let first = parts.recv().await;
    let mut rest = Rest { parts, started: Some(started) };
    match first {
        Some(Part::Schema(schema)) => {
            let batches = futures::stream::unfold(rest, |mut rest| async move {
                let next = rest.next().await?;
                Some((next.map_err(|error| FlightError::Tonic(Box::new(error))), rest))
            });
            Ok(encoded(schema, batches).boxed())
        }
        _ => Err(rest.end().await.err().unwrap_or_else(|| status(&ApiError::internal()))),
    }
}

/// What is left of a result, and how its statement ends. The statement stops when this is dropped before.
struct Rest {
    parts: mpsc::Receiver<Part>,
    started: Option<Started<()>>,
}

impl Rest {
    async fn next(&mut self) -> Option<Result<RecordBatch, Status>> {
        match self.parts.recv().await {
            Some(Part::Batch(batch)) => Some(Ok(batch)),
            Some(Part::Schema(_)) => Some(Err(status(&ApiError::internal()))),
            None => self.end().await.err().map(Err),
        }
    }

    async fn end(&mut self) -> Result<(), Status> {
        let Some(Started { mut guard, result }) = self.started.take() else { return Ok(()) };
        let ended = result.await;
        guard.disarm();
        match ended {
            Ok(ended) => ended.map_err(|error| status(&error)),
            Err(error) => Err(internal(&error)),
        }
    }
}

/// Batches as messages of Flight.
pub fn encoded(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, FlightError>> + Send + 'static,
) -> impl Stream<Item = Result<FlightData, Status>> + Send + 'static {
    FlightDataEncoderBuilder::new().with_schema(schema).build(batches).map_err(Status::from)
}

/// A whole result of one batch.
pub fn whole(batch: RecordBatch) -> FlightStream {
    encoded(batch.schema(), futures::stream::iter([Ok(batch)])).boxed()
}

/// The schema as it is sent: texts and bytes in the layout that all clients read, and the names of types.
pub fn sent_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let mut metadata = field.metadata().clone();
        metadata.insert(TYPE_NAME.to_owned(), ColumnType::of(field).to_string());
        sent_field(field).as_ref().clone().with_metadata(metadata)
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

fn sent_field(field: &FieldRef) -> FieldRef {
    match sent_type(field.data_type()) {
        Some(kind) => Arc::new(Field::clone(field).with_data_type(kind)),
        None => field.clone(),
    }
}

/// The type that is sent instead of one with views, which many clients do not read.
fn sent_type(kind: &DataType) -> Option<DataType> {
    let changed = |field: &FieldRef| sent_type(field.data_type()).map(|_| sent_field(field));
    match kind {
        DataType::Utf8View => Some(DataType::Utf8),
        DataType::BinaryView => Some(DataType::Binary),
        DataType::List(item) => changed(item).map(DataType::List),
        DataType::LargeList(item) => changed(item).map(DataType::LargeList),
        DataType::ListView(item) => Some(DataType::List(sent_field(item))),
        DataType::FixedSizeList(item, size) => changed(item).map(|item| DataType::FixedSizeList(item, *size)),
        DataType::Struct(fields) if fields.iter().any(|field| changed(field).is_some()) => {
            Some(DataType::Struct(fields.iter().map(sent_field).collect()))
        }
        _ => None,
    }
}

fn converted(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() {
            return Ok(column.clone());
        }
        cast(column, field.data_type())
    });
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns.collect::<Result<_, _>>()?, &options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal::Engine;

    #[test]
    fn results_are_sent_in_layouts_that_all_clients_read() {
        let mut session = Engine::default().session();
        let outcome = session.execute(
            "SELECT 'a text longer than twelve bytes' AS s, [1.0, 2.0] AS v, 1 AS n, ['a', NULL] AS l",
        );
        let (schema, batches) = table(Some(outcome.unwrap())).unwrap();
        let sent = sent_schema(&schema);
        let batch = converted(&batches[0], &sent).unwrap();
        assert_eq!(batch.schema(), sent);
        assert_eq!(*sent.field(0).data_type(), DataType::Utf8);
        assert_eq!(sent.field(2).metadata()[TYPE_NAME], "Int");
        let mut kinds = Vec::new();
        for field in sent.fields() {
            kinds.push(field.data_type().to_string());
        }
        assert!(kinds.iter().all(|kind| !kind.contains("View")), "{kinds:?}");
        assert_eq!(arrow::util::display::array_value_to_string(batch.column(0), 0).unwrap().len(), 31);
    }

    #[test]
    fn tensors_and_texts_are_tables() {
        let mut session = Engine::default().session();
        session.execute("MATRIX m = [[1, 2], [3, 4], [5, 6]]").unwrap();
        let (schema, batches) = table(Some(session.execute("SHOW m").unwrap())).unwrap();
        assert_eq!((schema.field(0).name().as_str(), batches[0].num_rows()), ("m", 3));
        let (schema, _) = table(Some(session.execute("SHOW SHAPE m").unwrap())).unwrap();
        assert_eq!(schema.field(0).name(), "text");
        let done = session.execute("SET timeout = '1s'").unwrap();
        assert!(!has_columns(&done));
        assert_eq!(table(Some(done)).unwrap().0.fields().len(), 0);
        assert!(matches!(table(None), Ok((schema, _)) if schema.fields().is_empty()));
    }
}
