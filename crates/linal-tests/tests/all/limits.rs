//! Memory, time and cancellation: a stopped statement leaves everything as it was.

use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine, EngineOptions, Session};

use crate::harness::{allocated, ensure, measured, run, session, test, value};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("limits::memory_returns_after_a_failure", memory_returns),
        test("limits::scratch_meets_the_limit_and_returns", scratch),
        test("limits::failure_changes_nothing", failure_changes_nothing),
        measured("limits::timeout_acts_and_the_session_goes_on", timeout),
        measured("limits::sum_of_two_tensors_takes_one_output", one_output),
        measured("limits::fused_expression_takes_one_output", fused_expression),
    ];
    for (name, statement) in LONG {
        trials.push(measured(&format!("limits::cancel_within_100_ms::{name}"), move || cancel(statement)));
    }
    for (name, setup, statement) in LATE {
        let name = format!("limits::timeout_within_100_ms::{name}");
        trials.push(measured(&name, move || late(setup, statement)));
    }
    trials.push(measured("limits::long_matrix_chain_is_not_ordered_for_seconds", long_chain));
    trials
}

fn code(session: &mut Session, statement: &str) -> Option<Code> {
    session.execute(statement).err().map(|error| error.code())
}

fn memory_returns() -> Result<(), Failed> {
    let (engine, mut session) = session();
    run(&mut session, "LET a = RANDOM [1000, 1000] SEED 1\nLET s = SUM a\nSET memory_limit = '20MB'")?;
    // Scratch memory may be kept for the next statement; after the first failure it does not grow.
    session.execute("LET b = (a + 1) @ (a - 1) + SORT(a)").err().ok_or("the limit was not met")?;
    session.execute("LET s = SUM a")?;
    let before = (session.memory_used(), engine.memory_used());
    for statement in [
        "LET b = (a + 1) @ (a - 1) + SORT(a)",
        "LET b = SORT(FLATTEN(CONCAT a a))",
        "LET b = RANDOM [2000, 2000] SEED 1",
        "LET b = CUMSUM(a) + CUMSUM(a * 2)",
        "SHOW a @ a + a @ a",
    ] {
        ensure(code(&mut session, statement) == Some(Code::MemoryLimit), || {
            format!("{statement} met no limit")
        })?;
        // The next statement takes the scratch of the last one back.
        session.execute("LET s = SUM a")?;
        let after = (session.memory_used(), engine.memory_used());
        ensure(after == before, || format!("{statement}: {after:?} bytes in use, {before:?} before"))?;
    }
    Ok(())
}

/// Working memory in the arena: a quantile copies its operand to sort it.
fn scratch() -> Result<(), Failed> {
    const MEGABYTE: usize = 1 << 20;
    let engine = Engine::new(EngineOptions { memory_limit: Some(40 * MEGABYTE), ..Default::default() });
    let (mut session, mut other) = (engine.session(), engine.session());
    run(&mut session, "LET a = RANDOM [1000000] SEED 1\nLET s = SUM a\nLET q = QUANTILE a 0.5")?;
    // The session's own limit, and that of the engine when another session uses most of it.
    for (this, that) in
        [("SET memory_limit = '12MB'", ""), ("SET memory_limit = '40MB'", "LET b = RANDOM [3500000] SEED 2")]
    {
        session.execute(this)?;
        if !that.is_empty() {
            other.execute(that)?;
        }
        session.execute("LET s = SUM a")?;
        let before = (session.memory_used(), engine.memory_used());
        for statement in ["LET q = QUANTILE a 0.25", "LET u = UNIQUE a", "SHOW QUANTILE(a, 0.75)"] {
            let found = code(&mut session, statement);
            ensure(found == Some(Code::MemoryLimit), || {
                format!("{this} {that}: {statement} gave {found:?}")
            })?;
            session.execute("LET s = SUM a")?;
            let after = (session.memory_used(), engine.memory_used());
            ensure(after == before, || format!("{statement}: {after:?} bytes in use, {before:?} before"))?;
        }
    }
    other.execute("DROP TENSOR b")?;
    session.execute("LET q = QUANTILE a 0.25")?;
    Ok(())
}

fn failure_changes_nothing() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(
        &mut session,
        "VECTOR v = [1, 2, 3]\nMATRIX m = [[1, 2], [3, 4]]\nLAZY LET l = v * 2\nBIND alias TO v",
    )?;
    let shown = ["v", "m", "l", "alias"];
    let names = session.names();
    let mut values = Vec::new();
    for name in shown {
        values.push(value(&mut session, name)?.to_vec::<f64>());
    }
    for statement in [
        "LET v = v + [1, 2]",
        "LET fresh = v @ m",
        "LET m = m[5]",
        "LAZY LET l = m @ v",
        "DERIVE v FROM nosuch",
        "BIND v TO nosuch",
        "BIND v TO v",
        "VECTOR v = [1, 2",
        "MATRIX m = [[1], [2, 3]]",
        "DEFINE v AS TENSOR [2] VALUES [1]",
        "VECTOR i64 v = [1.5]",
        "DROP TENSOR nosuch",
        "LET v = NORMALIZE [0, 0]",
        "LET v = 9223372036854775807 + 1",
        "LET v = CAST(v / 0 AS i64)",
        "SET nosuch = 1",
        "ROLLBACK",
    ] {
        ensure(code(&mut session, statement).is_some(), || format!("{statement} did not fail"))?;
    }
    ensure(session.names() == names, || format!("{:?}", session.names()))?;
    for (name, before) in shown.iter().zip(&values) {
        let now = value(&mut session, name)?.to_vec::<f64>();
        ensure(now == *before, || format!("{name} is {now:?}, and was {before:?}"))?;
    }
    Ok(())
}

fn timeout() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(&mut session, "LET a = RANDOM [3000, 3000] SEED 1\nSET timeout = '100ms'")?;
    in_time(Duration::from_millis(100), || {
        let start = Instant::now();
        let code = code(&mut session, "LET b = a @ a @ a @ a");
        ensure(code == Some(Code::Timeout), || "it was not stopped".into())?;
        Ok(start.elapsed().saturating_sub(Duration::from_millis(100)))
    })?;
    let sum = value(&mut session, "SUM [1, 2, 3]")?.to_vec::<f64>();
    ensure(sum == [6.0], || "the session is gone".into())?;
    session.execute("SET timeout = none")?;
    session.execute("LET b = a[0:10, 0:10] @ a[0:10, 0:10]")?;
    Ok(())
}

/// Statements that take far longer than the time after which they are cancelled, with a of 4000 x 4000.
const LONG: [(&str, &str); 6] = [
    ("matmul", "LET b = a @ a"),
    ("sort", "LET b = SORT(FLATTEN(CONCAT a a a a))"),
    ("elementwise", "LET b = SIN(EXP(TAN(a))) + COS(EXP(TANH(a))) + LOG(SIN(a + 2) + 3) ^ a ^ a"),
    ("sum", "LET b = SUM(SIN(a) + TAN(a)) + SUM(COS(a) + EXP(a)) + SUM(a ^ a)"),
    ("cumsum", "LET b = CUMSUM(CUMSUM(CUMSUM(CUMSUM(CUMSUM(a)))))"),
    ("random", "LET b = RANDN [8000, 8000] SEED 1"),
];

/// The time in which a cancelled statement must end.
const PATIENCE: Duration = Duration::from_millis(100);

fn cancel(statement: &'static str) -> Result<(), Failed> {
    let (engine, mut session) = session();
    run(&mut session, "LET a = RANDOM [4000, 4000] SEED 1\nLET s = SUM a")?;
    let before = engine.memory_used();
    in_time(PATIENCE, || {
        let cancellation = session.cancellation();
        let canceller = thread::spawn(move || {
            thread::sleep(Duration::from_millis(60));
            cancellation.cancel();
            Instant::now()
        });
        let code = code(&mut session, statement);
        let ended = Instant::now();
        let cancelled = canceller.join().map_err(|_| "the thread panicked")?;
        ensure(code == Some(Code::Cancelled), || format!("{statement} gave {code:?}"))?;
        Ok(ended.saturating_duration_since(cancelled))
    })?;
    session.execute("LET s = SUM a")?;
    // The arena may keep a chunk for the next statement.
    let kept = engine.memory_used().saturating_sub(before);
    ensure(kept < 9 << 20, || format!("{kept} bytes are still in use"))
}

/// Fails unless one of a few attempts stays within the limit: another process may occupy the cores.
fn in_time(limit: Duration, mut attempt: impl FnMut() -> Result<Duration, Failed>) -> Result<(), Failed> {
    let mut taken = Vec::new();
    for _ in 0..5 {
        let time = attempt()?;
        if time <= limit {
            return Ok(());
        }
        taken.push(time);
    }
    Err(format!("it took {taken:?}, and may take {limit:?}").into())
}

/// Statements of one large operation each, with their inputs. `ONES` takes no memory, so that setup is quick;
/// 16,777,259 is a prime. They take just long enough to be stopped in the middle: to give back a gigabyte of pages
/// takes the system tens of milliseconds by itself.
const LATE: [(&str, &str, &str); 10] = [
    ("fft", "LET s = ONES [33554432]", "LET f = FFT s"),
    ("fft_of_odd_length", "LET s = ONES [43046721]", "LET f = FFT s"),
    ("fft_of_prime_length", "LET s = ONES [16777259]", "LET f = FFT s"),
    ("complex_fft", "LET s = ONES [16777216]", "LET f = FFT(s, complex => true)"),
    ("ifft", "LET s = ONES [2, 16777217]", "LET f = IFFT s"),
    ("whiten", "LET s = ONES [16777216]", "LET f = WHITEN s WITH [1, 2, 3]"),
    ("convolve", "LET s = ONES [16777216] + 0", "LET f = CONVOLVE s WITH s"),
    ("solve", "LET s = RANDN [3500, 3500] SEED 1", "LET f = SOLVE s s[0]"),
    ("inverse", "LET s = RANDN [3500, 3500] SEED 1", "LET f = INVERSE s"),
    ("det", "LET s = RANDN [3500, 3500] SEED 1", "LET f = DET s"),
];

/// The time limit expires at the start of the work or in the middle of it.
fn late(setup: &str, statement: &str) -> Result<(), Failed> {
    // An operation that takes long enough needs more memory than other tests may use.
    let engine = Engine::new(EngineOptions {
        memory_limit: Some(8_000_000_000),
        threads: Some(2),
        ..Default::default()
    });
    let mut session = engine.session();
    session.execute(setup)?;
    for limit in [50, 400] {
        session.execute(&format!("SET timeout = '{limit}ms'"))?;
        in_time(PATIENCE, || {
            let start = Instant::now();
            let code = code(&mut session, statement);
            let over = start.elapsed().saturating_sub(Duration::from_millis(limit));
            ensure(code == Some(Code::Timeout), || format!("{statement} gave {code:?} with {limit} ms"))?;
            if std::env::var_os("SHOW_LATENCY").is_some() {
                eprintln!("{statement}: {over:?} after {limit} ms");
            }
            Ok(over)
        })?;
    }
    Ok(())
}

/// Optimising the order of thousands of products would take far longer than the products.
fn long_chain() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(&mut session, "LET a = EYE 2\nSET timeout = '50ms'")?;
    let chain = format!("LET c = {}", vec!["a"; 3000].join(" @ "));
    in_time(PATIENCE, || {
        let start = Instant::now();
        let code = code(&mut session, &chain);
        ensure(code.is_none() || code == Some(Code::Timeout), || format!("{code:?}"))?;
        Ok(start.elapsed().saturating_sub(Duration::from_millis(50)))
    })
}

const LENGTH: usize = 4_000_000;

fn one_output() -> Result<(), Failed> {
    peak_of("LET c = a + b")
}

fn fused_expression() -> Result<(), Failed> {
    peak_of("LET c = (a * b + a) / b - a")
}

fn peak_of(statement: &str) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute(&format!("LET a = RANDOM [{LENGTH}] SEED 1"))?;
    session.execute(&format!("LET b = RANDOM [{LENGTH}] SEED 2"))?;
    // The first parallel loop of the process starts its threads.
    session.execute("LET warm = SUM a")?;
    let (grown, peak, result) = allocated(|| session.execute(statement));
    result?;
    let output = LENGTH * size_of::<f64>();
    let slack = 1 << 20;
    ensure(grown >= output && grown < output + slack, || format!("{grown} bytes for an output of {output}"))?;
    ensure(peak < output + slack, || format!("a peak of {peak} bytes for an output of {output}"))
}
