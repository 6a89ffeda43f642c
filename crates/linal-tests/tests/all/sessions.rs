//! Sessions of one engine: each has its own names, settings and database, and all share one memory budget.

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine, EngineOptions, Outcome, Session};

use crate::harness::{ensure, run, test, value};

pub fn trials() -> Vec<Trial> {
    vec![
        test("sessions::names_and_settings_are_their_own", names_and_settings),
        test("sessions::use_concerns_the_session_that_says_it", databases),
        test("sessions::the_budget_is_shared", budget),
        test("sessions::what_use_dataset_read_is_its_own", own_datasets),
        test("sessions::many_statements_share_the_threads", threads),
    ]
}

fn two() -> (Engine, Session, Session) {
    let options = EngineOptions { memory_limit: Some(20_000_000), ..EngineOptions::default() };
    let engine = Engine::new(options);
    let sessions = (engine.session(), engine.session());
    (engine, sessions.0, sessions.1)
}

fn code(session: &mut Session, statement: &str) -> Option<Code> {
    session.execute(statement).err().map(|error| error.code())
}

fn names_and_settings() -> Result<(), Failed> {
    let (_engine, mut one, mut other) = two();
    run(&mut one, "LET a = 1\nSET default_dtype = f32")?;
    ensure(code(&mut other, "SHOW a") == Some(Code::UnknownName), || "the name is seen".into())?;
    run(&mut other, "LET a = [2]")?;
    ensure(value(&mut one, "a")?.to_vec::<i64>() == [1], || "the name was changed".into())?;
    let setting = other.setting("default_dtype");
    ensure(setting.as_deref() == Some("f64"), || format!("the setting is {setting:?}"))
}

fn databases() -> Result<(), Failed> {
    let (_engine, mut one, mut other) = two();
    run(&mut one, "CREATE DATABASE lab\nUSE lab")?;
    ensure(current(&mut one)? == "lab", || "USE had no effect".into())?;
    ensure(current(&mut other)? == "default", || "USE moved the other session".into())?;
    ensure(code(&mut other, "DROP DATABASE lab") == Some(Code::CannotDrop), || "it was in use".into())?;
    drop(one);
    run(&mut other, "DROP DATABASE lab")?;
    Ok(())
}

fn own_datasets() -> Result<(), Failed> {
    let (engine, mut one, mut other) = two();
    let weather = "USE DATASET FROM \"examples/data/seattle-weather.csv\" AS w";
    let at_first = engine.memory_used();
    // The name is free for others, also in a transaction of theirs that was open before.
    run(&mut other, "BEGIN\nDATASET w COLUMNS (id: Int)")?;
    run(&mut one, weather)?;
    run(&mut other, "COMMIT\nINSERT INTO w VALUES (1)\nDROP DATASET w")?;
    ensure(code(&mut other, "SELECT * FROM w") == Some(Code::UnknownName), || "it is seen".into())?;
    let by_database = "SELECT * FROM \"session:0\".w";
    ensure(code(&mut one, by_database).is_none(), || "its own session does not find it".into())?;
    ensure(code(&mut other, by_database) == Some(Code::UnknownName), || "its database is seen".into())?;
    run(&mut other, "DATASET w COLUMNS (id: Int)\nINSERT INTO w VALUES (1)")?;
    ensure(value(&mut one, "(SELECT COUNT(*) FROM w)")?.to_vec::<i64>() == [1461], || "another w".into())?;
    ensure(value(&mut other, "(SELECT COUNT(*) FROM w)")?.to_vec::<i64>() == [1], || "not its w".into())?;
    // A plan over the database's dataset does not outlive the name.
    run(&mut other, "DROP DATASET w")?;
    run(&mut other, weather)?;
    ensure(value(&mut other, "(SELECT COUNT(*) FROM w)")?.to_vec::<i64>() == [1461], || {
        "an old plan".into()
    })?;
    drop(one);
    drop(other);
    let left = engine.memory_used();
    ensure(left <= at_first, || format!("{at_first} bytes before, {left} after the sessions ended"))
}

fn current(session: &mut Session) -> Result<String, Failed> {
    let Outcome::Rows(rows) = session.execute("SHOW DATABASES")? else { return Err("no rows".into()) };
    let row = (0..rows.num_rows()).find(|&row| rows.text(row, 1).as_deref() == Some("true"));
    row.and_then(|row| rows.text(row, 0)).ok_or_else(|| "no current database".into())
}

fn budget() -> Result<(), Failed> {
    let (engine, mut one, mut other) = two();
    run(&mut one, "LET a = RANDOM [1500000] SEED 1")?;
    ensure(code(&mut other, "LET b = RANDOM [1500000] SEED 1") == Some(Code::MemoryLimit), || {
        "it is not".into()
    })?;
    run(&mut other, "LET b = RANDOM [500000] SEED 1")?;
    // No session's own limit exceeds that of the engine.
    run(&mut other, "SET memory_limit = none")?;
    ensure(code(&mut other, "LET c = RANDOM [1500000] SEED 1") == Some(Code::MemoryLimit), || {
        "it was lifted".into()
    })?;
    drop(one);
    run(&mut other, "LET c = RANDOM [1500000] SEED 1")?;
    drop(other);
    ensure(engine.memory_used() == 0, || format!("{} bytes are left", engine.memory_used()))
}

/// The threads of this process that belong to linal, by the name of their pool.
fn pools() -> (usize, usize) {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names: Vec<String> =
        tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok()).collect();
    let count = |start: &str| names.iter().filter(|name| name.starts_with(start)).count();
    (count("linal-kernel"), count("linal-query"))
}

/// Concurrent statements, each for more threads than the machine has, run on one thread per core.
fn threads() -> Result<(), Failed> {
    const SESSIONS: usize = 6;
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let engine = Engine::new(EngineOptions {
        threads: Some(16),
        partition_above: Some(0),
        ..EngineOptions::default()
    });
    let barrier = std::sync::Barrier::new(SESSIONS);
    let all: Result<Vec<()>, String> = std::thread::scope(|scope| {
        let start = |number: usize| {
            let (engine, barrier) = (&engine, &barrier);
            scope.spawn(move || {
                let mut session = engine.session();
                barrier.wait();
                let script = format!(
                    "LET m = RESHAPE (ARANGE 0, 40000) TO [200, 200]\n\
                     LET p = CAST(m AS f64) @ TRANSPOSE m\n\
                     LET s = SORT (RANDN [200000] SEED {number})\n\
                     LET q = (SELECT SUM(value) FROM ROWS(s) GROUP BY value > 0)"
                );
                run(&mut session, &script).map(|_| ()).map_err(|failed| format!("{failed:?}"))
            })
        };
        let started: Vec<_> = (0..SESSIONS).map(start).collect();
        started.into_iter().map(|thread| thread.join().map_err(|_| "a panic".to_string())?).collect()
    });
    all?;
    let (kernels, queries) = pools();
    ensure(kernels == cores && queries == cores, || {
        format!("{kernels} threads for kernels and {queries} for queries on {cores} cores")
    })
}
