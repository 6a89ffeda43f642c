//! Messages and spans of errors in statements over datasets.

use crate::support::{check_error, statement};

#[track_caller]
fn errors(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = statement(text).expect_err(text);
        check_error(text, &error, expected);
    }
}

#[test]
fn queries() {
    errors(&[
        (
            "SELCT a FROM t",
            "E0114 unknown_statement: expected a statement, found `SELCT` @ SELCT | did you mean `SELECT`?",
        ),
        (
            "SELECT a FORM t",
            "E0117 trailing_text: expected the end of the statement, found `t` @ t | did you mean `FROM`?",
        ),
        (
            "SELECT a FROM t GROPU BY a",
            "E0117 trailing_text: expected the end of the statement, found `BY` @ BY | did you mean `GROUP`?",
        ),
        (
            "SELECT a FROM t ODER BY a",
            "E0117 trailing_text: expected the end of the statement, found `BY` @ BY | did you mean `ORDER`?",
        ),
        (
            "SELECT a FROM t WHER a > 1",
            "E0117 trailing_text: expected the end of the statement, found `a` @ a | did you mean `WHERE`?",
        ),
        (
            "SELECT a b c FROM t",
            "E0117 trailing_text: expected the end of the statement, found `c` @ c | a comma, an operator or `;` may be missing before it",
        ),
        ("SELECT a,, b FROM t", "E0101 unexpected_token: expected an expression, found `,` @ ,"),
        ("SELECT a, b FROM", "E0102 unexpected_end: expected a table, found the end of the statement @ "),
        ("SELECT a FROM WHERE a > 1", "E0101 unexpected_token: expected a table, found `WHERE` @ WHERE"),
        (
            "SELECT a FROM t WHERE",
            "E0102 unexpected_end: expected an expression, found the end of the statement @ ",
        ),
        (
            "SELECT a FROM t WHERE a = = 1",
            "E0101 unexpected_token: expected an expression, found `=` @ = | write `=` or `==` without a blank",
        ),
        (
            "SELECT a//b FROM t",
            "E0115 double_slash: `//` is not an operator @ // | write `a / b` to divide, or a blank before `//` for a comment",
        ),
        ("SELECT (a + b FROM t", "E0101 unexpected_token: expected `)`, found `FROM` @ FROM"),
        (
            "SELECT a < b < c FROM t",
            "E0113 chained_comparison: comparisons cannot be chained @ < | write `a < b AND b < c`",
        ),
        (
            "SELECT a FROM t WHERE a = b = c",
            "E0113 chained_comparison: comparisons cannot be chained @ = | write `a = b AND b = c`",
        ),
        (
            "SELECT 9223372036854775808",
            "E0108 integer_literal_overflow: the integer 9223372036854775808 does not fit 64 bits @ 9223372036854775808 | integers run from -9223372036854775808 to 9223372036854775807; write a decimal point for a float",
        ),
        (
            "SELECT 2x FROM t",
            "E0107 bad_number: `2x` is not a number @ 2x | a name cannot begin with a digit; write `'2x'` for a string",
        ),
        (
            "SELECT a FROM t LIMIT",
            "E0102 unexpected_end: expected an expression, found the end of the statement @ ",
        ),
        (
            "SELECT a FROM t ORDER a",
            "E0117 trailing_text: expected the end of the statement, found `a` @ a | write `ORDER BY`",
        ),
        (
            "SELECT a FROM t GROUP BY",
            "E0102 unexpected_end: expected an expression, found the end of the statement @ ",
        ),
        (
            "SELECT a FROM (SELECT b c d FROM u) s",
            "E0101 unexpected_token: expected `)`, found `d` @ d | a comma, an operator or `;` may be missing before it",
        ),
        (
            "SELECT a FROM t WHERE a IN (SELECT b FROM)",
            "E0101 unexpected_token: expected a table, found `)` @ )",
        ),
        (
            "SELECT a FROM t WHERE EXISTS (SELECT b b b FROM u)",
            "E0101 unexpected_token: expected `)`, found `b` @ b | a comma, an operator or `;` may be missing before it",
        ),
        ("SELECT CAST(a INT) FROM t", "E0101 unexpected_token: expected `AS`, found `INT` @ INT"),
        ("SELECT CASE WHEN a THEN 1 FROM t", "E0101 unexpected_token: expected `END`, found `FROM` @ FROM"),
        ("SELECT CASE a END", "E0101 unexpected_token: expected `WHEN`, found `END` @ END"),
        ("SELECT f(a FROM t", "E0101 unexpected_token: expected `)`, found `FROM` @ FROM"),
        ("SELECT [1, 2 FROM t", "E0101 unexpected_token: expected `]`, found `FROM` @ FROM"),
        ("SELECT v[] FROM t", "E0101 unexpected_token: expected an index, a range, or `*`, found `]` @ ]"),
        ("SELECT v[0 FROM t", "E0101 unexpected_token: expected `,` or `]`, found `FROM` @ FROM"),
        (
            "SELECT a FROM t UNION",
            "E0102 unexpected_end: expected a query, found the end of the statement @ ",
        ),
        (
            "SELECT a FROM t UNION b",
            "E0101 unexpected_token: expected a query, found `b` @ b | a comma, an operator or `;` may be missing before it",
        ),
        ("SELECT * FROM t JOIN", "E0102 unexpected_end: expected a table, found the end of the statement @ "),
        (
            "SELECT * FROM t JOIN u ON",
            "E0102 unexpected_end: expected an expression, found the end of the statement @ ",
        ),
        (
            "SELECT * FROM t AS WHERE a",
            "E0101 unexpected_token: expected a name after AS, found `WHERE` @ WHERE",
        ),
        ("SELECT a AS FROM t", "E0101 unexpected_token: expected a name after AS, found `FROM` @ FROM"),
        (
            "SELECT a FROM t t2 t3",
            "E0117 trailing_text: expected the end of the statement, found `t3` @ t3 | a comma, an operator or `;` may be missing before it",
        ),
        ("SELECT", "E0102 unexpected_end: expected an expression, found the end of the statement @ "),
        ("SELECT !a FROM t", "E0101 unexpected_token: expected an expression, found `!` @ ! | write NOT"),
        ("SELECT a ? b", "E0117 trailing_text: expected the end of the statement, found `?` @ ?"),
        ("SELECT {a}", "E0101 unexpected_token: expected `:`, found `}` @ }"),
        ("WITH x AS SELECT 1 SELECT 2", "E0101 unexpected_token: expected `(`, found `SELECT` @ SELECT"),
        ("SELECT a FROM t; SELECT b", "E0101 unexpected_token: expected an expression, found `;` @ ;"),
        ("SELECT a BETWEEN 1 FROM t", "E0101 unexpected_token: expected `AND`, found `FROM` @ FROM"),
        ("SELECT a NOT b FROM t", "E0117 trailing_text: expected the end of the statement, found `b` @ b"),
        (
            "SELECT sum(x) OVER (PARTITION g) FROM t",
            "E0101 unexpected_token: expected ROWS, RANGE, GROUPS, found `g` @ g | write `PARTITION BY`",
        ),
        (
            "SELECT a IS 3 FROM t",
            "E0101 unexpected_token: expected `NULL`, `TRUE`, `FALSE` or `DISTINCT FROM`, found `3` @ 3",
        ),
        ("SELECT a : b FROM t", "E0101 unexpected_token: expected an operator, found `:` @ :"),
        (
            "SELECT 'abc' 'def' 'ghi'",
            "E0117 trailing_text: expected the end of the statement, found the string 'ghi' @ 'ghi' | a comma, an operator or `;` may be missing before it",
        ),
        (
            "SELECT 'a' FROM 't' 'u' 'v'",
            "E0117 trailing_text: expected the end of the statement, found the string 'v' @ 'v' | a comma, an operator or `;` may be missing before it",
        ),
    ]);
}

#[test]
fn changes() {
    errors(&[
        (
            "INSERT INTO t VALUES (1, 2), (3)",
            "E0112 ragged_literal: row 2 has 1 value, row 1 has 2 @ (3) | all rows must have the same number of values",
        ),
        ("INSERT INTO t VALUES 1", "E0101 unexpected_token: expected `(`, found `1` @ 1"),
        (
            "INSERT INTO t VALUES (1 2)",
            "E0101 unexpected_token: expected `)`, found `2` @ 2 | a comma, an operator or `;` may be missing before it",
        ),
        (
            "INSERT INTO t VALUES (1, 2) 3",
            "E0117 trailing_text: expected the end of the statement, found `3` @ 3 | a comma, an operator or `;` may be missing before it",
        ),
        (
            "INSERT INTO t",
            "E0102 unexpected_end: expected VALUES or a query, found the end of the statement @ ",
        ),
        ("INSERT t VALUES (1)", "E0101 unexpected_token: expected `INTO`, found `t` @ t"),
        (
            "INSERT INTO t VALUES (a b)",
            "E0101 unexpected_token: expected `)`, found `b` @ b | a comma, an operator or `;` may be missing before it",
        ),
        (
            "INSERT INTO t (a, b VALUES (1)",
            "E0101 unexpected_token: expected `,` or `)`, found `VALUES` @ VALUES",
        ),
        ("INSERT INTO t (a = 1, b 2)", "E0101 unexpected_token: expected `=`, found `2` @ 2"),
        ("UPDATE t SET a 1", "E0101 unexpected_token: expected `=`, found `1` @ 1"),
        ("UPDATE t a = 1", "E0101 unexpected_token: expected `SET`, found `a` @ a"),
        (
            "UPDATE t SET a = 1 WHERE",
            "E0102 unexpected_end: expected a condition, found the end of the statement @ ",
        ),
        (
            "UPDATE t SET a = 1 b = 2",
            "E0117 trailing_text: expected the end of the statement, found `b` @ b | a comma, an operator or `;` may be missing before it",
        ),
        ("DELETE t", "E0101 unexpected_token: expected `FROM`, found `t` @ t"),
        (
            "DELETE FROM t WHERE a b",
            "E0117 trailing_text: expected the end of the statement, found `b` @ b | a comma, an operator or `;` may be missing before it",
        ),
    ]);
}

#[test]
fn definitions() {
    errors(&[
        ("DATASET d", "E0102 unexpected_end: expected COLUMNS or FROM, found the end of the statement @ "),
        ("DATASET d COLUMNS", "E0102 unexpected_end: expected `(`, found the end of the statement @ "),
        (
            "DATASET d COLUMNS (a)",
            "E0101 unexpected_token: expected a type, found `)` @ ) | types are Int, Float, String, Bool, Date, Timestamp, Vector(n), Matrix(r, c), ...",
        ),
        ("DATASET d COLUMNS (a: Int b: Int)", "E0101 unexpected_token: expected `,` or `)`, found `b` @ b"),
        (
            "DATASET d COLUMNS (a: Int,)",
            "E0101 unexpected_token: expected the name of a column, found `)` @ )",
        ),
        (
            "DATASET d FROM t SELECT a SELECT b",
            "E0101 unexpected_token: expected the end of the statement, found a second SELECT @ SELECT",
        ),
        (
            "DATASET d FROM t FILTER",
            "E0102 unexpected_end: expected an expression, found the end of the statement @ ",
        ),
        ("DATASET d FROM", "E0102 unexpected_end: expected a name, found the end of the statement @ "),
        (
            "ALTER DATASET t CHANGE a",
            "E0101 unexpected_token: expected `ADD`, `ALTER`, `DROP` or `RENAME`, found `CHANGE` @ CHANGE",
        ),
        (
            "ALTER DATASET t ADD COLUMN a",
            "E0102 unexpected_end: expected a type, found the end of the statement @  | types are Int, Float, String, Bool, Date, Timestamp, Vector(n), Matrix(r, c), ...",
        ),
        ("ALTER DATASET t RENAME a b", "E0101 unexpected_token: expected `TO`, found `b` @ b"),
        (
            "DEFINE PIPELINE p AS SELECT a WHERE b",
            "E0101 unexpected_token: expected THEN, found `WHERE` @ WHERE | each step of a pipeline does one thing; put THEN between two",
        ),
        (
            "DEFINE PIPELINE p AS SELECT a THEN FOO",
            "E0101 unexpected_token: expected a step, found `FOO` @ FOO | steps are SELECT, WHERE, ORDER BY, LIMIT, OFFSET, DISTINCT, NORMALIZE, COMPUTE, GROUP BY .. SELECT",
        ),
        (
            "DEFINE PIPELINE p AS SELECT a LIMIT 3",
            "E0101 unexpected_token: expected THEN, found `LIMIT` @ LIMIT | each step of a pipeline does one thing; put THEN between two",
        ),
        (
            "DEFINE PIPELINE p AS",
            "E0102 unexpected_end: expected a step, found the end of the statement @  | steps are SELECT, WHERE, ORDER BY, LIMIT, OFFSET, DISTINCT, NORMALIZE, COMPUTE, GROUP BY .. SELECT",
        ),
        ("TRANSFORM t", "E0102 unexpected_end: expected SELECT, found the end of the statement @ "),
        (
            "TRANSFORM t SELECT a FROM b",
            "E0101 unexpected_token: expected the end of the statement, found a second FROM @ FROM",
        ),
    ]);
}

#[test]
fn others() {
    errors(&[
        (
            "SEARCH t ON c LIMIT 3",
            "E0102 unexpected_end: expected `QUERY vector`, found the end of the statement @ ",
        ),
        (
            "SEARCH t ON c QUERY [1, 2]",
            "E0102 unexpected_end: expected `LIMIT k`, found the end of the statement @ ",
        ),
        (
            "SEARCH t WHERE a > 1 LIMIT 2",
            "E0102 unexpected_end: expected `QUERY vector`, found the end of the statement @  | or write `WHERE column ~= vector`",
        ),
        (
            "SEARCH t ON c QUERY [1 2] LIMIT 3 FOO",
            "E0117 trailing_text: expected the end of the statement, found `FOO` @ FOO | a comma, an operator or `;` may be missing before it",
        ),
        ("SAVE n", "E0101 unexpected_token: expected `DATASET`, `TENSOR` or `PIPELINE`, found `n` @ n"),
        (
            "SAVE DATASET n TO dir",
            "E0101 unexpected_token: expected the path of a file, found `dir` @ dir | a path is written in quotes",
        ),
        (
            "LIST",
            "E0102 unexpected_end: expected `DATASETS`, `TENSORS`, `PIPELINES`, `INDEXES`, `DATASET PACKAGES` or `DATASET VERSIONS`, found the end of the statement @ ",
        ),
        (
            "LIST FOO",
            "E0101 unexpected_token: expected `DATASETS`, `TENSORS`, `PIPELINES`, `INDEXES`, `DATASET PACKAGES` or `DATASET VERSIONS`, found `FOO` @ FOO",
        ),
        ("EXPLAIN", "E0114 unknown_statement: expected a statement, found the end of the statement @ "),
        (
            "EXPLAIN EXPLAIN SELECT 1",
            "E0101 unexpected_token: expected a statement or the name of a dataset, found `EXPLAIN` @ EXPLAIN",
        ),
        (
            "EXPLAIN FOO BAR",
            "E0114 unknown_statement: expected a statement, found `FOO` @ FOO | statements begin with a word such as LET, SHOW or SELECT; HELP lists them",
        ),
        (
            "USE DATASET FROM f",
            "E0101 unexpected_token: expected the path of a file, found `f` @ f | a path is written in quotes",
        ),
        ("COPY t", "E0102 unexpected_end: expected `FROM`, found the end of the statement @ "),
        ("APPLY PIPELINE p t", "E0101 unexpected_token: expected `ON`, found `t` @ t"),
        ("ds.add_column(\"c\")", "E0101 unexpected_token: expected `,`, found `)` @ )"),
        (
            "ATTACH x TO ds",
            "E0102 unexpected_end: expected `.` and the name of a column, found the end of the statement @ ",
        ),
    ]);
}
