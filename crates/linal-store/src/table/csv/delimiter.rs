//! The delimiter of a file, from its first lines.

use std::io::{self, Read};
use std::path::Path;

use super::scan::{Quotes, Record, Scanner};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::TableOptions;
use crate::table::input::Input;

/// Bytes of a file that are looked at.
const SAMPLE: u64 = 64 << 10;
/// Rows that are looked at.
const ROWS: usize = 1000;
/// What may be a delimiter, the first ones before the others where they divide alike.
const CANDIDATES: [u8; 4] = [b',', b'|', b';', b'\t'];

/// The delimiter of a file: the one of the options; a tab where its name says so; otherwise the one that divides all rows of its
/// beginning into the same number of cells, and into the most. `named` is that of its name.
///
/// # Errors
/// A file that cannot be read.
pub(in crate::table) fn delimiter(
    path: &Path,
    named: u8,
    options: &TableOptions,
    context: &ReadContext<'_>,
) -> Result<u8> {
    if let Some(given) = options.delimiter {
        return Ok(given);
    }
    // What is no regular file cannot be read twice.
    if named != b',' || !std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return Ok(named);
    }
    let mut input = Input::open(path, &context.uncounted())?;
    input.skip_mark()?;
    input.skip_lines(options.skip)?;
    let place = input.place.clone();
    let mut sample = Vec::new();
    let read = (&mut input).take(SAMPLE).read_to_end(&mut sample);
    read.map_err(|error| ReadError::from_io(&place, &error))?;
    let is_cut = sample.len() as u64 == SAMPLE;
    let quotes = Quotes::of(options);
    let mut best = (1, named);
    for candidate in CANDIDATES {
        match width(&sample, candidate, quotes, is_cut) {
            // A comma that divides is the delimiter, whatever else does.
            Some(width) if candidate == named && width > 1 => return Ok(named),
            Some(width) if width > best.0 => best = (width, candidate),
            _ => {}
        }
    }
    Ok(best.1)
}

/// The number of cells of all rows; `None` where they differ. The last row of a sample that was cut is left out.
fn width(sample: &[u8], delimiter: u8, quotes: Quotes, is_cut: bool) -> Option<usize> {
    let mut scanner = Scanner::new(sample, delimiter, 0).with_quotes(quotes);
    let mut record = Record::default();
    let mut widths = Vec::new();
    let uncharged = |_: &Record| Ok::<(), io::Error>(());
    while widths.len() < ROWS {
        match scanner.next(&mut record, uncharged) {
            Ok(Some(_)) if record.is_blank() => {}
            Ok(Some(_)) => widths.push(record.len()),
            Ok(None) => break,
            // A quote that the sample cuts off.
            Err(_) if is_cut => break,
            Err(_) => return None,
        }
    }
    if is_cut && widths.len() > 1 && widths.len() < ROWS {
        widths.pop();
    }
    let first = *widths.first()?;
    widths.iter().all(|width| *width == first).then_some(first)
}
