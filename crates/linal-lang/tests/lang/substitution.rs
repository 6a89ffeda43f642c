//! Script variables.

use crate::support::check_error;
use linal_lang::{Span, substitute};
use std::borrow::Cow;

fn lookup(name: &str) -> Option<String> {
    let value = match name {
        "n" => "5",
        "neg" => "-2.5",
        "dir" => "/data/it's",
        "list" => "[1, 2]",
        "flag" => "true",
        "sql" => "1; DROP TENSOR x",
        "comment" => "1 # rest",
        "empty" => "",
        _ => return None,
    };
    Some(value.to_owned())
}

const NAMES: &[&str] = &["n", "neg", "dir", "list", "flag", "sql", "comment", "empty"];

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = substitute(text, &lookup, NAMES).expect(text);
    assert_eq!(found.text, expected, "of `{text}`");
}

#[test]
fn replaces() {
    check("LET x = ${n} + 1", "LET x = 5 + 1");
    check("LET x = ${neg}", "LET x = -2.5");
    check("LET x = ${list}", "LET x = [1, 2]");
    check("LET x = ${flag}", "LET x = true");
    check("READ_CSV('${dir}/a.csv')", "READ_CSV('/data/it''s/a.csv')");
    check("READ_CSV(\"${dir}/a.csv\")", "READ_CSV(\"/data/it's/a.csv\")");
    check("READ_CSV(${dir})", "READ_CSV('/data/it''s')");
    check("LET x = ${sql}", "LET x = '1; DROP TENSOR x'");
    check("LET x = ${comment}", "LET x = '1 # rest'");
    check("SHOW '${empty}'", "SHOW ''");
    check("SHOW ${empty}", "SHOW ''");
    check("SHOW '${n}${n}'", "SHOW '55'");
    check("SHOW 'a $${n}'", "SHOW 'a ${n}'");
    check("# ${nosuch}\nSHOW `${nosuch}`", "# ${nosuch}\nSHOW `${nosuch}`");
    check("SHOW 'open ${nosuch}", "SHOW 'open ${nosuch}");
}

#[test]
fn costs_nothing_without_variables() {
    let text = "SHOW '$x {y}'";
    let found = substitute(text, &lookup, NAMES).expect(text);
    assert!(matches!(found.text, Cow::Borrowed(same) if std::ptr::eq(same, text)));
    assert_eq!(found.original(Span::new(3, 7)), Span::new(3, 7));
}

#[test]
fn maps_spans_back() {
    let text = "LET x = ${n} + '${dir}' + y";
    let found = substitute(text, &lookup, NAMES).expect(text);
    let back = |piece: &str| {
        let start = found.text.find(piece).expect(piece);
        found.original(Span::new(start, start + piece.len())).text(text).to_owned()
    };
    assert_eq!(back("LET"), "LET");
    assert_eq!(back("5"), "${n}");
    assert_eq!(back("5 +"), "${n} +");
    assert_eq!(back("data"), "${dir}");
    assert_eq!(back("'/data/it''s'"), "'${dir}'");
    assert_eq!(back("y"), "y");
    assert_eq!(found.original(Span::at(found.text.len())), Span::at(text.len()));
}

#[test]
fn refuses() {
    let error = |text: &str, expected: &str| {
        let error = substitute(text, &lookup, NAMES).expect_err(text);
        check_error(text, &error, expected);
    };
    error(
        "SHOW '${dri}'",
        "E0120 unknown_variable: the script variable `dri` is not set @ ${dri} | did you mean `${dir}`?",
    );
    error(
        "SHOW ${population}",
        "E0120 unknown_variable: the script variable `population` is not set @ ${population} | set it with `--set population=...`",
    );
    error(
        "SHOW ${n",
        "E0120 unknown_variable: expected `${name}` @ ${n | within a string, write `$${` for the characters `${`",
    );
    error(
        "SHOW a${n}",
        "E0101 unexpected_token: a script variable stands for a whole literal, not for a part of a name @ ${n} | put blanks around it, or write it within a string",
    );
}
