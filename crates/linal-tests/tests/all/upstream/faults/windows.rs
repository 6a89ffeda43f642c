//! Window functions.

use super::{Fault, Given, Right};

const FLOATS: &[&str] = &[
    "CREATE TABLE t (i BIGINT, v DOUBLE)",
    "INSERT INTO t VALUES (1, 1e17), (2, 0.6225), (3, 0.5), (4, 0.25), (5, 0.25)",
];

const LARGE_FIRST: &[&str] =
    &["CREATE TABLE t (i BIGINT, v DOUBLE)", "INSERT INTO t VALUES (1, 1e9), (2, 0.1), (3, 0.1), (4, 0.1)"];

const ONES_AND_ZERO: &[&str] =
    &["CREATE TABLE t (i BIGINT, v DOUBLE)", "INSERT INTO t VALUES (1, 1), (2, 0), (3, 1), (4, 1)"];

const GROUPS: &[&str] = &[
    "CREATE TABLE t (k BIGINT, v BIGINT)",
    "INSERT INTO t VALUES (1, 10), (1, 20), (2, 30)",
    "CREATE TABLE u (k BIGINT)",
    "INSERT INTO u VALUES (1), (2)",
];

const DIVISORS: &[&str] =
    &["CREATE TABLE t (k BIGINT, y BIGINT)", "INSERT INTO t VALUES (1, 0), (1, 1), (1, 2), (2, 0), (2, 5)"];

const TIMES: &[&str] = &[
    "CREATE TABLE t (x TIMESTAMP, y TIMESTAMP, z TEXT)",
    "INSERT INTO t VALUES (TIMESTAMP '2024-01-02 00:00:00', TIMESTAMP '2024-01-01 00:00:00', 'UTC')",
];

const NULL_ROWS: &[&str] = &[
    "CREATE TABLE t (i BIGINT, v BIGINT)",
    "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30), (4, 40), (5, NULL), (6, NULL), (7, 70)",
];

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "sum_of_a_moving_frame",
        setup: FLOATS,
        query: "SELECT i, SUM(v) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["1|100000000000000000", "2|100000000000000000", "3|1.1225", "4|0.75", "5|0.5"]),
        given: Given::Rows(&[
            "1|100000000000000000",
            "2|100000000000000000",
            "3|0",
            "4|-0.37250000000000005",
            "5|-0.6225",
        ]),
        repair: "exec/window/aggregate/sums.rs",
    },
    Fault {
        name: "variance_of_a_moving_frame",
        setup: LARGE_FIRST,
        query: "SELECT i, VAR_POP(v) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["1|0", "2|249999999950000000", "3|0", "4|0"]),
        given: Given::Rows(&["1|0", "2|249999999950000000", "3|-64", "4|-64"]),
        repair: "exec/window/aggregate/moments.rs",
    },
    Fault {
        name: "correlation_of_a_moving_frame",
        setup: LARGE_FIRST,
        query: "SELECT i, CORR(v, i) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) IS NULL AS s FROM t",
        right: Right::Rows(&["1|true", "2|false", "3|true", "4|true"]),
        given: Given::Rows(&["1|true", "2|false", "3|false", "4|false"]),
        repair: "exec/window/aggregate/pairs.rs",
    },
    Fault {
        name: "infinity_in_a_moving_frame",
        setup: ONES_AND_ZERO,
        query: "SELECT i, SUM(1 / v) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["1|1", "2|inf", "3|inf", "4|2"]),
        given: Given::Rows(&["1|1", "2|inf", "3|inf", "4|NaN"]),
        repair: "exec/window/aggregate/sums.rs",
    },
    Fault {
        name: "nan_in_a_moving_frame",
        setup: ONES_AND_ZERO,
        query: "SELECT i, SUM(v / v) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["1|1", "2|NaN", "3|NaN", "4|2"]),
        given: Given::Rows(&["1|1", "2|NaN", "3|NaN", "4|NaN"]),
        repair: "exec/window/aggregate/sums.rs",
    },
    Fault {
        name: "string_agg_of_a_moving_frame",
        setup: GROUPS,
        query: "SELECT STRING_AGG(CAST(v AS TEXT), ',') OVER (ORDER BY v ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["10", "10,20", "20,30"]),
        given: Given::Error("retract_batch"),
        repair: "exec/window/aggregate/accumulated.rs",
    },
    Fault {
        name: "bool_and_of_a_moving_frame",
        setup: GROUPS,
        query: "SELECT BOOL_AND(v > 10) OVER (ORDER BY v ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["false", "false", "true"]),
        given: Given::Error("retract_batch"),
        repair: "exec/window/aggregate/booleans.rs",
    },
    Fault {
        name: "filtered_window",
        setup: DIVISORS,
        query: "SELECT y, SUM(6 % y) FILTER (WHERE y <> 0) OVER (ORDER BY y) AS s FROM t",
        right: Right::Rows(&["0|NULL", "0|NULL", "1|0", "2|0", "5|1"]),
        given: Given::Error("Divide by zero"),
        repair: "exec/window/call.rs",
    },
    Fault {
        name: "exclusion",
        setup: GROUPS,
        query: "SELECT SUM(v) OVER (ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["30", "40", "50"]),
        given: Given::Error("found: EXCLUDE"),
        repair: "exec/window/framed.rs",
    },
    Fault {
        name: "order_by_an_interval",
        setup: TIMES,
        query: "SELECT ROW_NUMBER() OVER (ORDER BY x - y) AS n FROM t",
        right: Right::Rows(&["1"]),
        given: Given::Error("Cannot run range queries on datatype"),
        repair: "exec/window/planning.rs",
    },
    Fault {
        name: "offset_of_a_frame",
        setup: GROUPS,
        query: "SELECT SUM(v) OVER (ORDER BY v ROWS BETWEEN 2 - 1 PRECEDING AND CURRENT ROW) AS s FROM t",
        right: Right::Rows(&["10", "30", "50"]),
        given: Given::Error("Invalid window frame"),
        repair: "exec/window/offsets.rs",
    },
    Fault {
        name: "key_that_is_an_expression",
        setup: GROUPS,
        query: "SELECT v, SUM(v) OVER (ORDER BY v > COALESCE(k, 0)) AS s FROM t",
        right: Right::Rows(&["10|60", "20|60", "30|60"]),
        given: Given::Error("SanityCheckPlan"),
        repair: "exec/window/keys.rs",
    },
    Fault {
        name: "lead_ignoring_nulls",
        setup: NULL_ROWS,
        query: "SELECT i, LEAD(v, 2) IGNORE NULLS OVER (ORDER BY i) AS x FROM t",
        right: Right::Rows(&["1|30", "2|40", "3|70", "4|NULL", "5|NULL", "6|NULL", "7|NULL"]),
        given: Given::Rows(&["1|30", "2|40", "3|NULL", "4|NULL", "5|NULL", "6|NULL", "7|NULL"]),
        repair: "exec/window/function/shift.rs",
    },
    Fault {
        name: "offset_of_lead",
        setup: NULL_ROWS,
        query: "SELECT i, LEAD(v, i % 2) OVER (ORDER BY i) AS x FROM t",
        right: Right::Rows(&["1|20", "2|20", "3|40", "4|40", "5|NULL", "6|NULL", "7|NULL"]),
        given: Given::Error("only support Literal types"),
        repair: "exec/window/function/shift.rs",
    },
    Fault {
        name: "type_of_row_number",
        setup: GROUPS,
        query: "SELECT arrow_typeof(CASE WHEN v > 10 THEN v ELSE ROW_NUMBER() OVER () END) AS x FROM t LIMIT 1",
        right: Right::Rows(&["Int64"]),
        given: Given::Rows(&["Decimal128(20, 0)"]),
        repair: "exec/window/function/counted.rs",
    },
    Fault {
        name: "window_of_a_named_window",
        setup: GROUPS,
        query: "SELECT k, SUM(v) OVER (w ORDER BY v) AS s FROM t WINDOW w AS (PARTITION BY k)",
        right: Right::Rows(&["1|10", "1|30", "2|30"]),
        given: Given::Rows(&["1|10", "1|30", "2|60"]),
        repair: "frontend/desugar/named_windows.rs",
    },
];
