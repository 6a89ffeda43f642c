//! Regular expressions: matches, groups, parts.

use linal_dataset::Result;
use regex::Captures;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::kind::Kind::{Int, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;
use crate::udf::pattern::{Options, Pattern};

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "regexp_matches",
        aliases: &["regexp_like"],
        overloads: &[of(&[Text, Text, Text], Output::Bool, |row| {
            Ok(compiled(row, 2)?.is_match(row.text(0), row.execution())?.into())
        })
        .optional(1)],
    },
    RowFunction {
        name: "regexp_full_match",
        aliases: &[],
        overloads: &[of(&[Text, Text, Text], Output::Bool, full_match).optional(1)],
    },
    RowFunction {
        name: "regexp_extract",
        aliases: &[],
        overloads: &[of(&[Text, Text, Int, Text], Output::Text, extract).optional(2)],
    },
    RowFunction {
        name: "regexp_extract_all",
        aliases: &[],
        overloads: &[of(&[Text, Text, Int, Text], Output::Texts, extract_all).optional(2)],
    },
    RowFunction {
        name: "string_split_regex",
        aliases: &["str_split_regex", "regexp_split_to_array"],
        overloads: &[of(&[Text, Text, Text], Output::Texts, split).optional(1)],
    },
    RowFunction {
        name: "regexp_escape",
        aliases: &[],
        overloads: &[of(&[Text], Output::Text, |row| Ok(escape(row.text(0)).into()))],
    },
];

/// The options of DuckDB's letters: c and i for case, l for a literal, m, n and p for lines, s for a dot that matches
/// a line break, and g, which has a meaning for replacements only.
fn options(letters: &str) -> Result<Options> {
    let mut options = Options::default();
    for letter in letters.chars() {
        match letter {
            'c' => options.any_case = false,
            'i' => options.any_case = true,
            'l' => options.literal = true,
            'm' | 'n' | 'p' => options.dot_matches_newline = false,
            's' => options.dot_matches_newline = true,
            'g' => {}
            letter if letter.is_whitespace() => {}
            other => {
                let message =
                    format!("'{other}' is no option of a regular expression; they are c, i, l, m, n, p, s");
                return Err(wrong_arguments(message));
            }
        }
    }
    Ok(options)
}

fn compiled(row: &Row<'_>, letters: usize) -> Result<Arc<Pattern>> {
    let letters = if row.len() > letters { row.text(letters) } else { "" };
    row.pattern(row.text(1), options(letters)?)
}

fn full_match(row: &Row<'_>) -> Result<Value> {
    let letters = if row.len() > 2 { row.text(2) } else { "" };
    let mut options = options(letters)?;
    let pattern = if options.literal { regex::escape(row.text(1)) } else { row.text(1).to_string() };
    options.literal = false;
    // A pattern that is invalid by itself must not become valid by the brackets.
    row.pattern(&pattern, options)?;
    let whole = row.pattern(&format!(r"\A(?:{pattern})\z"), options)?;
    Ok(whole.is_match(row.text(0), row.execution())?.into())
}

/// The number of the group, from 0 for the whole match to 9.
fn group(row: &Row<'_>) -> Result<usize> {
    if row.len() < 3 {
        return Ok(0);
    }
    match usize::try_from(row.int(2)) {
        Ok(group) if group <= 9 => Ok(group),
        _ => {
            Err(wrong_arguments(format!("the group of a match is a number from 0 to 9, not {}", row.int(2))))
        }
    }
}

fn text_of(captures: &Captures<'_>, group: usize) -> String {
    captures.get(group).map_or("", |found| found.as_str()).to_string()
}

fn extract(row: &Row<'_>) -> Result<Value> {
    let (regex, group) = (compiled(row, 3)?, group(row)?);
    let found = regex.captures(row.text(0), row.execution())?;
    Ok(found.map_or_else(String::new, |captures| text_of(&captures, group)).into())
}

fn extract_all(row: &Row<'_>) -> Result<Value> {
    let (regex, group) = (compiled(row, 3)?, group(row)?);
    if group >= regex.groups() {
        let message = format!("the pattern has no group {group}");
        return Err(wrong_arguments(message));
    }
    let (text, mut found) = (row.text(0), Vec::new());
    if group == 0 {
        regex.each_match(text, row.execution(), |range| {
            found.push(text[range].to_string());
            ControlFlow::Continue(())
        })?;
    } else {
        regex.each_captures(text, row.execution(), |captures| {
            found.push(text_of(&captures, group));
            ControlFlow::Continue(())
        })?;
    }
    Ok(Value::Texts(found))
}

fn split(row: &Row<'_>) -> Result<Value> {
    let regex = compiled(row, 2)?;
    let text = row.text(0);
    if regex.as_str().is_empty() {
        return Ok(Value::Texts(super::text::split(text, "").map(str::to_string).collect()));
    }
    Ok(Value::Texts(regex.split(text, row.execution())?))
}

/// A text as a pattern that matches it alone: all but letters, digits and `_` have a backslash.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        if letter == '\0' {
            escaped.push_str(r"\x00");
            continue;
        }
        if letter.is_ascii() && !letter.is_ascii_alphanumeric() && letter != '_' {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
