//! Transactions that only append to a dataset do not conflict.

use std::thread;

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine, Session};

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::appends::two_transactions_both_commit", two),
        test("durable::appends::an_append_and_another_change_conflict", mixed),
        test("durable::appends::rows_that_were_appended_and_changed_are_appended", changed),
        test("durable::appends::inserts_beside_updates_all_succeed", beside_updates),
        test("durable::appends::sessions_append_at_the_same_time", many),
    ]
}

const START: &str =
    "DATASET t COLUMNS (id: Int, text: String DEFAULT 'none')\nINSERT INTO t VALUES (0, 'zero')";

fn opened() -> Result<(Directory, Engine, Session, Session), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let (mut one, other) = (engine.session(), engine.session());
    run(&mut one, START)?;
    Ok((directory, engine, one, other))
}

fn ids(session: &mut Session) -> Result<Vec<String>, Failed> {
    Ok(rows(session, "SELECT id FROM t ORDER BY id")?.concat())
}

fn two() -> Result<(), Failed> {
    let (directory, engine, mut one, mut other) = opened()?;
    run(&mut one, "BEGIN\nINSERT INTO t VALUES (1, 'one')")?;
    run(&mut other, "BEGIN\nINSERT INTO t (id) VALUES (2), (3)")?;
    let bulk = "INSERT INTO t (id) SELECT row + 4 FROM ROWS(ARANGE 0, 1500)";
    run(&mut other, bulk)?;
    run(&mut one, "COMMIT")?;
    run(&mut other, "COMMIT")?;
    let expected: Vec<String> = (0..1504).map(|id| id.to_string()).collect();
    ensure(ids(&mut one)? == expected, || "a row is missing".into())?;
    // Changes after that concern the right rows.
    run(&mut one, "DELETE FROM t WHERE id > 4\nUPDATE t SET text = 'changed' WHERE id = 2")?;
    let expected =
        "[[\"0\", \"zero\"], [\"1\", \"one\"], [\"2\", \"changed\"], [\"3\", \"none\"], [\"4\", \"none\"]]";
    drop((one, other, engine));
    let now = rows(&mut directory.open()?.session(), "SELECT id, text FROM t ORDER BY id")?;
    ensure(format!("{now:?}") == expected, || format!("{now:?}"))?;
    directory.check()
}

fn mixed() -> Result<(), Failed> {
    let (directory, _engine, mut one, mut other) = opened()?;
    run(&mut one, "BEGIN\nINSERT INTO t VALUES (1, 'one')\nUPDATE t SET text = 'x' WHERE id = 0")?;
    run(&mut other, "INSERT INTO t VALUES (2, 'two')")?;
    let failed = one.execute("COMMIT").err().map(|error| error.to_string()).unwrap_or_default();
    ensure(failed.contains("E0605") && failed.contains("`t`"), || format!("the answer is {failed:?}"))?;
    // What it has read may be what the other has changed.
    run(&mut one, "BEGIN\nINSERT INTO t VALUES (3, 'three')")?;
    run(&mut other, "UPDATE t SET text = 'TWO' WHERE id = 2\nDELETE FROM t WHERE id = 0")?;
    let failed = one.execute("COMMIT").err().map(|error| error.to_string()).unwrap_or_default();
    ensure(failed.contains("E0605"), || format!("the answer is {failed:?}"))?;
    run(&mut one, "INSERT INTO t VALUES (3, 'three')")?;
    let now = rows(&mut other, "SELECT id, text FROM t")?;
    ensure(format!("{now:?}") == "[[\"2\", \"TWO\"], [\"3\", \"three\"]]", || format!("{now:?}"))?;
    directory.check()
}

fn changed() -> Result<(), Failed> {
    let (directory, engine, mut one, mut other) = opened()?;
    run(&mut one, "BEGIN\nINSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')")?;
    run(&mut one, "DELETE FROM t WHERE id = 2\nUPDATE t SET text = 'ONE' WHERE id = 1")?;
    run(&mut other, "INSERT INTO t VALUES (4, 'four')")?;
    run(&mut one, "COMMIT")?;
    let query = "SELECT id, text FROM t ORDER BY id";
    let expected = "[[\"0\", \"zero\"], [\"1\", \"ONE\"], [\"3\", \"three\"], [\"4\", \"four\"]]";
    let now = rows(&mut one, query)?;
    ensure(format!("{now:?}") == expected, || format!("{now:?}"))?;
    drop((one, other, engine));
    let now = rows(&mut directory.open()?.session(), query)?;
    ensure(format!("{now:?}") == expected, || format!("{now:?} after opening it again"))
}

/// An INSERT of its own runs again when another session has changed rows while it ran.
fn beside_updates() -> Result<(), Failed> {
    const ROUNDS: usize = 40;
    let (directory, engine, mut one, mut other) = opened()?;
    let done: Result<(), String> = thread::scope(|scope| {
        let updates = scope.spawn(move || {
            for _ in 0..ROUNDS {
                // Another session's insert in between is a conflict, as it is for any change of rows.
                let update = one.execute("UPDATE t SET text = text || 'x' WHERE id = 0");
                if update.is_err_and(|error| !error.is(Code::Conflict)) {
                    return Err("an update failed".to_string());
                }
            }
            Ok(())
        });
        for id in 1..=ROUNDS {
            run(&mut other, &format!("INSERT INTO t (id) VALUES ({id})"))
                .map_err(|error| format!("{error:?}"))?;
        }
        updates.join().map_err(|_| "a panic".to_string())?
    });
    done?;
    drop((other, engine));
    let found = ids(&mut directory.open()?.session())?.len();
    ensure(found == ROUNDS + 1, || format!("{found} rows"))
}

fn many() -> Result<(), Failed> {
    const SESSIONS: i64 = 4;
    const ROWS: i64 = 25;
    let (directory, engine, one, other) = opened()?;
    let all: Result<Vec<()>, String> = thread::scope(|scope| {
        let append = |number: i64| {
            let mut session = engine.session();
            scope.spawn(move || {
                for row in 0..ROWS {
                    let id = 1 + number * ROWS + row;
                    run(&mut session, &format!("INSERT INTO t (id) VALUES ({id})"))
                        .map_err(|error| error.to_string())?;
                }
                Ok(())
            })
        };
        let threads: Vec<_> = (0..SESSIONS).map(append).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a panic".to_string())?).collect()
    });
    all?;
    drop((one, other, engine));
    let expected: Vec<String> = (0..=SESSIONS * ROWS).map(|id| id.to_string()).collect();
    let mut session = directory.open()?.session();
    ensure(ids(&mut session)? == expected, || "a row is missing".into())?;
    let versions = rows(&mut session, "LIST DATASET VERSIONS t")?.len() as i64;
    ensure(versions == SESSIONS * ROWS + 2, || format!("{versions} versions"))
}
