//! The beginning of a connection: the token is the password.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Sink, SinkExt};
use linal_error::Code;
use linal_server::access::Principal;
use linal_server::http::{ApiError, ApiResult};
use pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use pgwire::api::{ClientInfo, METADATA_DATABASE, METADATA_USER, PgWireConnectionState};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::startup::Authentication;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};

use crate::connection::Connection;
use crate::settings::VERSION;
use crate::status::fatal;

/// Takes the startup of a connection.
pub struct Startup(pub Arc<Connection>);

/// Names that clients send for the database when their user has named none, or that of the catalog.
const ANY: [&str; 3] = ["linal", "postgres", ""];

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(_) if self.0.app.config.has_tls() && !client.is_secure() => {
                // The token would be sent for all to read.
                let message = "this server takes connections with TLS only";
                Err(fatal(&ApiError::new(Code::Unauthenticated, message).with_help("sslmode=require")))
            }
            PgWireFrontendMessage::Startup(ref startup) => {
                protocol_negotiation(client, startup).await?;
                save_startup_parameters_to_metadata(client, startup);
                // As long as there is no token, anybody on this machine may come in.
                if let Ok(principal) = self.0.app.access.bearer(None) {
                    return self.enter(client, &principal, None).await;
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                client.send(PgWireBackendMessage::Authentication(Authentication::CleartextPassword)).await?;
                Ok(())
            }
            PgWireFrontendMessage::PasswordMessageFamily(password) => {
                let password = password.into_password()?;
                let principal = self.0.app.access.bearer(Some(&password.password));
                let principal = principal.map_err(|error| {
                    self.audit(client, &error);
                    refused(&error)
                })?;
                self.enter(client, &principal, Some(password.password)).await
            }
            _ => Ok(()),
        }
    }
}

impl Startup {
    async fn enter<C>(&self, client: &mut C, principal: &Principal, token: Option<String>) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let connected = || -> ApiResult<_> {
            self.0.enter(principal, token, database(client))?;
            self.0.others.add(&self.0)
        };
        let (number, key) = connected().map_err(|error| {
            self.audit(client, &error);
            fatal(&error)
        })?;
        client.set_pid_and_secret_key(number, key);
        let mut parameters = DefaultServerParameterProvider::default();
        parameters.server_version = VERSION.to_owned();
        parameters.search_path = client.metadata().get(METADATA_DATABASE).cloned().unwrap_or_default();
        parameters.is_superuser = false;
        parameters.time_zone = "UTC".to_owned();
        finish_authentication(client, &parameters).await
    }

    /// Notes a connection that is refused in the audit log.
    fn audit<C: ClientInfo>(&self, client: &C, error: &ApiError) {
        let (app, database) = (&self.0.app, database(client).unwrap_or("default"));
        app.audit_refusal("PostgreSQL", database, &app.next_query_id(), error);
    }
}

/// The database that a client names, which is that of its user when it names none.
fn database<C: ClientInfo>(client: &C) -> Option<&str> {
    let named = client.metadata().get(METADATA_DATABASE).map(String::as_str)?;
    let is_user = client.metadata().get(METADATA_USER).is_some_and(|user| user == named);
    (!is_user && !ANY.contains(&named)).then_some(named)
}

/// A wrong password ends the connection; the client may not learn why.
fn refused(error: &ApiError) -> PgWireError {
    tracing::info!(message = %error.body.message, "a client of the PostgreSQL protocol was refused");
    let hint = "the password is a token of `linal token create`";
    fatal(&error.clone().with_help(hint))
}
