//! Statements on datasets whose rows no statement has read since the directory was opened.

use libtest_mimic::{Failed, Trial};

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    let case = |&(name, statements, expected): &(&str, &'static str, &'static str)| {
        test(format!("durable::reopening::{name}"), move || check(statements, expected))
    };
    CASES.iter().map(case).collect()
}

/// The name, the statements that begin on unread rows, and the rows at the end.
const CASES: &[(&str, &str, &str)] = &[
    ("two_inserts", "INSERT INTO t VALUES (3, 'c')\nINSERT INTO t VALUES (4, 'd')", "1 a, 2 b, 3 c, 4 d"),
    ("an_update_and_a_delete", "UPDATE t SET x = 'z' WHERE id = 1\nDELETE FROM t WHERE id = 2", "1 z"),
    (
        "a_name_and_an_insert",
        "ALTER DATASET t RENAME TO u\nINSERT INTO u VALUES (3, 'c')\nALTER DATASET u RENAME TO t",
        "1 a, 2 b, 3 c",
    ),
    (
        "columns",
        "ALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nUPDATE t SET n = n + 1 WHERE id = 2\nALTER DATASET t DROP COLUMN x",
        "1 5, 2 6",
    ),
    (
        "a_transaction",
        "BEGIN\nINSERT INTO t VALUES (3, 'c')\nDELETE FROM t WHERE id = 1\nCOMMIT\nINSERT INTO t VALUES (4, 'd')",
        "2 b, 3 c, 4 d",
    ),
    (
        "a_transaction_that_is_rolled_back",
        "BEGIN\nDELETE FROM t\nROLLBACK\nINSERT INTO t VALUES (3, 'c')",
        "1 a, 2 b, 3 c",
    ),
    ("a_version", "RESTORE DATASET t TO VERSION 2\nINSERT INTO t VALUES (5, 'e')", "1 a, 5 e"),
    ("a_drop", "DROP DATASET t\nRESTORE DATASET t\nINSERT INTO t VALUES (3, 'c')", "1 a, 2 b, 3 c"),
    ("a_replaced_dataset", "DROP DATASET t\nDATASET t COLUMNS (id: Int)\nINSERT INTO t VALUES (7)", "7"),
    (
        "names_that_change_places",
        "DATASET u COLUMNS (id: Int)\nBEGIN\nALTER DATASET u RENAME TO w\nALTER DATASET t RENAME TO u\nALTER DATASET w RENAME TO t\nINSERT INTO t VALUES (5)\nCOMMIT\nINSERT INTO u VALUES (3, 'c')",
        "5",
    ),
    (
        "a_name_that_another_takes",
        "BEGIN\nALTER DATASET t RENAME TO u\nDATASET t COLUMNS (id: Int)\nINSERT INTO t VALUES (6)\nCOMMIT",
        "6",
    ),
    (
        "columns_of_a_version",
        "ALTER DATASET t ADD COLUMN n: Int\nSELECT * FROM t\nRESTORE DATASET t TO VERSION 2\nSELECT * FROM t",
        "1 a",
    ),
    (
        "a_default_that_changes",
        "ALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nALTER TABLE t ALTER COLUMN n SET DEFAULT 7\nINSERT INTO t (id, x) VALUES (3, 'c')",
        "1 a 5, 2 b 5, 3 c 7",
    ),
    (
        "a_default_that_is_dropped",
        "ALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nALTER TABLE t ALTER COLUMN n DROP DEFAULT\nINSERT INTO t (id, x) VALUES (3, 'c')",
        "1 a 5, 2 b 5, 3 c NULL",
    ),
    (
        "a_default_that_comes_later",
        "ALTER TABLE t ADD COLUMN n INT\nALTER TABLE t ALTER COLUMN n SET DEFAULT 7\nALTER TABLE t RENAME COLUMN n TO m\nINSERT INTO t (id, x) VALUES (3, 'c')",
        "1 a NULL, 2 b NULL, 3 c 7",
    ),
    (
        "a_default_that_changes_in_a_transaction",
        "BEGIN\nALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nALTER TABLE t ALTER COLUMN n SET DEFAULT 7\nINSERT INTO t (id, x) VALUES (3, 'c')\nCOMMIT",
        "1 a 5, 2 b 5, 3 c 7",
    ),
    (
        "a_default_before_another_type",
        "ALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nALTER TABLE t ALTER COLUMN n DROP DEFAULT\nALTER TABLE t ALTER COLUMN n TYPE VARCHAR\nALTER TABLE t ALTER COLUMN n SET DEFAULT 'x'\nINSERT INTO t (id, x) VALUES (3, 'c')",
        "1 a 5, 2 b 5, 3 c x",
    ),
    (
        "a_default_of_a_version",
        "ALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nALTER TABLE t ALTER COLUMN n SET DEFAULT 7\nUPDATE t SET x = 'z' WHERE id = 1\nRESTORE DATASET t TO VERSION 4\nINSERT INTO t (id, x) VALUES (3, 'c')",
        "1 a 5, 2 b 5, 3 c 5",
    ),
    (
        "all_rows_that_are_replaced",
        "BEGIN\nDELETE FROM t\nINSERT INTO t VALUES (3, 'c')\nUPDATE t SET id = 4\nCOMMIT\nINSERT INTO t VALUES (5, 'e')",
        "4 c, 5 e",
    ),
    (
        "a_query_that_inserts",
        "INSERT INTO t SELECT id + 10, x FROM t\nINSERT INTO t SELECT id + 100, x FROM t WHERE id = 1",
        "1 a, 2 b, 11 a, 12 b, 101 a",
    ),
];

fn check(statements: &str, expected: &str) -> Result<(), Failed> {
    let directory = Directory::new();
    let start = "DATASET t COLUMNS (id: Int, x: String)\nINSERT INTO t VALUES (1, 'a')\nINSERT INTO t VALUES (2, 'b')";
    run(&mut directory.open()?.session(), start)?;
    run(&mut directory.open()?.session(), statements)?;
    let now = rows(&mut directory.open()?.session(), "SELECT * FROM t ORDER BY id")?;
    let now: Vec<String> = now.iter().map(|row| row.join(" ")).collect();
    ensure(now.join(", ") == expected, || format!("{now:?}"))?;
    directory.check()
}
