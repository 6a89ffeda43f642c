//! Tables at a version in queries: the tree, the text, the spans, and the names that look like a version.

use crate::support::{FORMS, check_error, check_errors, check_printed, statement};
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{Query, Relational};
use linal_lang::{Dialect, Span, parse_statement_in, sql};
use sqlparser::ast::{Expr, SetExpr, TableFactor, TableVersion, Value};

#[track_caller]
fn query(text: &str) -> Query {
    match statement(text) {
        Ok(Statement::Relational(relational)) => match *relational {
            Relational::Query(query) => query,
            other => panic!("`{text}`: {other:?}"),
        },
        other => panic!("`{text}`: {other:?}"),
    }
}

/// The tables of the first FROM.
fn tables(query: &Query) -> Vec<TableFactor> {
    let SetExpr::Select(select) = &*query.sql.body else {
        panic!("a SELECT");
    };
    let joined = |from: &sqlparser::ast::TableWithJoins| {
        let joins = from.joins.iter().map(|join| join.relation.clone()).collect::<Vec<_>>();
        [vec![from.relation.clone()], joins].concat()
    };
    select.from.iter().flat_map(joined).collect()
}

/// The version and the alias of the only table.
#[track_caller]
fn version(text: &str) -> (Option<TableVersion>, Option<String>) {
    match tables(&query(text)).remove(0) {
        TableFactor::Table { version, alias, .. } => (version, alias.map(|alias| alias.name.value)),
        other => panic!("`{text}`: {other:?}"),
    }
}

#[test]
fn the_tree_of_a_table_at_a_version() {
    for (text, alias) in [
        ("SELECT * FROM t AT VERSION 3", None),
        ("SELECT * FROM t at version 3 AS a", Some("a")),
        ("SELECT * FROM t AT VERSION 3 a WHERE a.x > 1", Some("a")),
        ("SELECT * FROM db.t AT (VERSION => 3) a", Some("a")),
        ("SELECT * FROM `my t` AT (VERSION 0x3) AS at", Some("at")),
        ("SELECT * FROM t AT VERSION 3 version", Some("version")),
    ] {
        let (version, found) = version(text);
        let Some(TableVersion::VersionAsOf(Expr::Value(value))) = version else {
            panic!("`{text}`: {version:?}");
        };
        assert_eq!(value.value, Value::Number("3".into(), false), "of `{text}`");
        assert_eq!(found.as_deref(), alias, "of `{text}`");
    }
    for text in [
        "SELECT * FROM t AT (TIMESTAMP '2026-11-29 12:00:00') AS a",
        "SELECT * FROM t AT (TIMESTAMP => '2026-11-29 12:00:00') a",
        "SELECT * FROM t AT TIMESTAMP '2026-11-29 12:00:00' a",
    ] {
        let (version, alias) = version(text);
        let Some(TableVersion::TimestampAsOf(literal @ Expr::TypedString(_))) = version else {
            panic!("`{text}`: {version:?}");
        };
        assert_eq!(literal.to_string(), "TIMESTAMP '2026-11-29 12:00:00'", "of `{text}`");
        assert_eq!(alias.as_deref(), Some("a"), "of `{text}`");
    }
    let (version, alias) = version("SELECT * FROM t AT (TIMESTAMP => now() - INTERVAL '1' day) a, u");
    assert!(matches!(version, Some(TableVersion::TimestampAsOf(Expr::Nested(_)))), "{version:?}");
    assert_eq!(alias.as_deref(), Some("a"));
}

#[test]
fn parameters_are_versions() {
    for text in ["SELECT * FROM t AT VERSION $1", "SELECT * FROM t AT (VERSION => ?) a"] {
        let (version, _) = version(text);
        let Some(TableVersion::VersionAsOf(Expr::Value(value))) = version else {
            panic!("`{text}`: {version:?}");
        };
        assert!(matches!(value.value, Value::Placeholder(_)), "of `{text}`");
    }
}

#[test]
fn tables_at_versions_print_and_read_back() {
    for text in [
        "SELECT * FROM t AT VERSION 3",
        "SELECT * FROM t AT VERSION 3 AS a",
        "SELECT * FROM t AT VERSION 3 a",
        "SELECT * FROM `my t` AT VERSION 3 AS a JOIN db.u AT VERSION 4 AS b ON a.id = b.id",
        "SELECT * FROM t AT VERSION 3, t AT VERSION 4 AS b",
        "SELECT * FROM (SELECT a FROM t AT VERSION 3) AS s WHERE a IN (SELECT a FROM t AT VERSION 1)",
        "WITH old AS (SELECT * FROM t AT VERSION 1) SELECT * FROM old",
        "SELECT * FROM t EXCEPT SELECT * FROM t AT VERSION 2",
        "SELECT * FROM t AT (TIMESTAMP 'it''s') AS a",
        "SELECT * FROM t AT (TIMESTAMP => now() - INTERVAL '1' DAY) AS a",
        "SELECT * FROM t AT (TIMESTAMP => (SELECT max(at) FROM u))",
        "SELECT * FROM t AT (TIMESTAMP => time)",
        "SELECT * FROM t AT VERSION $1",
        "COPY (SELECT a FROM t AT VERSION 3) TO 'f.csv'",
        "INSERT INTO t SELECT * FROM t AT VERSION 3",
    ] {
        check_printed(text, text);
    }
    check_printed("SELECT * FROM t AT (VERSION => 3) AS a", "SELECT * FROM t AT VERSION 3 AS a");
    check_printed(
        "SELECT * FROM (t AT VERSION 3 CROSS JOIN u)",
        "SELECT * FROM (t AT VERSION 3 CROSS JOIN u)",
    );
    check_printed("SELECT * FROM t\nAT VERSION 3\nAS a", "SELECT * FROM t AT VERSION 3 AS a");
    check_printed(
        "DATASET d FROM t AT VERSION 3 FILTER a > 1 SELECT a",
        "CREATE DATASET d AS SELECT a FROM t AT VERSION 3 WHERE a > 1",
    );
    check_printed("EXPLAIN SELECT * FROM t AT VERSION 3", "EXPLAIN SELECT * FROM t AT VERSION 3");
    check_printed("LET s = (SELECT a FROM t AT VERSION 3)", "LET s = (SELECT a FROM t AT VERSION 3)");
}

#[test]
fn at_and_version_are_names() {
    for text in [
        "SELECT at, version FROM at",
        "SELECT at FROM version",
        "SELECT version AS at, at AS version FROM t",
        "SELECT at.version, version.at FROM at JOIN version ON at.at = version.version",
        "SELECT * FROM t AS at",
        "SELECT * FROM t at",
        "SELECT * FROM t at WHERE at.version = 3",
        "SELECT * FROM t at, version",
        "SELECT * FROM t version",
        "SELECT * FROM t timestamp",
        "SELECT * FROM t AS at JOIN u AS version ON at.id = version.id",
        "SELECT * FROM at AT VERSION 3 AS at",
        "SELECT * FROM version AT VERSION 3",
        "SELECT * FROM t AS at (version, timestamp)",
        "SELECT at AT TIME ZONE 'UTC' FROM t",
        "SELECT version(3), at(1)",
        "UPDATE at SET version = at + 1",
        "SHOW at + version",
        "SHOW version",
        "LET at = 1",
    ] {
        check_printed(text, text);
    }
    check_printed("SELECT * FROM f(x) at (version, timestamp)", "SELECT * FROM f(x) at (version, timestamp)");
    check_printed("SELECT a at, b version FROM t", "SELECT a AS at, b AS version FROM t");
    for text in ["SELECT * FROM t at", "SELECT * FROM t at (version, timestamp)"] {
        let (version, alias) = version(text);
        assert!(version.is_none() && alias.as_deref() == Some("at"), "of `{text}`");
    }
    let read = |text: &str| parse_statement_in(text, Span::new(0, text.len()), &*FORMS, Dialect::Ansi);
    let text = "SELECT * FROM \"my t\" AT VERSION 3 AS \"at\"";
    assert_eq!(read(text).map(|tree| tree.to_string()), Ok(text.to_owned()));
}

#[test]
fn the_spans_around_a_version() {
    let text = "SELECT * FROM t AT (VERSION => 3)";
    assert_eq!(query(text).span, Span::new(0, text.len()));
    let text = "SELECT * FROM t AT (TIMESTAMP '2026-11-29') a WHERE b > 1";
    let query = query(text);
    assert_eq!(query.span, Span::new(0, text.len()));
    let TableFactor::Table { name, version, .. } = tables(&query).remove(0) else {
        panic!("a table");
    };
    let name = name.0[0].as_ident().expect("a name");
    assert_eq!(sql::span(name.span).map(|span| span.text(text)), Some("t"));
    let Some(TableVersion::TimestampAsOf(Expr::TypedString(literal))) = version else {
        panic!("a timestamp");
    };
    assert_eq!(sql::span(literal.value.span).map(|span| span.text(text)), Some("'2026-11-29'"));
}

#[test]
fn wrong_versions_in_queries() {
    const MISPLACED: &str = "a version stands directly after the name of a dataset";
    const HELP: &str = "write `FROM t AT VERSION 3 AS a`; files, functions and subqueries have no versions";
    for (text, place) in [
        ("SELECT * FROM t AS a AT VERSION 3", "AT VERSION"),
        ("SELECT * FROM t a AT (VERSION => 3)", "AT (VERSION"),
        ("SELECT * FROM (SELECT 1) AT VERSION 3", "AT VERSION"),
        ("SELECT * FROM f(x) AT VERSION 3", "AT VERSION"),
        ("SELECT * FROM 'f.csv' AT (TIMESTAMP '2026-01-01')", "AT (TIMESTAMP"),
        ("SELECT * FROM t AT VERSION 3 AT VERSION 4", "AT VERSION"),
        ("SELECT a + 1 AT VERSION 3 FROM t", "AT VERSION"),
    ] {
        let error = statement(text).expect_err(text);
        check_error(text, &error, &format!("E0101 unexpected_token: {MISPLACED} @ {place} | {HELP}"));
    }
    check_errors(&[
        (
            "SELECT * FROM t AT VERSION",
            "E0102 unexpected_end: expected the number of a version, found the end of the statement @ ",
        ),
        (
            "SELECT * FROM t AT VERSION x",
            "E0101 unexpected_token: expected the number of a version, found `x` @ x",
        ),
        (
            "SELECT * FROM t AT VERSION -1",
            "E0101 unexpected_token: expected the number of a version, found `-` @ -",
        ),
        (
            "SELECT * FROM t AT (VERSION => '3')",
            "E0101 unexpected_token: expected the number of a version, found the string '3' @ '3'",
        ),
        (
            "SELECT * FROM t AT VERSION 9223372036854775808",
            "E0108 integer_literal_overflow: the integer 9223372036854775808 does not fit 64 bits @ 9223372036854775808 | integers run from -9223372036854775808 to 9223372036854775807; write a decimal point for a float",
        ),
        (
            "SELECT * FROM t AT (VERSION => 3",
            "E0102 unexpected_end: expected `)`, found the end of the statement @ ",
        ),
        ("SELECT * FROM t AT (VERSION 3 4)", "E0101 unexpected_token: expected `)`, found `4` @ 4"),
        (
            "SELECT * FROM t AT (TIMESTAMP => SELECT 1)",
            "E0101 unexpected_token: expected an expression, found `SELECT` @ SELECT",
        ),
        (
            "SELECT * FROM t AT (TIMESTAMP => )",
            "E0101 unexpected_token: expected an expression, found `)` @ )",
        ),
    ]);
}
