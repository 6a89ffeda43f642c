//! Outcomes as text and bytes: one file a format, and what the formats share.
//!
//! What is written depends on the outcome and the options alone, so the same script prints the same everywhere.

mod abridge;
mod arrow;
mod brackets;
mod csv;
mod elements;
mod grid;
mod json;
mod jsonl;
mod markdown;
mod rows;
mod table;
mod text;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use linal_engine::{Outcome, Session};

/// How outcomes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: boxes and brackets, abridged in the middle.
    #[default]
    Table,
    /// A header line and a line a row, never abridged. An empty cell is NULL, `""` the empty text.
    Csv,
    /// One array of objects a result.
    Json,
    /// One object a line: a row, or a whole tensor.
    Jsonl,
    /// Pipe tables, abridged in the middle.
    Markdown,
    /// One Arrow IPC stream a result.
    Arrow,
}

/// Every format, in the order of the help text.
pub const FORMATS: [Format; 6] =
    [Format::Table, Format::Csv, Format::Json, Format::Jsonl, Format::Markdown, Format::Arrow];

impl Format {
    /// The name that options and settings use.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Markdown => "markdown",
            Format::Arrow => "arrow",
        }
    }

    /// Whether results that follow one another need a blank line between them to be told apart.
    pub const fn separates_results(self) -> bool {
        matches!(self, Format::Csv | Format::Markdown)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is none of `table csv json jsonl markdown arrow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the formats are ")?;
        let [first @ .., last] = FORMATS;
        for format in first {
            write!(f, "{format}, ")?;
        }
        write!(f, "and {last}")
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Format, UnknownFormat> {
        FORMATS.into_iter().find(|f| f.name().eq_ignore_ascii_case(text)).ok_or(UnknownFormat)
    }
}

/// What the formats for people take into account; those for programs never abridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Rows of a table or a matrix beyond which the middle is left out; 0 for no limit. A vector, whose elements
    /// share lines, shows up to two and a half times as many elements.
    pub max_rows: usize,
    /// Columns of the screen beyond which vectors wrap and matrices leave out columns; 0 for no limit.
    pub max_width: usize,
    /// Whether statements without a result are confirmed by a line.
    pub interactive: bool,
    /// Whether ANSI colours are used.
    pub colour: bool,
}

impl Default for RenderOptions {
    fn default() -> RenderOptions {
        RenderOptions { max_rows: 40, max_width: 100, interactive: false, colour: false }
    }
}

/// Writes what the user should know besides an outcome, a line each. The formats for people have these lines below
/// their tables already; the others have no place for them.
///
/// # Errors
/// Those of the writer.
pub fn notices(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match outcome {
        Outcome::Rows(rows) => text::notices(&rows.notices, out),
        _ => Ok(()),
    }
}

/// Writes what the user should know of a statement whose outcome is no table: the session's notices, a line each.
///
/// # Errors
/// Those of the writer.
pub fn session_notices(session: &Session, out: &mut dyn Write) -> io::Result<()> {
    text::notices(session.notices(), out)
}

/// Writes an outcome, the last line ended. Statements without a result write nothing unless the options say
/// `interactive`; a text is written as it is in every format.
///
/// # Errors
/// Those of the writer.
pub fn render(
    outcome: &Outcome,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match outcome {
        Outcome::Tensor { name, tensor } => match format {
            Format::Table => table::tensor(name, tensor, options, out),
            Format::Csv => csv::tensor(name, tensor, out),
            Format::Json => json::tensor(name, tensor, out),
            Format::Jsonl => jsonl::tensor(name, tensor, out),
            Format::Markdown => markdown::tensor(name, tensor, options, out),
            Format::Arrow => arrow::tensor(name, tensor, out),
        },
        Outcome::Rows(rows) => match format {
            Format::Table => table::rows(rows, options, out),
            Format::Csv => csv::rows(rows, out),
            Format::Json => json::rows(rows, out),
            Format::Jsonl => jsonl::rows(rows, out),
            Format::Markdown => markdown::rows(rows, options, out),
            Format::Arrow => arrow::rows(rows, out),
        },
        Outcome::Text(text) => text::line(text, out),
        _ if options.interactive => text::confirmation(outcome, out),
        _ => Ok(()),
    }
}

/// Whether an outcome is a table or a tensor, which formats write, rather than a line of text or nothing.
pub fn is_result(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Tensor { .. } | Outcome::Rows(_))
}
