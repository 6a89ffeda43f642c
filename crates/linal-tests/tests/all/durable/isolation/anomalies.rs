//! The anomalies of Hermitage (Martin Kleppmann, <https://github.com/ept/hermitage>), G0 to G2-item, each with
//! the answer of snapshot isolation. A conflict is one of datasets: who changes one that another transaction has
//! changed and committed since BEGIN gets E0605, and nothing of the transaction is there.

use libtest_mimic::{Failed, Trial};
use linal::Engine;

use super::super::Directory;
use super::script::check;
use crate::harness::test;

/// What each anomaly begins with.
const START: &str = "
    0: DATASET t COLUMNS (id: Int, value: Int)
    0: INSERT INTO t VALUES (1, 10), (2, 20)
    0: DATASET u COLUMNS (id: Int, value: Int)
    0: INSERT INTO u VALUES (1, 30)
    1: BEGIN
    2: BEGIN
";

/// The anomalies, with the state that other sessions see at the end.
const ANOMALIES: &[(&str, &str, &str)] = &[
    (
        "g0_write_cycles",
        "1: UPDATE t SET value = 11 WHERE id = 1
         2: UPDATE t SET value = 12 WHERE id = 1
         1: UPDATE t SET value = 21 WHERE id = 2
         1: COMMIT
         0: SELECT id, value FROM t -> 1 11, 2 21
         2: UPDATE t SET value = 22 WHERE id = 2
         2: COMMIT -> E0605",
        "1 11, 2 21",
    ),
    (
        "g1a_aborted_reads",
        "1: UPDATE t SET value = 101 WHERE id = 1
         2: SELECT id, value FROM t -> 1 10, 2 20
         1: ROLLBACK
         2: SELECT id, value FROM t -> 1 10, 2 20
         2: COMMIT",
        "1 10, 2 20",
    ),
    (
        "g1b_intermediate_reads",
        "1: UPDATE t SET value = 101 WHERE id = 1
         2: SELECT id, value FROM t -> 1 10, 2 20
         1: UPDATE t SET value = 11 WHERE id = 1
         1: COMMIT
         2: SELECT id, value FROM t -> 1 10, 2 20
         2: COMMIT
         2: SELECT id, value FROM t -> 1 11, 2 20",
        "1 11, 2 20",
    ),
    (
        "g1c_circular_information_flow",
        "1: UPDATE t SET value = 11 WHERE id = 1
         2: UPDATE u SET value = 31 WHERE id = 1
         1: SELECT value FROM u -> 30
         2: SELECT id, value FROM t -> 1 10, 2 20
         1: COMMIT
         2: COMMIT
         2: SELECT value FROM u -> 31",
        "1 11, 2 20",
    ),
    (
        "otv_observed_transaction_vanishes",
        "1: UPDATE t SET value = 11 WHERE id = 1
         1: UPDATE t SET value = 19 WHERE id = 2
         2: UPDATE t SET value = 12 WHERE id = 1
         1: COMMIT
         3: BEGIN
         3: SELECT value FROM t WHERE id = 1 -> 11
         2: UPDATE t SET value = 18 WHERE id = 2
         3: SELECT value FROM t WHERE id = 2 -> 19
         2: COMMIT -> E0605
         3: SELECT id, value FROM t -> 1 11, 2 19
         3: COMMIT",
        "1 11, 2 19",
    ),
    (
        "pmp_predicate_many_preceders",
        "1: SELECT id FROM t WHERE value = 30 -> nothing
         2: INSERT INTO t VALUES (3, 30)
         2: COMMIT
         1: SELECT id FROM t WHERE value % 3 = 0 -> nothing
         1: COMMIT
         1: SELECT id FROM t WHERE value % 3 = 0 -> 3",
        "1 10, 2 20, 3 30",
    ),
    (
        "pmp_with_a_write_predicate",
        "1: UPDATE t SET value = value + 10
         2: SELECT id FROM t WHERE value = 20 -> 2
         2: DELETE FROM t WHERE value = 20
         1: COMMIT
         2: SELECT id FROM t -> 1
         2: COMMIT -> E0605",
        "1 20, 2 30",
    ),
    (
        "p4_lost_update",
        "1: SELECT value FROM t WHERE id = 1 -> 10
         2: SELECT value FROM t WHERE id = 1 -> 10
         1: UPDATE t SET value = value + 1 WHERE id = 1
         2: UPDATE t SET value = value + 5 WHERE id = 1
         1: COMMIT
         2: COMMIT -> E0605",
        "1 11, 2 20",
    ),
    (
        "g_single_read_skew",
        "1: SELECT value FROM t WHERE id = 1 -> 10
         2: UPDATE t SET value = 12 WHERE id = 1
         2: UPDATE t SET value = 18 WHERE id = 2
         2: UPDATE u SET value = 33
         2: COMMIT
         1: SELECT value FROM t WHERE id = 2 -> 20
         1: SELECT value FROM u -> 30
         1: COMMIT
         1: SELECT value FROM u -> 33",
        "1 12, 2 18",
    ),
    (
        "g_single_with_predicates",
        "1: SELECT id FROM t WHERE value % 5 = 0 -> 1, 2
         2: UPDATE t SET value = 12 WHERE value = 10
         2: COMMIT
         1: SELECT id FROM t WHERE value % 3 = 0 -> nothing
         1: COMMIT",
        "1 12, 2 20",
    ),
    (
        "g_single_with_a_write_predicate",
        "1: SELECT value FROM t WHERE id = 1 -> 10
         2: UPDATE t SET value = 12 WHERE id = 1
         2: UPDATE t SET value = 18 WHERE id = 2
         2: COMMIT
         1: DELETE FROM t WHERE value = 20
         1: COMMIT -> E0605",
        "1 12, 2 18",
    ),
    (
        // Serialisable databases refuse one of the two; snapshot isolation allows both.
        "g2_item_write_skew_is_allowed",
        "1: SELECT (SELECT SUM(value) FROM t) + (SELECT SUM(value) FROM u) -> 60
         2: SELECT (SELECT SUM(value) FROM t) + (SELECT SUM(value) FROM u) -> 60
         1: UPDATE t SET value = 0 WHERE id = 1
         2: UPDATE u SET value = 0
         1: COMMIT
         2: COMMIT
         0: SELECT value FROM u -> 0",
        "1 0, 2 20",
    ),
    (
        // Two rows of one dataset: its other rows are as good as read.
        "g2_item_within_a_dataset_conflicts",
        "1: UPDATE t SET value = 11 WHERE id = 1
         2: UPDATE t SET value = 21 WHERE id = 2
         1: COMMIT
         2: COMMIT -> E0605",
        "1 11, 2 20",
    ),
    (
        "a_conflict_discards_changes_of_other_datasets",
        "1: UPDATE t SET value = 11 WHERE id = 1
         1: COMMIT
         2: UPDATE u SET value = 99
         2: DATASET w COLUMNS (id: Int)
         2: DELETE FROM t
         2: COMMIT -> E0605
         2: SELECT value FROM u -> 30
         2: SELECT * FROM w -> E0304",
        "1 11, 2 20",
    ),
    (
        "changes_of_columns_and_names_conflict",
        "1: ALTER DATASET t ADD COLUMN n: Int DEFAULT 1
         2: ALTER DATASET t RENAME COLUMN value TO v
         2: SELECT id, v FROM t -> 1 10, 2 20
         1: COMMIT
         2: COMMIT -> E0605
         3: BEGIN
         3: ALTER DATASET t RENAME TO other
         0: INSERT INTO t VALUES (3, 30, 3)
         3: COMMIT -> E0605
         0: SELECT n FROM t -> 1, 1, 3",
        "1 10, 2 20, 3 30",
    ),
    (
        "a_dropped_dataset_conflicts_and_is_read_to_the_end",
        "1: DROP DATASET u
         2: UPDATE u SET value = 31
         1: COMMIT
         2: SELECT value FROM u -> 31
         2: COMMIT -> E0605
         2: SELECT value FROM u -> E0304",
        "1 10, 2 20",
    ),
    (
        "a_name_goes_to_the_first_committer",
        "1: DATASET w COLUMNS (id: Int)
         2: DATASET w COLUMNS (other: String)
         1: INSERT INTO w VALUES (7)
         2: COMMIT
         1: COMMIT -> E0605
         0: SELECT other FROM w -> nothing",
        "1 10, 2 20",
    ),
];

pub fn trials() -> Vec<Trial> {
    let both = |&(name, script, end): &(&str, &'static str, &'static str)| {
        [
            test(format!("durable::isolation::{name}::in_memory"), move || in_memory(script, end)),
            test(format!("durable::isolation::{name}::in_a_directory"), move || in_directory(script, end)),
        ]
    };
    ANOMALIES.iter().flat_map(both).collect()
}

fn in_memory(script: &str, end: &str) -> Result<(), Failed> {
    let engine = Engine::default();
    check(&engine, &format!("{START}{script}"))?;
    check(&engine, &state(end))
}

/// What is seen at the end is on disk, too.
fn in_directory(script: &str, end: &str) -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    check(&engine, &format!("{START}{script}"))?;
    check(&engine, &state(end))?;
    drop(engine);
    check(&directory.open()?, &state(end))?;
    directory.check()
}

fn state(end: &str) -> String {
    format!("9: SELECT id, value FROM t ORDER BY id -> {end}")
}
