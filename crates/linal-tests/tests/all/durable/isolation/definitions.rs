//! Conflicts of what is not a row: pipelines, indexes, saved tensors, and appends against other changes. The first
//! committer wins.

use libtest_mimic::{Failed, Trial};
use linal::Engine;

use super::super::Directory;
use super::script::check;
use crate::harness::test;

/// What each script begins with.
const START: &str = "
    0: DATASET t COLUMNS (id: Int, value: Int)
    0: INSERT INTO t VALUES (1, 10), (2, 20)
    0: DEFINE PIPELINE p AS LIMIT 9
    0: CREATE INDEX i ON t(value)
    1: BEGIN
    2: START TRANSACTION
";

/// The scripts that mean the same in memory and in a directory.
const EVERYWHERE: &[(&str, &str)] = &[
    (
        "a_new_pipeline_goes_to_the_first_committer",
        "1: DEFINE PIPELINE q AS LIMIT 1
         2: DEFINE PIPELINE q AS LIMIT 2
         1: COMMIT
         2: COMMIT -> E0605
         0: SELECT count(*) FROM t -> 2
         0: APPLY PIPELINE q ON t INTO u
         0: SELECT count(*) FROM u -> 1",
    ),
    (
        "a_replaced_pipeline_goes_to_the_first_committer",
        "1: DEFINE PIPELINE p AS LIMIT 1
         1: INSERT INTO t VALUES (3, 30)
         2: DROP PIPELINE p
         2: COMMIT
         1: COMMIT -> E0605
         0: APPLY PIPELINE p ON t -> E0304
         0: SELECT count(*) FROM t -> 2",
    ),
    (
        "a_pipeline_of_a_statement_wins_too",
        "1: DROP PIPELINE p
         0: DEFINE PIPELINE p AS LIMIT 1
         1: COMMIT -> E0605
         2: DEFINE PIPELINE q AS LIMIT 1
         2: END
         0: DROP PIPELINE q
         0: DROP PIPELINE p",
    ),
    (
        "other_pipelines_do_not_conflict",
        "1: DEFINE PIPELINE q AS LIMIT 1
         2: DEFINE PIPELINE r AS LIMIT 1
         2: DROP PIPELINE p
         1: COMMIT
         2: COMMIT
         0: DROP PIPELINE q
         0: DROP PIPELINE r
         0: DROP PIPELINE p -> E0304",
    ),
    (
        "an_index_goes_to_the_first_committer",
        "1: CREATE INDEX j ON t(id)
         2: CREATE INDEX j ON t(value)
         1: COMMIT
         2: COMMIT -> E0605
         1: BEGIN
         1: DROP INDEX i
         0: DROP INDEX i
         1: COMMIT -> E0605",
    ),
    (
        "an_index_on_a_dataset_that_was_dropped_is_a_conflict",
        "1: CREATE INDEX j ON t(id)
         2: DROP DATASET t
         2: COMMIT
         1: COMMIT -> E0605
         0: DATASET t COLUMNS (id: Int)
         0: DROP INDEX j -> E0304",
    ),
    (
        "an_update_after_an_append_is_a_conflict",
        "1: INSERT INTO t VALUES (3, 30)
         2: UPDATE t SET value = 0
         1: COMMIT
         2: COMMIT -> E0605
         0: SELECT sum(value) FROM t -> 60",
    ),
    (
        "an_append_after_an_update_is_a_conflict",
        "1: INSERT INTO t VALUES (3, 30)
         2: UPDATE t SET value = 0
         2: COMMIT
         1: COMMIT -> E0605
         0: SELECT sum(value) FROM t -> 0",
    ),
    (
        "a_key_that_another_session_refers_to_stays",
        "0: CREATE TABLE parent (id INT PRIMARY KEY)
         0: CREATE TABLE child (p INT)
         1: ROLLBACK
         1: BEGIN
         1: ALTER TABLE parent DROP CONSTRAINT parent_id_pkey
         2: ROLLBACK
         2: BEGIN
         2: DROP TABLE parent
         3: BEGIN
         3: ALTER TABLE parent RENAME TO other
         0: ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES parent (id)
         1: COMMIT -> E0605
         2: COMMIT -> E0605
         3: COMMIT -> E0605
         0: INSERT INTO parent VALUES (1)
         0: INSERT INTO child VALUES (1)
         0: INSERT INTO child VALUES (2) -> E0617",
    ),
    (
        "a_reference_and_what_it_refers_to_go_together",
        "0: CREATE TABLE parent (id INT PRIMARY KEY)
         0: CREATE TABLE child (p INT REFERENCES parent (id))
         1: ROLLBACK
         1: BEGIN
         1: DROP TABLE child
         1: DROP TABLE parent
         1: COMMIT
         2: ROLLBACK
         2: BEGIN
         2: CREATE TABLE parent (id INT PRIMARY KEY)
         2: CREATE TABLE child (p INT REFERENCES parent (id))
         2: ALTER TABLE parent RENAME TO other
         2: INSERT INTO other VALUES (1)
         2: INSERT INTO child VALUES (1)
         2: COMMIT
         0: INSERT INTO child VALUES (2) -> E0617",
    ),
    (
        "a_definition_in_a_database_that_was_dropped_is_a_conflict",
        "0: CREATE DATABASE lab
         1: ROLLBACK
         1: BEGIN
         1: CREATE VIEW lab.v AS SELECT 1 AS x
         0: DROP DATABASE lab
         1: COMMIT -> E0605
         0: CREATE DATABASE lab
         0: SELECT * FROM lab.v -> E0304",
    ),
    (
        "an_append_after_a_delete_is_a_conflict",
        "1: INSERT INTO t SELECT id + 10, value FROM t
         1: DEFINE PIPELINE q AS LIMIT 1
         0: DELETE FROM t WHERE id = 1
         1: COMMIT -> E0605
         0: SELECT id FROM t -> 2
         0: DROP PIPELINE q -> E0304
         2: ABORT",
    ),
];

/// Those that need a directory: saved tensors, versions, and appends of two transactions.
const IN_A_DIRECTORY: &[(&str, &str)] = &[
    (
        "appends_do_not_conflict",
        "1: INSERT INTO t VALUES (3, 30)
         2: INSERT INTO t VALUES (4, 40)
         2: DEFINE PIPELINE q AS LIMIT 1
         0: INSERT INTO t VALUES (5, 50)
         1: COMMIT
         2: COMMIT
         0: SELECT sum(value) FROM t -> 150",
    ),
    (
        "an_append_after_a_restore_is_a_conflict",
        "0: UPDATE t SET value = 7
         2: ROLLBACK
         1: ROLLBACK
         1: BEGIN
         1: INSERT INTO t VALUES (3, 30)
         0: RESTORE DATASET t TO VERSION 2
         1: COMMIT -> E0605
         0: INSERT INTO t VALUES (4, 40)
         0: SELECT sum(value) FROM t -> 70",
    ),
    (
        "a_saved_tensor_goes_to_the_first_committer",
        "1: VECTOR x = [1]
         1: SAVE TENSOR x
         2: VECTOR x = [2, 3]
         2: SAVE TENSOR x
         1: COMMIT
         2: COMMIT -> E0605
         3: LOAD TENSOR x
         3: SELECT SUM(x) -> [1]",
    ),
    (
        "a_saved_tensor_that_was_dropped_is_a_conflict",
        "0: VECTOR x = [1]
         0: SAVE TENSOR x
         0: DROP TENSOR x
         1: ROLLBACK
         1: BEGIN
         1: VECTOR x = [5]
         1: SAVE TENSOR x
         0: DROP TENSOR x
         1: COMMIT -> E0605
         3: LOAD TENSOR x -> E0304",
    ),
    (
        "a_transaction_sees_the_tensors_that_it_saves",
        "0: VECTOR y = [1, 1]
         0: SAVE TENSOR y
         1: ROLLBACK
         1: BEGIN
         1: VECTOR x = [7]
         1: SAVE TENSOR x
         1: DROP TENSOR x
         1: LOAD TENSOR x
         1: SELECT SUM(x) -> [7]
         1: DROP TENSOR y
         1: LOAD TENSOR y -> E0304
         2: LOAD TENSOR x -> E0304
         1: ROLLBACK
         3: LOAD TENSOR y
         3: LOAD TENSOR x -> E0304",
    ),
    (
        "versions_do_not_expire_within_a_transaction",
        "0: INSERT INTO t VALUES (3, 30)
         1: INSERT INTO t VALUES (4, 40)
         1: EXPIRE VERSIONS t KEEP 1 -> E0318
         1: ROLLBACK
         0: SELECT count(*) FROM t AT VERSION 2 -> 2
         0: EXPIRE VERSIONS t KEEP 0 -> E0308
         0: EXPIRE VERSIONS t OLDER THAN '-5d' -> E0308
         0: SELECT count(*) FROM t AT VERSION 2 -> 2
         0: EXPIRE VERSIONS t KEEP 1
         0: SELECT count(*) FROM t AT VERSION 2 -> E0616",
    ),
];

pub fn trials() -> Vec<Trial> {
    let memory = |&(name, script): &(&str, &'static str)| {
        test(format!("durable::isolation::{name}::in_memory"), move || in_memory(script))
    };
    let directory = |&(name, script): &(&str, &'static str)| {
        test(format!("durable::isolation::{name}::in_a_directory"), move || in_directory(script))
    };
    let everywhere = EVERYWHERE.iter().map(memory);
    everywhere.chain(EVERYWHERE.iter().chain(IN_A_DIRECTORY).map(directory)).collect()
}

fn in_memory(script: &str) -> Result<(), Failed> {
    check(&Engine::default(), &format!("{START}{script}"))
}

fn in_directory(script: &str) -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    check(&engine, &format!("{START}{script}"))?;
    drop(engine);
    // What the catalog has can be opened.
    drop(directory.open()?);
    directory.check()
}
