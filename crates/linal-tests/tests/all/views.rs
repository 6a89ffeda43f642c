//! Views copy no data: they share the memory of their source.

use libtest_mimic::{Failed, Trial};
use linal::Session;

use crate::harness::{allocated, ensure, measured, run, session, test, value};

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = SHARING
        .into_iter()
        .map(|(name, statement)| test(format!("views::{name}_shares_memory"), move || shares(statement)))
        .collect();
    trials.push(test("views::results_share_nothing", results_share_nothing));
    trials.push(measured("views::of_large_tensors_allocate_no_data", no_data));
    trials
}

/// Statements that create `view` from `m`, of 4 x 6.
const SHARING: [(&str, &str); 16] = [
    ("let", "LET view = m"),
    ("bind", "BIND view TO m"),
    ("derive", "DERIVE view FROM m"),
    ("lazy_let", "LAZY LET view = m"),
    ("reshape", "LET view = RESHAPE m TO [3, 8]"),
    ("lazy_reshape", "LAZY LET view = RESHAPE m TO [3, 8]"),
    ("transpose", "LET view = TRANSPOSE m"),
    ("flatten", "LET view = FLATTEN m"),
    ("row", "LET view = m[1, *]"),
    ("column", "LET view = m[:, 2]"),
    ("slice", "LET view = m[1:3, 2:]"),
    ("steps", "LET view = m[::2, ::-1]"),
    ("negative_index", "LET view = m[-1]"),
    ("element", "LET view = m[2, 3]"),
    ("chain", "LET view = RESHAPE(TRANSPOSE m[0:2, :], [6, 2])[1:5:2, 0]"),
    ("brackets", "LET view = ((m))"),
];

fn prepared() -> Result<Session, Failed> {
    let (_engine, mut session) = session();
    run(&mut session, "LET n = CAST(ARANGE(0, 24) AS f64)\nLET m = RESHAPE n TO [4, 6]")?;
    Ok(session)
}

fn shares(statement: &str) -> Result<(), Failed> {
    let mut session = prepared()?;
    // The second time the statement comes from the cache.
    for _ in 0..2 {
        session.execute(statement)?;
        let (m, view) = (value(&mut session, "m")?, value(&mut session, "view")?);
        ensure(view.shares_memory_with(&m), || format!("{statement} copied"))?;
    }
    Ok(())
}

fn results_share_nothing() -> Result<(), Failed> {
    let mut session = prepared()?;
    for expression in ["m + 0", "CONCAT m m", "SORT m", "m[m > 3]", "FLATTEN(TRANSPOSE m)", "CAST(m AS f32)"]
    {
        let (m, result) = (value(&mut session, "m")?, value(&mut session, expression)?);
        ensure(!result.shares_memory_with(&m), || format!("{expression} is a view"))?;
    }
    Ok(())
}

fn no_data() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute("LET m = RANDOM [2000, 2000] SEED 1")?;
    for statement in [
        "LET a = RESHAPE m TO [4000, 1000]",
        "LET a = TRANSPOSE m",
        "LET a = FLATTEN m",
        "LET a = m[10:1990, ::-1]",
        "LET a = m",
        "BIND a TO m",
        "LET a = ZEROS [100000, 100000]",
        "LET a = m[0] + 0 * m[0]",
    ] {
        let (_, peak, result) = allocated(|| session.execute(statement));
        result?;
        ensure(peak < 100_000, || format!("{statement} took {peak} bytes"))?;
    }
    Ok(())
}
