//! Jobs and schedules.

use linal_lang::ast::{JobStatement, Statement};
use linal_lang::{Code, Completeness, is_complete};

use crate::support::{script, statement};

/// The canonical text of a statement, which must parse to itself.
#[track_caller]
fn printed(text: &str) -> String {
    let once = statement(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string();
    let again = statement(&once).unwrap_or_else(|error| panic!("{once}: {error}")).to_string();
    assert_eq!(once, again);
    once
}

#[test]
fn statements_print_as_they_parse() {
    for text in [
        "SUBMIT JOB DO (SELECT 1)",
        "SUBMIT JOB KEY 'it''s' PRIORITY 3 RETRIES 2 TIMEOUT '10s' DO (LET x = 1; SHOW x)",
        "SUBMIT JOB DO (SUBMIT JOB DO (SHOW 'a)b'))",
        "SHOW JOBS",
        "SHOW JOB '7'",
        "SHOW SCHEDULES",
        "SHOW SCHEDULE RUNS nightly",
        "CANCEL JOB '7'",
        "CREATE SCHEDULE s EVERY '5m' DO (SHOW 1)",
        "CREATE OR REPLACE SCHEDULE s CRON '0 3 * * *' ZONE 'Europe/Berlin' MISSED once DO (SHOW 1)",
        "ALTER SCHEDULE s PAUSE",
        "ALTER SCHEDULE s RESUME",
        "DROP SCHEDULE s",
        "DROP SCHEDULE IF EXISTS s",
    ] {
        assert_eq!(printed(text), text);
    }
    assert_eq!(
        printed("submit job retries 1 key \"k\" do ( show 1 )"),
        "SUBMIT JOB KEY 'k' RETRIES 1 DO (SHOW 1)"
    );
    assert_eq!(printed("SHOW JOB 7"), "SHOW JOB '7'");
    assert_eq!(printed("SHOW `jobs`"), "SHOW `jobs`");
}

/// The statements of a script as canonical text; an error gives its code.
fn lines(text: &str) -> Vec<String> {
    script(text)
        .into_iter()
        .map(|parsed| parsed.map_or_else(|error| error.code.number().to_owned(), |s| s.to_string()))
        .collect()
}

#[test]
fn line_ends_and_semicolons_within_the_brackets_belong_to_the_statement() {
    let text = "SUBMIT JOB DO (\n  LET a = 1;\n  LET b = 2\n\n  SHOW a # a comment )\n)\nSHOW 3";
    assert_eq!(lines(text), ["SUBMIT JOB DO (LET a = 1; LET b = 2; SHOW a)", "SHOW 3"]);
    let text = "CREATE SCHEDULE s\n  EVERY '5m'\nDO (\nSHOW 1;\nSHOW 2\n); SHOW 3";
    assert_eq!(lines(text), ["CREATE SCHEDULE s EVERY '5m' DO (SHOW 1; SHOW 2)", "SHOW 3"]);
    let text = "CREATE OR REPLACE SCHEDULE s CRON '* * * * *' DO (SHOW 1; SHOW 2)\nALTER SCHEDULE s PAUSE\nDROP TENSOR x";
    assert_eq!(lines(text).len(), 3);
    // Elsewhere a semicolon ends a statement also within brackets, so that one that is not closed stays alone.
    assert_eq!(lines("SHOW (1; SHOW 2"), ["E0110", "SHOW 2"]);
    assert_eq!(lines("ALTER DATASET t\nADD COLUMN c: Int").len(), 1);
}

#[test]
fn the_text_of_a_body_keeps_its_lines() {
    let Ok(Statement::Job(job)) = statement("SUBMIT JOB DO (\n\n    SHOW 1\n    SHOW 2\n)") else { panic!() };
    let JobStatement::Submit(submit) = *job else { panic!() };
    assert_eq!(&*submit.body.text, "    SHOW 1\n    SHOW 2");
    assert_eq!(lines(&submit.body.text), ["SHOW 1", "SHOW 2"]);
}

#[test]
fn a_prompt_waits_for_the_bracket() {
    assert_eq!(is_complete("SUBMIT JOB DO (SELECT 1;"), Completeness::Incomplete);
    assert_eq!(is_complete("SUBMIT JOB DO (SELECT 1;\nSELECT 2)"), Completeness::Complete);
    assert_eq!(is_complete("SUBMIT JOB DO"), Completeness::Complete);
}

#[test]
fn mistakes_have_their_place() {
    for (text, code, place) in [
        ("SUBMIT JOB DO (SHOW 1; SHWO 2)", Code::UnknownStatement, "SHWO"),
        ("SUBMIT JOB DO ()", Code::UnexpectedToken, ")"),
        ("SUBMIT JOB DO SHOW 1", Code::UnexpectedToken, "SHOW"),
        ("SUBMIT JOB DO (SHOW 1", Code::UnbalancedBracket, "("),
        ("SUBMIT JOB DO (SHOW 1) 2", Code::TrailingText, "2"),
        ("SUBMIT JOB KEY k DO (SHOW 1)", Code::UnexpectedToken, "k"),
        ("CREATE SCHEDULE s DO (SHOW 1)", Code::UnexpectedToken, "DO"),
        ("ALTER SCHEDULE s STOP", Code::UnexpectedToken, "STOP"),
    ] {
        let error = statement(text).expect_err(text);
        assert_eq!((error.code, error.span.text(text)), (code, place), "{text}");
    }
}
