//! The pages of the book for newcomers: each row of a table with a statement prints what the row says.
//!
//! Such a row ends with two cells in backticks: statements, separated by `;`, and what the last one prints. Rows of a result
//! are separated by ` / `, values by `,`; an error is its code, as `E0705 bad_cast`.

use std::fs;

use libtest_mimic::{Failed, Trial};
use linal::Outcome;
use linal::render::{Format, RenderOptions, render};

use crate::harness::{ensure, session, test};
use crate::workspace;

/// The pages whose tables are checked, each with the least number of statements that it has.
const PAGES: [(&str, usize); 1] = [("coming-from-duckdb.md", 40)];

pub fn trials() -> Vec<Trial> {
    PAGES
        .into_iter()
        .map(|(page, least)| test(format!("book::{page}"), move || check_page(page, least)))
        .collect()
}

fn check_page(page: &str, least: usize) -> Result<(), Failed> {
    let text = fs::read_to_string(workspace().join("docs/src").join(page))?;
    let rows: Vec<(usize, Vec<String>)> =
        text.lines().enumerate().filter_map(|(at, line)| Some((at + 1, cells(line)?))).collect();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (line, cells) in rows {
        let [.., statements, printed] = cells.as_slice() else { continue };
        let (Some(statements), Some(printed)) = (code(statements), code(printed)) else { continue };
        checked += 1;
        let found = run(&statements)?;
        if found != printed {
            wrong.push(format!("line {line}: {statements}\n  prints {found}\n  and not {printed}"));
        }
    }
    ensure(wrong.is_empty(), || wrong.join("\n"))?;
    ensure(checked >= least, || format!("{page} has {checked} statements, and {least} were expected"))
}

/// The cells of a row of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    // A bar within a cell is written `\|`.
    let inner = inner.replace("\\|", "\u{1}");
    Some(inner.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect())
}

/// The text of a cell that is code and nothing else.
fn code(cell: &str) -> Option<String> {
    let inner = cell.strip_prefix('`')?.strip_suffix('`')?;
    (!inner.contains('`')).then(|| inner.to_string())
}

fn run(statements: &str) -> Result<String, Failed> {
    let (_engine, mut session) = session();
    let mut printed = String::new();
    for fragment in linal::split(statements) {
        let outcome = fragment
            .map_err(linal::Error::from)
            .and_then(|fragment| session.execute_fragment(statements, fragment.span));
        printed = match outcome {
            Ok(outcome) => shown(&outcome)?,
            Err(error) => return Ok(error.code().to_string()),
        };
    }
    Ok(printed)
}

fn shown(outcome: &Outcome) -> Result<String, Failed> {
    let mut out = Vec::new();
    render(outcome, Format::Csv, &RenderOptions::default(), &mut out)?;
    let text = String::from_utf8(out)?;
    let is_table = matches!(outcome, Outcome::Rows(_));
    let lines: Vec<&str> = text.lines().skip(usize::from(is_table)).collect();
    Ok(lines.join(" / "))
}
