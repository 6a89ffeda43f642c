//! Runs statements for `bench/compare/run.py`, which documents the protocol, and reports their times.

mod case;
mod host;
mod measure;

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};
use std::path::PathBuf;
use std::str::FromStr;

use linal::EngineOptions;
use serde_json::{Value, json};

use crate::host::Host;
use crate::measure::{Measured, measure};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let options = EngineOptions {
        threads: option("--threads")?,
        memory_limit: option("--memory-limit")?,
        ..EngineOptions::default()
    };
    let mut host = Host::new(options, option::<PathBuf>("--data")?);
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    let cases: Vec<Value> = serde_json::from_str(&text)?;

    let results: Vec<Value> = cases.iter().map(|case| report(&mut host, case)).collect();
    writeln!(stdout(), "{}", Value::from(results))?;
    Ok(())
}

/// The value of an option of the command line; `None` where it is missing.
fn option<T: FromStr>(name: &str) -> std::result::Result<Option<T>, T::Err> {
    std::env::args().skip_while(|argument| argument != name).nth(1).map(|value| value.parse()).transpose()
}

/// The result of one case: its times, or why it has none.
fn report(host: &mut Host, case: &Value) -> Value {
    match case::Case::read(case).and_then(|case| measure(host, &case)) {
        Ok(Measured { nanoseconds, rows, checks }) => {
            json!({ "name": case["name"], "nanoseconds": nanoseconds, "rows": rows, "checks": checks, "peak": peak() })
        }
        Err(error) => json!({ "name": case["name"], "error": error.to_string() }),
    }
}

/// The greatest resident memory of the process so far in bytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
