//! `linal token`: the tokens of a directory's service.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use linal::{Engine, EngineOptions};
use linal_server::access::{
    DirectoryTokens, NewToken, Right, TokenError, TokenRecord, Tokens, create, now_us,
};
use linal_server::config::parse_time;

use crate::args::Options;
use crate::exit::Exit;
use crate::output::report_error;

/// What is done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Make a token and print it; it is not shown again
    Create {
        /// The database directory, which is created if there is none
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Its name, which stands in logs
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What it may do
        #[arg(long, value_name = "RIGHTS", value_parser = right)]
        rights: Right,
        /// A database that it may use; may be repeated [default: all]
        #[arg(long, value_name = "DATABASE")]
        database: Vec<String>,
        /// How long it is valid, such as 30d [default: for ever]
        #[arg(long, value_name = "TIME", value_parser = time)]
        expires: Option<Duration>,
        /// How many requests it may send, such as 100/s [default: any number]
        #[arg(long, value_name = "RATE", value_parser = rate)]
        rate: Option<f64>,
    },
    /// List the tokens without their secrets
    List {
        /// The database directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Revoke a token; a running server sees it at once
    Revoke {
        /// The database directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// The token's name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Runs a command.
///
/// # Errors
/// Those of standard output.
pub fn run(action: &TokenAction, options: &Options) -> io::Result<Exit> {
    let (TokenAction::Create { data, .. } | TokenAction::List { data } | TokenAction::Revoke { data, .. }) =
        action;
    let Some(directory) = data.as_ref().or(options.data.as_ref()) else {
        return Ok(report_error("tokens are kept in a database directory: --data DIR names it", Exit::Usage));
    };
    let done = open(directory, matches!(action, TokenAction::Create { .. }))
        .and_then(|tokens| execute(action, &tokens));
    match done {
        Ok(text) => write!(io::stdout().lock(), "{text}").map(|()| Exit::Success),
        Err(error) => Ok(report_error(&error.to_string(), Exit::Failed)),
    }
}

/// Opens the tokens of a directory. An engine creates a directory that is not there.
fn open(directory: &Path, creates: bool) -> Result<DirectoryTokens, TokenError> {
    if creates && !directory.join("catalog.sqlite").exists() {
        Engine::open(directory, EngineOptions::default()).map_err(|error| TokenError(error.to_string()))?;
    }
    DirectoryTokens::open(directory)
}

fn execute(action: &TokenAction, tokens: &DirectoryTokens) -> Result<String, TokenError> {
    match action {
        TokenAction::Create { name, rights, database, expires, rate, .. } => {
            let new = NewToken {
                name: name.clone(),
                right: *rights,
                databases: database.clone(),
                expires: *expires,
                rate: *rate,
            };
            create(tokens, new, now_us()).map(|token| format!("{token}\n"))
        }
        TokenAction::List { .. } => Ok(list(&tokens.all()?)),
        TokenAction::Revoke { name, .. } => tokens.revoke(name).map(|()| format!("revoked {name}\n")),
    }
}

fn list(records: &[TokenRecord]) -> String {
    let mut text = String::from("name\trights\tdatabases\tstate\trate\n");
    let now = now_us();
    for record in records {
        let databases =
            if record.databases.is_empty() { "all".to_owned() } else { record.databases.join(",") };
        let state = if record.is_revoked {
            "revoked"
        } else if record.is_valid(now) {
            "valid"
        } else {
            "expired"
        };
        let rate = record.rate.map_or_else(|| "any".to_owned(), |rate| format!("{rate}/s"));
        text.push_str(&format!("{}\t{}\t{databases}\t{state}\t{rate}\n", record.name, record.right.name()));
    }
    text
}

fn right(text: &str) -> Result<Right, String> {
    Right::parse(text).ok_or_else(|| "it must be read, write or admin".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    parse_time(text).ok_or_else(|| "a time is a number with s, min, h or d, such as 30d".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse::<f64>().ok();
    let valid = number.filter(|rate| rate.is_finite() && *rate > 0.0);
    valid.ok_or_else(|| "a rate is a number of requests a second, such as 100/s".to_owned())
}
