//! The configuration of a server: one table of keys, and the layers that set them.

mod keys;
mod layers;
mod units;

use std::path::PathBuf;
use std::time::Duration;

pub use self::keys::{Key, keys};
pub use self::layers::{ConfigError, Layers, environment_name};
pub use self::units::{bytes_text, duration_text, parse_time};

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// What is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Bugs and failures of the server itself.
    Error,
    /// The above, and what an operator should look at.
    #[default]
    Warn,
    /// The above, and one line for each request.
    Info,
}

/// The configuration of a server. [`keys`] documents each field.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The database directory; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Host and port.
    pub bind: String,
    /// Host and port of Arrow Flight SQL; `None` without it.
    pub flight_bind: Option<String>,
    /// Host and port of the PostgreSQL protocol; `None` without it.
    pub pg_bind: Option<String>,
    /// Directories that statements may read and write files below.
    pub files: Vec<PathBuf>,
    /// Bytes that all statements together may use; `None` for four fifths of the machine's memory.
    pub memory_limit: Option<usize>,
    /// Time that one statement may take; `None` for no limit.
    pub timeout: Option<Duration>,
    /// Statements that run at once.
    pub concurrency: usize,
    /// Statements of one database that wait.
    pub queue: usize,
    /// Rows that a result may have; `None` for no limit.
    pub max_rows_returned: Option<u64>,
    /// Bytes that statements may spill; `None` for no limit.
    pub spill_limit: Option<usize>,
    /// Time after which an unused session is dropped.
    pub session_idle: Duration,
    /// Sessions that are open at once.
    pub max_sessions: usize,
    /// Requests that wait for one session.
    pub session_queue: usize,
    /// Time that running statements get when the server stops.
    pub drain: Duration,
    /// Bytes of a body that is no upload.
    pub max_body: usize,
    /// Bytes of an upload.
    pub max_upload: u64,
    /// Bytes of the headers of a request.
    pub max_headers: usize,
    /// Connections that are open at once.
    pub max_connections: usize,
    /// Time in which the headers of a request must arrive, and the next part of a body.
    pub read_timeout: Duration,
    /// Time in which a client must take the next part of an answer.
    pub send_timeout: Duration,
    /// The certificates, as PEM.
    pub tls_cert: Option<PathBuf>,
    /// The private key, as PEM.
    pub tls_key: Option<PathBuf>,
    /// Origins of pages that may use the service.
    pub cors: Vec<String>,
    /// How the log is written.
    pub log: LogFormat,
    /// What is logged.
    pub log_level: LogLevel,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data: None,
            bind: "127.0.0.1:8080".to_owned(),
            flight_bind: None,
            pg_bind: None,
            files: Vec::new(),
            memory_limit: None,
            timeout: Some(Duration::from_secs(30)),
            concurrency: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 64,
            max_rows_returned: None,
            spill_limit: None,
            session_idle: Duration::from_secs(30 * 60),
            max_sessions: 1024,
            session_queue: 16,
            drain: Duration::from_secs(10),
            max_body: 64 << 20,
            max_upload: 16 << 30,
            max_headers: 16 << 10,
            max_connections: 1024,
            read_timeout: Duration::from_secs(30),
            send_timeout: Duration::from_secs(60),
            tls_cert: None,
            tls_key: None,
            cors: Vec::new(),
            log: LogFormat::Text,
            log_level: LogLevel::Warn,
        }
    }
}

impl Config {
    /// Whether connections are encrypted.
    pub fn has_tls(&self) -> bool {
        self.tls_cert.is_some() || self.tls_key.is_some()
    }
}
