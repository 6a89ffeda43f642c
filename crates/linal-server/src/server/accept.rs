//! Connections.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::app::App;

/// Room that hyper gets beyond the headers, so that larger ones are refused with an answer of ours.
const HEADROOM: usize = 256 << 10;

/// Headers of a request, counted.
const HEADERS: usize = 256;

/// Time that connections get for the rest of their answers when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Accepts connections until `accepting` is false, then lets them end.
pub async fn serve(
    app: App,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    mut accepting: watch::Receiver<bool>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the server cannot listen"),
    };
    let (graceful, slots) = (GracefulShutdown::new(), Arc::new(Semaphore::new(app.config.max_connections)));
    loop {
        let accepted = tokio::select! {
            _ = accepting.wait_for(|accepting| !accepting) => break,
            accepted = async {
                let slot = slots.clone().acquire_owned().await;
                (slot, listener.accept().await)
            } => accepted,
        };
        let (Ok(slot), connection) = accepted else { break };
        let Ok((stream, _)) = connection else {
            // Too many open files, for example; a loop without a pause would use a core.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (app, tls, routes) = (app.clone(), tls.clone(), routes.clone());
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let _slot = slot;
            app.metrics.connections.fetch_add(1, Ordering::Relaxed);
            match tls {
                None => connection_of(&app, stream, routes, watcher).await,
                Some(tls) => {
                    if let Some(stream) = handshake(&app, &tls, stream).await {
                        connection_of(&app, stream, routes, watcher).await;
                    }
                }
            }
            app.metrics.connections.fetch_sub(1, Ordering::Relaxed);
        });
    }
    drop(listener);
    let _ = timeout(LAST_WORDS, graceful.shutdown()).await;
}

async fn handshake(
    app: &App,
    tls: &TlsAcceptor,
    stream: TcpStream,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    let result: io::Result<_> = timeout(app.config.read_timeout, tls.accept(stream)).await.ok()?;
    result.inspect_err(|error| tracing::info!(%error, "a TLS handshake failed")).ok()
}

async fn connection_of<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    app: &App,
    stream: S,
    routes: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(app.config.read_timeout)
        .max_headers(HEADERS)
        .max_buf_size(app.config.max_headers + HEADROOM)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    // A client that breaks off is no failure of the server.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection broke off");
    }
}
