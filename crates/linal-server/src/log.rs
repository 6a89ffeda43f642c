//! The log of the server, on standard error.

use std::io;

use tracing::Level;

use crate::config::{Config, LogFormat, LogLevel};

/// Starts the log of the process; a second call changes nothing.
pub fn start(config: &Config) {
    let level = match config.log_level {
        LogLevel::Off => return,
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false);
    // A host that has a log already keeps it.
    let _ = match config.log {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}
