//! Names and selection of the columns, from the first row and what is below it.

use super::header::{self, Header};
use super::survey::ColumnSurvey;
use crate::error::Result;
use crate::table::{TableOptions, names};

/// A cell of the first row, and whether it was quoted.
pub(super) type Cell = (String, bool);

/// The columns of a file.
pub(super) struct Head {
    pub(super) names: Vec<String>,
    /// The selected columns, in order.
    pub(super) places: Vec<usize>,
    /// Whether the first row has names; otherwise it is data.
    pub(super) has_header: bool,
    pub(super) notices: Vec<String>,
}

impl Head {
    /// Decides from the first row and the columns below it. `written` is the first row before its texts of NULL were
    /// taken, if there are such.
    pub(super) fn decide(
        place: &str,
        (first, written): (&[Cell], Option<&[Cell]>),
        columns: &[ColumnSurvey],
        options: &TableOptions,
    ) -> Result<Head> {
        let mut notices = Vec::new();
        let names_of = written.unwrap_or(first);
        let header = header::decide(first, columns, options);
        if header == Header::Guessed {
            notices.push(format!(
                "{place}: all columns are text, so the first line is taken as the header; header => false reads it as a row"
            ));
        }
        let has_header = header != Header::Absent;
        // Blanks around a name are part of it only within quotes.
        let name = |(name, quoted): &Cell| if *quoted { name.clone() } else { name.trim().to_string() };
        let names = if has_header {
            names::distinct(place, names_of.iter().map(name).collect(), &mut notices)
        } else {
            (0..first.len()).map(|at| format!("c{at}")).collect()
        };
        let places = select(place, &names, has_header, options)?;
        Ok(Head { names, places, has_header, notices })
    }
}

/// The requested columns, by name or, without a header, by index.
fn select(place: &str, names: &[String], header: bool, options: &TableOptions) -> Result<Vec<usize>> {
    let Some(fields) = options.fields.as_deref() else { return names::select(place, names, None) };
    let numbered: Vec<String> = fields
        .iter()
        .map(|field| match field.trim().parse::<usize>() {
            Ok(at) if !header || names::find(names, field).is_none() => {
                names.get(at).cloned().unwrap_or_else(|| field.clone())
            }
            _ => field.clone(),
        })
        .collect();
    names::select(place, names, Some(&numbered))
}
