//! Groups, their order, and floats that are equal.

use super::{Fault, Given, Right};

const DEPENDENT_KEYS: &[&str] = &[
    "CREATE TABLE t (v BIGINT, x BIGINT, y BIGINT)",
    "INSERT INTO t VALUES (1, 10, 5), (2, 20, 5)",
    "CREATE TABLE u (k BIGINT)",
    "INSERT INTO u VALUES (1)",
];

const GROUPS: &[&str] = &[
    "CREATE TABLE t (k BIGINT, v BIGINT)",
    "INSERT INTO t VALUES (1, 10), (1, 20), (2, 30)",
    "CREATE TABLE u (k BIGINT)",
    "INSERT INTO u VALUES (1), (2)",
];

const NO_ROWS: &[&str] = &["CREATE TABLE t (k BIGINT)"];

const ZERO: &[&str] = &["CREATE TABLE t (x DOUBLE)", "INSERT INTO t VALUES (0.0)"];

const DIVISORS: &[&str] =
    &["CREATE TABLE t (k BIGINT, y BIGINT)", "INSERT INTO t VALUES (1, 0), (1, 1), (1, 2), (2, 0), (2, 5)"];

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "keys_that_depend",
        setup: DEPENDENT_KEYS,
        query: "SELECT k, SUM(s) AS s FROM (SELECT d.k, SUM(t.x) AS s FROM t, (SELECT DISTINCT k FROM u) d WHERE t.y > d.k GROUP BY d.k, t.v) z GROUP BY k, s",
        right: Right::Rows(&["1|10", "1|20"]),
        given: Given::Rows(&["1|30"]),
        repair: "logical/forget_dependencies.rs",
    },
    Fault {
        name: "order_behind_constant_key",
        setup: GROUPS,
        query: "SELECT k, v FROM t WHERE k = 1 GROUP BY CUBE (k, v) ORDER BY k, v",
        right: Right::Rows(&["1|10", "1|20", "1|NULL", "NULL|10", "NULL|20", "NULL|NULL"]),
        given: Given::AnyRows,
        repair: "exec/barrier.rs",
    },
    Fault {
        name: "order_behind_cube",
        setup: GROUPS,
        query: "SELECT t.k AS x, u.k AS y FROM t JOIN u ON t.k = u.k GROUP BY CUBE (t.k, u.k) ORDER BY y, x",
        right: Right::Rows(&["1|1", "NULL|1", "2|2", "NULL|2", "1|NULL", "2|NULL", "NULL|NULL"]),
        given: Given::AnyRows,
        repair: "exec/barrier.rs",
    },
    Fault {
        name: "tuple_in_rollup",
        setup: GROUPS,
        query: "SELECT k, v, COUNT(*) AS n FROM t GROUP BY ROLLUP ((k, v))",
        right: Right::Rows(&["1|10|1", "1|20|1", "2|30|1", "NULL|NULL|3"]),
        given: Given::Error("Tuple expressions are not supported"),
        repair: "frontend/desugar/grouping_sets.rs",
    },
    Fault {
        name: "position_in_cube",
        setup: GROUPS,
        query: "SELECT k, COUNT(*) AS n FROM t GROUP BY CUBE (1)",
        right: Right::Rows(&["1|2", "2|1", "NULL|3"]),
        given: Given::Error("must be in GROUP BY"),
        repair: "frontend/desugar/grouping_sets.rs",
    },
    Fault {
        name: "group_by_nothing",
        setup: GROUPS,
        query: "SELECT 1 AS x FROM t GROUP BY ()",
        right: Right::Rows(&["1"]),
        given: Given::Error("Empty tuple not supported"),
        repair: "frontend/desugar/grouping_sets.rs",
    },
    Fault {
        name: "having_without_aggregates",
        setup: GROUPS,
        query: "SELECT 1 AS x FROM t HAVING true",
        right: Right::Rows(&["1"]),
        given: Given::Error("HAVING clause references"),
        repair: "frontend/resolve/group_by.rs",
    },
    Fault {
        name: "condition_below_an_aggregate",
        setup: NO_ROWS,
        query: "SELECT 'a' AS x FROM (SELECT COUNT(*) AS n, 1 AS k FROM t) z WHERE k = 2",
        right: Right::Rows(&[]),
        given: Given::Rows(&["a"]),
        repair: "logical/push_down_filters.rs",
    },
    Fault {
        name: "order_of_any_value",
        setup: GROUPS,
        query: "SELECT ANY_VALUE(v ORDER BY v DESC) AS x FROM t",
        right: Right::Rows(&["30"]),
        given: Given::Rows(&["10"]),
        repair: "planner/any_value.rs",
    },
    Fault {
        name: "zeros_in_order",
        setup: ZERO,
        query: "SELECT i FROM (SELECT x, 1 AS i FROM t UNION ALL SELECT x * -1.0, 2 FROM t) z ORDER BY x, i",
        right: Right::Rows(&["1", "2"]),
        given: Given::Rows(&["2", "1"]),
        repair: "logical/normalize_floats.rs",
    },
    Fault {
        name: "zeros_in_a_partition",
        setup: ZERO,
        query: "SELECT COUNT(*) OVER (PARTITION BY x) AS n FROM (SELECT x FROM t UNION ALL SELECT x * -1.0 FROM t) z",
        right: Right::Rows(&["2", "2"]),
        given: Given::Rows(&["1", "1"]),
        repair: "logical/normalize_floats.rs",
    },
    Fault {
        name: "zeros_in_case",
        setup: ZERO,
        query: "SELECT CASE x * -1.0 WHEN 0.0 THEN 'zero' ELSE 'other' END AS s FROM t",
        right: Right::Rows(&["zero"]),
        given: Given::Rows(&["other"]),
        repair: "logical/normalize_floats.rs",
    },
    Fault {
        name: "zeros_in_a_list",
        setup: ZERO,
        query: "SELECT x * -1.0 IN (0.0, 1.0, 2.0, 3.0) AS b FROM t",
        right: Right::Rows(&["true"]),
        given: Given::Rows(&["false"]),
        repair: "logical/normalize_floats.rs",
    },
    Fault {
        name: "nan_of_both_signs",
        setup: ZERO,
        query: "SELECT COUNT(DISTINCT x) AS n FROM (SELECT CAST('NaN' AS DOUBLE) AS x UNION ALL SELECT CAST('-NaN' AS DOUBLE)) z",
        right: Right::Rows(&["1"]),
        given: Given::Rows(&["2"]),
        repair: "logical/normalize_floats.rs",
    },
    Fault {
        name: "case_in_a_list",
        setup: DIVISORS,
        query: "SELECT y FROM t WHERE y IN (CASE WHEN y > 3 THEN 5 WHEN y > 0 THEN 1 END, 7, 8, 9)",
        right: Right::Rows(&["1", "5"]),
        given: Given::Rows(&[]),
        repair: "logical/normalize_floats.rs",
    },
];
