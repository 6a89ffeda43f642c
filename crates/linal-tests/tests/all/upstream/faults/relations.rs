//! Set operations, joins, and what names mean.

use super::{Fault, Given, Right};

const REPEATED_ROWS: &[&str] = &[
    "CREATE TABLE a (k BIGINT)",
    "INSERT INTO a VALUES (1), (1), (1), (2)",
    "CREATE TABLE b (k BIGINT)",
    "INSERT INTO b VALUES (1)",
];

const T_U: &[&str] = &[
    "CREATE TABLE t (x BIGINT)",
    "INSERT INTO t VALUES (1)",
    "CREATE TABLE u (x BIGINT)",
    "INSERT INTO u VALUES (2)",
];

const NULL_VALUES: &[&str] = &[
    "CREATE TABLE a (k BIGINT, v BIGINT)",
    "INSERT INTO a VALUES (1, NULL), (2, 5)",
    "CREATE TABLE b (k BIGINT, v BIGINT)",
    "INSERT INTO b VALUES (1, NULL), (2, 5)",
];

const LARGE_AND_SMALL: &[&str] = &[
    "CREATE TABLE a (k BIGINT, v BIGINT)",
    "INSERT INTO a VALUES (1, 1), (2, 2), (3, 3), (4, 4)",
    "CREATE TABLE b (k BIGINT, v BIGINT)",
    "INSERT INTO b VALUES (10, 1)",
];

const TEN_ROWS: &[&str] =
    &["CREATE TABLE t (k BIGINT)", "INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)"];

const NAMES: &[&str] = &[
    "CREATE TABLE t (k BIGINT, a BIGINT)",
    "INSERT INTO t VALUES (1, 2), (2, 1)",
    "CREATE TABLE cust (id BIGINT)",
    "INSERT INTO cust VALUES (1)",
    "CREATE TABLE b (cust BIGINT)",
    "INSERT INTO b VALUES (1)",
];

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "intersect_all",
        setup: REPEATED_ROWS,
        query: "SELECT k FROM a INTERSECT ALL SELECT k FROM b",
        right: Right::Rows(&["1"]),
        given: Given::Rows(&["1", "1", "1"]),
        repair: "logical/set_op_all.rs",
    },
    Fault {
        name: "except_all",
        setup: REPEATED_ROWS,
        query: "SELECT k FROM a EXCEPT ALL SELECT k FROM b",
        right: Right::Rows(&["1", "1", "2"]),
        given: Given::Rows(&["2"]),
        repair: "logical/set_op_all.rs",
    },
    Fault {
        name: "order_of_union_all",
        setup: REPEATED_ROWS,
        query: "SELECT k AS x, k AS y FROM a UNION ALL SELECT k AS x, k AS y FROM b ORDER BY y",
        right: Right::Rows(&["1|1", "1|1", "1|1", "1|1", "2|2"]),
        given: Given::Error("SanityCheckPlan"),
        repair: "exec/barrier.rs",
    },
    Fault {
        name: "using_of_full_join",
        setup: T_U,
        query: "SELECT x FROM t FULL JOIN u USING (x)",
        right: Right::Rows(&["1", "2"]),
        given: Given::Rows(&["1", "NULL"]),
        repair: "frontend/resolve/scope/relation.rs",
    },
    Fault {
        name: "using_of_right_join",
        setup: T_U,
        query: "SELECT x FROM t RIGHT JOIN u USING (x)",
        right: Right::Rows(&["2"]),
        given: Given::Rows(&["NULL"]),
        repair: "frontend/resolve/scope/relation.rs",
    },
    Fault {
        name: "star_of_natural_join",
        setup: T_U,
        query: "SELECT * FROM t NATURAL FULL JOIN u",
        right: Right::Rows(&["1", "2"]),
        given: Given::Rows(&["1", "NULL"]),
        repair: "frontend/resolve/scope/relation.rs",
    },
    Fault {
        name: "expression_of_merged_column",
        setup: T_U,
        query: "SELECT x FROM t FULL JOIN u USING (x) WHERE x + 1 > 2",
        right: Right::Rows(&["2"]),
        given: Given::Error("Ambiguous reference"),
        repair: "frontend/resolve/scope/relation.rs",
    },
    Fault {
        name: "null_safe_keys",
        setup: NULL_VALUES,
        query: "SELECT a.k FROM a JOIN b ON a.k IS NOT DISTINCT FROM b.k WHERE a.v = b.v",
        right: Right::Rows(&["2"]),
        given: Given::Rows(&["1", "2"]),
        repair: "logical/null_safe_keys.rs",
    },
    Fault {
        name: "filter_by_bare_name",
        setup: LARGE_AND_SMALL,
        query: "SELECT a.k, b.k FROM b RIGHT JOIN a ON a.v = b.v WHERE b.k IS NULL AND a.v > 0",
        right: Right::Rows(&["2|NULL", "3|NULL", "4|NULL"]),
        given: Given::Rows(&[]),
        repair: "physical/mod.rs",
    },
    Fault {
        name: "random_condition_of_left_join",
        setup: TEN_ROWS,
        query: "SELECT COUNT(DISTINCT n) > 1 AS x FROM (SELECT a.k, COUNT(b.k) AS n FROM t a LEFT JOIN t b ON random() < 0.5 GROUP BY a.k) z",
        right: Right::Rows(&["true"]),
        given: Given::Rows(&["false"]),
        repair: "logical/decorrelate/pairs.rs",
    },
    Fault {
        name: "cte_of_a_nested_query",
        setup: NAMES,
        query: "WITH x AS (SELECT 1 AS n) SELECT n FROM (WITH x AS (SELECT 2 AS n) SELECT n FROM x) z",
        right: Right::Rows(&["2"]),
        given: Given::Error("specified more than once"),
        repair: "frontend/resolve/shadowed_ctes.rs",
    },
    Fault {
        name: "column_in_an_expression_of_order_by",
        setup: NAMES,
        query: "SELECT -a AS a FROM t ORDER BY a + 0",
        right: Right::Rows(&["-1", "-2"]),
        given: Given::Rows(&["-2", "-1"]),
        repair: "frontend/resolve/scope/order.rs",
    },
    Fault {
        name: "qualified_column_beside_an_alias",
        setup: NAMES,
        query: "SELECT k AS a FROM t ORDER BY t.a, a",
        right: Right::Rows(&["2", "1"]),
        given: Given::Error("ambiguous"),
        repair: "frontend/resolve/scope/order.rs",
    },
    Fault {
        name: "table_and_column_of_one_name",
        setup: NAMES,
        query: "SELECT (SELECT COUNT(*) FROM b WHERE b.cust = cust.id) AS n FROM cust",
        right: Right::Rows(&["1"]),
        given: Given::Error("Cannot access field"),
        repair: "frontend/resolve/scope/names.rs",
    },
    Fault {
        name: "column_twice",
        setup: NAMES,
        query: "SELECT k, k FROM t",
        right: Right::Rows(&["1|1", "2|2"]),
        given: Given::Error("Projections require unique expression names"),
        repair: "frontend/resolve/projection_names.rs",
    },
];
