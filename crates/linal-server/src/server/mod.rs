//! The server: it starts, accepts connections, and stops gracefully.

mod accept;
mod stop;
mod tls;

pub use self::stop::Signals;

use std::fmt;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use linal::Engine;
use linal::jobs::Runner;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::access::{Access, Audit, Tokens};
use crate::app::{App, TEMPORARY};
use crate::config::Config;
use crate::routes::router;
use crate::run::ServerJobs;

/// Why a server does not start: a sentence.
#[derive(Debug)]
pub struct StartError {
    message: String,
    /// Whether the configuration is to blame, rather than the machine.
    pub is_usage: bool,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StartError {}

impl StartError {
    /// One that the configuration is to blame for.
    pub fn usage(message: impl Into<String>) -> StartError {
        StartError { message: message.into(), is_usage: true }
    }

    fn failed(message: impl Into<String>) -> StartError {
        StartError { message: message.into(), is_usage: false }
    }
}

/// What the listener of a protocol beside HTTP gets; see [`Server::add`].
pub struct Beside {
    /// The server.
    pub app: App,
    /// Where it listens, without blocking.
    pub listener: TcpListener,
    /// TLS, if it is configured.
    pub tls: Option<TlsAcceptor>,
    /// Whether connections are accepted.
    pub accepting: watch::Receiver<bool>,
}

/// Stack of the threads that run statements, in bytes.
const STACK: usize = 8 << 20;

/// Threads that may block for each connection: those of HTTP, of Flight SQL and of the PostgreSQL protocol.
const BLOCKING_PER_CONNECTION: usize = 3;

/// A running server.
pub struct Server {
    /// Stopped before the rest.
    runner: Option<Runner>,
    app: App,
    address: SocketAddr,
    accepting: watch::Sender<bool>,
    connections: Vec<tokio::task::JoinHandle<()>>,
    // Dropped last: the tasks use it.
    runtime: Option<Runtime>,
    _folder: Option<TempDir>,
}

impl Server {
    /// Starts a server over an engine. `tokens` are those of its directory.
    ///
    /// # Errors
    /// An address that is not of this machine without a token (usage); an address that cannot be bound;
    /// certificates that cannot be read.
    pub fn start(config: Config, engine: Engine, tokens: Arc<dyn Tokens>) -> Result<Server, StartError> {
        let listener = bind(&config.bind)?;
        let failed = |error: std::io::Error| StartError::failed(format!("the server cannot start: {error}"));
        let address = listener.local_addr().map_err(failed)?;
        let is_loopback = address.ip().is_loopback();
        if !is_loopback {
            check_tokens(tokens.as_ref(), address)?;
        }
        let tls = tls::acceptor(&config, &[])?;
        let (spill, folder) = spill(&config)?;
        let audit = audit(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("linal-server")
            .thread_stack_size(STACK)
            .max_blocking_threads(config.concurrency + BLOCKING_PER_CONNECTION * config.max_connections)
            .build()
            .map_err(failed)?;
        let access = Access::new(tokens, is_loopback);
        let jobs = engine.jobs().map_err(|error| StartError::failed(error.to_string()))?;
        let app = App::new(config, engine, jobs, access, audit, spill, runtime.handle().clone());
        let (accepting, stopped) = watch::channel(true);
        let routes = router(app.clone());
        let serving = accept::serve(app.clone(), listener, tls, routes, stopped);
        let connections = vec![runtime.spawn(serving)];
        runtime.spawn(sweep(app.clone()));
        // The statements of jobs take places as those of requests do, so that more threads would only wait.
        let workers = app.config.concurrency;
        let runner = Some(Runner::start(&app.jobs, Arc::new(ServerJobs(app.clone())), workers, true));
        Ok(Server { runner, app, address, accepting, connections, runtime: Some(runtime), _folder: folder })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the address.
    pub fn url(&self) -> String {
        let scheme = if self.app.config.has_tls() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves another protocol at an address of its own until the server stops. `serve` gets the listener, the
    /// acceptor of TLS if it is configured, and a channel that says `false` when it is to end. Returns the address.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn add<S, F>(&mut self, host: &str, alpn: &[&[u8]], serve: S) -> Result<SocketAddr, StartError>
    where
        S: FnOnce(Beside) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = bind(host)?;
        let failed = |error: std::io::Error| StartError::failed(format!("cannot listen on {host}: {error}"));
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().is_loopback() {
            check_tokens(self.app.access.tokens(), address)?;
        }
        let tls = tls::acceptor(&self.app.config, alpn)?;
        let beside = Beside { app: self.app.clone(), listener, tls, accepting: self.accepting.subscribe() };
        self.connections.push(self.app.runtime.spawn(serve(beside)));
        Ok(address)
    }

    /// The state, for tests and hosts.
    pub fn app(&self) -> &App {
        &self.app
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

fn bind(host: &str) -> Result<TcpListener, StartError> {
    let addresses = host
        .to_socket_addrs()
        .map_err(|error| StartError::usage(format!("the address {host} is not known: {error}")))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    let listener = TcpListener::bind(&*addresses)
        .map_err(|error| StartError::failed(format!("cannot listen on {host}: {error}")))?;
    listener
        .set_nonblocking(true)
        .map_err(|error| StartError::failed(format!("cannot listen on {host}: {error}")))?;
    Ok(listener)
}

fn check_tokens(tokens: &dyn Tokens, address: SocketAddr) -> Result<(), StartError> {
    let records = tokens.all().map_err(|error| StartError::failed(error.to_string()))?;
    let now = crate::access::now_us();
    if records.iter().any(|record| record.is_valid(now)) {
        return Ok(());
    }
    Err(StartError::usage(format!(
        "{address} can be reached from other machines, and there is no token; \
         `linal token create --data DIR --name NAME --rights admin` makes one"
    )))
}

/// The folder of uploads: below the directory, or a temporary one.
fn spill(config: &Config) -> Result<(PathBuf, Option<TempDir>), StartError> {
    let failed =
        |error: std::io::Error| StartError::failed(format!("the folder of uploads cannot be made: {error}"));
    let folder = match &config.data {
        Some(data) => {
            let spill = std::path::absolute(data.join("spill")).map_err(failed)?;
            std::fs::create_dir_all(&spill).map_err(failed)?;
            remove_leftovers(&spill);
            return Ok((spill, None));
        }
        None => tempfile::Builder::new().prefix("linal-").tempdir().map_err(failed)?,
    };
    Ok((folder.path().to_path_buf(), Some(folder)))
}

/// Removes the files of a server that was killed. One that cannot be removed takes room, and does no other harm.
fn remove_leftovers(spill: &Path) {
    let Ok(entries) = std::fs::read_dir(spill) else { return };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn audit(config: &Config) -> Result<Option<Audit>, StartError> {
    let opened = config.data.as_deref().map(Audit::open).transpose();
    opened.map_err(|error| StartError::failed(format!("the audit log cannot be opened: {error}")))
}

/// Drops the sessions whose time is over, again and again.
async fn sweep(app: App) {
    let pause = (app.config.session_idle / 4).clamp(Duration::from_millis(50), Duration::from_secs(10));
    loop {
        tokio::time::sleep(pause).await;
        app.sessions.sweep();
        app.idle.sweep();
    }
}
