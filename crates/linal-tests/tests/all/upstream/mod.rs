//! Faults of DataFusion that linal repairs: each query of [`faults`] runs in plain DataFusion and in linal.
//!
//! A trial fails when plain DataFusion gives the right rows, so that the repair can be deleted, and when it gives something else than
//! it gave, so that the section of DESIGN.md is corrected. With `SHOW_UPSTREAM=1` in the environment each trial prints what plain
//! DataFusion gave.

mod faults;

use std::fmt;
use std::fs;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::{SessionConfig, SessionContext};
use libtest_mimic::{Failed, Trial};
use linal::{Outcome, Session};

use self::faults::{FAULTS, Fault, Given, Right};
use crate::harness::{ensure, measured, session, test};

/// The section of DESIGN.md that explains each fault.
const SECTION: &str = "## What we repair of DataFusion";

/// The stack of a thread that plans a query: in a debug build the planner needs more than a thread of the tests has.
const STACK_BYTES: usize = 64 << 20;

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> =
        faults().map(|fault| test(format!("upstream::{}", fault.name), move || check(fault))).collect();
    trials.push(test("upstream::design", check_design));
    trials.push(measured("upstream::planning_of_deep_expressions", check_planning_time));
    trials
}

fn faults() -> impl Iterator<Item = &'static Fault> {
    FAULTS.into_iter().flatten()
}

/// What a database answers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    /// Rows, each with its cells between bars; in the order of their texts unless the query sorts them.
    Rows(Vec<String>),
    /// The message of an error, or of a panic.
    Error(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Rows(rows) => write!(f, "{rows:?}"),
            Answer::Error(message) => write!(f, "error: {message}"),
        }
    }
}

fn check(fault: &'static Fault) -> Result<(), Failed> {
    let plain = plain(fault.setup, fault.query);
    if std::env::var_os("SHOW_UPSTREAM").is_some() {
        println!("{}: {}\n    right: {:?}\n    plain: {plain}", fault.name, fault.query, fault.right);
    }
    let is_right = |answer: &Answer| match (fault.right, answer) {
        (Right::Rows(right), Answer::Rows(found)) => *found == expected(fault.query, right),
        (Right::Error, Answer::Error(_)) => true,
        _ => false,
    };
    let linal = linal(fault.setup, fault.query)?;
    ensure(is_right(&linal), || format!("linal gives {linal}, not {:?}, for {}", fault.right, fault.query))?;
    ensure(!is_right(&plain), || {
        format!("plain DataFusion is right about {}: the repair in {} can go", fault.query, fault.repair)
    })?;
    let is_as_before = match (fault.given, &plain) {
        (Given::Rows(rows), Answer::Rows(found)) => *found == expected(fault.query, rows),
        (Given::AnyRows, Answer::Rows(_)) => true,
        (Given::Error(part), Answer::Error(message)) => message.contains(part),
        _ => false,
    };
    ensure(is_as_before, || {
        format!("plain DataFusion gave {:?} for {}, and gives {plain} now", fault.given, fault.query)
    })
}

fn expected(query: &str, rows: &[&str]) -> Vec<String> {
    in_order(query, rows.iter().map(|row| (*row).to_string()).collect())
}

/// Each query stands in the section of DESIGN.md, and each repair is a file.
fn check_design() -> Result<(), Failed> {
    let design = fs::read_to_string("DESIGN.md")?;
    let section = design.split_once(SECTION).map_or("", |(_, rest)| rest);
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let text = section.split_whitespace().collect::<Vec<_>>().join(" ");
    let absent: Vec<&str> =
        faults().filter(|fault| !text.contains(fault.query)).map(|fault| fault.query).collect();
    ensure(absent.is_empty(), || format!("{SECTION} does not have these queries:\n{}", absent.join("\n")))?;
    for fault in faults() {
        let path = format!("crates/linal-query/src/{}", fault.repair);
        ensure(fs::exists(&path)?, || format!("{} is repaired in {path}, which is not there", fault.name))?;
        ensure(text.contains(fault.repair), || format!("{SECTION} does not name {}", fault.repair))?;
    }
    Ok(())
}

/// The answer of DataFusion with its defaults and four partitions.
fn plain(setup: &[&str], query: &str) -> Answer {
    let query = query.to_string();
    let setup: Vec<String> = setup.iter().map(|statement| (*statement).to_string()).collect();
    on_large_stack(move || {
        let runtime = match tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_stack_size(STACK_BYTES)
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => return Answer::Error(error.to_string()),
        };
        let config = SessionConfig::new().with_target_partitions(4);
        let context = SessionContext::new_with_config(config);
        let answer = runtime.block_on(async {
            for statement in &setup {
                context.sql(statement).await?.collect().await?;
            }
            context.sql(&query).await?.collect().await
        });
        match answer {
            Ok(batches) => match rows(&batches) {
                Ok(rows) => Answer::Rows(in_order(&query, rows)),
                Err(error) => Answer::Error(error.to_string()),
            },
            Err(error) => Answer::Error(error.to_string()),
        }
    })
    .unwrap_or_else(|panic| Answer::Error(format!("panic: {panic}")))
}

/// Runs work on a thread of its own; the message of its panic otherwise.
fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let thread = match thread::Builder::new().stack_size(STACK_BYTES).spawn(work) {
        Ok(thread) => thread,
        Err(error) => return Err(error.to_string()),
    };
    thread.join().map_err(|payload| match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(message) => (*message).to_string(),
            Err(payload) => resume_unwind(payload),
        },
    })
}

fn rows(batches: &[RecordBatch]) -> Result<Vec<String>, arrow::error::ArrowError> {
    let options = FormatOptions::new().with_null("NULL");
    let mut rows = Vec::new();
    for batch in batches {
        let columns = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| column.value(row).try_to_string());
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            rows.push(cells.iter().map(|cell| normalized(cell)).collect::<Vec<_>>().join("|"));
        }
    }
    Ok(rows)
}

fn linal(setup: &[&str], query: &str) -> Result<Answer, Failed> {
    let (_engine, mut session) = session();
    for statement in setup {
        session.execute(statement)?;
    }
    Ok(answer(&mut session, query))
}

fn answer(session: &mut Session, query: &str) -> Answer {
    let rows = match session.execute(query) {
        Ok(Outcome::Rows(rows)) => rows,
        Ok(other) => return Answer::Error(format!("no rows: {other:?}")),
        Err(error) => return Answer::Error(error.to_string()),
    };
    let columns = rows.schema.fields().len();
    let cell = |row, column| normalized(rows.text(row, column).as_deref().unwrap_or("NULL"));
    let row = |row| (0..columns).map(|column| cell(row, column)).collect::<Vec<_>>().join("|");
    Answer::Rows(in_order(query, (0..rows.num_rows()).map(row).collect()))
}

/// A cell in a form that does not depend on who prints it: numbers without a fraction of zeros, words in small letters, dates and times
/// with a blank between them.
fn normalized(cell: &str) -> String {
    if cell == "NULL" {
        return cell.to_string();
    }
    let looks_like_float = cell.contains(['.', 'e', 'E']);
    match cell.parse::<f64>() {
        Ok(number) if looks_like_float => number.to_string(),
        _ if cell.len() >= 19 && cell.as_bytes().get(10) == Some(&b'T') => cell.replacen('T', " ", 1),
        _ => cell.to_string(),
    }
}

/// Rows sorted by their texts unless the query sorts them by itself.
fn in_order(query: &str, mut rows: Vec<String>) -> Vec<String> {
    let is_sorted = query.rfind("ORDER BY").is_some_and(|at| !query[at..].contains(')'));
    if !is_sorted {
        rows.sort();
    }
    rows
}

/// A sum of eight times as many terms takes more than 24 times as long to plan; it would take eight times as long if each rule looked at
/// each term once.
fn check_planning_time() -> Result<(), Failed> {
    let (short, long) = (planning_time(60)?, planning_time(480)?);
    if std::env::var_os("SHOW_UPSTREAM").is_some() {
        println!("planning 60 terms: {short:?}, 480 terms: {long:?}");
    }
    ensure(long > short * 24, || {
        format!("plain DataFusion plans 60 terms in {short:?} and 480 in {long:?}: udf/compound.rs can go")
    })
}

/// The shortest of some times.
fn planning_time(terms: usize) -> Result<Duration, Failed> {
    let mut shortest = Duration::MAX;
    for _ in 0..3 {
        shortest = shortest.min(planning_time_once(terms)?);
    }
    Ok(shortest)
}

fn planning_time_once(terms: usize) -> Result<Duration, Failed> {
    let query = format!("SELECT {} FROM t", vec!["x"; terms].join(" + "));
    let time = on_large_stack(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        let context = SessionContext::new();
        let plan = async {
            context.sql("CREATE TABLE t (x BIGINT)").await?.collect().await?;
            let start = Instant::now();
            context.sql(&query).await?.create_physical_plan().await?;
            Ok(start.elapsed())
        };
        runtime.block_on(plan).map_err(|error: datafusion::error::DataFusionError| error.to_string())
    });
    Ok(time??)
}
