//! Long lineages: building, showing (truncated), and dropping them takes neither a deep stack nor much
//! memory.

use libtest_mimic::{Failed, Trial};
use linal::{Outcome, RowSet, Session};

use crate::harness::{allocated, ensure, measured, session, value};

pub fn trials() -> Vec<Trial> {
    vec![
        measured("lineage::a_million_steps", a_million_steps),
        measured("lineage::a_lazy_chain_of_a_hundred_thousand", lazy_chain),
        measured("lineage::a_lazy_chain_that_never_runs", dropped_lazy_chain),
        measured("lineage::wide_history", wide_history),
    ]
}

const STEPS: usize = 1_000_000;

/// The memory that one step of a lineage may take, including its name and text.
const BYTES_A_STEP: usize = 300;

fn a_million_steps() -> Result<(), Failed> {
    let (engine, mut session) = session();
    session.execute("LET x = 0")?;
    let (grown, _, result) = allocated(|| repeat(&mut session, "LET x = x + 1", STEPS));
    result?;
    ensure(grown < STEPS * BYTES_A_STEP, || format!("{} bytes a step", grown / STEPS))?;
    let last = value(&mut session, "x")?;
    ensure(last.to_vec::<i64>() == [STEPS as i64], || format!("x is {last:?}"))?;

    let lineage = rows(session.execute("SHOW LINEAGE x")?)?;
    ensure(lineage.num_rows() < 100, || format!("{} rows are not cut", lineage.num_rows()))?;
    let first: Vec<Option<String>> = (0..5).map(|column| lineage.text(0, column)).collect();
    let expected = ["1", "0", "x", "x + 1", "2"].map(|text| Some(text.to_string()));
    ensure(first == expected, || format!("{first:?}"))?;
    let rest = format!("{} steps left out", STEPS + 1 - lineage.num_rows());
    ensure(lineage.notices == [rest.as_str()], || format!("{:?}, not {rest:?}", lineage.notices))?;

    drop(last);
    session.execute("RESET SESSION")?;
    drop(session);
    ensure(engine.memory_used() == 0, || format!("{} bytes are left", engine.memory_used()))
}

fn lazy_chain() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    let steps = 100_000;
    session.execute("LET x = 0")?;
    repeat(&mut session, "LAZY LET x = x + 1", steps)?;
    ensure(text(session.execute("SHOW SHAPE x")?)? == "[]", || "the shape".into())?;
    rows(session.execute("SHOW LINEAGE x")?)?;
    let last = value(&mut session, "x")?;
    ensure(last.to_vec::<i64>() == [steps as i64], || format!("x is {last:?}"))?;
    session.execute("DROP TENSOR x")?;
    Ok(())
}

fn dropped_lazy_chain() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute("VECTOR x = [1, 2]")?;
    repeat(&mut session, "LAZY LET x = (x + 1) * x", 300_000)?;
    rows(session.execute("SHOW LINEAGE x")?)?;
    session.execute("LET x = 0")?;
    Ok(())
}

/// Each value has two inputs that share all of their lineage: 2^60 paths, 60 steps.
fn wide_history() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute("LET x = 1.0")?;
    for _ in 0..60 {
        session.execute("LET y = x * 0.5")?;
        session.execute("LET x = x * 0.5 + y")?;
    }
    let last = value(&mut session, "x")?;
    ensure(last.to_vec::<f64>() == [1.0], || format!("x is {last:?}"))?;
    let lineage = rows(session.execute("SHOW LINEAGE x")?)?;
    ensure(lineage.num_rows() < 100, || "it is not cut".into())
}

fn repeat(session: &mut Session, statement: &str, times: usize) -> Result<(), Failed> {
    for _ in 0..times {
        session.execute(statement)?;
    }
    Ok(())
}

fn text(outcome: Outcome) -> Result<String, Failed> {
    match outcome {
        Outcome::Text(text) => Ok(text),
        other => Err(format!("{other:?} is no text").into()),
    }
}

fn rows(outcome: Outcome) -> Result<RowSet, Failed> {
    match outcome {
        Outcome::Rows(rows) => Ok(rows),
        other => Err(format!("{other:?} are no rows").into()),
    }
}
