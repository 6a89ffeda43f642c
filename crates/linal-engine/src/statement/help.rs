//! `HELP [name]`: generated from the definitions of functions, settings and statements.

mod statements;

use std::fmt::Write;

use linal_bind::functions::{Category, FunctionDef, Registry};
use linal_bind::settings::Settings;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Ident;

use self::statements::{OF_QUERIES, STATEMENTS};
use crate::outcome::Outcome;

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
    let names: Vec<&str> = OF_QUERIES.iter().map(|(name, ..)| *name).collect();
    let _ = writeln!(text, "In queries alone:\n  {}", names.join(" "));
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

/// The help of the statements that start with a word, and of the name in queries.
fn statement(name: &str) -> Option<String> {
    let all = STATEMENTS.iter().chain(OF_QUERIES);
    let found = all.filter(|(word, ..)| word.eq_ignore_ascii_case(name));
    let texts: Vec<String> = found.map(|(_, form, doc)| format!("{form}\n\n{doc}")).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn setting(name: &str) -> Option<String> {
    Settings::doc(name).map(|(name, doc)| format!("SET {name} = value\n\n{doc}."))
}

fn unknown(name: &str) -> Error {
    let words = STATEMENTS.iter().chain(OF_QUERIES).map(|(word, ..)| *word);
    let candidates = Registry::global().names().chain(words).chain(Settings::names());
    Error::new(Code::UnknownName, format!("there is no help on `{name}`"))
        .suggest(name, candidates)
        .or_help("HELP alone lists everything")
}
