//! Interleaved statements of several sessions, with their answers.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use linal::{Engine, Session};

use super::super::directory::rows;
use crate::harness::ensure;

/// Runs lines of the form `session: statement` in their order, each session with one of the engine's. A line may
/// end in `-> answer`: the rows of a query, such as `1 10, 2 20` or `nothing`, or the code of an error. A
/// statement without an answer succeeds.
pub fn check(engine: &Engine, script: &str) -> Result<(), Failed> {
    let mut sessions: BTreeMap<&str, Session> = BTreeMap::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, rest) = line.split_once(": ").ok_or_else(|| format!("no session: {line}"))?;
        let session = sessions.entry(name).or_insert_with(|| engine.session());
        let (statement, expected) = match rest.split_once(" -> ") {
            Some((statement, expected)) => (statement, Some(expected)),
            None => (rest, None),
        };
        let answer = answer(session, statement, expected)?;
        let expected = expected.unwrap_or("done");
        ensure(answer == expected, || format!("{line}\n  the answer is {answer}"))?;
    }
    Ok(())
}

fn answer(session: &mut Session, statement: &str, expected: Option<&str>) -> Result<String, Failed> {
    let is_error = expected.is_some_and(|expected| expected.starts_with('E'));
    if expected.is_some() && !is_error {
        return table(session, statement);
    }
    Ok(match session.execute(statement) {
        Ok(_) => "done".to_string(),
        Err(error) if is_error => error.code().to_string().chars().take(5).collect(),
        Err(error) => error.to_string(),
    })
}

fn table(session: &mut Session, query: &str) -> Result<String, Failed> {
    let rows: Vec<String> = rows(session, query)?.iter().map(|row| row.join(" ")).collect();
    Ok(if rows.is_empty() { "nothing".to_string() } else { rows.join(", ") })
}
