//! Loads of many rows, and datasets that are larger than memory.

use libtest_mimic::{Failed, Trial};
use linal::Session;

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::loads::rows_are_read_and_changed_before_their_commit", within_a_transaction),
        test("durable::loads::a_rollback_leaves_no_files", rolled_back),
        test("durable::loads::a_dataset_is_larger_than_memory", larger_than_memory),
        test("durable::loads::files_go_out_and_come_back", files),
        test("durable::loads::a_cached_column_is_that_of_its_version", versions),
    ]
}

/// Some 40 MB: more than stays in memory until the commit.
const LOAD: &str = "SELECT row AS id, row % 7 AS g, row * 0.5 AS x, 'a text of some length ' || CAST(row % 1000 AS \
                    VARCHAR) AS s FROM ROWS(ARANGE 0, 500000)";

const SUMS: &str = "SELECT COUNT(*), SUM(id), SUM(x), MIN(s), COUNT(DISTINCT g) FROM t";

const ALL: &str = "500000 124999750000 62499875000.0 a text of some length 0 7";

fn line(session: &mut Session, query: &str) -> Result<String, Failed> {
    Ok(rows(session, query)?.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("; "))
}

fn is(session: &mut Session, query: &str, expected: &str) -> Result<(), Failed> {
    let found = line(session, query)?;
    ensure(found == expected, || format!("{query}: {found} instead of {expected}"))
}

fn within_a_transaction() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let (mut session, mut other) = (engine.session(), engine.session());
    run(&mut session, &format!("BEGIN\nCREATE TABLE t AS {LOAD}"))?;
    is(&mut session, SUMS, ALL)?;
    ensure(other.execute("SELECT * FROM t").is_err(), || "another session sees the load".to_string())?;
    run(&mut session, "DELETE FROM t WHERE id < 10\nUPDATE t SET x = 0 WHERE id = 10")?;
    let changed = "499990 124999749955 62499874972.5 a text of some length 0 7";
    is(&mut session, SUMS, changed)?;
    run(&mut session, "COMMIT")?;
    is(&mut other, SUMS, changed)?;
    // Rows behind stored ones, whose columns are the dataset's.
    run(
        &mut session,
        &format!("BEGIN\nINSERT INTO t {LOAD}\nALTER DATASET t RENAME COLUMN s TO text\nCOMMIT"),
    )?;
    drop((session, other, engine));
    directory.check()?;
    let mut session = directory.open()?.session();
    is(&mut session, "SELECT COUNT(*), SUM(id), COUNT(text) FROM t", "999990 249999499955 999990")?;
    is(&mut session, "SELECT COUNT(*), SUM(id) FROM t WHERE id >= 499000", "2000 998999000")
}

fn rolled_back() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut session = engine.session();
    run(&mut session, &format!("BEGIN\nCREATE TABLE t AS {LOAD}\nROLLBACK"))?;
    let failing = format!(
        "CREATE TABLE t AS SELECT *, CASE WHEN id = 499999 THEN CAST(s AS INT) ELSE 1 END AS y FROM ({LOAD})"
    );
    ensure(session.execute(&failing).is_err(), || "a text that is no number passed".to_string())?;
    let files = walk(&directory.path().join("data"));
    ensure(files == 0, || format!("{files} files are left"))
}

/// The number of files below a folder.
fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { 1 }).sum()
}

fn larger_than_memory() -> Result<(), Failed> {
    const LIMIT: usize = 96 << 20;
    let directory = Directory::new();
    let engine = directory.open_within(LIMIT)?;
    let mut session = engine.session();
    run(&mut session, "DATASET t COLUMNS (id: Int, g: Int, x: Float, s: String, v: Vector(16))")?;
    let load = format!(
        "INSERT INTO t SELECT id, g, x, s, [x, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] FROM ({LOAD})"
    );
    for _ in 0..3 {
        run(&mut session, &load)?;
    }
    for _ in 0..2 {
        is(
            &mut session,
            "SELECT COUNT(*), SUM(id), MIN(s) FROM t",
            "1500000 374999250000 a text of some length 0",
        )?;
        is(
            &mut session,
            "SELECT g, COUNT(*), MAX(x) FROM t GROUP BY g ORDER BY g LIMIT 1",
            "0 214287 249998.0",
        )?;
        is(&mut session, "SELECT id FROM t ORDER BY x DESC, id LIMIT 2", "499999; 499999")?;
        is(
            &mut session,
            "SELECT COUNT(*) FROM t AS a JOIN (SELECT DISTINCT g FROM t) AS b ON a.g = b.g",
            "1500000",
        )?;
        is(
            &mut session,
            "SELECT id, DOT(v, v) > 0 FROM t ORDER BY DISTANCE(v, [3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]), id LIMIT 1",
            "6 true",
        )?;
    }
    ensure(engine.memory_used() <= LIMIT, || format!("{} bytes are in use", engine.memory_used()))?;
    let target = directory.path().join("out.parquet");
    run(&mut session, &format!("EXPORT t TO '{}'", target.display()))?;
    is(&mut session, &format!("SELECT COUNT(*), SUM(id) FROM '{}'", target.display()), "1500000 374999250000")
}

fn files() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut session = directory.open()?.session();
    let place = |name: &str| directory.path().join(name).display().to_string();
    let (one, two, zarr, tensor) =
        (place("p=1/a.parquet"), place("p=2/b.parquet"), place("x.zarr"), place("m.zarr"));
    for folder in ["p=1", "p=2"] {
        std::fs::create_dir_all(directory.path().join(folder))?;
    }
    run(
        &mut session,
        &format!(
            "COPY (SELECT row AS id FROM ROWS(ARANGE 0, 10)) TO '{one}'\n\
             COPY (SELECT row AS id FROM ROWS(ARANGE 10, 15)) TO '{two}'\n\
             COPY (SELECT row AS id, row * 0.5 AS x FROM ROWS(ARANGE 0, 4)) TO '{zarr}'\n\
             MATRIX m = [[1, 2], [3, 4]]\nSAVE TENSOR m TO '{tensor}'\nDROP TENSOR m\nLOAD TENSOR m FROM '{tensor}'"
        ),
    )?;
    let glob = place("p=*/*.parquet");
    is(
        &mut session,
        &format!("SELECT p, COUNT(*), SUM(id) FROM '{glob}' GROUP BY p ORDER BY p"),
        "1 10 45; 2 5 10",
    )?;
    is(&mut session, &format!("SELECT COUNT(*), SUM(x) FROM '{zarr}'"), "4 3.0")?;
    is(&mut session, "SELECT COUNT(*) FROM ROWS(m)", "2")
}

fn versions() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut session = directory.open()?.session();
    run(&mut session, &format!("CREATE TABLE t AS {LOAD}"))?;
    is(&mut session, SUMS, ALL)?;
    run(&mut session, "UPDATE t SET x = x + 1 WHERE id % 2 = 0\nDELETE FROM t WHERE id >= 400000")?;
    is(&mut session, "SELECT COUNT(*), SUM(x) FROM t", "400000 40000100000.0")?;
    is(&mut session, "SELECT COUNT(*), SUM(x) FROM t AT VERSION 1", "500000 62499875000.0")?;
    run(&mut session, "CHECKPOINT")?;
    is(&mut session, "SELECT COUNT(*), SUM(x) FROM t WHERE id < 10", "10 27.5")?;
    run(&mut session, "EXPIRE VERSIONS t KEEP 1")?;
    is(&mut session, "SELECT COUNT(*), SUM(x) FROM t", "400000 40000100000.0")?;
    directory.check()
}
