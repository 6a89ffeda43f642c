//! Queries of many terms are planned within a time limit that a plan of cubic cost exceeds.

use std::thread;

use libtest_mimic::{Failed, Trial};
use linal::Code;

use crate::harness::{ensure, run, session, test, value};

/// A name, a query of one column over one row, and the sum of its result.
type Case = (&'static str, String, f64);

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = cases()
        .into_iter()
        .map(|case| test(format!("long_queries::{}", case.0), move || on_large_stack(move || check(&case))))
        .collect();
    trials.push(test("long_queries::large_series_meet_the_limits", series));
    trials.push(test("long_queries::endless_recursions_meet_the_limits", recursions));
    trials
}

const TERMS: usize = 1000;

fn cases() -> Vec<Case> {
    let chain = |term: &str, operator: &str| vec![term; TERMS].join(operator);
    let numbered = |term: &dyn Fn(usize) -> String, between: &str| {
        (0..TERMS).map(term).collect::<Vec<_>>().join(between)
    };
    vec![
        ("float_sum", format!("SELECT {} AS y FROM t", chain("x", " + ")), 1500.0),
        ("int_sum", format!("SELECT {} AS y FROM t", chain("i", " + ")), 2000.0),
        (
            "sum_of_columns_and_numbers",
            format!("SELECT {} AS y FROM t", vec!["i * 2 - x"; TERMS / 2].join(" + ")),
            1250.0,
        ),
        ("constant_sum", format!("SELECT {} AS y FROM t", chain("0.5", " + ")), 500.0),
        ("text", format!("SELECT LENGTH({}) AS y FROM t", chain("s", " || ")), 1000.0),
        (
            "conjunction",
            format!("SELECT i AS y FROM t WHERE {}", numbered(&|k| format!("i <> {}", k + 3), " AND ")),
            2.0,
        ),
        (
            "disjunction",
            format!("SELECT i AS y FROM t WHERE {}", numbered(&|k| format!("i = {k}"), " OR ")),
            2.0,
        ),
        ("list", format!("SELECT i AS y FROM t WHERE i IN ({})", numbered(&|k| k.to_string(), ", ")), 2.0),
        (
            "case",
            format!("SELECT CASE {} END AS y FROM t", numbered(&|k| format!("WHEN i = {k} THEN {k}"), " ")),
            2.0,
        ),
        ("order", format!("SELECT i AS y FROM t ORDER BY {}", chain("x", " + ")), 2.0),
        ("condition", format!("SELECT i AS y FROM t WHERE {} > 3", chain("x", " + ")), 2.0),
        ("group", format!("SELECT COUNT(*) AS y FROM t GROUP BY {}", chain("x", " + ")), 1.0),
    ]
}

/// Frames without optimisation are large, and the threads of tests have a stack of two megabytes.
const STACK: usize = 64 << 20;

fn on_large_stack(body: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Result<(), Failed> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(body)?;
    thread.join().map_err(|_| "the thread panicked")?
}

fn check((name, query, expected): &Case) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(&mut session, "CREATE TABLE t (x Float, i Int, s String)\nINSERT INTO t VALUES (1.5, 2, 'a')")?;
    session.execute("SET timeout = '30s'")?;
    session.execute(&format!("CREATE TABLE r AS {query}"))?;
    let found = value(&mut session, "SUM(CAST(r.y AS f64))")?.to_vec::<f64>();
    ensure(found == [*expected], || format!("{name} gave {found:?}, not {expected}"))
}

/// Functions with large results are charged before they run, and are not evaluated during planning.
fn series() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute("SET memory_limit = '50MB'")?;
    for query in [
        "SELECT COUNT(*) FROM UNNEST(range(100000000))",
        "SELECT COUNT(*) FROM UNNEST(generate_series(1, 100000000, 1))",
        "SELECT LENGTH(REPEAT('a', 100000000))",
        "SELECT LENGTH(LPAD('a', 100000000, 'b'))",
        "SELECT array_length(array_repeat(1, 100000000))",
    ] {
        let code = session.execute(query).err().map(|error| error.code());
        ensure(code == Some(Code::MemoryLimit), || format!("{query} gave {code:?}"))?;
    }
    session.execute("SELECT COUNT(*) FROM UNNEST(range(1000))")?;
    Ok(())
}

/// An infinite recursion is stopped by the time limit, or by the memory of its rows.
fn recursions() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    let same_rows = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT";
    session.execute("SET timeout = '200ms'")?;
    let code = session.execute(&format!("{same_rows} COUNT(*) FROM t")).err().map(|error| error.code());
    ensure(code == Some(Code::Timeout), || format!("it gave {code:?}"))?;
    session.execute("SET timeout = none")?;
    session.execute("SET memory_limit = '20MB'")?;
    let doubled = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT a.n FROM t a, (VALUES (1), (2)) b) SELECT n FROM t";
    let code = session.execute(doubled).err().map(|error| error.code());
    ensure(code == Some(Code::MemoryLimit), || format!("it gave {code:?}"))
}
