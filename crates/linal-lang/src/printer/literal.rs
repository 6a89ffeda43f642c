//! Prints literals and names.

use crate::ast::{Element, Ident, NumberArray, Numbers, ObjectName};
use crate::keywords;
use crate::lexer::is_word_char;
use std::fmt::{self, Write};

/// Prints a name, in backticks when it would otherwise not parse as that name.
pub(super) fn name(out: &mut impl Write, name: &str) -> fmt::Result {
    if is_plain(name) { out.write_str(name) } else { quoted(out, name, '`') }
}

/// Prints a text in quotes, and doubles the quotes within.
pub(super) fn quoted(out: &mut impl Write, text: &str, quote: char) -> fmt::Result {
    out.write_char(quote)?;
    for (at, piece) in text.split(quote).enumerate() {
        if at > 0 {
            out.write_char(quote)?;
            out.write_char(quote)?;
        }
        out.write_str(piece)?;
    }
    out.write_char(quote)
}

/// Prints a float in its shortest form that parses to the same value, always recognisable as a float.
pub(super) fn float(out: &mut impl Write, value: f64) -> fmt::Result {
    if value.is_nan() { out.write_str("nan") } else { write!(out, "{value:?}") }
}

/// Prints a number literal with its brackets.
pub(super) fn numbers(out: &mut impl Write, array: &NumberArray) -> fmt::Result {
    match &array.data {
        Numbers::Int(values) => nested(out, &array.shape, values, |out, value| write!(out, "{value}")),
        Numbers::Float(floats) if floats.exact.is_empty() => {
            nested(out, &array.shape, &floats.values, |out, value| float(out, *value))
        }
        Numbers::Float(floats) => {
            let elements: Vec<Element> = floats.elements().collect();
            nested(out, &array.shape, &elements, |out, value| element(out, *value))
        }
        Numbers::Bool(values) => nested(out, &array.shape, values, |out, value| write!(out, "{value}")),
    }
}

fn element(out: &mut impl Write, element: Element) -> fmt::Result {
    match element {
        Element::Int(value) => write!(out, "{value}"),
        Element::Float(value) => float(out, value),
        Element::Bool(value) => write!(out, "{value}"),
    }
}

/// Walks the rows as one flat run: before each leaf it opens, and after it closes, as many brackets as rows
/// begin or end there. A leaf is an element, or an empty row when the innermost axis is empty.
fn nested<W: Write, T>(
    out: &mut W,
    shape: &[usize],
    values: &[T],
    write: impl Fn(&mut W, &T) -> fmt::Result,
) -> fmt::Result {
    let outer = match shape.split_last() {
        Some((0, outer)) => outer,
        _ => shape,
    };
    let leaves: usize = outer.iter().product();
    if leaves == 0 {
        return out.write_str("[]");
    }
    for leaf in 0..leaves {
        if leaf > 0 {
            out.write_str(", ")?;
        }
        repeat(out, '[', rows_at(outer, leaf))?;
        match values.get(leaf) {
            Some(value) => write(out, value)?,
            None => out.write_str("[]")?,
        }
        repeat(out, ']', rows_at(outer, leaf + 1))?;
    }
    Ok(())
}

/// The number of rows that begin before this leaf, which is also the number that end there.
fn rows_at(outer: &[usize], leaf: usize) -> usize {
    let mut stride = 1usize;
    outer
        .iter()
        .rev()
        .take_while(|length| {
            stride = stride.saturating_mul(**length);
            leaf.is_multiple_of(stride)
        })
        .count()
}

fn repeat(out: &mut impl Write, sign: char, times: usize) -> fmt::Result {
    (0..times).try_for_each(|_| out.write_char(sign))
}

/// Whether a name parses as itself without backticks.
fn is_plain(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let number_word = ["inf", "nan"].iter().any(|word| name.eq_ignore_ascii_case(word));
    let in_case = keywords::continues_case(name);
    first && !number_word && name.chars().all(is_word_char) && !keywords::is_reserved(name) && !in_case
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, &self.name)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_char('.')?;
            }
            part.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for NumberArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        numbers(f, self)
    }
}
