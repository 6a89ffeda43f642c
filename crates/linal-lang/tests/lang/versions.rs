//! Versions of datasets and the database directory: statements, their spans, and tables at a version.

use crate::support::{check_error, statement};
use linal_lang::ast::relational::{ExportSource, Listing, Query, Relational, StoredKind};
use linal_lang::ast::{FilePath, Retention, Statement, VersionPoint};
use linal_lang::{Dialect, Span, parse_statement_in, sql};
use sqlparser::ast::{Expr, SetExpr, TableFactor, TableVersion, Value};

#[track_caller]
fn check(text: &str, printed: &str) {
    match statement(text) {
        Ok(tree) => assert_eq!(tree.to_string(), printed, "of `{text}`"),
        Err(error) => panic!("`{text}`: {error} at {:?}", error.span),
    }
    check_reads_back(printed);
}

#[track_caller]
fn check_reads_back(printed: &str) {
    match statement(printed) {
        Ok(again) => assert_eq!(again.to_string(), printed),
        Err(error) => panic!("`{printed}`: {error} at {:?}", error.span),
    }
}

#[track_caller]
fn errors(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = statement(text).expect_err(text);
        check_error(text, &error, expected);
    }
}

#[track_caller]
fn relational(text: &str) -> Relational {
    match statement(text) {
        Ok(Statement::Relational(relational)) => *relational,
        other => panic!("`{text}`: {other:?}"),
    }
}

#[track_caller]
fn query(text: &str) -> Query {
    match relational(text) {
        Relational::Query(query) => query,
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
fn statements_of_versions() {
    check("restore dataset t to version 3", "RESTORE DATASET t TO VERSION 3");
    check("RESTORE DATASET db.t", "RESTORE DATASET db.t");
    check(
        "RESTORE DATASET t TO TIMESTAMP \"2026-11-29 12:00:00\"",
        "RESTORE DATASET t TO TIMESTAMP '2026-11-29 12:00:00'",
    );
    check("diff dataset t version 2 5", "DIFF DATASET t VERSION 2 5");
    check("DIFF DATASET db.t VERSION 0x2 1_0", "DIFF DATASET db.t VERSION 2 10");
    check("EXPIRE VERSIONS t KEEP 10", "EXPIRE VERSIONS t KEEP 10");
    check("expire versions t older than '30d'", "EXPIRE VERSIONS t OLDER THAN '30d'");
    check("LIST DATASET VERSIONS db.t", "LIST DATASET VERSIONS db.t");
    check("SHOW DATASET VERSIONS t", "LIST DATASET VERSIONS t");
    check("EXPLAIN RESTORE DATASET t TO VERSION 3", "EXPLAIN RESTORE DATASET t TO VERSION 3");
    // The words are names as well.
    check("RESTORE DATASET version TO VERSION 1", "RESTORE DATASET version TO VERSION 1");
    check("EXPIRE VERSIONS keep KEEP 1", "EXPIRE VERSIONS keep KEEP 1");
    check("DIFF DATASET diff VERSION 1 2", "DIFF DATASET diff VERSION 1 2");
}

#[test]
fn statements_of_databases() {
    check("BACKUP DATABASE d TO 'path'", "BACKUP DATABASE d TO 'path'");
    check("backup database `my db` to \"it's\"", "BACKUP DATABASE `my db` TO 'it''s'");
    check("CHECKPOINT", "CHECKPOINT");
    check("EXPLAIN checkpoint", "EXPLAIN CHECKPOINT");
    check("EXPORT DATABASE d TO DUCKLAKE 'path'", "EXPORT DATABASE d TO DUCKLAKE 'path'");
    // A dataset may have the name.
    check("EXPORT database TO 'f.csv'", "EXPORT database TO 'f.csv'");
}

#[test]
fn spans_of_versions() {
    let text = "RESTORE DATASET db.t TO VERSION 3";
    let Relational::Restore { table, to: Some(VersionPoint::Number(version)) } = relational(text) else {
        panic!("a version");
    };
    assert_eq!((table.span.text(text), version.number, version.span.text(text)), ("db.t", 3, "3"));
    let text = "RESTORE DATASET t TO TIMESTAMP '2026-11-29'";
    let Relational::Restore { to: Some(VersionPoint::Timestamp { text: time, span }), .. } = relational(text)
    else {
        panic!("a timestamp");
    };
    assert_eq!((&*time, span.text(text)), ("2026-11-29", "'2026-11-29'"));
    let text = "DIFF DATASET t VERSION 2 15";
    let Relational::Diff { table, from, to } = relational(text) else {
        panic!("a DIFF");
    };
    assert_eq!((table.span.text(text), from.span.text(text), to.span.text(text)), ("t", "2", "15"));
    let text = "EXPIRE VERSIONS t KEEP 10";
    let Relational::ExpireVersions { retention: Retention::Keep { count, span }, .. } = relational(text)
    else {
        panic!("KEEP");
    };
    assert_eq!((count, span.text(text)), (10, "10"));
    let text = "EXPIRE VERSIONS t OLDER THAN '30d'";
    let Relational::ExpireVersions { retention: Retention::OlderThan { age, span }, .. } = relational(text)
    else {
        panic!("OLDER THAN");
    };
    assert_eq!((&*age, span.text(text)), ("30d", "'30d'"));
}

/// The name and the path of a statement, each as written.
#[track_caller]
fn places(text: &str) -> (&str, Option<&str>) {
    let path_text = |path: Option<FilePath>| path.map(|path| path.span.text(text));
    match statement(text) {
        Ok(Statement::BackupDatabase { name, path } | Statement::ExportDatabase { name, path }) => {
            (name.span.text(text), path_text(Some(path)))
        }
        Ok(Statement::Relational(relational)) => match *relational {
            Relational::Save { name, path, .. }
            | Relational::Load { name, path, .. }
            | Relational::Deliver { name, path } => (name.span.text(text), path_text(path)),
            Relational::Export { source: ExportSource::Dataset(table), path, .. } => {
                (table.span.text(text), path_text(Some(path)))
            }
            other => panic!("`{text}`: {other:?}"),
        },
        other => panic!("`{text}`: {other:?}"),
    }
}

#[test]
fn packages_have_spans_of_names_and_paths() {
    for (text, name, path) in [
        ("SAVE DATASET n", "n", None),
        ("SAVE DATASET n TO 'a/b'", "n", Some("'a/b'")),
        ("LOAD DATASET `my n` FROM \"a\"", "`my n`", Some("\"a\"")),
        ("LOAD DATASET n", "n", None),
        ("SAVE TENSOR x", "x", None),
        ("SAVE TENSOR x TO 'x.npy'", "x", Some("'x.npy'")),
        ("LOAD TENSOR x FROM 'x.npy'", "x", Some("'x.npy'")),
        ("LOAD TENSOR x", "x", None),
        ("SAVE PIPELINE p", "p", None),
        ("SAVE PIPELINE p TO 'p.txt'", "p", Some("'p.txt'")),
        ("LOAD PIPELINE p FROM 'p.txt'", "p", Some("'p.txt'")),
        ("LOAD PIPELINE p", "p", None),
        ("DELIVER n", "n", None),
        ("DELIVER n TO 'dir'", "n", Some("'dir'")),
        ("DELIVER DATASET n TO 'dir'", "n", Some("'dir'")),
        ("EXPORT n TO 'f.csv'", "n", Some("'f.csv'")),
        ("BACKUP DATABASE d TO 'dir'", "d", Some("'dir'")),
        ("EXPORT DATABASE d TO DUCKLAKE 'dir'", "d", Some("'dir'")),
    ] {
        assert_eq!(places(text), (name, path), "of `{text}`");
    }
    let kind = |text: &str| match relational(text) {
        Relational::Save { kind, .. } | Relational::Load { kind, .. } => kind,
        other => panic!("`{text}`: {other:?}"),
    };
    assert_eq!(kind("SAVE DATASET n"), StoredKind::Dataset);
    assert_eq!(kind("SAVE TENSOR n"), StoredKind::Tensor);
    assert_eq!(kind("LOAD PIPELINE n"), StoredKind::Pipeline);
    for (text, listing) in [
        ("LIST TENSORS", Listing::Tensors),
        ("LIST PIPELINES", Listing::Pipelines),
        ("LIST DATASET PACKAGES", Listing::Packages),
        ("SHOW DATASET PACKAGES", Listing::Packages),
    ] {
        assert_eq!(relational(text), Relational::List(listing), "of `{text}`");
    }
}

#[test]
fn wrong_statements() {
    errors(&[
        ("RESTORE t", "E0101 unexpected_token: expected `DATASET`, found `t` @ t"),
        (
            "RESTORE DATSET t",
            "E0101 unexpected_token: expected `DATASET`, found `DATSET` @ DATSET | did you mean `DATASET`?",
        ),
        (
            "RESTORE DATASET t TO 3",
            "E0101 unexpected_token: expected `VERSION` or `TIMESTAMP`, found `3` @ 3",
        ),
        (
            "RESTORE DATASET t TO VERSOIN 3",
            "E0101 unexpected_token: expected `VERSION` or `TIMESTAMP`, found `VERSOIN` @ VERSOIN | did you mean `VERSION`?",
        ),
        (
            "RESTORE DATASET t TO VERSION",
            "E0102 unexpected_end: expected the number of a version, found the end of the statement @ ",
        ),
        (
            "RESTORE DATASET t TO VERSION -1",
            "E0101 unexpected_token: expected the number of a version, found `-` @ -",
        ),
        (
            "RESTORE DATASET t TO VERSION 1.5",
            "E0101 unexpected_token: expected the number of a version, found `1.5` @ 1.5",
        ),
        (
            "RESTORE DATASET t TO VERSION 9223372036854775808",
            "E0108 integer_literal_overflow: the integer 9223372036854775808 does not fit 64 bits @ 9223372036854775808 | integers run from -9223372036854775808 to 9223372036854775807; write a decimal point for a float",
        ),
        (
            "RESTORE DATASET t TO TIMESTAMP now",
            "E0101 unexpected_token: expected a timestamp in quotes, found `now` @ now | write `TIMESTAMP '2026-11-29 12:00:00'`",
        ),
        ("DIFF DATASET t 2 5", "E0101 unexpected_token: expected `VERSION`, found `2` @ 2"),
        (
            "DIFF DATASET t VERSION 2",
            "E0102 unexpected_end: expected the number of a version, found the end of the statement @ ",
        ),
        (
            "DIFF DATASET t VERSION 2 5 7",
            "E0117 trailing_text: expected the end of the statement, found `7` @ 7",
        ),
        (
            "DIF DATASET t VERSION 2 5",
            "E0114 unknown_statement: expected a statement, found `DIF` @ DIF | did you mean `DIFF`?",
        ),
        (
            "EXPIRE VERSION t KEEP 1",
            "E0101 unexpected_token: expected `VERSIONS`, found `VERSION` @ VERSION | did you mean `VERSIONS`?",
        ),
        (
            "EXPIRE VERSIONS t",
            "E0102 unexpected_end: expected `KEEP` or `OLDER THAN`, found the end of the statement @ ",
        ),
        (
            "EXPIRE VERSIONS t KEPP 3",
            "E0101 unexpected_token: expected `KEEP` or `OLDER THAN`, found `KEPP` @ KEPP | did you mean `KEEP`?",
        ),
        (
            "EXPIRE VERSIONS t KEEP '3'",
            "E0101 unexpected_token: expected the number of versions to keep, found the string '3' @ '3'",
        ),
        (
            "EXPIRE VERSIONS t OLDER THAN 30",
            "E0101 unexpected_token: expected an age in quotes, found `30` @ 30 | write `OLDER THAN '30d'`",
        ),
        (
            "EXPIRE VERSIONS t OLDER '30d'",
            "E0101 unexpected_token: expected `THAN`, found the string '30d' @ '30d'",
        ),
        (
            "LIST DATASET VERSION t",
            "E0101 unexpected_token: expected `METADATA`, `VERSIONS` or `PACKAGES`, found `VERSION` @ VERSION | did you mean `VERSIONS`?",
        ),
        (
            "LIST TENSOR",
            "E0101 unexpected_token: expected `DATASETS`, `TENSORS`, `PIPELINES`, `INDEXES`, `DATASET PACKAGES` or `DATASET VERSIONS`, found `TENSOR` @ TENSOR | did you mean `TENSORS`?",
        ),
        (
            "SAVE DATSET n",
            "E0101 unexpected_token: expected `DATASET`, `TENSOR` or `PIPELINE`, found `DATSET` @ DATSET | did you mean `DATASET`?",
        ),
        ("BACKUP d TO 'p'", "E0101 unexpected_token: expected `DATABASE`, found `d` @ d"),
        (
            "BACKUP DATABASE d TO p",
            "E0101 unexpected_token: expected the path of the copy, found `p` @ p | a path is written in quotes",
        ),
        (
            "BACKPU DATABASE d TO 'p'",
            "E0114 unknown_statement: expected a statement, found `BACKPU` @ BACKPU | did you mean `BACKUP`?",
        ),
        (
            "EXPORT DATABASE d TO 'p'",
            "E0101 unexpected_token: expected `DUCKLAKE`, found the string 'p' @ 'p' | `TO DUCKLAKE 'path'` writes a lake; BACKUP DATABASE writes a copy that opens as a database",
        ),
        (
            "EXPORT DATABASE d TO DUCKLAK 'p'",
            "E0101 unexpected_token: expected `DUCKLAKE`, found `DUCKLAK` @ DUCKLAK | did you mean `DUCKLAKE`?",
        ),
        ("CHECKPOINT d", "E0117 trailing_text: expected the end of the statement, found `d` @ d"),
        (
            "DIFF a",
            "E0114 unknown_statement: expected a statement, found `DIFF` @ DIFF | write `LET x = DIFF a` to keep the result or `SHOW DIFF a` to see it",
        ),
    ]);
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
        "SELECT * FROM t AT VERSION $1",
        "COPY (SELECT a FROM t AT VERSION 3) TO 'f.csv'",
        "INSERT INTO t SELECT * FROM t AT VERSION 3",
    ] {
        check(text, text);
    }
    check("SELECT * FROM t AT (VERSION => 3) AS a", "SELECT * FROM t AT VERSION 3 AS a");
    check("SELECT * FROM (t AT VERSION 3 CROSS JOIN u)", "SELECT * FROM (t AT VERSION 3 CROSS JOIN u)");
    check("SELECT * FROM t\nAT VERSION 3\nAS a", "SELECT * FROM t AT VERSION 3 AS a");
    check(
        "DATASET d FROM t AT VERSION 3 FILTER a > 1 SELECT a",
        "CREATE DATASET d AS SELECT a FROM t AT VERSION 3 WHERE a > 1",
    );
    check("EXPLAIN SELECT * FROM t AT VERSION 3", "EXPLAIN SELECT * FROM t AT VERSION 3");
    check("LET s = (SELECT a FROM t AT VERSION 3)", "LET s = (SELECT a FROM t AT VERSION 3)");
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
        check(text, text);
    }
    check("SELECT * FROM f(x) at (version, timestamp)", "SELECT * FROM f(x) at (version, timestamp)");
    check("SELECT a at, b version FROM t", "SELECT a AS at, b AS version FROM t");
    for text in ["SELECT * FROM t at", "SELECT * FROM t at (version, timestamp)"] {
        let (version, alias) = version(text);
        assert!(version.is_none() && alias.as_deref() == Some("at"), "of `{text}`");
    }
    let read = |text: &str| {
        parse_statement_in(text, Span::new(0, text.len()), &*crate::support::FORMS, Dialect::Ansi)
    };
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
    errors(&[
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
            "SELECT * FROM t AT (TIMESTAMP => )",
            "E0101 unexpected_token: expected an expression, found `)` @ )",
        ),
    ]);
}
