//! What a transaction uses and another drops in the meantime: whoever commits later has the conflict.

use libtest_mimic::{Failed, Trial};
use linal::Engine;

use super::super::Directory;
use super::script::check;
use crate::harness::test;

/// What each script begins with.
const START: &str = "
    0: CREATE SEQUENCE s
    0: CREATE MACRO f(x) AS x + 1
    0: CREATE TYPE mood AS ENUM ('sad', 'ok')
    0: CREATE TABLE t (id INT)
    0: CREATE VIEW v AS SELECT id FROM t
    1: BEGIN
    2: BEGIN
";

const SCRIPTS: &[(&str, &str)] = &[
    (
        "a_default_of_a_sequence_that_was_dropped",
        "1: CREATE TABLE u (id INT DEFAULT nextval('s'))
         2: DROP SEQUENCE s
         2: COMMIT
         1: COMMIT -> E0605
         0: SELECT * FROM u -> E0304",
    ),
    (
        "a_sequence_that_a_new_default_uses",
        "1: DROP SEQUENCE s
         2: ALTER TABLE t ALTER COLUMN id SET DEFAULT nextval('s')
         2: COMMIT
         1: COMMIT -> E0605
         0: INSERT INTO t VALUES (DEFAULT)
         0: SELECT id FROM t -> 1",
    ),
    (
        "a_view_over_a_macro_that_was_dropped",
        "1: CREATE VIEW w AS SELECT f(id) AS g FROM t
         1: INSERT INTO t VALUES (7)
         0: DROP MACRO f
         1: COMMIT -> E0605
         0: SELECT count(*) FROM t -> 0
         2: ROLLBACK",
    ),
    (
        "a_macro_that_a_new_view_uses",
        "1: DROP MACRO f
         2: CREATE VIEW w AS SELECT f(id) AS g FROM t
         2: COMMIT
         1: COMMIT -> E0605
         0: INSERT INTO t VALUES (1)
         0: SELECT g FROM w -> 2",
    ),
    (
        "a_column_of_a_type_that_was_dropped",
        "1: CREATE TABLE u (m mood)
         2: ALTER TABLE t ADD COLUMN m mood
         0: DROP TYPE mood
         1: COMMIT -> E0605
         2: COMMIT -> E0605
         0: INSERT INTO t VALUES (1)",
    ),
    (
        "a_view_over_a_view_that_was_dropped",
        "1: CREATE VIEW w AS SELECT id FROM v
         0: DROP VIEW v
         1: COMMIT -> E0605
         2: ROLLBACK",
    ),
    (
        "a_check_of_a_macro_that_was_dropped_or_replaced",
        "1: ALTER TABLE t ADD CONSTRAINT c CHECK (f(id) > 1)
         2: CREATE TABLE u (id INT, g INT AS (f(id)) STORED)
         0: CREATE OR REPLACE MACRO f(x) AS x + 2
         1: COMMIT -> E0605
         2: COMMIT -> E0605
         0: DROP MACRO f",
    ),
    (
        "a_view_over_a_macro_that_was_replaced_means_the_new_one",
        "1: CREATE VIEW w AS SELECT f(id) AS g FROM t
         0: CREATE OR REPLACE MACRO f(x) AS x + 2
         1: COMMIT
         0: INSERT INTO t VALUES (1)
         0: SELECT g FROM w -> 3
         2: ROLLBACK",
    ),
    (
        "what_uses_nothing_of_it_does_not_conflict",
        "1: CREATE VIEW w AS SELECT id + 1 AS g FROM t
         1: CREATE TABLE u (id INT DEFAULT 7)
         2: DROP MACRO f
         2: DROP SEQUENCE s
         2: COMMIT
         1: COMMIT
         0: SELECT count(*) FROM w -> 0",
    ),
    (
        "what_is_dropped_with_its_users_is_no_conflict",
        "0: CREATE VIEW w AS SELECT f(id) AS g FROM t
         2: ROLLBACK
         2: BEGIN
         2: DROP MACRO f CASCADE
         1: ROLLBACK
         1: BEGIN
         1: INSERT INTO t VALUES (1)
         2: COMMIT
         1: COMMIT
         0: SELECT * FROM w -> E0304",
    ),
];

pub fn trials() -> Vec<Trial> {
    let memory = |&(name, script): &(&str, &'static str)| {
        test(format!("durable::isolation::{name}::in_memory"), move || {
            check(&Engine::default(), &format!("{START}{script}"))
        })
    };
    let directory = |&(name, script): &(&str, &'static str)| {
        test(format!("durable::isolation::{name}::in_a_directory"), move || in_directory(script))
    };
    SCRIPTS.iter().map(memory).chain(SCRIPTS.iter().map(directory)).collect()
}

fn in_directory(script: &str) -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    check(&engine, &format!("{START}{script}"))?;
    drop(engine);
    drop(directory.open()?);
    directory.check()
}
