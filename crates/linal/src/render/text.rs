//! Formats lines and cells of text.

use std::borrow::Cow;
use std::io::{self, Write};

use linal_engine::{Definition, Outcome};

/// Writes a text, terminated by a line end.
pub(super) fn line(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
}

/// Writes the confirmation of a statement without a result.
pub(super) fn confirmation(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match outcome {
        Outcome::Defined(defined) => {
            let Definition { name, shape, dtype, lazy } = &**defined;
            let lazy = if *lazy { " (lazy)" } else { "" };
            writeln!(out, "{}: {dtype} {shape}{lazy}", one_line(name))
        }
        Outcome::Done(sentence) if sentence.is_empty() => Ok(()),
        Outcome::Done(sentence) => line(sentence, out),
        _ => Ok(()),
    }
}

/// A name on one line; it may be the text of an expression over several lines.
pub(super) fn one_line(name: &str) -> Cow<'_, str> {
    if name.contains(['\n', '\r', '\t']) {
        Cow::Owned(name.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        printable(name)
    }
}

/// Escapes control characters other than line ends, so that data cannot move the cursor or change colours.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let foreign = |c: char| c.is_control() && c != '\n';
    if !text.contains(foreign) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if foreign(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// `1 row`, `3 rows`.
pub(super) fn row_count(rows: usize) -> String {
    format!("{rows} {}", if rows == 1 { "row" } else { "rows" })
}

/// The notices below a result.
pub(super) fn notices(notices: &[String], out: &mut dyn Write) -> io::Result<()> {
    notices.iter().try_for_each(|notice| writeln!(out, "note: {}", one_line(notice)))
}

/// The line below a table: its size, and the number of shown rows when that is less.
pub(super) fn size_line(total: usize, shown: usize) -> String {
    if shown < total { format!("{} ({shown} shown)", row_count(total)) } else { row_count(total) }
}
