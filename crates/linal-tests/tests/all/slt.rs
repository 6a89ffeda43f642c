//! Sqllogictest files: queries with their answers, and TPC-H.
//!
//! Records that linal does not answer yet are listed in `slt/open.txt`, one per line (`file:line`). A listed
//! record that passes fails the test, so that the list stays true.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::Trial;
use linal::{Engine, EngineOptions, Outcome, Session};
use sqllogictest::{
    DB, DBOutput, DefaultColumnType, MakeConnection, QueryExpect, Record, Runner, SortMode, parse_file,
};

use crate::harness::test;

const FOLDER: &str = "crates/linal-tests/slt";
const OPEN: &str = "crates/linal-tests/slt/open.txt";

/// The variants in which every file runs; all must give the same answers.
const VARIANTS: [Variant; 6] = [
    Variant { name: "default", partitions: 1, batch_size: 8192 },
    Variant { name: "two-partitions", partitions: 2, batch_size: 8192 },
    Variant { name: "batches-of-7", partitions: 1, batch_size: 7 },
    Variant { name: "single-rows", partitions: 2, batch_size: 1 },
    Variant { name: "two-partitions-of-batches-of-7", partitions: 2, batch_size: 7 },
    Variant { name: "one-partition-of-single-rows", partitions: 1, batch_size: 1 },
];

#[derive(Clone, Copy)]
struct Variant {
    name: &'static str,
    partitions: usize,
    batch_size: usize,
}

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for file in files(Path::new(FOLDER)) {
        for variant in VARIANTS {
            let file = file.clone();
            let shown = file.strip_prefix(FOLDER).unwrap_or(&file).with_extension("").display().to_string();
            trials.push(test(format!("slt::{shown}::{}", variant.name), move || Ok(check(&file, variant)?)));
        }
    }
    trials
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The records that are known to be open.
fn open() -> BTreeSet<String> {
    let text = fs::read_to_string(OPEN).unwrap_or_default();
    text.lines()
        .map(|line| line.split('#').next().unwrap_or("").trim().to_string())
        .filter(|line| !line.is_empty())
        .collect()
}

fn check(file: &Path, variant: Variant) -> Result<(), String> {
    let records = parse_file::<DefaultColumnType>(file).map_err(|error| error.to_string())?;
    let in_order = Arc::new(AtomicBool::new(false));
    let mut runner = runner(variant, Arc::clone(&in_order));
    let open = open();
    let mut failures = Vec::new();
    let mut passed_but_open = Vec::new();
    for record in records {
        let place = place(file, &record);
        in_order.store(is_in_order(&record), Ordering::Relaxed);
        let result = runner.run(record);
        let Some(place) = place else { continue };
        match (result, open.contains(&place)) {
            (Ok(_), true) => passed_but_open.push(place),
            (Err(error), false) => failures.push(format!("{place}\n{}", error.display(false))),
            _ => {}
        }
    }
    if std::env::var_os("UPDATE_OPEN").is_some() {
        return update(&failures, &passed_but_open);
    }
    // A record that only some variants answer stays open, so only the first variant reports one that passes.
    if variant.name == VARIANTS[0].name && !passed_but_open.is_empty() {
        failures.push(format!("these pass and stand in {OPEN}: {}", passed_but_open.join(", ")));
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!("{} records failed\n\n{}", failures.len(), failures.join("\n\n")))
    }
}

/// Runs records in a database of a variant, which looks up whether the rows of the current one are ordered.
fn runner(
    variant: Variant,
    in_order: Arc<AtomicBool>,
) -> Runner<Database, impl MakeConnection<Conn = Database>> {
    Runner::new(move || {
        let in_order = Arc::clone(&in_order);
        async move { Ok(Database::new(variant, in_order)) }
    })
}

/// The file and line of the current record.
fn place(file: &Path, record: &Record<DefaultColumnType>) -> Option<String> {
    let (Record::Statement { loc, .. } | Record::Query { loc, .. }) = record else { return None };
    let name = file.strip_prefix(FOLDER).unwrap_or(file).display();
    Some(format!("{name}:{}", loc.line()))
}

/// Whether the rows of a record are compared in order.
fn is_in_order(record: &Record<DefaultColumnType>) -> bool {
    let Record::Query { expected: QueryExpect::Results { sort_mode, .. }, .. } = record else { return false };
    !matches!(sort_mode, Some(SortMode::RowSort | SortMode::ValueSort))
}

/// Rewrites the list; run with one test thread.
fn update(failures: &[String], passed: &[String]) -> Result<(), String> {
    let mut all = open();
    all.extend(failures.iter().filter_map(|failure| failure.lines().next()).map(str::to_string));
    passed.iter().for_each(|place| {
        all.remove(place);
    });
    let text: Vec<String> = all.into_iter().collect();
    fs::write(OPEN, text.join("\n") + "\n").map_err(|error| error.to_string())
}

struct Database {
    session: Session,
    in_order: Arc<AtomicBool>,
}

impl Database {
    fn new(variant: Variant, in_order: Arc<AtomicBool>) -> Database {
        let engine = Engine::new(EngineOptions {
            threads: Some(variant.partitions),
            // Partitions even a few rows.
            partition_above: Some(0),
            ..EngineOptions::default()
        });
        let mut session = engine.session();
        let sized = session.execute(&format!("SET batch_size = {}", variant.batch_size));
        assert!(sized.is_ok(), "the batch size is set: {sized:?}");
        Database { session, in_order }
    }
}

/// An error of linal in the form that sqllogictest expects.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// What opens a statement that changes rows and may give some.
const CHANGES: [&str; 5] = ["APPLY", "INSERT", "UPDATE", "DELETE", "MERGE"];

impl DB for Database {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    /// Every statement that only reads runs twice: the second time from the plan cache, with the same answer.
    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let first = self.once(sql)?;
        let opening = sql.split_whitespace().next().unwrap_or_default();
        let changes =
            CHANGES.iter().any(|word| opening.eq_ignore_ascii_case(word)) || sql.contains("RETURNING");
        if let DBOutput::Rows { rows, .. } = &first
            && !changes
        {
            self.again(sql, rows)?;
        }
        Ok(first)
    }

    fn engine_name(&self) -> &str {
        "linal"
    }
}

impl Database {
    fn again(&mut self, sql: &str, rows: &[Vec<String>]) -> Result<(), Failed> {
        let DBOutput::Rows { rows: again, .. } = self.once(sql)? else {
            return Err(Failed("the second run gave no rows".into()));
        };
        let same = if self.in_order.load(Ordering::Relaxed) {
            rows == again
        } else {
            sorted(rows) == sorted(&again)
        };
        if same { Ok(()) } else { Err(Failed(format!("the plan cache answers {again:?} and not {rows:?}"))) }
    }

    fn once(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        match self.session.execute(sql).map_err(|error| Failed(error.to_string()))? {
            Outcome::Rows(rows) => {
                let columns = rows.schema.fields().len();
                let cell = |row: usize, column: usize| match rows.text(row, column) {
                    None => "NULL".to_string(),
                    Some(text) if text.is_empty() => "(empty)".to_string(),
                    Some(text) => text,
                };
                let lines = (0..rows.num_rows())
                    .map(|row| (0..columns).map(|column| cell(row, column)).collect())
                    .collect();
                Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; columns], rows: lines })
            }
            _ => Ok(DBOutput::StatementComplete(0)),
        }
    }
}

fn sorted(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut rows = rows.to_vec();
    rows.sort();
    rows
}
