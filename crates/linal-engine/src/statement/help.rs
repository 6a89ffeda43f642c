//! `HELP [name]`: from the definitions of functions, settings and statements.

use std::fmt::Write;

use linal_lang::ast::Ident;
use linal_lang::suggest;

use crate::error::{Error, Result};
use crate::functions::{Category, FunctionDef, Registry};
use crate::outcome::Outcome;
use crate::settings::Settings;

/// What a statement is for, by the words that open it.
const STATEMENTS: &[(&str, &str, &str)] = &[
    ("VECTOR", "VECTOR [dtype] v = [1, 2, 3]", "Declares a vector."),
    ("MATRIX", "MATRIX [dtype] m = [[1, 2], [3, 4]]", "Declares a matrix."),
    (
        "DEFINE",
        "DEFINE t AS [STRICT] TENSOR [dtype] [2, 2, 2] VALUES [...]",
        "Declares a tensor of any rank; STRICT forbids broadcasting it.",
    ),
    ("LET", "LET x = expression", "Computes a tensor now and names it."),
    ("LAZY", "LAZY LET x = expression", "Keeps the graph of an expression; it runs once, at its first use."),
    ("BIND", "BIND alias TO name", "An alias that follows its target."),
    ("DERIVE", "DERIVE x FROM expression", "LET, with a lineage that is kept for persistence."),
    (
        "SHOW",
        "SHOW x | \"text\" | SHAPE x | LINEAGE x | ALL | SETTINGS | DATABASES",
        "Shows a value, a shape, where a tensor came from, or what there is.",
    ),
    (
        "EXPLAIN",
        "EXPLAIN LET x = expression",
        "Shows the graph of an expression, what each pass makes of it, and the program that runs.",
    ),
    ("DROP", "DROP TENSOR x [IF EXISTS]", "Takes a name away."),
    ("SET", "SET name = value", "Changes a setting of the session; SHOW SETTINGS lists them."),
    ("RESET", "RESET SESSION", "Takes all names of the session away."),
    (
        "BEGIN",
        "BEGIN",
        "Opens a transaction: what the session changes from here on is kept or taken back as one.",
    ),
    ("COMMIT", "COMMIT", "Keeps what the session changed since BEGIN."),
    ("ROLLBACK", "ROLLBACK", "Takes back what the session changed since BEGIN."),
    ("CREATE", "CREATE DATABASE [IF NOT EXISTS] d", "Makes a database."),
    ("USE", "USE d", "Makes a database the session's."),
    ("HELP", "HELP [name]", "Help on everything, or on a function, a setting or a statement."),
];

pub(super) fn run(topic: Option<&Ident>) -> Result<Outcome> {
    let Some(topic) = topic else { return Ok(Outcome::Text(overview())) };
    let found = function(&topic.name).or_else(|| statement(&topic.name)).or_else(|| setting(&topic.name));
    match found {
        Some(text) => Ok(Outcome::Text(text)),
        None => Err(unknown(&topic.name).at(topic.span)),
    }
}

fn overview() -> String {
    let mut text = String::from("Statements:\n");
    for (_, form, doc) in STATEMENTS {
        let _ = writeln!(text, "  {form}\n      {doc}");
    }
    for category in Category::ALL {
        let names: Vec<&str> =
            Registry::global().all().filter(|f| f.category == category).map(|f| f.name).collect();
        let _ = writeln!(text, "{}:\n  {}", category.title(), names.join(" "));
    }
    text.push_str("HELP name tells more.");
    text
}

fn function(name: &str) -> Option<String> {
    let definition: &FunctionDef = Registry::global().find(name)?;
    let mut text = format!("{}\n\n{}\n", definition.pattern, definition.doc);
    if !definition.aliases.is_empty() {
        let _ = writeln!(text, "\nAlso: {}", definition.aliases.join(", "));
    }
    let _ = writeln!(text, "\nExample:");
    for line in definition.example.script.lines() {
        let _ = writeln!(text, "  {line}");
    }
    for line in definition.example.output.lines() {
        let _ = writeln!(text, "  -> {line}");
    }
    text.truncate(text.trim_end().len());
    Some(text)
}

fn statement(name: &str) -> Option<String> {
    let (_, form, doc) = STATEMENTS.iter().find(|(word, ..)| word.eq_ignore_ascii_case(name))?;
    Some(format!("{form}\n\n{doc}"))
}

fn setting(name: &str) -> Option<String> {
    Settings::doc(name).map(|(name, doc)| format!("SET {name} = value\n\n{doc}."))
}

fn unknown(name: &str) -> Error {
    let candidates =
        Registry::global().names().chain(STATEMENTS.iter().map(|(word, ..)| *word)).chain(Settings::names());
    let error = Error::new("E0304", "unknown_name", format!("there is no help on `{name}`"));
    match suggest::nearest(name, candidates) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error.with_help("HELP alone lists everything"),
    }
}
