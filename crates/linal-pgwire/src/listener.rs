//! Connections.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use linal_server::run::Reason;
use linal_server::{App, Beside};
use pgwire::api::PgWireServerHandlers;
use pgwire::api::auth::StartupHandler;
use pgwire::api::cancel::CancelHandler;
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::messages::cancel::CancelRequest;
use pgwire::tokio::{TlsAcceptor, process_socket};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::connection::{Connection, Connections};
use crate::query::Queries;
use crate::startup::Startup;

/// Time that connections get for the rest of their answers when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves the protocol until the server stops.
pub async fn serve(beside: Beside) {
    let Beside { app, listener, tls, mut accepting } = beside;
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the PostgreSQL protocol cannot listen"),
    };
    let slots = Arc::new(Semaphore::new(app.config.max_connections));
    let others = Arc::<Connections>::default();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = accepting.wait_for(|accepting| !accepting) => break,
            accepted = async {
                let slot = slots.clone().acquire_owned().await;
                (slot, listener.accept().await)
            } => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (Ok(slot), connection) = accepted else { break };
        let Ok((stream, _)) = connection else {
            // Too many open files, for example; a loop without a pause would use a core.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let connection = Arc::new(Connection::new(app.clone(), others.clone()));
        let serving = connection_of(app.clone(), stream, tls.clone(), connection);
        connections.spawn(async move {
            let _slot = slot;
            serving.await;
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Clients keep their connections for as long as they can.
    let _ = tokio::time::timeout(LAST_WORDS, ended).await;
    connections.abort_all();
}

async fn connection_of(app: App, stream: TcpStream, tls: Option<TlsAcceptor>, connection: Arc<Connection>) {
    let _ = stream.set_nodelay(true);
    app.metrics.connections.fetch_add(1, Ordering::Relaxed);
    // Also when the task is aborted.
    let _gone = Gone(connection.clone());
    let late = late(app.config.read_timeout, connection.clone());
    tokio::select! {
        ended = process_socket(stream, tls, Handlers(connection)) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke off");
            }
        }
        () = late => tracing::debug!("a client did not say in time who it is"),
    }
}

/// Ends when the client has not said who it is in time; never for one that has.
async fn late(most: Duration, connection: Arc<Connection>) {
    tokio::time::sleep(most).await;
    if connection.is_entered() {
        std::future::pending::<()>().await;
    }
}

/// The end of a connection.
struct Gone(Arc<Connection>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.stop(Reason::ClientGone);
        self.0.app.metrics.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The handlers of a connection.
struct Handlers(Arc<Connection>);

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        Arc::new(Queries(self.0.clone()))
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        Arc::new(Queries(self.0.clone()))
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        Arc::new(Startup(self.0.clone()))
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::new(Cancels(self.0.others.clone()))
    }
}

struct Cancels(Arc<Connections>);

#[async_trait]
impl CancelHandler for Cancels {
    async fn on_cancel_request(&self, request: CancelRequest) {
        self.0.cancel(request.pid, &request.secret_key);
    }
}
