//! Jobs and schedules of a server.

use std::io::{self, Write};

use clap::Args;
use linal::render::Format;
use serde_json::Value;

use super::{Connection, Refused, Remote, copy, copy_objects, failed};
use crate::args::{Options, format_parser};
use crate::exit::Exit;
use crate::output::report_error;

/// A server, and the format of what is printed.
#[derive(Clone, Debug, Args)]
pub struct JobRequest {
    #[command(flatten)]
    pub remote: Remote,
    /// How it is printed [default: table]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub format: Option<Format>,
}

impl JobRequest {
    fn format(&self, options: &Options) -> Format {
        self.format.or(options.format).unwrap_or_default()
    }
}

/// A part of a path or of a query.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Calls a function with a connection whose answers are JSON.
fn with(remote: &Remote, call: impl FnOnce(&Connection) -> io::Result<Exit>) -> io::Result<Exit> {
    match Connection::open(remote, Format::Json) {
        Ok(connection) => call(&connection),
        Err(message) => Ok(report_error(&message, Exit::Usage)),
    }
}

fn print(answer: Result<String, Refused>, show: impl FnOnce(&Value, &str) -> String) -> io::Result<Exit> {
    match answer {
        Err(refused) => failed("", &refused),
        Ok(text) => {
            let value = serde_json::from_str(&text).unwrap_or_default();
            write!(io::stdout().lock(), "{}", show(&value, &text)).map(|()| Exit::Success)
        }
    }
}

/// Lists jobs.
///
/// # Errors
/// Those of standard output; so are those of the other functions.
pub fn list_jobs(
    state: Option<&str>,
    limit: Option<u64>,
    request: &JobRequest,
    options: &Options,
) -> io::Result<Exit> {
    let state = state.map(|state| format!("state={state}"));
    let limit = limit.map(|limit| format!("limit={limit}"));
    let query: Vec<String> = state.into_iter().chain(limit).collect();
    let path = if query.is_empty() { "/jobs".to_owned() } else { format!("/jobs?{}", query.join("&")) };
    const COLUMNS: [&str; 8] =
        ["id", "state", "database", "priority", "key", "attempt", "created_at", "ended_at"];
    list(&path, &COLUMNS, request, options)
}

/// Lists schedules.
///
/// # Errors
/// As [`list_jobs`].
pub fn list_schedules(request: &JobRequest, options: &Options) -> io::Result<Exit> {
    const COLUMNS: [&str; 7] = ["name", "every", "cron", "zone", "missed", "paused", "next_at"];
    list("/schedules", &COLUMNS, request, options)
}

/// Lists the runs of a schedule.
///
/// # Errors
/// As [`list_jobs`].
pub fn list_runs(name: &str, request: &JobRequest, options: &Options) -> io::Result<Exit> {
    let path = format!("/schedules/{}/runs", encoded(name));
    list(&path, &["scheduled_at", "job", "state"], request, options)
}

fn list(path: &str, columns: &[&str], request: &JobRequest, options: &Options) -> io::Result<Exit> {
    let format = request.format(options);
    with(&request.remote, |connection| {
        print(connection.call("GET", path), |value, text| match format {
            Format::Json => format!("{text}\n"),
            _ => table(value, columns),
        })
    })
}

/// Fields of objects, separated by tabs, below their names.
fn table(value: &Value, columns: &[&str]) -> String {
    let mut text = format!("{}\n", columns.join("\t"));
    for row in value.as_array().into_iter().flatten() {
        let cells: Vec<String> = columns.iter().map(|column| cell(&row[*column])).collect();
        text.push_str(&format!("{}\n", cells.join("\t")));
    }
    text
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.replace(['\t', '\n', '\r'], " "),
        other => other.to_string(),
    }
}

/// Shows a job or a schedule as JSON.
///
/// # Errors
/// As [`list_jobs`].
pub fn show(remote: &Remote, path: &str) -> io::Result<Exit> {
    with(remote, |connection| {
        print(connection.call("GET", path), |value, text| match serde_json::to_string_pretty(value) {
            Ok(pretty) => format!("{pretty}\n"),
            Err(_) => format!("{text}\n"),
        })
    })
}

/// Cancels a job.
///
/// # Errors
/// As [`list_jobs`].
pub fn cancel_job(remote: &Remote, id: &str) -> io::Result<Exit> {
    with(remote, |connection| {
        print(connection.call("DELETE", &format!("/jobs/{}", encoded(id))), |value, _| {
            format!("{} job {id}\n", if value["state"] == "cancelled" { "cancelled" } else { "cancelling" })
        })
    })
}

/// Changes a schedule, and says what was done.
///
/// # Errors
/// As [`list_jobs`].
pub fn change(remote: &Remote, method: &str, path: &str, done: &str, name: &str) -> io::Result<Exit> {
    with(remote, |connection| {
        print(connection.call(method, path), |_, _| format!("{done} schedule {name}\n"))
    })
}

/// Prints the result of a job.
///
/// # Errors
/// As [`list_jobs`].
pub fn job_result(id: &str, request: &JobRequest, options: &Options) -> io::Result<Exit> {
    let connection = match Connection::open(&request.remote, request.format(options)) {
        Ok(connection) => connection,
        Err(message) => return Ok(report_error(&message, Exit::Usage)),
    };
    match connection.read(&format!("/jobs/{}/result", encoded(id))) {
        Ok(answer) if connection.format() == Format::Json => copy_objects("", answer),
        Ok(answer) => copy(answer, b"", &mut false),
        Err(refused) => failed("", &refused),
    }
}
