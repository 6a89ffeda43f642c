//! The keys of the configuration, in one table. The file, the environment, the command line, `linal config`
//! and the documentation are made from it.

use std::path::PathBuf;
use std::time::Duration;

use linal::settings::parse_bytes;
use toml::Value;

use super::units::{bytes_text, duration_text, parse_time};
use super::{Config, LogFormat, LogLevel};

/// A key of the configuration.
pub struct Key {
    /// Its name in the file; `LINAL_` and the name in upper case in the environment.
    pub name: &'static str,
    /// What it decides, in a sentence.
    pub doc: &'static str,
    /// What separates the values of a list in the environment; `None` for a key of one value.
    pub separator: Option<char>,
    /// Sets it from texts, one unless it is a list. The error says what is accepted.
    pub(super) set: fn(&mut Config, &[String]) -> Result<(), &'static str>,
    /// Its value; `None` where it is not set.
    pub(super) get: fn(&Config) -> Option<Value>,
}

const SIZE: &str = "a size such as 64MB, or none";
const TIME: &str = "a time such as 500ms, 30s or 10min";
const HOST: &str = "host:port, or none";
const COUNT: &str = "an integer from 1 on";

/// A key of one value: its field, how a text is parsed, and how it is shown.
macro_rules! key {
    ($name:ident, $doc:literal, $wanted:expr, $parse:expr, $show:expr) => {
        Key {
            name: stringify!($name),
            doc: $doc,
            separator: None,
            set: |config, texts| {
                let text = texts.first().map_or("", String::as_str);
                config.$name = $parse(text).ok_or($wanted)?;
                Ok(())
            },
            get: |config| $show(&config.$name),
        }
    };
}

/// A key of a list.
macro_rules! list {
    ($name:ident, $doc:literal, $separator:literal, $each:expr, $show:expr) => {
        Key {
            name: stringify!($name),
            doc: $doc,
            separator: Some($separator),
            set: |config, texts| {
                config.$name = texts.iter().map($each).collect();
                Ok(())
            },
            get: |config| Some(Value::Array(config.$name.iter().map($show).collect())),
        }
    };
}

/// All keys, in the order in which they are printed.
pub fn keys() -> &'static [Key] {
    KEYS
}

const KEYS: &[Key] = &[
    key!(data, "The database directory, which is created if there is none", "a path", path, path_value),
    key!(bind, "Host and port; port 0 takes a free one", "host:port", host, text_value),
    key!(flight_bind, "Host and port of Arrow Flight SQL", HOST, other_host, host_value),
    key!(pg_bind, "Host and port of the PostgreSQL protocol", HOST, other_host, host_value),
    list!(files, "Directories that statements may read and write files below", ':', PathBuf::from, |path| {
        Value::String(path.display().to_string())
    }),
    key!(memory_limit, "Memory that all statements together may take", SIZE, size, size_value),
    key!(timeout, "Time that one statement may take", "a time such as 30s, or none", limit, limit_value),
    key!(concurrency, "Statements that run at once", COUNT, count, count_value),
    key!(queue, "Statements of one database that wait", "an integer from 0 on", number, count_value),
    key!(max_rows_returned, "Rows that a result may have", "an integer, or none", rows, rows_value),
    key!(spill_limit, "Bytes that statements may spill to disk", SIZE, size, size_value),
    key!(session_idle, "Time after which an unused session is dropped", TIME, time, time_value),
    key!(max_sessions, "Sessions that are open at once", COUNT, count, count_value),
    key!(session_queue, "Requests that wait for one session", "an integer from 0 on", number, count_value),
    key!(drain, "Time that running statements get when the server stops", TIME, time, time_value),
    key!(max_body, "Bytes of a body that is no upload", "a size such as 64MB", bytes, bytes_value),
    key!(max_upload, "Bytes of an upload", "a size such as 16GB", long_bytes, long_bytes_value),
    key!(max_headers, "Bytes of the headers of a request", "a size such as 16KiB", bytes, bytes_value),
    key!(max_connections, "Connections that are open at once", COUNT, count, count_value),
    key!(
        read_timeout,
        "Time in which headers, and the next part of a body, must arrive",
        TIME,
        time,
        time_value
    ),
    key!(send_timeout, "Time in which a client must take the next part of an answer", TIME, time, time_value),
    key!(tls_cert, "Certificates for TLS, as PEM", "a path", path, path_value),
    key!(tls_key, "The private key for TLS, as PEM", "a path", path, path_value),
    list!(cors, "Origins of pages that may use the service", ',', String::clone, |origin| {
        Value::String(origin.clone())
    }),
    key!(log, "How the log is written: text or json", "text or json", log, log_value),
    key!(
        log_level,
        "What is logged: off, error, warn or info",
        "off, error, warn or info",
        level,
        level_value
    ),
];

const LEVELS: [(LogLevel, &str); 4] =
    [(LogLevel::Off, "off"), (LogLevel::Error, "error"), (LogLevel::Warn, "warn"), (LogLevel::Info, "info")];

fn is_none(text: &str) -> bool {
    text.eq_ignore_ascii_case("none")
}

fn path(text: &str) -> Option<Option<PathBuf>> {
    (!text.is_empty()).then(|| Some(PathBuf::from(text)))
}

fn host(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':')?;
    (!host.is_empty() && port.parse::<u16>().is_ok()).then(|| text.to_owned())
}

fn size(text: &str) -> Option<Option<usize>> {
    if is_none(text) { Some(None) } else { parse_bytes(text).map(Some) }
}

fn limit(text: &str) -> Option<Option<Duration>> {
    if is_none(text) { Some(None) } else { parse_time(text).map(Some) }
}

fn rows(text: &str) -> Option<Option<u64>> {
    if is_none(text) { Some(None) } else { text.parse().ok().map(Some) }
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

fn count(text: &str) -> Option<usize> {
    number(text).filter(|&count| count > 0)
}

fn time(text: &str) -> Option<Duration> {
    parse_time(text)
}

fn bytes(text: &str) -> Option<usize> {
    parse_bytes(text)
}

fn long_bytes(text: &str) -> Option<u64> {
    parse_bytes(text).map(|bytes| bytes as u64)
}

fn log(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

fn level(text: &str) -> Option<LogLevel> {
    LEVELS.into_iter().find(|(_, name)| *name == text).map(|(level, _)| level)
}

fn text_value(text: &str) -> Option<Value> {
    Some(Value::String(text.to_owned()))
}

fn other_host(text: &str) -> Option<Option<String>> {
    if is_none(text) { Some(None) } else { host(text).map(Some) }
}

fn host_value(host: &Option<String>) -> Option<Value> {
    host.clone().map(Value::String)
}

fn path_value(path: &Option<PathBuf>) -> Option<Value> {
    path.as_ref().map(|path| Value::String(path.display().to_string()))
}

fn size_value(size: &Option<usize>) -> Option<Value> {
    size.map(|size| Value::String(bytes_text(size as u64)))
}

fn limit_value(limit: &Option<Duration>) -> Option<Value> {
    Some(Value::String(limit.map_or_else(|| "none".to_owned(), duration_text)))
}

fn rows_value(rows: &Option<u64>) -> Option<Value> {
    rows.map(|rows| Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX)))
}

fn count_value(count: &usize) -> Option<Value> {
    Some(Value::Integer(i64::try_from(*count).unwrap_or(i64::MAX)))
}

fn time_value(time: &Duration) -> Option<Value> {
    Some(Value::String(duration_text(*time)))
}

fn bytes_value(bytes: &usize) -> Option<Value> {
    Some(Value::String(bytes_text(*bytes as u64)))
}

fn long_bytes_value(bytes: &u64) -> Option<Value> {
    Some(Value::String(bytes_text(*bytes)))
}

fn log_value(format: &LogFormat) -> Option<Value> {
    Some(Value::String(if *format == LogFormat::Json { "json" } else { "text" }.to_owned()))
}

fn level_value(level: &LogLevel) -> Option<Value> {
    let name = LEVELS.into_iter().find(|(known, _)| known == level).map(|(_, name)| name);
    name.map(|name| Value::String(name.to_owned()))
}
