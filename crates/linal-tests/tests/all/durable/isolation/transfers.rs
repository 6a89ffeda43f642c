//! Writers move amounts between rows and datasets while readers sum them: the sum never changes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine, Session};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::Directory;
use super::super::directory::rows;
use crate::harness::{ensure, run, test};

const TIME: Duration = Duration::from_secs(2);
const ROWS: i64 = 8;
const TOTAL: i64 = 2 * ROWS * 100;

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::isolation::sums_stay_the_same::in_memory", || sums(&Engine::default())),
        test("durable::isolation::sums_stay_the_same::in_a_directory", || {
            let directory = Directory::new();
            sums(&directory.open()?)?;
            let engine = directory.open()?;
            let total = number(&mut engine.session(), BOTH)?;
            ensure(total == TOTAL, || format!("{total} after opening it again"))?;
            directory.check()
        }),
    ]
}

const BOTH: &str = "SELECT (SELECT SUM(value) FROM a) + (SELECT SUM(value) FROM b)";

/// What the threads have done.
#[derive(Default)]
struct Counts {
    commits: AtomicU64,
    conflicts: AtomicU64,
    sums: AtomicU64,
}

fn sums(engine: &Engine) -> Result<(), Failed> {
    let mut session = engine.session();
    for name in ["a", "b"] {
        run(&mut session, &format!("DATASET {name} COLUMNS (id: Int, value: Int)"))?;
        let values: Vec<String> = (0..ROWS).map(|id| format!("({id}, 100)")).collect();
        run(&mut session, &format!("INSERT INTO {name} VALUES {}", values.join(", ")))?;
    }
    let counts = Counts::default();
    let end = Instant::now() + TIME;
    let all: Result<Vec<()>, String> = thread::scope(|scope| {
        let (counts, engine) = (&counts, &engine);
        let mut threads = Vec::new();
        for seed in 0..2 {
            threads.push(scope.spawn(move || write(engine.session(), seed, end, counts)));
        }
        for whole in [false, true] {
            threads.push(scope.spawn(move || read(engine.session(), whole, end, counts)));
        }
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a panic".to_string())?).collect()
    });
    all?;
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (commits, reads) = (of(&counts.commits), of(&counts.sums));
    ensure(commits > 0 && reads > 0, || {
        format!("{commits} commits, {} conflicts, {reads} sums", of(&counts.conflicts))
    })
}

fn write(mut session: Session, seed: u64, end: Instant, counts: &Counts) -> Result<(), String> {
    let mut random = StdRng::seed_from_u64(seed);
    while Instant::now() < end {
        match transfer(&mut session, &mut random) {
            Ok(()) => counts.commits.fetch_add(1, Ordering::Relaxed),
            Err(error) if error.code() == Code::Conflict => counts.conflicts.fetch_add(1, Ordering::Relaxed),
            Err(error) => return Err(error.to_string()),
        };
    }
    Ok(())
}

/// Moves an amount from one row to another, of the same dataset or not.
fn transfer(session: &mut Session, random: &mut StdRng) -> linal::Result<()> {
    let amount = random.random_range(1..50);
    let mut place = || (["a", "b"][random.random_range(0..2)], random.random_range(0..ROWS));
    let ((from, from_id), (to, to_id)) = (place(), place());
    run(
        session,
        &format!(
            "BEGIN\n\
             UPDATE {from} SET value = value - {amount} WHERE id = {from_id}\n\
             UPDATE {to} SET value = value + {amount} WHERE id = {to_id}\n\
             COMMIT"
        ),
    )
    .map(drop)
}

/// Sums in one statement, or in two of one transaction.
fn read(mut session: Session, whole: bool, end: Instant, counts: &Counts) -> Result<(), String> {
    while Instant::now() < end {
        let sum = if whole { number(&mut session, BOTH) } else { apart(&mut session) };
        let sum = sum.map_err(|failed| format!("{failed:?}"))?;
        if sum != TOTAL {
            let kind = if whole { "one statement" } else { "one transaction" };
            return Err(format!("{kind} sums to {sum}, not {TOTAL}"));
        }
        counts.sums.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn apart(session: &mut Session) -> Result<i64, Failed> {
    run(session, "BEGIN")?;
    let a = number(session, "SELECT SUM(value) FROM a")?;
    let b = number(session, "SELECT SUM(value) FROM b")?;
    run(session, "COMMIT")?;
    Ok(a + b)
}

fn number(session: &mut Session, query: &str) -> Result<i64, Failed> {
    let rows = rows(session, query)?;
    let cell = rows.first().and_then(|row| row.first()).ok_or("no row")?;
    Ok(cell.parse()?)
}
