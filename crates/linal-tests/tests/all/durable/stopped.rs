//! Commits that their time limit stops: nothing is acknowledged, nothing is changed, and the session goes on.

use libtest_mimic::{Failed, Trial};
use linal::{Code, Session};

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::stopped::rows_in_memory", || stopped(ROWS)),
        test("durable::stopped::vectors_in_memory", || stopped(VECTORS)),
        test("durable::stopped::all_rows_changed", || stopped(CHANGED)),
        test("durable::stopped::a_statement_alone", alone),
    ]
}

/// The statements of a transaction whose commit takes long.
const ROWS: &[&str] = &["INSERT INTO t SELECT row, row * 0.5 FROM ROWS(ARANGE 0, 300000)"];

const VECTORS: &[&str] =
    &["CREATE TABLE w (v Vector(64))", "INSERT INTO w SELECT [row] * ONES(64) FROM ROWS(ARANGE 0, 20000)"];

const CHANGED: &[&str] = &["UPDATE t SET x = x + 1"];

const SUM: &str = "SELECT COUNT(*), SUM(x) FROM t";

fn line(session: &mut Session) -> Result<String, Failed> {
    Ok(rows(session, SUM)?.concat().join(" "))
}

fn setup(session: &mut Session) -> Result<String, Failed> {
    run(
        session,
        "CREATE TABLE t (id Int, x Float)\nINSERT INTO t SELECT row, row * 0.25 FROM ROWS(ARANGE 0, 200000)",
    )?;
    line(session)
}

fn stopped(changes: &[&str]) -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let (mut session, mut other) = (engine.session(), engine.session());
    let before = setup(&mut session)?;
    let begin = |session: &mut Session| -> Result<(), Failed> {
        session.execute("BEGIN")?;
        changes.iter().try_for_each(|change| session.execute(change).map(drop))?;
        Ok(())
    };
    // The first limit is below what any machine needs for so many rows, and the last one above.
    let (mut count, mut limit, mut is_done) = (0, 1, false);
    while !is_done {
        begin(&mut session)?;
        session.execute(&format!("SET timeout = '{limit}ms'"))?;
        limit *= 3;
        let ended = session.execute("COMMIT").map_err(|error| error.code());
        session.execute("SET timeout = none")?;
        match ended {
            Err(Code::Timeout) => {
                count += 1;
                for session in [&mut session, &mut other] {
                    let now = line(session)?;
                    ensure(now == before, || format!("{now} instead of {before}"))?;
                }
                ensure(other.dataset_info("w")?.is_none(), || "a dataset is left".to_owned())?;
            }
            Ok(_) => {
                is_done = true;
                run(&mut session, "RESTORE DATASET t TO VERSION 2\nDROP TABLE IF EXISTS w")?;
                let now = line(&mut session)?;
                ensure(now == before, || format!("{now} instead of {before} after RESTORE"))?;
            }
            Err(code) => return Err(format!("COMMIT gave {code:?}").into()),
        }
        ensure(session.execute("ROLLBACK").is_err(), || "the transaction is open".to_owned())?;
    }
    ensure(count > 0, || "no commit was stopped".to_owned())?;
    run(&mut session, "INSERT INTO t VALUES (-1, 0)\nDELETE FROM t WHERE id = -1")?;
    drop((session, other, engine));
    directory.check()?;
    let now = line(&mut directory.open()?.session())?;
    ensure(now == before, || format!("{now} instead of {before} after reopening"))
}

/// A statement that commits by itself.
fn alone() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut session = engine.session();
    let before = setup(&mut session)?;
    session.execute("SET timeout = '1ms'")?;
    let code = session.execute("UPDATE t SET x = x * 2 + 1").err().map(|error| error.code());
    ensure(code == Some(Code::Timeout), || format!("{code:?}"))?;
    session.execute("SET timeout = none")?;
    let now = line(&mut session)?;
    ensure(now == before, || format!("{now} instead of {before}"))
}
