//! The values of options.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use linal::render::{FORMATS, Format};
use linal::settings::{parse_bytes, parse_duration};

/// Parses the name of a format.
pub fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(FORMATS.map(Format::name)).try_map(|name| name.parse::<Format>())
}

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value.to_owned())),
        Some((name, _)) => Err(format!("`{name}` is not a name")),
        None => Err("it must be NAME=VALUE".to_owned()),
    }
}

fn is_name(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|c| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

pub(super) fn size(text: &str) -> Result<usize, String> {
    parse_bytes(text)
        .ok_or_else(|| "a size is a number with B, kB, MB, GB, KiB, MiB or GiB, such as 64MB".to_owned())
}

/// A time limit is passed to the session as text, since `SET timeout` parses it.
pub(super) fn time(text: &str) -> Result<String, String> {
    match parse_duration(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("a time is a number with ms, s, min or h, such as 2s".to_owned()),
    }
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err("it must be an integer from 1 to 1024".to_owned()),
    }
}
