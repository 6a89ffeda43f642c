//! The `linal` command line: runs scripts, or reads statements at a prompt. The binary and the Python package both
//! run [`main`].
//!
//! This crate contains no language logic. `args` parses the command line, `run` passes statements to a session,
//! `directory` verifies and describes database directories, `output` writes results, `interrupt` handles Ctrl-C,
//! `progress` shows the progress of long reads, `jobs` works the queue of jobs off, `serve` starts the HTTP service, `client`
//! uses one, `schedules` sees to its schedules, `token` changes who may, and `repl` is the prompt.

mod args;
#[cfg(feature = "server")]
mod client;
mod directory;
mod exit;
mod interrupt;
mod jobs;
mod output;
mod progress;
mod repl;
mod run;
#[cfg(feature = "server")]
mod schedules;
mod script;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
mod token;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::panic;
use std::sync::Arc;

use linal::{Engine, EngineOptions, Error, Session};
use linal_error::catch_panic;

use args::{Options, Request};
use exit::Exit;
use interrupt::Interrupt;
use output::Output;
use script::Script;

/// Runs a command line, whose first argument is the name of the program; returns the exit code. It ends the process
/// after `--help`, `--version` and a mistake in the arguments, and installs a handler for Ctrl-C.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let (request, options) = args::parse(arguments);
    // Sessions report the panics of their statements, and the hook would print each of them, too. It is set by the
    // program and not by the library: another host may log panics in its own way.
    panic::set_hook(Box::new(|_| {}));
    let exit = match catch_panic(|| execute(&request, &options)) {
        Ok(served) => served.unwrap_or_else(Exit::from),
        Err(message) => output::report_error(&Error::of_panic(&message).to_string(), Exit::Failed),
    };
    exit.code()
}

/// Runs what the command line selects.
fn execute(request: &Request, options: &Options) -> io::Result<Exit> {
    let scripts = match request {
        #[cfg(feature = "server")]
        Request::Query(query) => return client::query(query, options),
        #[cfg(feature = "server")]
        Request::RemoteRepl(remote) => return client::repl(remote, options),
        #[cfg(feature = "server")]
        Request::Serve(options) => return serve::serve(options),
        #[cfg(feature = "server")]
        Request::Config(options) => return serve::config(options),
        #[cfg(feature = "server")]
        Request::Token(action) => return token::run(action, options),
        Request::Jobs(action) => return jobs::run(action, options),
        #[cfg(feature = "server")]
        Request::Schedules(action) => return schedules::run(action, options),
        Request::Check(path) => return directory::check(path),
        Request::Info(path) => return directory::info(path),
        Request::Backup(path, target) => return directory::backup(path, target),
        Request::Interactive | Request::Repl if io::stdin().is_terminal() && io::stdout().is_terminal() => {
            None
        }
        Request::Interactive | Request::Repl => Some(vec![Script::stdin()]),
        Request::Command(text) => Some(vec![Ok(Script::command(text))]),
        Request::Run(files) => Some(files.iter().map(|file| Script::read(file)).collect()),
    };
    let scripts = match scripts.map(|scripts| scripts.into_iter().collect::<Result<Vec<_>, _>>()) {
        Some(Err(message)) => return Ok(output::report_error(&message, Exit::Usage)),
        Some(Ok(scripts)) => Some(scripts),
        None => None,
    };
    let mut session = match open(options) {
        Ok(session) => session,
        Err(error) => return Ok(output::report_error(&error.to_string(), Exit::Failed)),
    };
    let interrupt = Interrupt::install(session.cancellation());
    match scripts {
        Some(scripts) => {
            run::scripts(&scripts, &mut session, options, &mut Output::new(options, false), &interrupt)
        }
        None => repl::run(&mut session, options, &interrupt),
    }
}

/// The options of an engine.
fn engine_options(options: &Options) -> EngineOptions {
    EngineOptions {
        memory_limit: options.memory_limit,
        threads: options.threads,
        partition_above: options.partition_above,
        progress: io::stderr().is_terminal().then(|| Arc::new(progress::Bar::default()) as Arc<_>),
        spill_limit: None,
        read_only: options.read_only,
    }
}

/// A session of a new engine with the limits and variables of the options.
fn open(options: &Options) -> linal::Result<Session> {
    let limits = engine_options(options);
    let engine = match &options.data {
        Some(directory) => Engine::open(directory, limits)?,
        None => Engine::new(limits),
    };
    let mut session = engine.session();
    if let Some(timeout) = &options.timeout {
        session.execute(&format!("SET timeout = '{timeout}'"))?;
    }
    for (name, value) in &options.set {
        session.set_variable(name, value);
    }
    Ok(session)
}
