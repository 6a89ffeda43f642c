//! Statements on a server (`linal query --url` and `linal repl --url`), and its jobs and schedules.

mod connection;
mod failure;
mod jobs;
mod objects;

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use clap::Args;
use linal::render::Format;
use linal::{Error, Span, split};

pub use self::jobs::{
    JobRequest, cancel_job, change, encoded, job_result, list_jobs, list_runs, list_schedules, show,
};

use self::connection::{Connection, Refused};
use self::objects::Ended;
use crate::args::{Options, format_parser};
use crate::exit::Exit;
use crate::output::report_error;
use crate::repl;

/// Which server, and how.
#[derive(Clone, Debug, Default, Args)]
pub struct Remote {
    /// The server, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The database [default: default]
    #[arg(long, value_name = "DATABASE", requires = "url")]
    pub database: Option<String>,
    /// A file with the token, instead of the variable LINAL_TOKEN
    #[arg(long, value_name = "FILE", requires = "url")]
    pub token_file: Option<PathBuf>,
    /// A file with the certificates (PEM) to trust, instead of those of the public authorities
    #[arg(long, value_name = "FILE", requires = "url")]
    pub ca_cert: Option<PathBuf>,
}

/// The statements of `linal query`.
#[derive(Clone, Debug, Args)]
pub struct QueryOptions {
    #[command(flatten)]
    pub remote: Remote,
    /// How results are printed [default: table]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub format: Option<Format>,
    /// The statements; from standard input without it
    #[arg(value_name = "STATEMENTS")]
    pub statements: Option<String>,
}

/// Runs statements on a server and prints their results.
///
/// # Errors
/// Those of standard input and output.
pub fn query(query: &QueryOptions, options: &Options) -> io::Result<Exit> {
    let text = match &query.statements {
        Some(text) => text.clone(),
        None => io::read_to_string(io::stdin().lock())?,
    };
    let format = query.format.or(options.format).unwrap_or_default();
    let mut connection = match Connection::open(&query.remote, format) {
        Ok(connection) => connection,
        Err(message) => return Ok(report_error(&message, Exit::Usage)),
    };
    run_script(&mut connection, &text)
}

/// Runs the statements of a script in a session of its own, so that each result is there before the next statement runs, as
/// in a local run.
fn run_script(connection: &mut Connection, text: &str) -> io::Result<Exit> {
    if split(text).nth(1).is_none() {
        return run(connection, text);
    }
    if let Err(refused) = connection.begin_session() {
        return failed("", &refused);
    }
    let exit = each_statement(connection, text);
    connection.end_session();
    exit
}

fn each_statement(connection: &Connection, text: &str) -> io::Result<Exit> {
    let mut begun = false;
    for fragment in split(text) {
        let fragment = match fragment {
            Ok(fragment) => fragment,
            Err(error) => {
                let _ = io::stderr().write_all(Error::from(error).render(text, None, false).as_bytes());
                return Ok(Exit::Failed);
            }
        };
        let exit = answered(connection, &padded(text, fragment.span), &mut begun)?;
        if exit != Exit::Success {
            return Ok(exit);
        }
    }
    Ok(Exit::Success)
}

/// A statement behind as many lines and columns as stand before it, so that errors are placed in the whole text.
fn padded(text: &str, span: Span) -> String {
    let before = &text[..span.start];
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let lines = before.matches('\n').count();
    let columns = before[line..].chars().count();
    format!("{}{}{}", "\n".repeat(lines), " ".repeat(columns), span.text(text))
}

/// The prompt over a session of a server; a script from standard input when that is no terminal.
///
/// # Errors
/// Those of the terminal, of standard input and output.
pub fn repl(remote: &Remote, options: &Options) -> io::Result<Exit> {
    let mut connection = match Connection::open(remote, options.format.unwrap_or_default()) {
        Ok(connection) => connection,
        Err(message) => return Ok(report_error(&message, Exit::Usage)),
    };
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let text = io::read_to_string(io::stdin().lock())?;
        return run_script(&mut connection, &text);
    }
    if let Err(refused) = connection.begin_session() {
        return failed("", &refused);
    }
    let exit = repl::read(|text| run(&connection, text).map(drop));
    connection.end_session();
    exit
}

/// Sends statements and copies the answer to standard output.
fn run(connection: &Connection, text: &str) -> io::Result<Exit> {
    answered(connection, text, &mut false)
}

/// As [`run`], for one of several statements: results are separated as those of a local run.
fn answered(connection: &Connection, text: &str, begun: &mut bool) -> io::Result<Exit> {
    match connection.execute(text) {
        Ok(answer) if connection.format() == Format::Json => copy_objects(text, answer),
        Ok(answer) => {
            let separator: &[u8] =
                if *begun && connection.format().separates_results() { b"\n" } else { b"" };
            copy(answer, separator, begun)
        }
        Err(refused) => failed(text, &refused),
    }
}

/// Writes the results of an answer in JSON to standard output, as a local run prints them.
fn copy_objects(text: &str, answer: impl Read) -> io::Result<Exit> {
    match objects::copy(answer, &mut io::stdout().lock(), &mut io::stderr().lock())? {
        Ended::Well => Ok(Exit::Success),
        Ended::Failed(body) => failed(text, &Refused::Answer(body)),
        Ended::Broken(error) => Ok(report_error(&format!("the answer broke off: {error}"), Exit::Failed)),
    }
}

/// Copies an answer to standard output, behind a separator if it is not empty. `begun` is whether anything was written.
fn copy(mut answer: impl Read, separator: &[u8], begun: &mut bool) -> io::Result<Exit> {
    let mut out = io::stdout().lock();
    let mut part = vec![0; 1 << 16];
    let mut written = false;
    loop {
        match answer.read(&mut part) {
            Ok(0) => break,
            Ok(read) => {
                if !std::mem::replace(&mut written, true) {
                    out.write_all(separator)?;
                }
                out.write_all(&part[..read])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                out.flush()?;
                return Ok(report_error(&format!("the answer broke off: {error}"), Exit::Failed));
            }
        }
    }
    *begun |= written;
    out.flush()?;
    Ok(Exit::Success)
}

fn failed(text: &str, refused: &Refused) -> io::Result<Exit> {
    match refused {
        Refused::Unreachable(message) => Ok(report_error(message, Exit::Unreachable)),
        Refused::Answer(body) => {
            let _ = io::stderr().write_all(failure::rendered(text, body).as_bytes());
            Ok(Exit::Failed)
        }
    }
}
