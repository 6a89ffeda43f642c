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
        test("durable::loads::a_dataset_is_changed_in_less_memory_than_it_has", changed_in_little_memory),
        test("durable::loads::changes_of_many_rows_are_those_of_few", changed_alike),
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

/// Statements that give all rows other values, in a third of the memory that the rows take.
fn changed_in_little_memory() -> Result<(), Failed> {
    const LIMIT: usize = 64 << 20;
    let directory = Directory::new();
    let engine = directory.open_within(LIMIT)?;
    let mut session = engine.session();
    run(
        &mut session,
        &format!(
            "DATASET t COLUMNS (id: Int, g: Int, x: Float, s: String, v: Vector(32))\n\
             INSERT INTO t SELECT id, g, x, s, [x, {}] FROM ({LOAD})",
            (1..32).map(|at| at.to_string()).collect::<Vec<_>>().join(", ")
        ),
    )?;
    let sums = "SELECT COUNT(*), SUM(id), SUM(x), SUM(v[0]) = SUM(x), MIN(v[31]) FROM t";
    is(&mut session, sums, "500000 124999750000 62499875000.0 true 31.0")?;
    run(&mut session, "UPDATE t SET v = v * 2, x = x * 2")?;
    let doubled = "500000 124999750000 124999750000.0 true 62.0";
    is(&mut session, sums, doubled)?;
    run(
        &mut session,
        "ALTER TABLE t ADD COLUMN w FLOAT[32] DEFAULT [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, \
         1, 2, 3, 4, 5, 6, 7, 8]\n\
         ALTER TABLE t ADD COLUMN y AS (v + 1)\nALTER TABLE t ALTER COLUMN g TYPE VARCHAR\n\
         BEGIN\nUPDATE t SET s = s || '!' WHERE id % 2 = 0\nUPDATE t SET s = s || '?' WHERE id % 3 = 0\nCOMMIT",
    )?;
    let all = "SELECT SUM(w[7]), MIN(y[31]), MAX(g), COUNT(*) FILTER (WHERE s LIKE '%!?') FROM t";
    is(&mut session, all, "4000000.0 63.0 6 83334")?;
    ensure(engine.memory_used() <= LIMIT, || format!("{} bytes are in use", engine.memory_used()))?;
    let left = walk(&directory.path().join("spill"));
    ensure(left == 0, || format!("{left} files of the scratch space are left"))?;
    is(&mut session, "SELECT 2 * SUM(x), MAX(v[31]) FROM t AT VERSION 2", "124999750000.0 31.0")?;
    let place = |name: &str| directory.path().join(name).display().to_string();
    let (parquet, csv) = (place("out.parquet"), place("out.csv"));
    run(
        &mut session,
        &format!(
            "COPY (SELECT id, x, s, v FROM t) TO '{parquet}'\nCOPY (SELECT id, x, s FROM t) TO '{csv}'\n\
             IMPORT DATASET FROM '{parquet}' AS p\nIMPORT DATASET FROM '{csv}' AS c\n\
             CREATE TABLE f (id INT, x DOUBLE, s VARCHAR)\nCOPY f FROM '{csv}'"
        ),
    )?;
    for table in ["p", "c", "f"] {
        let query = format!("SELECT COUNT(*), SUM(id), SUM(x), MAX(s) FROM {table}");
        is(&mut session, &query, "500000 124999750000 124999750000.0 a text of some length 9?")?;
    }
    ensure(session.execute("DIFF DATASET t VERSION 1 2").is_err(), || {
        "all rows fit into memory".to_string()
    })?;
    run(&mut session, "DELETE FROM f\nINSERT INTO f VALUES (1, 2, 'c')")?;
    drop((session, engine));
    directory.check()?;
    let mut session = directory.open_within(LIMIT)?.session();
    is(&mut session, sums, doubled)?;
    is(&mut session, all, "4000000.0 63.0 6 83334")?;
    is(&mut session, "SELECT * FROM f", "1 2.0 c")?;
    is(&mut session, "SELECT COUNT(*), MAX(x) FROM t AT VERSION 2", "500000 249999.5")
}

/// The same changes of a dataset in segments and of one in the catalog, which are written in other ways.
fn changed_alike() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut session = directory.open()?.session();
    for (name, rows) in [("few", 500), ("many", 300_000)] {
        run(
            &mut session,
            &format!(
                "CREATE TABLE {name} AS SELECT row AS id, row % 10 AS g, 'text ' || CAST(row AS VARCHAR) AS s \
                 FROM ROWS(ARANGE 0, {rows})\n\
                 DELETE FROM {name} WHERE id % 7 = 3\nUPDATE {name} SET s = NULL WHERE id % 5 = 1\n\
                 UPDATE {name} SET g = -g, s = 'changed' WHERE id % 2 = 0\n\
                 BEGIN\nUPDATE {name} SET g = g * 2\nDELETE FROM {name} WHERE id % 11 = 5\n\
                 INSERT INTO {name} VALUES (-1, 0, 'new')\nUPDATE {name} SET s = s || '+' WHERE g > 0 OR id < 0\nCOMMIT\n\
                 ALTER TABLE {name} ADD COLUMN twice AS (id * 2)\nUPDATE {name} SET id = id WHERE id >= 0"
            ),
        )?;
    }
    let same = "SELECT COUNT(*) FROM (SELECT * FROM many WHERE id < 500 EXCEPT SELECT * FROM few)";
    let first = "SELECT * FROM few ORDER BY id LIMIT 3";
    for _ in 0..2 {
        is(&mut session, same, "0")?;
        is(&mut session, "SELECT COUNT(*) FROM (SELECT * FROM few EXCEPT SELECT * FROM many)", "0")?;
        is(&mut session, first, "-1 0 new+ -2; 0 0 changed 0; 1 2 NULL 2")?;
        run(&mut session, "CHECKPOINT")?;
        drop(session);
        directory.check()?;
        session = directory.open()?.session();
    }
    Ok(())
}
