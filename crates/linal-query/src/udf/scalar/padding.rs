//! Texts that are longer than their arguments: padding, repetition, bars.

use linal_dataset::{Error, Result};
use linal_error::Code;

use super::kind::Kind::{Bytes, Float, Int, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "lpad",
        aliases: &[],
        overloads: &[of(&[Text, Int, Text], Output::Text, lpad).optional(1)],
    },
    RowFunction {
        name: "rpad",
        aliases: &[],
        overloads: &[of(&[Text, Int, Text], Output::Text, rpad).optional(1)],
    },
    RowFunction {
        name: "bar",
        aliases: &[],
        overloads: &[of(&[Float, Float, Float, Float], Output::Text, bar).optional(1)],
    },
    RowFunction {
        name: "repeat",
        aliases: &[],
        overloads: &[
            of(&[Text, Int], Output::Text, |row| {
                let times = repetitions(row.bytes(0).len(), row.int(1))?;
                Ok(row.text(0).repeat(times).into())
            }),
            of(&[Bytes, Int], Output::Bytes, |row| {
                let times = repetitions(row.bytes(0).len(), row.int(1))?;
                Ok(row.bytes(0).repeat(times).into())
            }),
        ],
    },
];

/// Characters of the longest text that padding makes.
const LONGEST: i64 = 1 << 28;

/// The padding that is missing to a length, or the text cut to it.
fn padding(name: &str, row: &Row<'_>) -> Result<std::result::Result<String, String>> {
    let (text, length) = (row.text(0), row.int(1).max(0));
    if length > LONGEST {
        let message = format!("{name}: the length {length} is above {LONGEST}");
        return Err(Error::new(Code::ValueOutOfRange, message));
    }
    let length = usize::try_from(length).unwrap_or(0);
    let given = text.chars().count();
    if given >= length {
        return Ok(Err(text.chars().take(length).collect()));
    }
    let pad = if row.len() > 2 { row.text(2) } else { " " };
    if pad.is_empty() {
        return Err(wrong_arguments(format!("{name} has nothing to pad with")));
    }
    Ok(Ok(pad.chars().cycle().take(length - given).collect()))
}

fn lpad(row: &Row<'_>) -> Result<Value> {
    Ok(match padding("LPAD", row)? {
        Ok(mut pad) => {
            pad.push_str(row.text(0));
            pad.into()
        }
        Err(cut) => cut.into(),
    })
}

fn rpad(row: &Row<'_>) -> Result<Value> {
    Ok(match padding("RPAD", row)? {
        Ok(pad) => format!("{}{pad}", row.text(0)).into(),
        Err(cut) => cut.into(),
    })
}

/// Characters of the widest bar.
const WIDEST: f64 = 1000.0;

/// Eighths of a block, from none to the whole.
const BLOCKS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

fn bar(row: &Row<'_>) -> Result<Value> {
    let (value, least, most) = (row.float(0), row.float(1), row.float(2));
    let width = if row.has(3) { row.float(3) } else { 80.0 };
    if !(1.0..=WIDEST).contains(&width) {
        return Err(wrong_arguments(format!("BAR takes a width from 1 to {WIDEST}, not {width}")));
    }
    if !least.is_finite() || !most.is_finite() || most <= least {
        return Err(wrong_arguments("BAR takes two finite bounds, the second above the first"));
    }
    let filled = if value.is_nan() || value <= least {
        0.0
    } else if value >= most {
        width
    } else {
        width * (value - least) / (most - least)
    };
    let eighths = (filled * 8.0) as usize;
    let mut text = BLOCKS[8].repeat(eighths / 8);
    let mut blocks = eighths / 8;
    if !eighths.is_multiple_of(8) {
        text.push_str(BLOCKS[eighths % 8]);
        blocks += 1;
    }
    text.push_str(&" ".repeat((width as usize).saturating_sub(blocks)));
    Ok(text.into())
}

/// Bytes of the longest text that REPEAT makes.
const LONGEST_REPETITION: usize = 1 << 30;

fn repetitions(bytes: usize, times: i64) -> Result<usize> {
    let times = usize::try_from(times).unwrap_or(0);
    if bytes.saturating_mul(times) > LONGEST_REPETITION {
        let message = format!("REPEAT would make a text of more than {LONGEST_REPETITION} bytes");
        return Err(Error::new(Code::ValueOutOfRange, message));
    }
    Ok(times)
}
