//! Cancelled queries, and datasets that grow and shrink statement by statement.

use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine, EngineOptions, Outcome, Session};

use crate::harness::{ensure, measured, run, session, test, value};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        measured("queries::single_rows_return_their_memory", single_rows),
        measured("queries::spent_memory_returns", spent),
    ];
    trials.push(test("queries::joins_tell_scans_their_keys", keys_of_joins));
    trials.push(test("queries::explain_counts_the_rows_of_scans", counted));
    trials.push(test("queries::explain_measures_every_operator", operators));
    trials.push(test("queries::explain_measures_every_step", steps));
    trials.push(test("queries::copy_writes_what_it_names", copies));
    trials.push(test("queries::copy_into_a_folder_with_files", copies_into_folders));
    trials.push(measured("queries::tensors_of_queries_are_charged", charged));
    for (name, rows, times, query) in SUMS {
        let name = format!("queries::same_bits_each_time::{name}");
        trials.push(test(name, move || same_bits(rows, times, query)));
    }
    for (name, statement) in LONG {
        trials.push(measured(&format!("queries::timeout_within_100_ms::{name}"), move || late(statement)));
        trials.push(measured(&format!("queries::cancel_within_100_ms::{name}"), move || cancel(statement)));
    }
    trials
}

/// Aggregates whose last bits depend on the order of what they are of, the rows that they are of, and how often they run.
const SUMS: [(&str, usize, usize, &str); 10] = [
    (
        "all",
        300_000,
        50,
        "SELECT SUM(x), AVG(x), STDDEV(x), SUM(v), AVG(v), VAR_POP(v), CORR(x, v[0]) FROM t",
    ),
    (
        "few_groups",
        60_000,
        50,
        "SELECT g, SUM(x), AVG(x), STDDEV(x), SUM(v), STDDEV(v) FROM t GROUP BY g ORDER BY g",
    ),
    // So many groups that the first stage passes rows on; each group has a row in each of the partitions.
    ("many_groups", 440_000, 8, "SELECT h, SUM(x), SUM(v) FROM t GROUP BY h ORDER BY h"),
    (
        "join",
        40_000,
        50,
        "SELECT SUM(a.x * b.x), AVG(a.v), SUM(a.v + b.v) FROM t a JOIN t b ON a.h = b.h WHERE b.id % 7 = 0",
    ),
    ("stack", 60_000, 50, "SELECT g, STACK(v) FROM t WHERE h < 1000 GROUP BY g ORDER BY g"),
    ("window_ties", 40_000, 30, "SELECT id, ROW_NUMBER() OVER (ORDER BY g) FROM t ORDER BY id"),
    (
        "window_ties_in_partitions",
        40_000,
        30,
        "SELECT id, LAG(id) OVER (PARTITION BY g ORDER BY h % 7) FROM t ORDER BY id",
    ),
    (
        "window_ties_behind_a_join",
        40_000,
        30,
        "SELECT a.id, b.id, ROW_NUMBER() OVER (PARTITION BY a.g ORDER BY a.h % 7) FROM t a JOIN t b ON a.h = b.h \
         WHERE b.id % 7 = 0 ORDER BY 1, 2",
    ),
    (
        "window_ties_behind_groups",
        60_000,
        30,
        "SELECT h, FIRST_VALUE(h) OVER (ORDER BY n) FROM (SELECT h, COUNT(*) AS n FROM t GROUP BY h) ORDER BY h",
    ),
    (
        "window_frames_of_rows",
        40_000,
        30,
        "SELECT id, SUM(id) OVER (PARTITION BY g ORDER BY h % 7 ROWS 3 PRECEDING) FROM t ORDER BY id",
    ),
];

/// The same query over the same rows on four threads, repeatedly. Arrays must be equal bit by bit.
fn same_bits(rows: usize, times: usize, query: &str) -> Result<(), Failed> {
    let options = EngineOptions { threads: Some(4), partition_above: Some(0), ..Default::default() };
    let engine = Engine::new(options);
    let mut session = engine.session();
    run(
        &mut session,
        &format!(
            "LET xs = EXP(RANDN [{rows}] SEED 1 * 9)\nCREATE TABLE n (id INT, x DOUBLE)\n\
             INSERT INTO n SELECT row, value FROM ROWS(xs)\n\
             DATASET t COLUMNS (id: Int, g: Int, h: Int, x: Float, v: Vector(2, f64))\n\
             INSERT INTO t SELECT id, id % 5, id % {}, x, x * [1, 3] FROM n",
            rows / 4
        ),
    )?;
    let mut first = None;
    for time in 0..times {
        let Outcome::Rows(found) = session.execute(query)? else { return Err("no rows".into()) };
        let same = *first.get_or_insert_with(|| found.batches.clone()) == found.batches;
        ensure(same, || format!("run {time} of {query} gave other bits than the first one"))?;
    }
    Ok(())
}

/// Queries over three thousand rows that would run for minutes.
const LONG: [(&str, &str); 4] = [
    ("cross_join", "SELECT COUNT(*) FROM t x CROSS JOIN t y CROSS JOIN t z"),
    ("join_without_result", "SELECT COUNT(*) FROM t x, t y, t z WHERE x.id + y.id + z.id < 0"),
    ("sort", "SELECT x.id FROM t x CROSS JOIN t y CROSS JOIN t z ORDER BY y.id"),
    ("recursion", "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r"),
];

/// The time in which a cancelled query must end.
const PATIENCE: Duration = Duration::from_millis(100);

fn filled() -> Result<(linal::Engine, Session), Failed> {
    let (engine, mut session) = session();
    run(
        &mut session,
        "LET ids = ARANGE 0, 3000\nCREATE TABLE t (id INT)\nINSERT INTO t SELECT CAST(value AS INT) FROM ROWS(ids)",
    )?;
    Ok((engine, session))
}

/// A join of few keys with many rows: the large scan skips rows without a matching key, and a second run of
/// the same plan uses the keys of its own time.
fn keys_of_joins() -> Result<(), Failed> {
    let options = EngineOptions { threads: Some(2), partition_above: Some(0), ..Default::default() };
    let engine = Engine::new(options);
    let mut session = engine.session();
    run(
        &mut session,
        "LET ids = ARANGE 0, 100000\nCREATE TABLE t (id INT)\nINSERT INTO t SELECT CAST(value AS INT) FROM ROWS(ids)\n\
         CREATE TABLE few (k INT)\nINSERT INTO few SELECT id * 100 FROM t WHERE id < 300",
    )?;
    let query = "SELECT COUNT(*) FROM t JOIN few ON id = k";
    let count = |session: &mut Session| -> Result<i64, Failed> {
        Ok(value(session, &format!("({query})"))?.to_vec::<i64>()[0])
    };
    ensure(count(&mut session)? == 300, || "not every key was met".into())?;
    let Outcome::Text(plan) = session.execute(&format!("EXPLAIN ANALYZE {query}"))? else {
        return Err("no plan".into());
    };
    let met =
        plan.split(" input_rows=").nth(1).and_then(|rest| rest.split([',', ']']).next()).unwrap_or_default();
    ensure(met.trim() == "300", || format!("the join had {met} rows to look at:\n{plan}"))?;
    run(&mut session, "INSERT INTO few VALUES (99999)")?;
    ensure(count(&mut session)? == 301, || "keys were kept".into())
}

/// The rows of a scan in EXPLAIN ANALYZE are those of its own run, whatever ran before.
fn counted() -> Result<(), Failed> {
    let (_engine, mut session) = filled()?;
    run(&mut session, "CREATE TABLE few (id INT)\nINSERT INTO few SELECT id FROM t WHERE id < 300")?;
    let query = "SELECT COUNT(*) FROM few WHERE id > 5";
    for _ in 0..3 {
        session.execute(query)?;
        let Outcome::Text(plan) = session.execute(&format!("EXPLAIN ANALYZE {query}"))? else {
            return Err("no plan".into());
        };
        let scan = plan.lines().find(|line| line.contains("dataset=few")).unwrap_or_default();
        ensure(scan.contains("output_rows=300,") && scan.contains("output_bytes="), || plan.clone())?;
    }
    Ok(())
}

/// EXPLAIN ANALYZE shows rows, bytes and time of each operator, ours as well as DataFusion's.
fn operators() -> Result<(), Failed> {
    let options = EngineOptions { threads: Some(2), partition_above: Some(0), ..Default::default() };
    let engine = Engine::new(options);
    let mut session = engine.session();
    run(
        &mut session,
        "LET ids = ARANGE 0, 20000\nCREATE TABLE t (id INT, v VECTOR(64))\n\
         INSERT INTO t SELECT CAST(value AS INT), CAST(ZEROS([64]) AS VECTOR(64)) FROM ROWS(ids)\n\
         CREATE TABLE few (k INT)\nINSERT INTO few SELECT id * 100 FROM t WHERE id < 30",
    )?;
    let mut met = String::new();
    for query in [
        "SELECT id FROM t WHERE id > 10 LIMIT 5",
        "SELECT id, v FROM t JOIN few ON id = k",
        "SELECT id % 7 AS k, COUNT(*) AS n FROM t GROUP BY id % 7 ORDER BY n LIMIT 3",
        "SELECT id % 7 AS k, AVG(id * 0.5) AS m FROM t GROUP BY id % 7",
        "SELECT SUM(id * 0.5) AS s FROM t",
        "SEARCH t ON v QUERY ZEROS([64]) METRIC l2 LIMIT 2",
    ] {
        let plan = explained(&mut session, &format!("EXPLAIN ANALYZE {query}"))?;
        for line in plan.lines() {
            let is_measured =
                ["output_rows=", "elapsed_compute=", "output_bytes="].iter().all(|part| line.contains(part));
            // An exchange forwards batches and counts only its own time.
            ensure(is_measured || line.contains("RepartitionExec"), || format!("{line}\nof {query}"))?;
        }
        met.push_str(&plan);
    }
    for operator in [
        "OrderedCoalesceExec",
        "RoundRobinMergeExec",
        "DeterministicRepartitionExec",
        "JoinFilterBuildExec",
        "MaterializeExec",
        "DataSourceExec",
    ] {
        ensure(met.contains(operator), || format!("no {operator} in\n{met}"))?;
    }
    Ok(())
}

/// EXPLAIN ANALYZE of an expression shows what each step wrote and took, and defines nothing.
fn steps() -> Result<(), Failed> {
    let (_engine, mut session) = filled()?;
    run(&mut session, "VECTOR a = [3, 1, 2]\nLAZY LET l = a + 1")?;
    let statement = "EXPLAIN ANALYZE LET y = SORT(l) * 2 + (SELECT AVG(id) FROM t) + l[0:3]";
    let text = explained(&mut session, statement)?;
    let program = text.split("program:\n").nth(1).unwrap_or_default();
    let (steps, total) = program.split_once("total: ").unwrap_or_default();
    ensure(steps.lines().count() > 1, || text.clone())?;
    for line in steps.lines() {
        let is_view = line.contains("view: ");
        let written = if is_view { ", written=0 bytes]" } else { ", written=24 bytes]" };
        let is_measured = line.contains(", metrics=[elements=3, time=") && line.ends_with(written);
        ensure(is_measured, || format!("{line}\nin\n{text}"))?;
    }
    let parts = [" steps, time=", ", written=", ", peak memory="];
    ensure(parts.iter().all(|part| total.contains(part)), || format!("{total} in\n{text}"))?;
    ensure(text.starts_with("query 1:\n  ") && text.contains("output_rows=1,"), || text.clone())?;
    ensure(session.execute("SHOW y").is_err(), || "y has a value".into())?;
    let Outcome::Rows(tensors) =
        session.execute("SELECT lazy FROM information_schema.tensors WHERE name = 'l'")?
    else {
        return Err("no rows".into());
    };
    ensure(tensors.text(0, 0).as_deref() == Some("true"), || "l has run".into())
}

/// COPY writes the rows of a query, or some columns of a dataset, and EXPLAIN of it writes nothing.
fn copies() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(&mut session, "CREATE TABLE t (a INT, b INT)\nINSERT INTO t VALUES (1, 10), (2, 20), (3, 30)")?;
    let path = std::env::temp_dir().join(format!("linal-copies-{}.csv", std::process::id()));
    let shown = path.display();
    for (source, expected) in [
        ("(SELECT a, a + b AS s FROM t WHERE a > 1)", "a,s\n2,22\n3,33\n"),
        ("((SELECT b FROM t LIMIT 1) UNION ALL (SELECT 7))", "b\n10\n7\n"),
        ("t (b)", "b\n10\n20\n30\n"),
        ("t", "a,b\n1,10\n2,20\n3,30\n"),
    ] {
        explained(&mut session, &format!("EXPLAIN COPY {source} TO '{shown}'"))?;
        ensure(!path.exists(), || format!("EXPLAIN of {source} wrote a file"))?;
        session.execute(&format!("COPY {source} TO '{shown}'"))?;
        let written = std::fs::read_to_string(&path)?;
        std::fs::remove_file(&path)?;
        ensure(written == expected, || format!("{source} wrote {written:?}"))?;
    }
    Ok(())
}

/// `PARTITION_BY` mixes its files with those of an earlier COPY only if it is told to.
fn copies_into_folders() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(&mut session, "CREATE TABLE t (a INT, b INT)\nINSERT INTO t VALUES (1, 10), (2, 20), (3, 30)")?;
    let folder = std::env::temp_dir().join(format!("linal-copies-{}", std::process::id()));
    let shown = folder.display().to_string();
    let copy = |session: &mut Session, rows: &str, option: &str| {
        session
            .execute(&format!("COPY (SELECT * FROM t WHERE {rows}) TO '{shown}' (PARTITION_BY (a){option})"))
    };
    let parts = || {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names.join(" ")
    };
    copy(&mut session, "a < 3", "")?;
    ensure(parts() == "a=1 a=2", parts)?;
    for option in ["", ", OVERWRITE false", ", OVERWRITE_OR_IGNORE false"] {
        let refused = copy(&mut session, "a = 3", option).err();
        ensure(refused.is_some_and(|error| error.code() == Code::NameExists), || option.to_owned())?;
    }
    copy(&mut session, "a = 3", ", OVERWRITE_OR_IGNORE")?;
    ensure(parts() == "a=1 a=2 a=3", parts)?;
    copy(&mut session, "a > 1", ", OVERWRITE")?;
    ensure(parts() == "a=2 a=3", parts)?;
    let written = std::fs::read_to_string(folder.join("a=2/data_0.csv"))?;
    std::fs::remove_dir_all(&folder)?;
    ensure(written == "b\n20\n", || written.clone())
}

fn explained(session: &mut Session, statement: &str) -> Result<String, Failed> {
    match session.execute(statement)? {
        Outcome::Text(text) => Ok(text),
        other => Err(format!("{other:?} is no text").into()),
    }
}

/// A tensor of a query's rows is charged as long as it lives, whatever arrays it came in, unless it shares
/// memory.
fn charged() -> Result<(), Failed> {
    let (_engine, mut session) = filled()?;
    session.execute("SELECT COUNT(*) FROM t")?;
    let before = session.memory_used();
    for (statement, bytes) in [
        ("LET a = (SELECT id FROM t)", 0),
        ("LET b = (SELECT id * 2 AS twice FROM t)", 3000 * 8),
        ("LET b = (SELECT id FROM t UNION ALL SELECT id FROM t)", 6000 * 8),
        ("LET b = (SELECT id, id + 1 AS next FROM t)", 3000 * 16),
        ("LET c = (SELECT value FROM ROWS(a))", 3000 * 16),
        ("DROP TENSOR b", 0),
    ] {
        session.execute(statement)?;
        let found = session.memory_used() - before;
        ensure(found == bytes, || format!("{found} bytes behind {statement}, not {bytes}"))?;
    }
    Ok(())
}

fn late(statement: &str) -> Result<(), Failed> {
    let (_engine, mut session) = filled()?;
    session.execute("SET timeout = '200ms'")?;
    ends(&mut session, statement, Code::Timeout, || Instant::now() + Duration::from_millis(200))
}

fn cancel(statement: &str) -> Result<(), Failed> {
    let (engine, mut session) = filled()?;
    session.execute("SELECT COUNT(*) FROM t")?;
    let before = engine.memory_used();
    let cancellation = session.cancellation();
    ends(&mut session, statement, Code::Cancelled, move || {
        let cancellation = cancellation.clone();
        let at = Instant::now() + Duration::from_millis(150);
        thread::spawn(move || {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            cancellation.cancel();
        });
        at
    })?;
    // Nobody waited for the statement, and the later ones clear the flag that cancelled it. It ends all the
    // same.
    let patience = Instant::now() + Duration::from_secs(5);
    while engine.memory_used() > before {
        ensure(Instant::now() < patience, || {
            format!("{statement} still runs, {} bytes", engine.memory_used())
        })?;
        session.execute("SELECT COUNT(*) FROM t")?;
    }
    Ok(())
}

/// Fails unless one of a few attempts ends in time, and the session responds afterwards.
fn ends(
    session: &mut Session,
    statement: &str,
    expected: Code,
    mut due: impl FnMut() -> Instant,
) -> Result<(), Failed> {
    let mut over = Vec::new();
    for _ in 0..5 {
        let due = due();
        let code = session.execute(statement).err().map(|error| error.code());
        let late = Instant::now().saturating_duration_since(due);
        ensure(code == Some(expected), || format!("{statement} gave {code:?}"))?;
        session.execute("SELECT COUNT(*) FROM t")?;
        if late <= PATIENCE {
            return Ok(());
        }
        over.push(late);
    }
    Err(format!("{statement} ended late: {over:?}").into())
}

/// Rows inserted by single statements take about their own size, and all of it is released.
fn single_rows() -> Result<(), Failed> {
    const ROWS: usize = 1_000_000;
    let (engine, mut session) = session();
    session.execute("SELECT 1 AS one")?;
    let before = engine.memory_used();
    session.execute("CREATE TABLE t (id INT, x DOUBLE, s VARCHAR)")?;
    for id in 0..ROWS {
        session.execute(&format!("INSERT INTO t VALUES ({id}, {id}.5, 'row')"))?;
    }
    let full = engine.memory_used() - before;
    // 8 bytes each for id and x, 3 for s and 4 for its offset; buffers grow by doubling.
    ensure(full < ROWS * 23 * 3, || format!("{full} bytes for {ROWS} rows"))?;
    run(
        &mut session,
        "UPDATE t SET x = x * 2 WHERE id % 10 = 0\nDELETE FROM t WHERE id % 2 = 1\nUPDATE t SET s = 'even'",
    )?;
    let sums = session.execute("SELECT COUNT(*), SUM(id), SUM(x) FROM t")?;
    let Outcome::Rows(sums) = sums else { return Err("no rows".into()) };
    let found: Vec<String> = (0..3).filter_map(|column| sums.text(0, column)).collect();
    // The even numbers and half of one for each, and once more for every tenth, whose x was doubled.
    ensure(found == ["500000", "249999500000", "299999300000.0"], || format!("{found:?}"))?;
    let half = engine.memory_used() - before;
    ensure(half < full, || format!("{half} bytes for half of the rows, {full} for all"))?;
    run(&mut session, "DELETE FROM t WHERE id >= 0\nDROP DATASET t")?;
    let left = engine.memory_used();
    ensure(left <= before, || format!("{left} bytes in use, {before} before"))
}

/// Results and operators that need more memory than available end the statement; the memory is released, and
/// the session continues.
fn spent() -> Result<(), Failed> {
    let (engine, mut session) = filled()?;
    run(&mut session, "VECTOR q = [1, 2]\nLET q = FLATTEN(ZEROS([500, 2]) + q)\nSET memory_limit = '16MB'")?;
    session.execute("SELECT COUNT(*) FROM t")?;
    let before = (session.memory_used(), engine.memory_used());
    for statement in [
        "SELECT x.id, y.id AS other FROM t x CROSS JOIN t y",
        // Few cells, each of a thousand numbers, which the function charges, or of ten thousand letters.
        "SELECT id * q AS v FROM t",
        "SELECT REPEAT('x', 10000 + id) AS s FROM t",
        "SELECT x.id FROM t x CROSS JOIN t y ORDER BY x.id + y.id",
        "SELECT x.id + y.id * 3000 AS k, COUNT(*) FROM t x CROSS JOIN t y GROUP BY k",
        "LET big = (SELECT x.id FROM t x CROSS JOIN t y)",
        "CREATE TABLE big AS SELECT x.id + y.id AS s FROM t x CROSS JOIN t y",
    ] {
        let code = session.execute(statement).err().map(|error| error.code());
        ensure(code == Some(Code::MemoryLimit), || format!("{statement} gave {code:?}"))?;
        session.execute("SELECT COUNT(*) FROM t")?;
        let after = (session.memory_used(), engine.memory_used());
        ensure(after == before, || format!("{statement}: {after:?} bytes in use, {before:?} before"))?;
    }
    Ok(())
}
