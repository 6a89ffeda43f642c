//! Statements of versions, of packages and of the database directory, with their spans and errors.

use crate::support::{check_errors, check_printed, statement};
use linal_lang::ast::relational::{ExportSource, Listing, Relational, StoredKind};
use linal_lang::ast::{FilePath, Retention, Statement, VersionPoint};

#[track_caller]
fn relational(text: &str) -> Relational {
    match statement(text) {
        Ok(Statement::Relational(relational)) => *relational,
        other => panic!("`{text}`: {other:?}"),
    }
}

#[test]
fn statements_of_versions() {
    check_printed("restore dataset t to version 3", "RESTORE DATASET t TO VERSION 3");
    check_printed("RESTORE DATASET db.t", "RESTORE DATASET db.t");
    check_printed(
        "RESTORE DATASET t TO TIMESTAMP \"2026-11-29 12:00:00\"",
        "RESTORE DATASET t TO TIMESTAMP '2026-11-29 12:00:00'",
    );
    check_printed("diff dataset t version 2 5", "DIFF DATASET t VERSION 2 5");
    check_printed("DIFF DATASET db.t VERSION 0x2 1_0", "DIFF DATASET db.t VERSION 2 10");
    check_printed("EXPIRE VERSIONS t KEEP 10", "EXPIRE VERSIONS t KEEP 10");
    check_printed("expire versions t older than '30d'", "EXPIRE VERSIONS t OLDER THAN '30d'");
    check_printed("LIST DATASET VERSIONS db.t", "LIST DATASET VERSIONS db.t");
    check_printed("SHOW DATASET VERSIONS t", "LIST DATASET VERSIONS t");
    check_printed("EXPLAIN RESTORE DATASET t TO VERSION 3", "EXPLAIN RESTORE DATASET t TO VERSION 3");
    // The words are names as well.
    check_printed("RESTORE DATASET version TO VERSION 1", "RESTORE DATASET version TO VERSION 1");
    check_printed("EXPIRE VERSIONS keep KEEP 1", "EXPIRE VERSIONS keep KEEP 1");
    check_printed("DIFF DATASET diff VERSION 1 2", "DIFF DATASET diff VERSION 1 2");
}

#[test]
fn statements_of_databases() {
    check_printed("BACKUP DATABASE d TO 'path'", "BACKUP DATABASE d TO 'path'");
    check_printed("backup database `my db` to \"it's\"", "BACKUP DATABASE `my db` TO 'it''s'");
    check_printed("CHECKPOINT", "CHECKPOINT");
    check_printed("EXPLAIN checkpoint", "EXPLAIN CHECKPOINT");
    check_printed("EXPORT DATABASE d TO DUCKLAKE 'path'", "EXPORT DATABASE d TO DUCKLAKE 'path'");
    // A dataset may have the name.
    check_printed("EXPORT database TO 'f.csv'", "EXPORT database TO 'f.csv'");
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
    check_errors(&[
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
