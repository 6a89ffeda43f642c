//! Views, macros, sequences and types in a directory, and between sessions.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use linal::Session;

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::objects::survive_an_opening", survive),
        test("durable::objects::numbers_go_on_after_a_clean_end", numbers_go_on),
        test("durable::objects::no_number_is_given_twice_after_a_crash", no_number_twice),
        test("durable::objects::the_first_committer_wins", first_committer_wins),
        test("durable::objects::other_sessions_see_new_definitions", others_see),
        test("durable::objects::temporary_ones_are_in_no_directory", temporary),
        test("durable::objects::a_directory_that_is_only_read", only_read),
        test("durable::objects::a_cascade_reads_the_rows_that_it_changes", cascade),
        test("durable::objects::a_view_and_a_dataset_have_no_common_name", names),
    ]
}

/// The rows of a query, each row as words, separated by semicolons.
fn shown(session: &mut Session, query: &str) -> Result<String, Failed> {
    Ok(rows(session, query)?.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("; "))
}

fn gives(session: &mut Session, query: &str, expected: &str) -> Result<(), Failed> {
    let found = shown(session, query)?;
    ensure(found == expected, || format!("{query} gave {found}, not {expected}"))
}

fn fails(session: &mut Session, statement: &str, code: &str) -> Result<(), Failed> {
    match session.execute(statement) {
        Err(error) => ensure(error.code().to_string().starts_with(code), || format!("{statement}: {error}")),
        Ok(_) => Err(format!("{statement} did not fail").into()),
    }
}

const MADE: &str = "CREATE TABLE t (a INT, v Vector(2))\n\
    INSERT INTO t VALUES (1, [1, 0]), (2, [3, 4])\n\
    CREATE VIEW doubled (twice, v) AS SELECT /* kept */ a * 2, v FROM t\n\
    CREATE VIEW over AS SELECT MAX(twice) AS most FROM doubled\n\
    CREATE MACRO plus(x, y := 10) AS x + y, () AS 0\n\
    CREATE MACRO above(n) AS TABLE SELECT a FROM t WHERE a > n\n\
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok')\n\
    CREATE TYPE money AS DECIMAL(10, 2)\n\
    CREATE TABLE people (m mood, p money)\n\
    INSERT INTO people VALUES ('it''s ok', 1.5), ('sad', 2)\n\
    COMMENT ON VIEW over IS 'the largest'\n\
    COMMENT ON COLUMN t.a IS 'a number'";

fn check_made(session: &mut Session) -> Result<(), Failed> {
    gives(session, "SELECT twice, v FROM doubled ORDER BY twice", "2 [1, 0]; 4 [3, 4]")?;
    gives(session, "SELECT most FROM over", "4")?;
    gives(session, "SELECT plus(1), plus(1, y := 2), plus()", "11 3 0")?;
    gives(session, "SELECT * FROM above(1)", "2")?;
    gives(session, "SELECT m, p FROM people ORDER BY m", "sad 2.00; it's ok 1.50")?;
    gives(
        session,
        "SELECT object_name, comment FROM information_schema.comments ORDER BY ALL",
        "over the largest; t a number",
    )?;
    gives(
        session,
        "SELECT view_definition FROM information_schema.views WHERE table_name = 'doubled'",
        "SELECT /* kept */ a * 2, v FROM t",
    )
}

fn survive() -> Result<(), Failed> {
    let directory = Directory::new();
    {
        let mut session = directory.open()?.session();
        run(&mut session, MADE)?;
        check_made(&mut session)?;
    }
    check_made(&mut directory.open_to_read()?.session())?;
    {
        let mut session = directory.open()?.session();
        check_made(&mut session)?;
        fails(&mut session, "INSERT INTO people VALUES ('angry', 1)", "E0308")?;
        run(
            &mut session,
            "DROP VIEW doubled CASCADE\nDROP MACRO plus\nCREATE OR REPLACE MACRO above(n) AS TABLE SELECT n AS n",
        )?;
    }
    let mut session = directory.open()?.session();
    fails(&mut session, "SELECT * FROM over", "E0304")?;
    fails(&mut session, "SELECT plus(1)", "E0311")?;
    gives(&mut session, "SELECT * FROM above(7)", "7")?;
    directory.check()
}

fn numbers_go_on() -> Result<(), Failed> {
    let directory = Directory::new();
    {
        let mut session = directory.open()?.session();
        run(
            &mut session,
            "CREATE SEQUENCE s START 5\nCREATE SEQUENCE unused\nSELECT nextval('s')\nSELECT nextval('s')",
        )?;
    }
    let mut session = directory.open()?.session();
    gives(&mut session, "SELECT currval('s'), nextval('s'), nextval('unused')", "6 7 1")?;
    directory.check()
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The directory as a crash leaves it is what is on disk while the engine is open.
fn no_number_twice() -> Result<(), Failed> {
    let (directory, crashed) = (Directory::new(), Directory::new());
    let engine = directory.open()?;
    let mut session = engine.session();
    run(&mut session, "CREATE SEQUENCE s\nCREATE SEQUENCE down START -1 INCREMENT -1")?;
    let mut given = Vec::new();
    for _ in 0..100 {
        given.push(shown(&mut session, "SELECT nextval('s')")?);
    }
    run(&mut session, "BEGIN\nSELECT nextval('down')\nROLLBACK")?;
    copy(directory.path(), crashed.path())?;
    let mut after = crashed.open()?.session();
    let next = shown(&mut after, "SELECT nextval('s')")?;
    ensure(!given.contains(&next) && next.parse::<i64>()? > 100, || format!("{next} was given before"))?;
    let down: i64 = shown(&mut after, "SELECT nextval('down')")?.parse()?;
    ensure(down < -1, || format!("{down} was given before"))?;
    drop(session);
    crashed.check()
}

fn first_committer_wins() -> Result<(), Failed> {
    let directory = Directory::new();
    let memory = linal::Engine::default();
    for engine in [directory.open()?, memory] {
        let (mut one, mut other) = (engine.session(), engine.session());
        run(&mut one, "CREATE TABLE t (a INT)\nCREATE VIEW v AS SELECT a FROM t")?;
        for (first, second) in [
            ("CREATE OR REPLACE VIEW v AS SELECT 1 AS x", "DROP VIEW v"),
            ("CREATE VIEW n AS SELECT 1 AS x", "CREATE VIEW n AS SELECT 2 AS x"),
            ("CREATE MACRO f(x) AS x", "CREATE MACRO f(x) AS x + 1"),
            ("CREATE TYPE e AS ENUM ('a')", "CREATE TYPE e AS ENUM ('b')"),
            ("CREATE SEQUENCE s", "CREATE SEQUENCE s"),
            ("COMMENT ON VIEW v IS 'x'", "COMMENT ON VIEW v IS 'y'"),
        ] {
            run(&mut one, "BEGIN")?;
            run(&mut other, "BEGIN")?;
            one.execute(first)?;
            other.execute(second)?;
            run(&mut one, "COMMIT")?;
            fails(&mut other, "COMMIT", "E0605")?;
        }
        // A view and a dataset have one name.
        run(&mut one, "BEGIN\nCREATE VIEW both AS SELECT 1 AS x")?;
        run(&mut other, "BEGIN\nCREATE TABLE both (a INT)\nCOMMIT")?;
        fails(&mut one, "COMMIT", "E0605")?;
        gives(&mut other, "SELECT COUNT(*) FROM both", "0")?;
        // Different objects do not conflict.
        run(&mut one, "BEGIN\nCREATE VIEW left_one AS SELECT 1 AS x")?;
        run(&mut other, "BEGIN\nCREATE VIEW right_one AS SELECT 2 AS x\nCOMMIT")?;
        run(&mut one, "COMMIT")?;
        gives(&mut one, "SELECT l.x, r.x FROM left_one l, right_one r", "1 2")?;
    }
    directory.check()
}

fn others_see() -> Result<(), Failed> {
    let engine = linal::Engine::default();
    let (mut one, mut other) = (engine.session(), engine.session());
    run(&mut one, "CREATE MACRO f(x) AS x + 1\nCREATE VIEW v AS SELECT f(1) AS a")?;
    for _ in 0..2 {
        gives(&mut other, "SELECT f(1), a FROM v", "2 2")?;
        run(&mut other, "LET y = f(1)")?;
        gives(&mut other, "SELECT y + 0 AS y", "2")?;
    }
    run(&mut one, "CREATE OR REPLACE MACRO f(x) AS x + 10")?;
    gives(&mut other, "SELECT f(1), a FROM v", "11 11")?;
    run(&mut other, "LET y = f(1)")?;
    gives(&mut other, "SELECT y + 0 AS y", "11")?;
    // A definition that is not committed is the session's alone.
    run(&mut one, "BEGIN\nCREATE OR REPLACE MACRO f(x) AS x + 100")?;
    gives(&mut one, "SELECT f(1), a FROM v", "101 101")?;
    gives(&mut other, "SELECT f(1), a FROM v", "11 11")?;
    run(&mut one, "ROLLBACK")?;
    gives(&mut one, "SELECT f(1), a FROM v", "11 11")
}

fn temporary() -> Result<(), Failed> {
    let directory = Directory::new();
    {
        let engine = directory.open()?;
        let (mut one, mut other) = (engine.session(), engine.session());
        run(
            &mut one,
            "CREATE TABLE t (a INT)\nINSERT INTO t VALUES (1)\nCREATE TEMP TABLE t AS SELECT 2 AS a\n\
             INSERT INTO t SELECT a + 1 FROM t\nCREATE TEMP VIEW v AS SELECT a FROM t\nCREATE TEMP SEQUENCE s\n\
             CREATE TEMP MACRO f(x) AS x",
        )?;
        gives(&mut one, "SELECT a, nextval('s') FROM v ORDER BY a", "2 1; 3 2")?;
        gives(&mut other, "SELECT a FROM t", "1")?;
        fails(&mut other, "SELECT * FROM v", "E0304")?;
        fails(&mut other, "SELECT nextval('s')", "E0304")?;
        fails(&mut other, "SELECT f(1)", "E0311")?;
    }
    let mut session = directory.open()?.session();
    gives(&mut session, "SELECT a FROM t", "1")?;
    gives(&mut session, "SELECT COUNT(*) FROM information_schema.tables", "1")?;
    directory.check()
}

fn only_read() -> Result<(), Failed> {
    let directory = Directory::new();
    run(
        &mut directory.open()?.session(),
        "CREATE TABLE t (a INT)\nCREATE SEQUENCE s\nCREATE VIEW v AS SELECT 1 AS a",
    )?;
    let mut reader = directory.open_to_read()?.session();
    gives(&mut reader, "SELECT * FROM v", "1")?;
    fails(&mut reader, "CREATE VIEW w AS SELECT 1 AS a", "E0408")?;
    fails(&mut reader, "SELECT nextval('s')", "E0408")?;
    run(
        &mut reader,
        "CREATE TEMP VIEW w AS SELECT a + 1 AS b FROM v\nCREATE TEMP TABLE u AS SELECT b FROM w",
    )?;
    gives(&mut reader, "SELECT * FROM u", "2")
}

/// Columns of datasets that nothing has read since the opening lose their default, or go.
fn cascade() -> Result<(), Failed> {
    let directory = Directory::new();
    run(
        &mut directory.open()?.session(),
        "CREATE SEQUENCE s\nCREATE TYPE mood AS ENUM ('sad', 'ok')\nCREATE TABLE t (id INT, n INT DEFAULT nextval('s'))\n\
         CREATE TABLE p (id INT, m mood)\nINSERT INTO t (id) VALUES (10), (20)\nINSERT INTO p VALUES (1, 'ok'), (2, 'sad')",
    )?;
    {
        let mut session = directory.open()?.session();
        run(&mut session, "DROP SEQUENCE s CASCADE\nDROP TYPE mood CASCADE")?;
        gives(&mut session, "SELECT * FROM t ORDER BY id", "10 1; 20 2")?;
        gives(&mut session, "SELECT * FROM p ORDER BY id", "1; 2")?;
        run(&mut session, "INSERT INTO t (id) VALUES (30)\nDELETE FROM p WHERE id = 1")?;
        gives(&mut session, "SELECT * FROM t ORDER BY id", "10 1; 20 2; 30 NULL")?;
    }
    let mut session = directory.open()?.session();
    gives(&mut session, "SELECT * FROM t ORDER BY id", "10 1; 20 2; 30 NULL")?;
    gives(&mut session, "SELECT * FROM p", "2")?;
    directory.check()
}

/// A directory in which a view and a dataset had one name could not be opened.
fn names() -> Result<(), Failed> {
    let directory = Directory::new();
    {
        let mut session = directory.open()?.session();
        run(
            &mut session,
            "CREATE TABLE a (id INT)\nINSERT INTO a VALUES (1)\nDROP TABLE a\nCREATE VIEW a AS SELECT 7 AS x\n\
             CREATE TABLE parent (id INT PRIMARY KEY)\nCREATE TABLE child (p INT REFERENCES parent)\nINSERT INTO parent VALUES (1)",
        )?;
        fails(&mut session, "RESTORE DATASET a", "E0315")?;
        run(&mut session, "BEGIN")?;
        fails(&mut session, "ALTER TABLE parent RENAME TO a", "E0315")?;
        run(&mut session, "INSERT INTO child VALUES (1)\nCOMMIT")?;
        fails(&mut session, "INSERT INTO child VALUES (2)", "E0617")?;
    }
    let mut session = directory.open()?.session();
    gives(&mut session, "SELECT * FROM a", "7")?;
    fails(&mut session, "INSERT INTO child VALUES (2)", "E0617")?;
    run(&mut session, "DROP VIEW a\nRESTORE DATASET a")?;
    gives(&mut session, "SELECT * FROM a", "1")?;
    directory.check()
}
