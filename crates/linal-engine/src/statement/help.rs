//! `HELP [name]`: generated from the definitions of functions, settings and statements.

mod statements;

use std::fmt::Write;

use linal_bind::functions::{Category, FunctionDef, QueryFamily, QueryFunction, Registry};
use linal_bind::settings::Settings;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Ident;

use self::statements::{OF_QUERIES, STATEMENTS};
use crate::outcome::Outcome;

pub(super) fn run(topic: Option<&Ident>) -> Result<Outcome> {
    let Some(topic) = topic else { return Ok(Outcome::Text(overview())) };
    let of_queries = || QueryFunction::find(&topic.name).map(QueryFunction::help);
    let found = match (function(&topic.name), of_queries()) {
        // A name may be a function of tensors and an aggregate of queries.
        (Some(tensors), Some(queries)) => Some(format!("{tensors}\n\nIn queries:\n\n{queries}")),
        (one, other) => one.or(other),
    };
    let found = found.or_else(|| statement(&topic.name)).or_else(|| setting(&topic.name));
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
    for family in QueryFamily::ALL {
        let names: Vec<&str> = QueryFunction::all().filter(|f| f.family == family).map(|f| f.name).collect();
        let _ = writeln!(text, "In queries, {}:\n  {}", family.title(), names.join(" "));
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
    let of_queries = QueryFunction::all().flat_map(QueryFunction::names);
    let candidates = Registry::global().names().chain(words).chain(Settings::names()).chain(of_queries);
    Error::new(Code::UnknownName, format!("there is no help on `{name}`"))
        .suggest(name, candidates)
        .or_help("HELP alone lists everything")
}
