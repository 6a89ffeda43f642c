//! Where statements end, and how splitting recovers after an error.

use linal_lang::{Completeness, is_complete, split};

/// The fragments with line ends as `~`; an error as its kind and the text under its span.
fn fragments(text: &str) -> Vec<String> {
    split(text)
        .map(|fragment| match fragment {
            Ok(fragment) => fragment.span.text(text).replace('\n', "~"),
            Err(error) => format!("!{} {}", error.code.name(), error.span.text(text)),
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(fragments(text), expected, "of {text:?}");
}

#[test]
fn the_topic_of_help_ends_it() {
    for topic in ["LET", "SELECT", "WITH", "@", "SHOW SHAPE", ""] {
        let help = format!("HELP {topic}");
        check(&format!("{help}\nSHOW a"), &[help.trim(), "SHOW a"]);
    }
}

#[test]
fn an_unfinished_expression_leaves_the_next_statement_alone() {
    check("LET a =\nLET b = 2", &["LET a =", "LET b = 2"]);
    check("LET a = 1 +\nSHOW b", &["LET a = 1 +", "SHOW b"]);
    check("SHOW a @\nSHOW 'b'", &["SHOW a @", "SHOW 'b'"]);
    check("LET a =\nSELECT b FROM c", &["LET a =", "SELECT b FROM c"]);
    // A token that may be an operand, an indented line, and a clause of a query continue the statement.
    check("LET a =\nshow", &["LET a =~show"]);
    check("LET a =\nDIFF b\nSHOW a", &["LET a =~DIFF b", "SHOW a"]);
    check("LET a = 1 +\nset * 2", &["LET a = 1 +~set * 2"]);
    check("LET a =\n  LET b = 2", &["LET a =~  LET b = 2"]);
    check("SELECT a,\nlist b FROM c", &["SELECT a,~list b FROM c"]);
    check("LAZY\nLET a = 1", &["LAZY~LET a = 1"]);
}

#[test]
fn ends() {
    check("", &[]);
    check(" \n\n # nothing\n;;;\n", &[]);
    check("LET a = 1", &["LET a = 1"]);
    check("LET a = 1\nLET b = 2\n", &["LET a = 1", "LET b = 2"]);
    check("LET a = 1; LET b = 2;", &["LET a = 1", "LET b = 2"]);
    check("LET a = 1;\n\n# between\nLET b = 2 -- end", &["LET a = 1", "LET b = 2"]);
    check("LET a = 1\r\nLET b = 2\r\n", &["LET a = 1", "LET b = 2"]);
    check("\u{feff}LET a = 1", &["LET a = 1"]);
    check("SHOW \"a ( b\"\nSHOW 'x;y'", &["SHOW \"a ( b\"", "SHOW 'x;y'"]);
    check("SHOW 'two\nlines'\nSHOW x", &["SHOW 'two~lines'", "SHOW x"]);
    check("#!/usr/bin/env linal\nSHOW x", &["SHOW x"]);
    check("BEGIN\nCOMMIT\nHELP\nROLLBACK", &["BEGIN", "COMMIT", "HELP", "ROLLBACK"]);
    check(
        "START TRANSACTION\nLET x = 1\nABORT\nABORT",
        &["START TRANSACTION", "LET x = 1", "ABORT", "ABORT"],
    );
    // END continues a CASE of the line before.
    check(
        "START TRANSACTION\nLET x = 1;\nEND\nLET y = 2",
        &["START TRANSACTION", "LET x = 1", "END", "LET y = 2"],
    );
    check("LET x = CASE WHEN a THEN 1\nEND", &["LET x = CASE WHEN a THEN 1~END"]);
    check("CHECKPOINT\nRESTORE DATASET t\nCHECKPOINT", &["CHECKPOINT", "RESTORE DATASET t", "CHECKPOINT"]);
    check("DIFF DATASET t VERSION 1 2\nSHOW a", &["DIFF DATASET t VERSION 1 2", "SHOW a"]);
    check("SELECT * FROM t at\nSHOW a", &["SELECT * FROM t at", "SHOW a"]);
    check("  LET a = 1\n  LET b = 2", &["LET a = 1", "LET b = 2"]);
    check("  LET a = 1\nLET b = 2", &["LET a = 1", "LET b = 2"]);
}

#[test]
fn goes_on_in_brackets() {
    check("VECTOR v = [1,\n2,\n\n# three\n3]\nSHOW v", &["VECTOR v = [1,~2,~~# three~3]", "SHOW v"]);
    check("MATRIX m = [\n[1 2]\n[3 4]\n]\nSHOW m", &["MATRIX m = [~[1 2]~[3 4]~]", "SHOW m"]);
    check("LET a = f(\nLET\n)\nSHOW a", &["LET a = f(~LET~)", "SHOW a"]);
}

#[test]
fn goes_on_after_open_tokens() {
    check("LET a = 1 +\n2\nSHOW a", &["LET a = 1 +~2", "SHOW a"]);
    check("LET a =\n\n# why\n2\nSHOW a", &["LET a =~~# why~2", "SHOW a"]);
    check("LET a = b AND\nc", &["LET a = b AND~c"]);
    check("SELECT a,\nb FROM\nt\nSHOW a", &["SELECT a,~b FROM~t", "SHOW a"]);
    check("SELECT a FROM t WHERE\nx > 1", &["SELECT a FROM t WHERE~x > 1"]);
    check("SELECT a FROM t FILTER\nx > 1", &["SELECT a FROM t FILTER~x > 1"]);
    check("SHOW filter\nSHOW x", &["SHOW filter", "SHOW x"]);
    check("LET\nx = 1", &["LET~x = 1"]);
    check("LAZY\nLET x = 1", &["LAZY~LET x = 1"]);
    check("SELECT a FROM t UNION ALL\nSELECT b FROM t", &["SELECT a FROM t UNION ALL~SELECT b FROM t"]);
    check("SHOW ALL\nSHOW x", &["SHOW ALL", "SHOW x"]);
    check("SET x = true\nSHOW x", &["SET x = true", "SHOW x"]);
}

#[test]
fn goes_on_before_tokens_that_start_nothing() {
    check(
        "SELECT a\nFROM t\nWHERE x > 1\nORDER BY x\nLIMIT 3\nSHOW a",
        &["SELECT a~FROM t~WHERE x > 1~ORDER BY x~LIMIT 3", "SHOW a"],
    );
    check("LET a = b\n+ c\nSHOW a", &["LET a = b~+ c", "SHOW a"]);
    check(
        "DEFINE PIPELINE p AS SELECT a\nTHEN LIMIT 1\nSHOW a",
        &["DEFINE PIPELINE p AS SELECT a~THEN LIMIT 1", "SHOW a"],
    );
    check("DEFINE t AS TENSOR [1]\nVALUES [1]", &["DEFINE t AS TENSOR [1]~VALUES [1]"]);
    check("LET s = SIMILARITY a\nWITH b\nSHOW s", &["LET s = SIMILARITY a~WITH b", "SHOW s"]);
    check(
        "SHOW a\nWITH x AS (SELECT 1)\nSELECT * FROM x",
        &["SHOW a", "WITH x AS (SELECT 1)~SELECT * FROM x"],
    );
    check("INSERT INTO t (a)\nSELECT a FROM u", &["INSERT INTO t (a)~SELECT a FROM u"]);
    check("INSERT INTO t VALUES\n(1),\n(2)\nSELECT 1", &["INSERT INTO t VALUES~(1),~(2)", "SELECT 1"]);
    check("INSERT INTO t (a = 1)\nSELECT a FROM u", &["INSERT INTO t (a = 1)", "SELECT a FROM u"]);
    check("UPDATE t\nSET a = 1\nSET x = 2", &["UPDATE t~SET a = 1", "SET x = 2"]);
    check(
        "ALTER DATASET t\nDROP COLUMN a\nDROP TENSOR b",
        &["ALTER DATASET t~DROP COLUMN a", "DROP TENSOR b"],
    );
    check("SHOW a\n(SELECT 1) UNION (SELECT 2)", &["SHOW a", "(SELECT 1) UNION (SELECT 2)"]);
    check(
        "window.add_column('c', t)\nwindow.add_column('d', t)",
        &["window.add_column('c', t)", "window.add_column('d', t)"],
    );
    check("LET p = PSD a\nWINDOW 8\nRATE 4", &["LET p = PSD a~WINDOW 8~RATE 4"]);
    check("DROP TENSOR x\nIF EXISTS", &["DROP TENSOR x~IF EXISTS"]);
}

/// Only VALUES needs a `;` before it, since a line that begins with it continues an INSERT.
#[test]
fn statements_over_datasets_end_where_they_should() {
    let mut all = crate::corpus::statements();
    all.retain(|text| !text.starts_with("VALUES"));
    let script = all.join("\n");
    let split: Vec<_> =
        split(&script).map(|fragment| fragment.map(|it| it.span.text(&script).to_owned())).collect();
    for (fragment, text) in split.iter().zip(&all) {
        let fragment = fragment.as_deref().expect("a statement");
        assert!(text.starts_with(fragment), "`{text}` became `{fragment}`");
    }
    assert_eq!(split.len(), all.len());
}

#[test]
fn goes_on_before_clauses() {
    for text in [
        "SELECT a~FROM t~JOIN u~ON t.id = u.id~LEFT JOIN w~USING (id)~WHERE a > 1~GROUP BY a~HAVING b~ORDER BY c~LIMIT 1~OFFSET 2",
        "SELECT a FROM t~UNION~SELECT b FROM u~INTERSECT~SELECT c FROM w~EXCEPT ALL~SELECT d FROM x",
        "SELECT~a,~b~FROM~t~WHERE~a~=~1~AND~b~BETWEEN~1~AND~2",
        "SELECT CASE~WHEN a THEN b~WHEN c~THEN d~ELSE e~END~AS f~FROM t",
        "SELECT SUM(x)~OVER (~PARTITION BY g~ORDER BY h~) FROM t~WINDOW w AS (ORDER BY a)~QUALIFY x = 1",
        "WITH a AS (~SELECT 1~), b AS (~SELECT 2~)~SELECT * FROM a",
        "DATASET d~FROM t~FILTER a > 1~GROUP BY a~ORDER BY a~LIMIT 3",
        "DATASET d~COLUMNS (~id: Int,~x: Float~)",
        "CREATE TABLE t~AS~SELECT 1",
        "CREATE TABLE t (~id INT~)",
        "INSERT INTO t~VALUES~(1, 2),~(3, 4)",
        "INSERT INTO t (a, b)~SELECT a, b~FROM u",
        "UPDATE t~SET a = 1,~b = 2~WHERE c",
        "DELETE~FROM t~WHERE a",
        "ALTER DATASET t~ADD COLUMN c = a +~b",
        "SEARCH t~ON c~QUERY [1, 2]~METRIC l2~WHERE a > 1~LIMIT 3~INTO u",
        "SEARCH u~FROM t~QUERY v~ON c~K=3",
        "DEFINE PIPELINE p AS~SELECT a~THEN~WHERE b~THEN ORDER BY c~THEN LIMIT 3",
        "APPLY PIPELINE p~ON t~INTO u",
        "TRANSFORM t~SELECT a~WHERE b~INTO u",
        "CREATE VECTOR INDEX i~ON t(c)~METRIC cosine~WITH (a = 1)",
        "USE DATASET~FROM 'f'~AS d~FIELDS (a, b)",
        "EXPLAIN~SELECT 1",
        "SAVE DATASET n~TO 'f'",
        "EXPORT n~TO 'f'",
        "ATTACH x~TO d.c",
        "COPY t~FROM 'f'",
        "SELECT * FROM t~AT VERSION~3~AS a",
        "SELECT * FROM t~AT (~TIMESTAMP '2026-11-29'~)",
        "RESTORE DATASET t~TO~VERSION 3",
        "DIFF DATASET t~VERSION 2~5",
        "EXPIRE VERSIONS t~KEEP 3",
        "EXPIRE VERSIONS t~OLDER~THAN~'30d'",
        "BACKUP DATABASE d~TO~'f'",
        "EXPORT DATABASE d~TO~DUCKLAKE~'f'",
    ] {
        let script = text.replace('~', "\n");
        check(&format!("{script}\nSHOW a\n"), &[text, "SHOW a"]);
        let whole = crate::support::statement(&script);
        assert!(whole.is_ok(), "{text}: {whole:?}");
    }
}

#[test]
fn goes_on_while_indented() {
    check("LET a = ADD b\n  c\nSHOW a", &["LET a = ADD b~  c", "SHOW a"]);
    check("  LET a = ADD b\n    c\n  SHOW a", &["LET a = ADD b~    c", "SHOW a"]);
    check(
        "DATASET u FROM t\n  SELECT a\n  LIMIT 1\nSHOW u",
        &["DATASET u FROM t~  SELECT a~  LIMIT 1", "SHOW u"],
    );
    check("LET a = b\n\n  # note\n  * c", &["LET a = b~~  # note~  * c"]);
    check("LET a = b\n\tc\nSHOW a", &["LET a = b~\tc", "SHOW a"]);
    check("LET a = 1; LET b = c\n  d\nSHOW b", &["LET a = 1", "LET b = c~  d", "SHOW b"]);
    check("SHOW a\n/* long\n comment */ SHOW b", &["SHOW a", "SHOW b"]);
}

#[test]
fn mistakes_do_not_spread() {
    check("LET a = 1)\nSHOW a", &["!unbalanced_bracket )", "SHOW a"]);
    check("LET a = 1); SHOW a", &["!unbalanced_bracket )", "SHOW a"]);
    check("LET a = (1]\nSHOW a", &["!unbalanced_bracket ]", "SHOW a"]);
    check("SHOW a\n)\nSHOW b", &["!unbalanced_bracket )", "SHOW b"]);
    check("LET a = (1 + 2\nLET b = 3\nSHOW b", &["!unbalanced_bracket (", "LET b = 3", "SHOW b"]);
    check("LET a = (1; LET b = 2", &["!unbalanced_bracket (", "LET b = 2"]);
    check(
        "LET a = [1,\n2\nSHOW a\nLET b = (\nSHOW b",
        &["!unbalanced_bracket [", "SHOW a", "!unbalanced_bracket (", "SHOW b"],
    );
    check("SHOW 'abc\nSHOW b", &["!unterminated_string 'abc", "SHOW b"]);
    check("SHOW a\nSHOW `abc\nSHOW b", &["SHOW a", "!bad_identifier `abc", "SHOW b"]);
    check("SHOW a /* b\nSHOW b", &["!unterminated_comment /*"]);
    check("SHOW a\n/* b\nSHOW b", &["SHOW a", "!unterminated_comment /*"]);
    check("LTE x = 2x\nSHOW b", &["LTE x = 2x", "SHOW b"]);
}

#[test]
fn completeness() {
    use Completeness::{Complete, Incomplete, Invalid};
    for (text, expected) in [
        ("", Complete),
        ("LET a = 1", Complete),
        ("LET a = 1;", Complete),
        ("LET a = ADD b", Complete),
        ("LET a =", Incomplete),
        ("LET a = 1 +", Incomplete),
        ("LET a = [1, 2", Incomplete),
        ("LET a = f(\n1,", Incomplete),
        ("SHOW 'abc", Incomplete),
        ("SHOW \"a\nb", Incomplete),
        ("SHOW a /* b", Incomplete),
        ("LET a = (1\nLET b = 2", Incomplete),
        ("SELECT a FROM", Incomplete),
        ("SHOW", Incomplete),
        ("HELP", Complete),
        ("LET a = 1)", Invalid),
        ("LET a = (1]", Invalid),
        ("SHOW x\n\n", Complete),
    ] {
        assert_eq!(is_complete(text), expected, "of {text:?}");
    }
}
