//! The pages of the book that are made from definitions; here the one that lists all functions.

mod errors;

use std::fmt::Write;

use linal_engine::{Category, FunctionDef, QueryFamily, QueryFunction, Registry};

pub use errors::error_reference;

/// The text of `docs/src/functions.md`.
pub fn function_reference() -> String {
    let mut page = String::from(
        "# Functions\n\n\
         This page is made from the definitions of the functions; `HELP name` shows the same in a session. A form such \
         as `SCALE a BY s` may be written as a call too, `SCALE(a, s)` or `SCALE(a, s => 2)`; parts in square brackets \
         may be left out.\n",
    );
    for category in Category::ALL {
        // Writing to a String cannot fail, here and below.
        let _ = write!(page, "\n## {}\n", category.title());
        for definition in Registry::global().all().filter(|definition| definition.category == category) {
            entry(&mut page, definition);
        }
    }
    page.push_str(
        "\n# Functions of queries\n\n\
         Queries have these functions and aggregates besides those above, which they call on columns. The names and meanings \
         are DuckDB's. Every aggregate takes FILTER, DISTINCT and ORDER BY, and works over the frame of a window.\n",
    );
    for family in QueryFamily::ALL {
        let _ = write!(page, "\n## {}\n", family.title());
        for function in QueryFunction::all().filter(|function| function.family == family) {
            query_entry(&mut page, function);
        }
    }
    page
}

fn query_entry(page: &mut String, function: &QueryFunction) {
    let _ = write!(page, "\n### {}\n\n`{}`\n\n{}\n", function.name, function.form, function.doc);
    if !function.aliases.is_empty() {
        let aliases: Vec<String> = function.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let _ = write!(page, "\nAlso {}.\n", aliases.join(", "));
    }
    let _ = write!(page, "\n```text\n{}\n#> {}\n```\n", function.example, function.output);
}

fn entry(page: &mut String, definition: &FunctionDef) {
    let _ = write!(page, "\n### {}\n\n`{}`\n\n{}\n", definition.name, definition.pattern, definition.doc);
    if !definition.aliases.is_empty() {
        let aliases: Vec<String> = definition.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let _ = write!(page, "\nAlso written {}.\n", aliases.join(", "));
    }
    let _ = write!(page, "\n```text\n{}\n", definition.example.script);
    for line in definition.example.output.lines() {
        let _ = writeln!(page, "#> {line}");
    }
    page.push_str("```\n");
}
