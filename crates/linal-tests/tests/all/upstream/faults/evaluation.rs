//! What is computed how often, and for which rows.

use super::{Fault, Given, Right};

const TEN_ROWS: &[&str] =
    &["CREATE TABLE t (k BIGINT)", "INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)"];

const DIVISORS: &[&str] =
    &["CREATE TABLE t (k BIGINT, y BIGINT)", "INSERT INTO t VALUES (1, 0), (1, 1), (1, 2), (2, 0), (2, 5)"];

const DIVISORS_BEHIND_JOIN: &[&str] = &[
    "CREATE TABLE b (k BIGINT, y BIGINT)",
    "INSERT INTO b VALUES (1, 5), (2, 0)",
    "CREATE TABLE c (k BIGINT)",
    "INSERT INTO c VALUES (1), (3)",
];

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "random_in_between",
        setup: TEN_ROWS,
        query: "SELECT COUNT(*) > 0 AS x FROM (SELECT random() BETWEEN 0.75 AND 0.25 AS y FROM t a, t b, t c) z WHERE y",
        right: Right::Rows(&["false"]),
        given: Given::Rows(&["true"]),
        repair: "logical/volatile.rs",
    },
    Fault {
        name: "random_in_a_list",
        setup: TEN_ROWS,
        query: "SELECT COUNT(*) > 0 AS x FROM (SELECT FLOOR(random() * 2) NOT IN (0, 1) AS y FROM t a, t b, t c) z WHERE y",
        right: Right::Rows(&["false"]),
        given: Given::Rows(&["true"]),
        repair: "logical/volatile.rs",
    },
    Fault {
        name: "random_in_coalesce",
        setup: TEN_ROWS,
        query: "SELECT COUNT(COALESCE(CASE WHEN random() < 0.5 THEN 1 END, 2)) AS n FROM t a, t b, t c",
        right: Right::Rows(&["1000"]),
        given: Given::AnyRows,
        repair: "logical/volatile.rs",
    },
    Fault {
        name: "random_condition_of_a_product",
        setup: TEN_ROWS,
        query: "SELECT COUNT(DISTINCT n) > 1 AS x FROM (SELECT a.k, b.k, COUNT(*) AS n FROM t a, t b, t c WHERE random() < 0.5 GROUP BY a.k, b.k) z",
        right: Right::Rows(&["true"]),
        given: Given::Rows(&["false"]),
        repair: "logical/volatile.rs",
    },
    Fault {
        name: "random_in_having",
        setup: TEN_ROWS,
        query: "SELECT COUNT(*) AS n FROM t HAVING random() > 1000",
        right: Right::Rows(&[]),
        given: Given::Rows(&["0"]),
        repair: "logical/volatile.rs",
    },
    Fault {
        name: "random_in_a_cte",
        setup: TEN_ROWS,
        query: "WITH r AS (SELECT random() AS x) SELECT a.x = b.x AS e FROM r a, r b",
        right: Right::Rows(&["true"]),
        given: Given::Rows(&["false"]),
        repair: "exec/common_table.rs",
    },
    Fault {
        name: "types_of_a_recursion",
        setup: &[],
        query: "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a * 1.5 FROM t WHERE a < 5) SELECT a FROM t LIMIT 9",
        right: Right::Rows(&["1", "1.5", "2.25", "3.375", "5.0625"]),
        given: Given::Rows(&["1", "1", "1", "1", "1", "1", "1", "1", "1"]),
        repair: "logical/recursion/types.rs",
    },
    Fault {
        name: "self_join_of_a_recursion",
        setup: &[],
        query: "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT a.n + b.n FROM t a, t b WHERE a.n < 5) SELECT n FROM t",
        right: Right::Rows(&["1", "2", "4", "8"]),
        given: Given::Error("Multiple recursive references"),
        repair: "exec/work_table.rs",
    },
    Fault {
        name: "subquery_over_a_recursion",
        setup: &[],
        query: "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 4 AND n = (SELECT MAX(n) FROM t)) SELECT n FROM t",
        right: Right::Rows(&["1", "2", "3", "4"]),
        given: Given::Error("Unexpected empty work table"),
        repair: "exec/work_table.rs",
    },
    Fault {
        name: "guard_of_and",
        setup: DIVISORS,
        query: "SELECT y FROM t WHERE y <> 0 AND 6 % y > 0",
        right: Right::Rows(&["5"]),
        given: Given::Error("Divide by zero"),
        repair: "logical/guards.rs",
    },
    Fault {
        name: "guard_of_or",
        setup: DIVISORS,
        query: "SELECT y FROM t WHERE y = 0 OR 6 % y > 0",
        right: Right::Rows(&["0", "0", "5"]),
        given: Given::Error("Divide by zero"),
        repair: "logical/guards.rs",
    },
    Fault {
        name: "guard_of_a_query_within",
        setup: DIVISORS,
        query: "SELECT y FROM (SELECT y FROM t WHERE y <> 0) z WHERE 6 % y > 0",
        right: Right::Rows(&["5"]),
        given: Given::Error("Divide by zero"),
        repair: "logical/guards.rs",
    },
    Fault {
        name: "guard_of_filter",
        setup: DIVISORS,
        query: "SELECT k, SUM(6 % y) FILTER (WHERE y <> 0) AS s FROM t GROUP BY k",
        right: Right::Rows(&["1|0", "2|1"]),
        given: Given::Error("Divide by zero"),
        repair: "logical/guards.rs",
    },
    Fault {
        name: "guard_of_a_join",
        setup: DIVISORS_BEHIND_JOIN,
        query: "SELECT y FROM (SELECT b.y FROM b JOIN c ON b.k = c.k) z WHERE 6 % y > 0",
        right: Right::Rows(&["5"]),
        given: Given::Error("Divide by zero"),
        repair: "logical/push_down_filters.rs",
    },
];
