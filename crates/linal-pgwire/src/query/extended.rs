//! The extended protocol: prepared statements, parameters, cursors, binary results.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{Sink, SinkExt, StreamExt};
use linal_server::http::ApiError;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::ExtendedQueryHandler;
use pgwire::api::results::{DescribePortalResponse, FieldFormat, FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::stmt::QueryParser;
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::data::DataRow;
use pgwire::messages::extendedquery::Sync as PgSync;
use pgwire::messages::response::ReadyForQuery;

use super::Queries;
use super::run::{self, Answers};
use crate::connection::Connection;
use crate::parameters::{self, Bound};
use crate::results::Part;
use crate::settings::{self, Answer};
use crate::types::{Kind, format_of};
use crate::{catalog, status};

/// A prepared statement.
#[derive(Clone, Debug)]
pub struct Prepared {
    text: String,
    /// The types of its parameters.
    parameters: Vec<Type>,
    /// The columns of its result, if it has one.
    columns: Option<Vec<(String, Described)>>,
}

/// The type of a column.
#[derive(Clone, Debug)]
pub enum Described {
    /// One of the engine.
    Kind(Kind),
    /// One of `pg_catalog`.
    Type(Type),
}

impl Prepared {
    fn fields(&self, formats: &Format) -> Vec<FieldInfo> {
        let columns = self.columns.iter().flatten().enumerate();
        let fields = columns.map(|(at, (name, described))| match described {
            Described::Kind(kind) => kind.field(name, format_of(formats, at)),
            // The rows of `pg_catalog` are texts.
            Described::Type(kind) => {
                FieldInfo::new(name.clone(), None, None, kind.clone(), FieldFormat::Text)
            }
        });
        fields.collect()
    }
}

/// Plans statements.
pub struct Parser(Arc<Connection>);

#[async_trait]
impl QueryParser for Parser {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, _: &C, text: &str, types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let names = parameters::count(text);
        let known =
            (0..names.max(types.len())).map(|at| types.get(at).cloned().flatten().unwrap_or(Type::TEXT));
        let parameters: Vec<Type> = known.collect();
        let bound = Bound::unknown(parameters.len());
        let columns = columns(&self.0, text, bound).await?;
        Ok(Some(Prepared { text: text.to_owned(), parameters, columns }))
    }

    fn get_parameter_types(&self, statement: &Prepared) -> PgWireResult<Vec<Type>> {
        Ok(statement.parameters.clone())
    }

    fn get_result_schema(
        &self,
        statement: &Prepared,
        formats: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        Ok(statement.fields(formats.unwrap_or(&Format::UnifiedText)))
    }
}

/// The columns of the result of a statement.
async fn columns(
    connection: &Arc<Connection>,
    text: &str,
    bound: Bound,
) -> PgWireResult<Option<Vec<(String, Described)>>> {
    let failed = |error: ApiError| status::error(&error);
    let task = connection.task(&format!("Parse {text}")).await.map_err(failed)?;
    let (connection, text) = (connection.clone(), text.to_owned());
    let planned = task.run(move |running| {
        if connection.has_failed() {
            return Ok(None);
        }
        if catalog::is_asked(&text)
            && let Some(columns) = catalog::columns(&connection, running, &text)?
        {
            let columns = columns.into_iter().map(|(name, kind)| (name, Described::Type(kind)));
            return Ok(Some(columns.collect()));
        }
        match settings::answer(&connection, running.session, &text) {
            Some(Answer::Row(name, _)) => return Ok(Some(vec![(name, Described::Kind(Kind::Text))])),
            Some(_) => return Ok(None),
            None => {}
        }
        let schema = running.columns(&text, &bound.parameters, true)?;
        Ok(schema.map(|schema| {
            let fields = schema.fields().iter();
            fields.map(|field| (field.name().clone(), Described::Kind(Kind::of(field)))).collect()
        }))
    });
    planned.await.map_err(failed)
}

#[async_trait]
impl ExtendedQueryHandler for Queries {
    type Statement = Prepared;
    type QueryParser = Parser;

    fn query_parser(&self) -> Arc<Parser> {
        Arc::new(Parser(self.0.clone()))
    }

    /// As by default, with the status of the session: after going back to a savepoint it is open again.
    async fn on_sync<C>(&self, client: &mut C, _: PgSync) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        client.portal_store().rm_portal(DEFAULT_NAME);
        let status = self.0.status();
        client.set_transaction_status(status);
        client.send(PgWireBackendMessage::ReadyForQuery(ReadyForQuery::new(status))).await?;
        Ok(())
    }

    async fn do_describe_portal<C>(
        &self,
        _: &mut C,
        portal: &Portal<Prepared>,
    ) -> PgWireResult<DescribePortalResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut statement = portal.statement.statement.clone();
        let is_engine =
            statement.columns.iter().flatten().all(|(_, kind)| matches!(kind, Described::Kind(_)));
        if is_engine && statement.columns.is_some() && !statement.parameters.is_empty() {
            // With the values, the types may be others than without.
            let bound = Bound::of(portal, &statement.parameters)?;
            statement.columns = columns(&self.0, &statement.text, bound).await?;
        }
        Ok(DescribePortalResponse::new(statement.fields(&portal.result_column_format)))
    }

    async fn do_query<C>(
        &self,
        _: &mut C,
        portal: &Portal<Prepared>,
        max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = &portal.statement.statement;
        let bound = Bound::of(portal, &statement.parameters)?;
        let formats = portal.result_column_format.clone();
        let gives = statement.columns.is_some();
        let mut answers = run::start(&self.0, &statement.text, bound, formats, gives).await?;
        match answers.parts.recv().await {
            Some(Part::Fields(fields)) => {
                let rows = rows(answers);
                // A cursor may stay open while other statements run, so that it keeps its rows and not the session.
                let rows = if max_rows > 0 { kept(&self.0, rows).await? } else { rows };
                Ok(Response::Query(QueryResponse::new(fields, rows)))
            }
            Some(Part::Done(text, changed)) => {
                let is_open = answers.end().await?;
                let done = tag(&text, changed);
                Ok(match text.as_str() {
                    "BEGIN" => Response::TransactionStart(done),
                    "COMMIT" | "ROLLBACK" if !is_open => Response::TransactionEnd(done),
                    _ => Response::Execution(done),
                })
            }
            _ => {
                answers.end().await?;
                Ok(Response::EmptyQuery)
            }
        }
    }
}

/// The rows of one statement. The stream ends with an error unless the statement has ended well.
fn rows(answers: Answers) -> BoxStream<'static, PgWireResult<DataRow>> {
    let parts = futures::stream::unfold(Some(answers), |answers| async move {
        let mut answers = answers?;
        loop {
            match answers.parts.recv().await {
                Some(Part::Rows(rows)) => return Some((Ok(rows), Some(answers))),
                Some(Part::Fields(_) | Part::Done(..)) => {}
                None => return answers.end().await.err().map(|error| (Err(error), None)),
            }
        }
    });
    let rows = parts.map(|part| match part {
        Ok(rows) => futures::stream::iter(rows).map(Ok).boxed(),
        Err(error) => futures::stream::iter([Err(error)]).boxed(),
    });
    rows.flatten().boxed()
}

/// The rows of a cursor, in the memory of its session until they are taken or the cursor is closed.
async fn kept(
    connection: &Connection,
    mut rows: BoxStream<'static, PgWireResult<DataRow>>,
) -> PgWireResult<BoxStream<'static, PgWireResult<DataRow>>> {
    let failed = |error| status::error(&ApiError::of_engine(&linal::Error::from(error)));
    let pool = connection.memory_pool().map_err(|error| status::error(&error))?;
    let mut charge = pool.reserve("cursor", 0).map_err(failed)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row?;
        charge.grow("cursor", row.data.len() + size_of::<DataRow>()).map_err(failed)?;
        all.push(row);
    }
    let rows = futures::stream::iter(all).map(move |row| {
        let _held = &charge;
        Ok(row)
    });
    Ok(rows.boxed())
}

/// The tag of a statement that has ended.
pub fn tag(text: &str, rows: Option<u64>) -> Tag {
    let tag = Tag::new(text);
    match rows {
        Some(rows) => tag.with_rows(usize::try_from(rows).unwrap_or(usize::MAX)),
        None => tag,
    }
}
