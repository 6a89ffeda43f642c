//! Statements of their own that change the same rows at the same time run again, and all of them are done.

use std::thread;

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine};

use super::super::Directory;
use super::super::directory::rows;
use crate::harness::{ensure, run, test};

const SESSIONS: usize = 4;
const ROUNDS: usize = 12;
/// A MERGE that runs again is planned again, which takes most of the time.
const ROUNDS_OF_CHANGES: usize = 4;

/// The statements of a round: each adds one to the row of a key, which may not be there yet.
const UPSERT: &str = "INSERT INTO t VALUES (KEY, 1) ON CONFLICT (k) DO UPDATE SET n = n + 1";
const MERGE: &str = "MERGE INTO t USING (SELECT KEY AS k) s ON t.k = s.k WHEN MATCHED THEN UPDATE SET n = t.n + 1 \
                     WHEN NOT MATCHED THEN INSERT VALUES (s.k, 1)";
const IGNORE: &str = "INSERT OR IGNORE INTO t VALUES (KEY, 16)";

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, statement) in [("upserts", UPSERT), ("merges", MERGE), ("ignored_inserts", IGNORE)] {
        trials.push(test(format!("durable::isolation::{name}_all_succeed::in_memory"), move || {
            all_succeed(&Engine::default(), statement)
        }));
        trials.push(test(format!("durable::isolation::{name}_all_succeed::in_a_directory"), move || {
            let directory = Directory::new();
            all_succeed(&directory.open()?, statement)?;
            directory.check()
        }));
    }
    trials.push(test("durable::isolation::a_key_goes_to_one_insert::in_memory", || {
        one_succeeds(&Engine::default())
    }));
    trials.push(test("durable::isolation::a_key_goes_to_one_insert::in_a_directory", || {
        one_succeeds(&Directory::new().open()?)
    }));
    trials
}

/// Each session changes each of four keys in every round.
fn all_succeed(engine: &Engine, statement: &'static str) -> Result<(), Failed> {
    const KEYS: usize = 4;
    run(&mut engine.session(), "CREATE TABLE t (k INT PRIMARY KEY, n INT)")?;
    let all: Result<Vec<()>, String> = thread::scope(|scope| {
        let session = |_| {
            let mut session = engine.session();
            scope.spawn(move || {
                for round in 0..ROUNDS_OF_CHANGES * KEYS {
                    let key = (round % KEYS).to_string();
                    run(&mut session, &statement.replace("KEY", &key)).map_err(|error| error.to_string())?;
                }
                Ok(())
            })
        };
        let threads: Vec<_> = (0..SESSIONS).map(session).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a panic".to_string())?).collect()
    });
    all?;
    let found = rows(&mut engine.session(), "SELECT k, n FROM t ORDER BY k")?;
    let count = SESSIONS * ROUNDS_OF_CHANGES;
    let expected: Vec<Vec<String>> = (0..KEYS).map(|key| vec![key.to_string(), count.to_string()]).collect();
    ensure(found == expected, || format!("{found:?}"))
}

/// Of plain inserts of one key, one is done, and the others say that the key is there.
fn one_succeeds(engine: &Engine) -> Result<(), Failed> {
    run(&mut engine.session(), "CREATE TABLE t (k INT PRIMARY KEY)")?;
    for key in 0..ROUNDS {
        let done: Vec<Result<bool, String>> = thread::scope(|scope| {
            let insert = |_| {
                let mut session = engine.session();
                scope.spawn(move || match session.execute(&format!("INSERT INTO t SELECT {key}")) {
                    Ok(_) => Ok(true),
                    Err(error) if error.is(Code::ConstraintViolated) => Ok(false),
                    Err(error) => Err(error.to_string()),
                })
            };
            let threads: Vec<_> = (0..SESSIONS).map(insert).collect();
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a panic".to_string())?).collect()
        });
        let done: Vec<bool> = done.into_iter().collect::<Result<_, _>>()?;
        let count = done.iter().filter(|done| **done).count();
        ensure(count == 1, || format!("{count} inserts of the key {key}"))?;
    }
    Ok(())
}
