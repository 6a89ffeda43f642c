//! Deep and long texts neither overflow the stack nor take quadratic time. Each test runs on the two
//! megabytes of a test thread.

use crate::support::{expression, script, statement};
use linal_lang::ast::{ExprKind, Numbers, Statement};
use linal_lang::{Code, split};

const DEEP: usize = 10_000;

/// Parses a deep text, prints it, and parses it again.
#[track_caller]
fn survives(text: &str) {
    let expr = expression(text).unwrap_or_else(|error| panic!("{error}"));
    let printed = expr.to_string();
    let again = expression(&printed).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.to_string(), printed);
    assert_eq!(again.nodes().len(), expr.nodes().len());
}

fn around(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn deep_texts_are_read() {
    survives(&around("(", "a", ")", DEEP));
    survives(&around("[", "a", "]", DEEP));
    survives(&around("[", "1", "]", DEEP));
    survives(&around("[[1], ", "a", "]", DEEP));
    survives(&around("ABS(", "a", ")", DEEP));
    survives(&around("ABS ", "a", "", DEEP));
    survives(&around("SUM MEAN ", "a", "", DEEP / 2));
    survives(&around("ADD a (", "b", ")", DEEP));
    survives(&around("-", "a", "", DEEP));
    survives(&around("- ", "1", "", DEEP));
    survives(&around("NOT ", "a", "", DEEP));
    survives(&around("a[", "0", "]", DEEP));
    survives(&around("a ^ ", "b", "", DEEP));
    survives(&around("(a + ", "b", ")", DEEP));
    survives(&around("a + (", "b", ")", DEEP));
    survives(&format!("a{}", "[0]".repeat(DEEP)));
}

#[test]
fn absurd_depth_is_an_error() {
    for open in ["(", "[", "ABS(", "ABS ", "-", "NOT ", "a[", "a ^ ", "a + (", "[1, ", "SCALE a BY (", "ADD("]
    {
        let text = open.repeat(200_000);
        let error = expression(&text).expect_err(open);
        assert_eq!(error.code, Code::NestingTooDeep, "of {open:?}");
    }
    assert_eq!(split(&"(".repeat(200_000)).filter(Result::is_err).count(), 1);
}

#[test]
fn a_million_terms() {
    let text = format!("1{}", "+1".repeat(1_000_000));
    let expr = expression(&text).expect("a sum");
    assert_eq!(expr.nodes().len(), 2_000_001);
    assert_eq!(expr.to_string().len(), 1 + 4 * 1_000_000);
    let again = expression(&expr.to_string()).expect("a sum");
    assert_eq!(again.nodes().len(), expr.nodes().len());
}

#[test]
fn a_million_numbers() {
    let row = "0.5, -1.25e3, 7, ";
    let text = format!("VECTOR v = [{}0]", row.repeat(333_333));
    let Ok(Statement::Declare(declare)) = statement(&text) else {
        panic!("a declaration");
    };
    assert_eq!(declare.values.shape, [1_000_000 - 1 + 1]);
    assert!(matches!(&declare.values.data, Numbers::Float(values) if values.values[1] == -1250.0));
}

#[test]
fn mixed_lists_are_read_once() {
    let text = format!("[{}a]", "[1, 2], ".repeat(200_000));
    let expr = expression(&text).expect("a list");
    assert!(matches!(&expr.root().kind, ExprKind::List(items) if items.len() == 200_001));
}

#[test]
fn many_open_brackets_split_in_linear_time() {
    let text = "LET a = (\n".repeat(50_000);
    assert_eq!(script(&text).into_iter().filter(Result::is_err).count(), 50_000);
    let text = "SHOW 'a\nSHOW \"b\n".repeat(20_000);
    assert!(!script(&text).is_empty());
}

/// Parses a text in both dialects; it must only end, and soon.
fn settles(text: &str) {
    let begin = std::time::Instant::now();
    if let Ok(tree) = statement(text) {
        let printed = tree.to_string();
        assert!(statement(&printed).is_ok(), "{}", &printed[..printed.len().min(200)]);
    }
    let time = begin.elapsed();
    assert!(time.as_secs() < 10, "{time:?} for {}...", &text[..text.len().min(60)]);
}

#[test]
fn deep_queries_are_read_or_refused() {
    for times in [3, 30, 250, 3_000] {
        for (open, inner, close) in [
            ("(", "1", ")"),
            ("(", "SELECT 1", ")"),
            ("(SELECT ", "1", ")"),
            ("[", "1", "]"),
            ("[", "a", "]"),
            ("f(", "a", ")"),
            ("CAST(", "a", " AS INT)"),
            ("CAST(", "a b c", " AS INT)"),
            ("CASE WHEN a THEN ", "1", " ELSE 2 END"),
            ("CASE WHEN a THEN ", "1 1", " ELSE 2 END"),
            ("- ", "1", ""),
            ("NOT ", "a", ""),
            ("a[", "0", "]"),
            ("a ^ ", "2", ""),
            ("a + (", "2", ")"),
            ("1 + ", "2", ""),
            ("EXISTS (SELECT ", "1", ")"),
            ("a.", "b", ""),
            ("INTERVAL ", "'1'", ""),
        ] {
            settles(&format!("SELECT {}", around(open, inner, close, times)));
        }
        settles(&around("SELECT * FROM (", "SELECT 1", ")", times));
        settles(&around("SELECT * FROM (", "SELECT 1 1 1", ")", times));
        settles(&format!("SELECT * FROM {}", around("(", "a", ")", times)));
        settles(&format!("SELECT * FROM {}", around("(", "a JOIN b USING (c)", ")", times)));
        settles(&format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(times)));
        settles(&format!("SELECT * FROM t WHERE a = 1{}", " OR a = 1".repeat(times)));
        settles(&format!("SELECT * FROM t{}", " JOIN u USING (a)".repeat(times.min(3_000))));
        settles(&format!("SELECT v{}", "[0]".repeat(times)));
        settles(&format!("EXPLAIN {}SELECT 1", "EXPLAIN ".repeat(times)));
    }
}

#[test]
fn wide_queries_are_read() {
    let terms = format!("SELECT * FROM t WHERE a = 1{}", " OR a = 1".repeat(20_000));
    assert!(statement(&terms).is_ok());
    let list = format!("SELECT * FROM t WHERE a IN (1{})", ", -1 + 2".repeat(20_000));
    assert!(statement(&list).is_ok());
    let rows = format!("INSERT INTO t VALUES (1 + 1, 'a'){}", ", (1 + 1, 'a')".repeat(20_000));
    assert!(statement(&rows).is_ok());
    let sum = format!("SELECT 1{}", " + 1".repeat(1_500));
    assert!(statement(&sum).is_ok());
    let error = statement(&format!("SELECT 1{}", " + 1".repeat(100_000))).expect_err("a deep tree");
    assert_eq!(error.code, Code::NestingTooDeep);
}
