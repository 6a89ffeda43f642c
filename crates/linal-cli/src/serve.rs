//! `linal serve` and `linal config`.

mod beside;
mod options;

use std::io::{self, Write};
use std::sync::Arc;

use linal::{Engine, EngineOptions};
use linal_server::access::{DirectoryTokens, MemoryTokens, Tokens};
use linal_server::config::{Config, ConfigError};
use linal_server::{Server, StartError, log};

pub use self::options::ServeOptions;

use crate::exit::Exit;
use crate::output::report_error;

/// Serves until a signal.
///
/// # Errors
/// Those of standard error.
pub fn serve(options: &ServeOptions) -> io::Result<Exit> {
    let config = match options.config() {
        Ok(config) => config,
        Err(error) => return Ok(wrong(&error)),
    };
    log::start(&config);
    let (engine, tokens) = match open(&config) {
        Ok(opened) => opened,
        Err(message) => return Ok(report_error(&message, Exit::Failed)),
    };
    if config.data.is_none() {
        writeln!(
            io::stderr(),
            "linal: there is no --data, so that everything is in memory and ends with the server"
        )?;
    }
    match start(config, engine, tokens) {
        Ok((server, urls)) => {
            // A signal may come as soon as the line is read.
            let signals = server.signals()?;
            for url in urls {
                writeln!(io::stderr(), "listening on {url}")?;
            }
            server.serve_until(signals);
            Ok(Exit::Success)
        }
        Err(error) => {
            let exit = if error.is_usage { Exit::Usage } else { Exit::Failed };
            Ok(report_error(&error.to_string(), exit))
        }
    }
}

/// Starts the server and the protocols beside HTTP; returns where they are, that of HTTP first.
fn start(
    config: Config,
    engine: Engine,
    tokens: Arc<dyn Tokens>,
) -> Result<(Server, Vec<String>), StartError> {
    let others = beside::Addresses::of(&config);
    let mut server = Server::start(config, engine, tokens)?;
    let mut urls = vec![server.url()];
    urls.extend(others.start(&mut server)?);
    Ok((server, urls))
}

/// Prints the configuration.
///
/// # Errors
/// Those of standard output.
pub fn config(options: &ServeOptions) -> io::Result<Exit> {
    match options.config() {
        Ok(config) => write!(io::stdout().lock(), "{}", config.to_toml()).map(|()| Exit::Success),
        Err(error) => Ok(wrong(&error)),
    }
}

fn wrong(error: &ConfigError) -> Exit {
    report_error(&error.to_string(), Exit::Usage)
}

/// The engine of a configuration, and its tokens.
fn open(config: &Config) -> Result<(Engine, Arc<dyn Tokens>), String> {
    let limits = EngineOptions { memory_limit: config.memory_limit, ..EngineOptions::default() };
    let Some(directory) = &config.data else {
        return Ok((Engine::new(limits), Arc::new(MemoryTokens::default())));
    };
    let engine = Engine::open(directory, limits).map_err(|error| error.to_string())?;
    let tokens = DirectoryTokens::open(directory).map_err(|error| error.to_string())?;
    Ok((engine, Arc::new(tokens)))
}
