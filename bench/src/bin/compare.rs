//! Runs statements for `bench/compare/run.py`, which documents the protocol, and reports their times.

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};
use std::time::Instant;

use linal::render::{Format, RenderOptions, render};
use linal::{Engine, EngineOptions, Session};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let threads = std::env::args().skip_while(|argument| argument != "--threads").nth(1);
    let threads = threads.map(|count| count.parse::<usize>()).transpose()?;
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    let cases: Vec<Value> = serde_json::from_str(&text)?;

    let mut session = Engine::new(EngineOptions { threads, ..EngineOptions::default() }).session();
    let results: Vec<Value> = cases.iter().map(|case| report(&mut session, case)).collect();
    writeln!(stdout(), "{}", Value::from(results))?;
    Ok(())
}

/// The result of one case: its times, or why it has none.
fn report(session: &mut Session, case: &Value) -> Value {
    match measure(session, case) {
        Ok(Measured { nanoseconds, rows, checks }) => {
            json!({ "name": case["name"], "nanoseconds": nanoseconds, "rows": rows, "checks": checks })
        }
        Err(error) => json!({ "name": case["name"], "error": error.to_string() }),
    }
}

/// The times and answers of a case.
struct Measured {
    /// Time per run; for a batch, its mean.
    nanoseconds: Vec<f64>,
    rows: Option<String>,
    checks: Vec<String>,
}

/// Runs a case: setup, one warm-up run, checks, and the timed runs.
fn measure(session: &mut Session, case: &Value) -> Result<Measured> {
    for statement in texts(&case["setup"])? {
        session.execute(statement)?;
    }
    let run = texts(&case["run"])?;
    let Some((last, first)) = run.split_last() else { return Err("`run` is missing".into()) };
    for statement in first {
        session.execute(statement)?;
    }
    let rows = match case["rows"].as_bool() {
        Some(true) => Some(csv(session, last)?),
        _ => session.execute(last).map(|_| None)?,
    };
    let checks =
        texts(&case["check"])?.into_iter().map(|statement| csv(session, statement)).collect::<Result<_>>()?;

    let batch = case["batch"].as_u64().unwrap_or(1).max(1);
    let repeat = case["repeat"].as_u64().unwrap_or(1);
    let nanoseconds = (0..repeat).map(|_| time(session, &run, batch)).collect::<Result<Vec<_>>>()?;
    Ok(Measured { nanoseconds, rows, checks })
}

/// The time of one run in nanoseconds, as the mean of a batch. The clock stops before the last result is
/// dropped; the other results of the batch are dropped within it.
fn time(session: &mut Session, run: &[&str], batch: u64) -> Result<f64> {
    let mut outcome = None;
    let start = Instant::now();
    for _ in 0..batch {
        for statement in run {
            outcome = Some(session.execute(statement)?);
        }
    }
    let elapsed = start.elapsed();
    drop(outcome);
    Ok(elapsed.as_secs_f64() * 1e9 / batch as f64)
}

/// The result of a statement as CSV.
fn csv(session: &mut Session, statement: &str) -> Result<String> {
    let outcome = session.execute(statement)?;
    let mut text = Vec::new();
    render(&outcome, Format::Csv, &RenderOptions::default(), &mut text)?;
    Ok(String::from_utf8(text)?)
}

/// One text or a list of texts; empty when the key is missing.
fn texts(value: &Value) -> Result<Vec<&str>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        Value::Array(values) => {
            values.iter().map(|value| value.as_str().ok_or_else(|| "a statement is a text".into())).collect()
        }
        _ => Err("statements are a text or a list of texts".into()),
    }
}
