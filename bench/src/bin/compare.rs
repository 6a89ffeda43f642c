//! Runs statements for `bench/compare/run.py`, whose top describes the protocol, and says how long they took.

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

/// The answer to one case: its times, or why it has none.
fn report(session: &mut Session, case: &Value) -> Value {
    match measure(session, case) {
        Ok((nanoseconds, rows)) => json!({ "name": case["name"], "nanoseconds": nanoseconds, "rows": rows }),
        Err(error) => json!({ "name": case["name"], "error": error.to_string() }),
    }
}

/// The times of the runs after a first one, which warms up and whose rows are given back.
fn measure(session: &mut Session, case: &Value) -> Result<(Vec<u64>, Option<String>)> {
    for statement in case["setup"].as_array().into_iter().flatten() {
        session.execute(statement.as_str().ok_or("`setup` holds what is no text")?)?;
    }
    let statement = case["run"].as_str().ok_or("`run` is missing")?;
    let outcome = session.execute(statement)?;
    let rows = match case["rows"].as_bool() {
        Some(true) => {
            let mut csv = Vec::new();
            render(&outcome, Format::Csv, &RenderOptions::default(), &mut csv)?;
            Some(String::from_utf8(csv)?)
        }
        _ => None,
    };
    drop(outcome);
    let mut nanoseconds = Vec::new();
    for _ in 0..case["repeat"].as_u64().unwrap_or(1) {
        let start = Instant::now();
        let outcome = session.execute(statement)?;
        nanoseconds.push(u64::try_from(start.elapsed().as_nanos())?);
        drop(outcome);
    }
    Ok((nanoseconds, rows))
}
