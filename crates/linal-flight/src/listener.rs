//! Connections.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use futures::StreamExt;
use linal_server::{App, Beside};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::transport::Server;
use tonic::transport::server::Connected;

use crate::connection::Connection;
use crate::service::Service;

/// Time that connections get for the rest of their answers when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The time between two looks at whether a client is still there.
const ALIVE: Duration = Duration::from_secs(60);

/// Bytes with which a connection of HTTP/2 begins.
const PREFACE: usize = 24;

/// Calls of a connection at once.
const CALLS: u32 = 128;

/// Serves Flight SQL until the server stops.
pub async fn serve(beside: Beside) {
    let Beside { app, listener, tls, mut accepting } = beside;
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "Flight SQL cannot listen"),
    };
    let (sender, accepted) = mpsc::channel(1);
    let accept = tokio::spawn(accept(app.clone(), listener, tls, sender));
    let incoming = futures::stream::unfold(accepted, |mut accepted| async move {
        let stream: Stream = accepted.recv().await?;
        Some((Ok::<_, io::Error>(stream), accepted))
    });
    let flight = FlightServiceServer::new(Service { app: app.clone() })
        .max_decoding_message_size(app.config.max_body)
        .max_encoding_message_size(usize::MAX);
    let headers = u32::try_from(app.config.max_headers).unwrap_or(u32::MAX);
    let mut ending = accepting.clone();
    let serving = Server::builder()
        .max_concurrent_streams(CALLS)
        .http2_max_header_list_size(headers)
        .http2_keepalive_interval(Some(ALIVE))
        .http2_keepalive_timeout(Some(app.config.read_timeout))
        .add_service(flight)
        .serve_with_incoming_shutdown(incoming.boxed(), async move {
            let _ = ending.wait_for(|accepting| !accepting).await;
        });
    let ended = async {
        // Fails only when the server is gone, which is the end as well.
        let _ = accepting.wait_for(|accepting| !accepting).await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        served = serving => {
            if let Err(error) = served {
                tracing::error!(%error, "Flight SQL has ended");
            }
        }
        () = ended => {}
    }
    accept.abort();
}

/// Accepts connections, with TLS if it is configured.
async fn accept(
    app: App,
    listener: tokio::net::TcpListener,
    tls: Option<TlsAcceptor>,
    accepted: mpsc::Sender<Stream>,
) {
    let slots = Arc::new(Semaphore::new(app.config.max_connections));
    loop {
        let Ok(slot) = slots.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example; a loop without a pause would use a core.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (app, tls, accepted) = (app.clone(), tls.clone(), accepted.clone());
        tokio::spawn(async move {
            let Some(socket) = handshake(&app, tls, stream).await else { return };
            app.metrics.connections.fetch_add(1, Ordering::Relaxed);
            let connection = Arc::new(Connection::new(app.clone()));
            let late = Some(Box::pin(tokio::time::sleep(app.config.read_timeout)));
            let stream =
                Stream { socket, connection, greeted: 0, late, _counted: Counted { app, _slot: slot } };
            // Without a receiver the server stops.
            let _ = accepted.send(stream).await;
        });
    }
}

async fn handshake(app: &App, tls: Option<TlsAcceptor>, stream: TcpStream) -> Option<Socket> {
    let Some(tls) = tls else { return Some(Socket::Plain(stream)) };
    let result: io::Result<_> = timeout(app.config.read_timeout, tls.accept(stream)).await.ok()?;
    let stream = result.inspect_err(|error| tracing::info!(%error, "a TLS handshake failed")).ok()?;
    Some(Socket::Encrypted(Box::new(stream)))
}

enum Socket {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// A place among the connections.
struct Counted {
    app: App,
    _slot: OwnedSemaphorePermit,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.app.metrics.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The bytes of a connection. Its [`Connection`] is in the extensions of each request.
struct Stream {
    socket: Socket,
    connection: Arc<Connection>,
    /// Bytes of the preface that have come, and the end of the time for it.
    greeted: usize,
    late: Option<Pin<Box<tokio::time::Sleep>>>,
    /// It counts until it is dropped.
    _counted: Counted,
}

impl Connected for Stream {
    type ConnectInfo = Arc<Connection>;

    fn connect_info(&self) -> Arc<Connection> {
        self.connection.clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Afterwards HTTP/2 asks by itself whether a silent client is still there.
        if let Some(late) = &mut self.late
            && late.as_mut().poll(context).is_ready()
        {
            let message = "the client has not begun in time";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)));
        }
        let before = buffer.filled().len();
        let read = match &mut self.socket {
            Socket::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Socket::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if self.late.is_some() {
            self.greeted += buffer.filled().len() - before;
            if self.greeted >= PREFACE {
                self.late = None;
            }
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.socket {
            Socket::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Socket::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Plain(stream) => Pin::new(stream).poll_flush(context),
            Socket::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Socket::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
