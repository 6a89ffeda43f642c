//! The calls of Flight SQL. Each is handed to the module of its subject.

use std::pin::Pin;
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionBeginTransactionRequest, ActionBeginTransactionResult, ActionClosePreparedStatementRequest,
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, ActionEndTransactionRequest,
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys,
    CommandGetImportedKeys, CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables,
    CommandGetXdbcTypeInfo, CommandPreparedStatementQuery, CommandPreparedStatementUpdate,
    CommandStatementIngest, CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult,
    ProstMessageExt, SqlInfo, TicketStatementQuery,
};
use arrow_flight::{Action, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse, Ticket};
use futures::{Stream, StreamExt};
use linal_server::App;
use linal_server::access::Principal;
use linal_server::http;
use linal_server::run::{self, Task};
use prost::Message;
use tonic::codegen::http::HeaderMap;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};

use crate::authentication::{self, NO_TOKEN};
use crate::connection::Connection;
use crate::results::{self, FlightStream};
use crate::status::{internal, malformed, status};
use crate::{catalog, info, ingest, parameters, prepared, statement, transaction};

type DoGet = <Service as FlightService>::DoGetStream;
type Handshake = Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>;
type Get = Result<Response<DoGet>, Status>;
type Info = Result<Response<FlightInfo>, Status>;

/// The service.
#[derive(Clone)]
pub struct Service {
    /// The server.
    pub app: App,
}

/// A call: who makes it, where, and its headers.
pub struct Call {
    /// The server.
    pub app: App,
    /// Where it was made.
    pub connection: Arc<Connection>,
    /// Who makes it.
    pub principal: Principal,
    /// Its headers.
    pub headers: HeaderMap,
}

impl Call {
    /// A new handle of something that the connection keeps.
    pub fn handle(&self) -> String {
        self.app.next_query_id()
    }

    /// A request in the session of the call, or in that of a transaction.
    ///
    /// # Errors
    /// Headers that cannot be read; as [`Connection::lease`].
    pub async fn task(&self, shown: &str, transaction: Option<&str>) -> Result<Task, Status> {
        let context = run::context(&self.app, self.principal.clone());
        let limits = http::limits(&self.headers, &self.app.config, self.app.engine.memory_limit())
            .map_err(|error| status(&error))?;
        let owner = self.principal.name.as_deref().map(str::to_owned);
        let database = http::database(&self.headers).ok().flatten().unwrap_or("default");
        let entry = self.app.queries.begin(&context.query_id, owner, database, shown);
        let stop = entry.query.stop.clone();
        let leased = self.connection.lease(&self.principal, &self.headers, transaction, &stop).await;
        let (session, using) = leased.map_err(|error| status(&error))?;
        Ok(Task { app: self.app.clone(), context, entry, session, using, shown: shown.to_owned(), limits })
    }
}

impl Service {
    fn call<T>(&self, request: &Request<T>) -> Result<Call, Status> {
        let principal = authentication::principal(&self.app, request.metadata())?;
        let connection = request.extensions().get::<Arc<Connection>>().cloned();
        let connection = connection.ok_or_else(|| internal(&"a call without a connection"))?;
        let headers = request.metadata().clone().into_headers();
        Ok(Call { app: self.app.clone(), connection, principal, headers })
    }

    /// The description of what [`catalog`] and [`info`] tell: its ticket is the command itself.
    fn described(
        &self,
        request: Request<FlightDescriptor>,
        command: impl ProstMessageExt,
        schema: &arrow::datatypes::Schema,
    ) -> Info {
        self.call(&request)?;
        let ticket = command.as_any().encode_to_vec();
        let descriptor = request.into_inner();
        let endpoint = arrow_flight::FlightEndpoint::new().with_ticket(Ticket::new(ticket));
        let info = FlightInfo::new().with_endpoint(endpoint).with_descriptor(descriptor);
        info.try_with_schema(schema).map(Response::new).map_err(|error| internal(&error))
    }
}

fn answered(stream: FlightStream) -> Response<DoGet> {
    Response::new(Box::pin(stream))
}

/// The text of a transaction's id.
pub fn transaction_id(bytes: Option<impl AsRef<[u8]>>) -> Result<Option<String>, Status> {
    let text =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| malformed("an unknown transaction"));
    match bytes {
        Some(bytes) if !bytes.as_ref().is_empty() => text(bytes.as_ref()).map(Some),
        _ => Ok(None),
    }
}

fn text_of(handle: &[u8]) -> Result<String, Status> {
    String::from_utf8(handle.to_vec()).map_err(|_| malformed("an unknown handle"))
}

/// The rows of parameters that a client sends for a prepared statement.
async fn bound(
    call: &Call,
    handle: &str,
    stream: PeekableFlightDataStream,
) -> Result<Vec<linal::Parameters>, Status> {
    parameters::read(&prepared::text(call, handle)?, stream, call.app.config.max_body).await
}

#[tonic::async_trait]
impl FlightSqlService for Service {
    type FlightService = Service;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Handshake>, Status> {
        authentication::principal(&self.app, request.metadata())?;
        let token = authentication::token(request.metadata()).map_err(|error| status(&error))?;
        let token = token.unwrap_or_else(|| NO_TOKEN.to_owned());
        let answer = HandshakeResponse { protocol_version: 0, payload: token.clone().into() };
        let mut response: Response<Handshake> =
            Response::new(futures::stream::iter([Ok::<_, Status>(answer)]).boxed());
        let bearer = MetadataValue::try_from(format!("Bearer {token}"));
        let bearer = bearer.map_err(|_| malformed("the token is no ASCII text"))?;
        response.metadata_mut().insert("authorization", bearer);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let call = self.call(&request)?;
        let transaction = transaction_id(query.transaction_id)?;
        statement::info(&call, query.query, transaction, request.into_inner()).await.map(Response::new)
    }

    async fn do_get_statement(&self, ticket: TicketStatementQuery, request: Request<Ticket>) -> Get {
        let call = self.call(&request)?;
        let handle = text_of(&ticket.statement_handle)?;
        let Some(taken) = call.connection.tickets.take(&handle, &call.principal) else {
            return Err(Status::not_found(
                "there is no such ticket: it was taken, or is of another connection or token",
            ));
        };
        let transaction = taken.transaction.as_deref();
        statement::run(&call, taken.text, transaction, Vec::new()).await.map(answered)
    }

    async fn do_put_statement_update(
        &self,
        command: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let call = self.call(&request)?;
        let transaction = transaction_id(command.transaction_id)?;
        statement::update(&call, command.query, transaction.as_deref(), Vec::new()).await
    }

    async fn do_put_statement_ingest(
        &self,
        command: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let call = self.call(&request)?;
        ingest::run(&call, command, request.into_inner()).await
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let call = self.call(&request)?;
        prepared::create(&call, query).await
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let call = self.call(&request)?;
        let handle = text_of(&query.prepared_statement_handle)?;
        // One that is not there any more is closed.
        call.connection.prepared.take(&handle, &call.principal);
        Ok(())
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let call = self.call(&request)?;
        let handle = text_of(&query.prepared_statement_handle)?;
        prepared::info(&call, &handle, request.into_inner()).map(Response::new)
    }

    async fn do_get_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<Ticket>,
    ) -> Get {
        let call = self.call(&request)?;
        let handle = text_of(&query.prepared_statement_handle)?;
        prepared::run(&call, &handle).await.map(answered)
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let call = self.call(&request)?;
        let handle = text_of(&query.prepared_statement_handle)?;
        let bound = bound(&call, &handle, request.into_inner()).await?;
        prepared::bind(&call, &handle, bound).await?;
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(query.prepared_statement_handle) })
    }

    async fn do_put_prepared_statement_update(
        &self,
        query: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let call = self.call(&request)?;
        let handle = text_of(&query.prepared_statement_handle)?;
        let bound = bound(&call, &handle, request.into_inner()).await?;
        prepared::update(&call, &handle, bound).await
    }

    async fn do_action_begin_transaction(
        &self,
        _query: ActionBeginTransactionRequest,
        request: Request<Action>,
    ) -> Result<ActionBeginTransactionResult, Status> {
        let call = self.call(&request)?;
        let id = transaction::begin(&call).await?;
        Ok(ActionBeginTransactionResult { transaction_id: id.into() })
    }

    async fn do_action_end_transaction(
        &self,
        query: ActionEndTransactionRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let call = self.call(&request)?;
        let id = text_of(&query.transaction_id)?;
        transaction::end(&call, &id, query.action()).await
    }

    async fn get_flight_info_catalogs(
        &self,
        query: CommandGetCatalogs,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query, &query.into_builder().schema())
    }

    async fn do_get_catalogs(&self, query: CommandGetCatalogs, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        catalog::catalogs(query).map(results::whole).map(answered)
    }

    async fn get_flight_info_schemas(
        &self,
        query: CommandGetDbSchemas,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query.clone(), &query.into_builder().schema())
    }

    async fn do_get_schemas(&self, query: CommandGetDbSchemas, request: Request<Ticket>) -> Get {
        let call = self.call(&request)?;
        catalog::schemas(&call, query).await.map(results::whole).map(answered)
    }

    async fn get_flight_info_tables(
        &self,
        query: CommandGetTables,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query.clone(), &query.into_builder().schema())
    }

    async fn do_get_tables(&self, query: CommandGetTables, request: Request<Ticket>) -> Get {
        let call = self.call(&request)?;
        catalog::tables(&call, query).await.map(results::whole).map(answered)
    }

    async fn get_flight_info_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query, &query.into_builder().schema())
    }

    async fn do_get_table_types(&self, query: CommandGetTableTypes, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        catalog::table_types(query).map(results::whole).map(answered)
    }

    async fn get_flight_info_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let schema = query.clone().into_builder(info::server()?).schema();
        self.described(request, query, &schema)
    }

    async fn do_get_sql_info(&self, query: CommandGetSqlInfo, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        let batch = query.into_builder(info::server()?).build();
        batch.map(results::whole).map(answered).map_err(Status::from)
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        query: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let schema = query.into_builder(info::types()?).schema();
        self.described(request, query, &schema)
    }

    async fn do_get_xdbc_type_info(&self, query: CommandGetXdbcTypeInfo, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        let batch = query.into_builder(info::types()?).build();
        batch.map(results::whole).map(answered).map_err(Status::from)
    }

    async fn get_flight_info_primary_keys(
        &self,
        query: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query, &catalog::primary_keys().schema())
    }

    async fn do_get_primary_keys(&self, _query: CommandGetPrimaryKeys, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        Ok(answered(results::whole(catalog::primary_keys())))
    }

    async fn get_flight_info_exported_keys(
        &self,
        query: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query, &catalog::foreign_keys().schema())
    }

    async fn do_get_exported_keys(&self, _query: CommandGetExportedKeys, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        Ok(answered(results::whole(catalog::foreign_keys())))
    }

    async fn get_flight_info_imported_keys(
        &self,
        query: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query, &catalog::foreign_keys().schema())
    }

    async fn do_get_imported_keys(&self, _query: CommandGetImportedKeys, request: Request<Ticket>) -> Get {
        self.call(&request)?;
        Ok(answered(results::whole(catalog::foreign_keys())))
    }

    async fn get_flight_info_cross_reference(
        &self,
        query: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.described(request, query, &catalog::foreign_keys().schema())
    }

    async fn do_get_cross_reference(
        &self,
        _query: CommandGetCrossReference,
        request: Request<Ticket>,
    ) -> Get {
        self.call(&request)?;
        Ok(answered(results::whole(catalog::foreign_keys())))
    }

    async fn register_sql_info(&self, _id: i32, _result: &SqlInfo) {}
}
