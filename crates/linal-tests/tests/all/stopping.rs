//! Work in one piece that stops at its time limit: a search of one long text, and long expressions before they run.

use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use linal::{Code, Parameter, Parameters};

use crate::harness::{ensure, measured, session};

pub fn trials() -> Vec<Trial> {
    let of_text = |(name, query): (&'static str, &'static str)| {
        measured(&format!("stopping::{name}"), move || long_text(query))
    };
    let mut trials: Vec<Trial> = TEXTS.into_iter().map(of_text).collect();
    for (name, statement) in terms() {
        trials.push(measured(&format!("stopping::terms::{name}"), move || {
            stops(&statement, &Parameters::NONE)
        }));
    }
    trials
}

/// Queries of one text of 32 MB.
const TEXTS: [(&str, &str); 7] = [
    ("match", "SELECT $1 ~ '[ab]*a[ab]{12}[c-z]' AS m"),
    ("regexp_matches", "SELECT regexp_matches($1, '[ab]*a[ab]{300}[c-z]') AS m"),
    ("similar_to", "SELECT $1 SIMILAR TO '%[c-z]%[c-z]' AS m"),
    ("replace", "SELECT LENGTH(REGEXP_REPLACE($1, 'a', 'xyz', 'g')) AS m"),
    ("extract", "SELECT regexp_extract($1, '(b+)c') AS m"),
    ("extract_all", "SELECT LENGTH(regexp_extract_all($1, 'a(b)', 1)) AS m"),
    ("split", "SELECT LENGTH(string_split_regex($1, 'ba')) AS m"),
];

fn long_text(query: &str) -> Result<(), Failed> {
    let text = "ab".repeat(16 << 20);
    stops(query, &Parameters::Positional(vec![Parameter::Text(text.into())]))
}

/// Statements of many terms.
fn terms() -> Vec<(&'static str, String)> {
    let sum = format!("LET x = {}", vec!["1"; 1_000_000].join(" + "));
    let names = format!("LET x = {}", vec!["v"; 300_000].join(" + "));
    let conditions = vec!["1 < 2"; 20_000].join(" OR ");
    vec![
        ("sum", sum),
        ("names", names),
        ("conditions", format!("SELECT 1 AS one FROM (VALUES (1), (2)) t(a) WHERE {conditions}")),
    ]
}

/// Runs a statement with little time. How long it goes on is printed, and bounded far above what it should be: other
/// processes may have the cores.
fn stops(statement: &str, parameters: &Parameters) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute("VECTOR v = [1]")?;
    session.execute("SET timeout = '40ms'")?;
    let start = Instant::now();
    let code = session.execute_with(statement, parameters).err().map(|error| error.code());
    let taken = start.elapsed();
    if std::env::var_os("SHOW_LATENCY").is_some() {
        eprintln!("{}: {taken:?}", &statement[..statement.len().min(60)]);
    }
    ensure(code == Some(Code::Timeout), || format!("it gave {code:?} after {taken:?}"))?;
    ensure(taken < Duration::from_secs(5), || format!("it took {taken:?}"))?;
    session.execute("SET timeout = none")?;
    session.execute("LET x = v + 1")?;
    Ok(())
}
