//! Texts: parts and characters. Positions and lengths count characters.

use linal_dataset::{Error, Result};
use linal_error::Code;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::kind::Kind::{Int, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "prefix",
        aliases: &[],
        overloads: &[of(&[Text, Text], Output::Bool, |row| Ok(row.text(0).starts_with(row.text(1)).into()))],
    },
    RowFunction {
        name: "suffix",
        aliases: &[],
        overloads: &[of(&[Text, Text], Output::Bool, |row| Ok(row.text(0).ends_with(row.text(1)).into()))],
    },
    RowFunction {
        name: "unicode",
        aliases: &["ord"],
        overloads: &[of(&[Text], Output::Int, |row| Ok(code_point(row.text(0), -1)))],
    },
    RowFunction {
        name: "ascii",
        aliases: &[],
        overloads: &[of(&[Text], Output::Int, |row| Ok(code_point(row.text(0), 0)))],
    },
    RowFunction { name: "chr", aliases: &[], overloads: &[of(&[Int], Output::Text, chr)] },
    RowFunction {
        name: "strlen",
        aliases: &[],
        overloads: &[of(&[Text], Output::Int, |row| Ok(Value::Int(row.text(0).len() as i64)))],
    },
    RowFunction {
        name: "strip_accents",
        aliases: &[],
        overloads: &[of(&[Text], Output::Text, |row| {
            let marked = row.text(0).nfd().filter(|letter| !is_combining_mark(*letter));
            Ok(marked.nfc().collect::<String>().into())
        })],
    },
    RowFunction {
        name: "nfc_normalize",
        aliases: &[],
        overloads: &[of(&[Text], Output::Text, |row| Ok(row.text(0).nfc().collect::<String>().into()))],
    },
    RowFunction {
        name: "length_grapheme",
        aliases: &[],
        overloads: &[of(&[Text], Output::Int, |row| {
            Ok(Value::Int(row.text(0).graphemes(true).count() as i64))
        })],
    },
    RowFunction {
        name: "left_grapheme",
        aliases: &[],
        overloads: &[of(&[Text, Int], Output::Text, |row| {
            let graphemes: Vec<&str> = row.text(0).graphemes(true).collect();
            let end = end_of(graphemes.len(), row.int(1));
            Ok(graphemes[..end].concat().into())
        })],
    },
    RowFunction {
        name: "right_grapheme",
        aliases: &[],
        overloads: &[of(&[Text, Int], Output::Text, |row| {
            let graphemes: Vec<&str> = row.text(0).graphemes(true).collect();
            let start = graphemes.len() - end_of(graphemes.len(), row.int(1));
            Ok(graphemes[start..].concat().into())
        })],
    },
    RowFunction {
        name: "substring_grapheme",
        aliases: &[],
        overloads: &[of(&[Text, Int, Int], Output::Text, |row| {
            let graphemes: Vec<&str> = row.text(0).graphemes(true).collect();
            let length = row.has(2).then(|| row.int(2));
            let (start, end) = span(graphemes.len(), row.int(1), length);
            Ok(graphemes[start..end].concat().into())
        })
        .optional(1)],
    },
    RowFunction {
        name: "substr",
        aliases: &["substring"],
        overloads: &[of(&[Text, Int, Int], Output::Text, substring).optional(1)],
    },
    RowFunction {
        name: "translate",
        aliases: &[],
        overloads: &[of(&[Text, Text, Text], Output::Text, translate)],
    },
    RowFunction {
        name: "split_part",
        aliases: &[],
        overloads: &[of(&[Text, Text, Int], Output::Text, split_part)],
    },
    RowFunction {
        name: "string_split",
        aliases: &["str_split", "split"],
        overloads: &[of(&[Text, Text], Output::Texts, |row| {
            if !row.has(0) {
                return Ok(Value::Null);
            }
            if !row.has(1) {
                return Ok(vec![row.text(0).to_string()].into());
            }
            Ok(split(row.text(0), row.text(1)).map(str::to_string).collect::<Vec<_>>().into())
        })
        .with_nulls()],
    },
    RowFunction { name: "error", aliases: &[], overloads: &[of(&[Text], Output::Int, raise)] },
];

fn code_point(text: &str, of_empty: i64) -> Value {
    Value::Int(text.chars().next().map_or(of_empty, |letter| i64::from(u32::from(letter))))
}

fn chr(row: &Row<'_>) -> Result<Value> {
    let letter = u32::try_from(row.int(0)).ok().and_then(char::from_u32);
    match letter {
        Some(letter) => Ok(letter.to_string().into()),
        None => {
            Err(Error::new(Code::ValueOutOfRange, format!("CHR: {} is no code point of Unicode", row.int(0))))
        }
    }
}

/// The length of the first `count` of `length` elements; a negative count leaves out as many at the end.
fn end_of(length: usize, count: i64) -> usize {
    if count < 0 {
        length.saturating_sub(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        length.min(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// The range of a substring. A negative start counts from the end, a negative length goes backwards, and position 0
/// precedes the first element.
fn span(elements: usize, start: i64, length: Option<i64>) -> (usize, usize) {
    let elements = elements as i128;
    let first = match start {
        start if start < 0 => elements + i128::from(start),
        start => i128::from(start) - 1,
    };
    let (from, to) = match length {
        None => (first, elements),
        Some(length) if length < 0 => (first + i128::from(length), first),
        Some(length) => (first, first + i128::from(length)),
    };
    let within = |at: i128| usize::try_from(at.clamp(0, elements)).unwrap_or(0);
    (within(from), within(to).max(within(from)))
}

fn substring(row: &Row<'_>) -> Result<Value> {
    let text = row.text(0);
    let length = row.has(2).then(|| row.int(2));
    if text.is_ascii() {
        let (start, end) = span(text.len(), row.int(1), length);
        return Ok(text[start..end].into());
    }
    let (start, end) = span(text.chars().count(), row.int(1), length);
    Ok(text.chars().skip(start).take(end - start).collect::<String>().into())
}

/// The first of two equal characters decides.
fn translate(row: &Row<'_>) -> Result<Value> {
    let from: Vec<char> = row.text(1).chars().collect();
    let to: Vec<char> = row.text(2).chars().collect();
    let translated =
        row.text(0).chars().filter_map(|letter| match from.iter().position(|known| *known == letter) {
            Some(at) => to.get(at).copied(),
            None => Some(letter),
        });
    Ok(translated.collect::<String>().into())
}

/// The parts of a text between separators. An empty separator separates characters.
pub(super) fn split<'t>(text: &'t str, separator: &'t str) -> Box<dyn Iterator<Item = &'t str> + 't> {
    if separator.is_empty() && !text.is_empty() {
        return Box::new(text.char_indices().map(|(at, letter)| &text[at..at + letter.len_utf8()]));
    }
    if separator.is_empty() {
        return Box::new(std::iter::once(text));
    }
    Box::new(text.split(separator))
}

fn split_part(row: &Row<'_>) -> Result<Value> {
    let at = row.int(2);
    let parts: Vec<&str> = split(row.text(0), row.text(1)).collect();
    let place = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
    let found = match at {
        0 => None,
        at if at < 0 => parts.len().checked_sub(place).and_then(|place| parts.get(place)),
        _ => parts.get(place - 1),
    };
    Ok(found.copied().unwrap_or_default().into())
}

fn raise(row: &Row<'_>) -> Result<Value> {
    Err(Error::new(Code::WrongArguments, row.text(0).to_string()))
}
