//! Formats outcomes: one module per format.
//!
//! The output depends on the outcome and the options only, so that a script prints the same everywhere.

mod abridged;
mod arrow;
mod csv;
mod elements;
mod flatten;
mod json;
mod jsonl;
mod markdown;
mod nested_list;
mod row_renderer;
mod row_writer;
mod rows;
mod table;
mod text;
mod truncate;

pub use self::arrow::{has_columns, table, tensor_batch};
pub use self::row_renderer::RowRenderer;
pub use self::row_writer::RowWriter;

pub(crate) use self::elements::Elements;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use linal_engine::{Outcome, Session};

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: boxes and nested lists, truncated in the middle.
    #[default]
    Table,
    /// A header and one row per line, never truncated. An empty cell is NULL, `""` the empty text.
    Csv,
    /// One array of objects per result.
    Json,
    /// One object per line: a row, or a whole tensor.
    Jsonl,
    /// Pipe tables, truncated in the middle.
    Markdown,
    /// One Arrow IPC stream per result.
    Arrow,
}

/// Every format, in the order of the help text.
pub const FORMATS: [Format; 6] =
    [Format::Table, Format::Csv, Format::Json, Format::Jsonl, Format::Markdown, Format::Arrow];

impl Format {
    /// The name in options and settings.
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

    /// Whether consecutive results need a blank line between them.
    pub const fn separates_results(self) -> bool {
        matches!(self, Format::Csv | Format::Markdown)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When the name is none of `table csv json jsonl markdown arrow`.
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

/// Options of the formats for people; formats for programs never truncate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Greatest number of rows of a table or a matrix; 0 for no limit. A vector, whose elements share lines,
    /// shows up to two and a half times as many elements.
    pub max_rows: usize,
    /// Width of the screen, at which vectors wrap and matrices omit columns; 0 for no limit.
    pub max_width: usize,
    /// Whether statements without a result print a line of confirmation.
    pub interactive: bool,
    /// Whether ANSI colours are used.
    pub colour: bool,
}

impl Default for RenderOptions {
    fn default() -> RenderOptions {
        RenderOptions { max_rows: 40, max_width: 100, interactive: false, colour: false }
    }
}

/// Writes the notices of an outcome, one per line. The formats for people print these lines below their
/// tables; other formats have no place for them.
///
/// # Errors
/// Those of the writer.
pub fn notices(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match outcome {
        Outcome::Rows(rows) => text::notices(&rows.notices, out),
        _ => Ok(()),
    }
}

/// Writes notices, a line each.
///
/// # Errors
/// Those of the writer.
pub fn notice_lines(notices: &[String], out: &mut dyn Write) -> io::Result<()> {
    text::notices(notices, out)
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
        Outcome::Rows(rows) => {
            let mut writer = RowWriter::new(format, options, &rows.schema, out)?;
            rows.batches.iter().try_for_each(|batch| writer.rows(batch))?;
            writer.finish(&rows.notices)
        }
        Outcome::Text(text) => text::line(text, out),
        _ if options.interactive => text::confirmation(outcome, out),
        _ => Ok(()),
    }
}

/// Whether an outcome is a table or a tensor, which formats apply to, rather than a line of text or nothing.
pub fn is_result(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Tensor { .. } | Outcome::Rows(_))
}
