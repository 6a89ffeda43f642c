//! Parts of paths and readable sizes.

use linal_dataset::{Error, Result};
use linal_error::Code;

use super::kind::Kind::{Bool, Int, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "parse_filename",
        aliases: &[],
        overloads: &[
            of(&[Text, Bool, Text], Output::Text, |row| file_name(row, row.has(1) && row.bool(1), 2))
                .optional(2),
            of(&[Text, Text], Output::Text, |row| file_name(row, false, 1)),
        ],
    },
    RowFunction {
        name: "parse_dirname",
        aliases: &[],
        overloads: &[of(&[Text, Text], Output::Text, dir_name).optional(1)],
    },
    RowFunction {
        name: "parse_dirpath",
        aliases: &[],
        overloads: &[of(&[Text, Text], Output::Text, dir_path).optional(1)],
    },
    RowFunction {
        name: "parse_path",
        aliases: &[],
        overloads: &[of(&[Text, Text], Output::Texts, |row| Ok(parts(row, 1)?.into())).optional(1)],
    },
    RowFunction {
        name: "format_bytes",
        aliases: &["formatreadablesize"],
        overloads: &[of(&[Int], Output::Text, |row| Ok(readable(row.int(0), 1024, &BINARY).into()))],
    },
    RowFunction {
        name: "formatreadabledecimalsize",
        aliases: &[],
        overloads: &[of(&[Int], Output::Text, |row| Ok(readable(row.int(0), 1000, &DECIMAL).into()))],
    },
    RowFunction {
        name: "parse_formatted_bytes",
        aliases: &[],
        overloads: &[of(&[Text], Output::Int, parse_bytes)],
    },
];

/// The characters that separate the parts of a path.
fn separators(row: &Row<'_>, at: usize) -> Result<&'static [char]> {
    let name = if row.len() > at { row.text(at) } else { "both_slash" };
    match name {
        "system" | "forward_slash" => Ok(&['/']),
        "both_slash" => Ok(&['/', '\\']),
        "backslash" => Ok(&['\\']),
        other => Err(wrong_arguments(format!(
            "'{other}' is no separator; they are system, both_slash, forward_slash and backslash"
        ))),
    }
}

fn file_name(row: &Row<'_>, trims: bool, at: usize) -> Result<Value> {
    let text = row.text(0);
    let name = text.rsplit(separators(row, at)?).next().unwrap_or(text);
    let name = if trims { name.rsplit_once('.').map_or(name, |(stem, _)| stem) } else { name };
    Ok(name.into())
}

/// The first part: the separator itself if the path begins with it.
fn dir_name(row: &Row<'_>) -> Result<Value> {
    let text = row.text(0);
    let Some(at) = text.find(separators(row, 1)?) else { return Ok("".into()) };
    Ok(text[..at.max(1)].into())
}

fn dir_path(row: &Row<'_>) -> Result<Value> {
    let text = row.text(0);
    let separators = separators(row, 1)?;
    if text.len() == 1 && text.starts_with(separators) {
        return Ok(text.into());
    }
    Ok(text.rfind(separators).map_or("", |at| &text[..at]).into())
}

fn parts(row: &Row<'_>, at: usize) -> Result<Vec<String>> {
    let (text, separators) = (row.text(0), separators(row, at)?);
    let root = text.starts_with(separators).then(|| text[..1].to_string());
    let parts = text.split(separators).filter(|part| !part.is_empty()).map(str::to_string);
    Ok(root.into_iter().chain(parts).collect())
}

const BINARY: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const DECIMAL: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];

/// A number of bytes with one decimal, which is cut off rather than rounded.
fn readable(bytes: i64, base: u64, units: &[&str; 6]) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    let size = bytes.unsigned_abs();
    if size < base {
        return format!("{sign}{size} {}", if size == 1 { "byte" } else { "bytes" });
    }
    let mut divisor = base;
    let mut unit = 0;
    // The largest unit is the fifth.
    while unit < 4 && size / divisor >= base {
        divisor *= base;
        unit += 1;
    }
    let tenths = u128::from(size) * 10 / u128::from(divisor);
    format!("{sign}{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

fn parse_bytes(row: &Row<'_>) -> Result<Value> {
    let text = row.text(0).trim();
    let wrong = || wrong_arguments(format!("'{text}' is no number of bytes, such as '16 KiB'"));
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim();
    let power = |base: f64, units: &[&str; 6]| {
        let at = units.iter().position(|known| known.eq_ignore_ascii_case(unit))?;
        Some(base.powi(i32::try_from(at).ok()? + 1))
    };
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => 1.0,
        _ => power(1024.0, &BINARY).or_else(|| power(1000.0, &DECIMAL)).ok_or_else(wrong)?,
    };
    let bytes = number * factor;
    if bytes >= i64::MAX as f64 {
        return Err(Error::new(Code::ValueOutOfRange, format!("'{text}' is more than an Int holds")));
    }
    Ok(Value::Int(bytes as i64))
}
