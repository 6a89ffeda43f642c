//! Detects whether the first row is a header.

use super::infer::Class;
use super::survey::ColumnSurvey;
use crate::table::TableOptions;

/// Whether the first row is a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// It does.
    Present,
    /// All cells are text, and the first row is taken as a header, as other programs do.
    Guessed,
    /// It is data.
    Absent,
}

/// The first row is a header when one of its cells differs in class from the cells below it, when it has all
/// requested fields, or when all columns are text.
pub(super) fn decide(first: &[(String, bool)], columns: &[ColumnSurvey], options: &TableOptions) -> Header {
    let present = |present| if present { Header::Present } else { Header::Absent };
    if let Some(header) = options.header {
        return present(header);
    }
    let class = |cell: &str| (!cell.is_empty()).then(|| Class::of_cell(cell.as_bytes()));
    let cells: Vec<(Option<Class>, &ColumnSurvey)> = first
        .iter()
        .zip(columns)
        .map(|((cell, quoted), column)| {
            // A quoted name above an unquoted cell is text, whatever it contains.
            let is_text = *quoted && !cell.is_empty() && column.has_plain_values();
            (if is_text { Some(Class::Text) } else { class(cell.trim()) }, column)
        })
        .collect();
    let named = |field: &String| {
        let named = |(cell, _): &&(String, bool)| cell.trim().eq_ignore_ascii_case(field.trim());
        first.iter().find(named).is_some_and(|(cell, _)| class(cell.trim()) == Some(Class::Text))
    };
    let differs = |(class, column): &(Option<Class>, &ColumnSurvey)| match column.class() {
        Class::Text => false,
        below => class.is_some_and(|class| class != below),
    };
    if options.fields.as_ref().is_some_and(|fields| !fields.is_empty() && fields.iter().all(named)) {
        return Header::Present;
    }
    if cells.iter().any(differs) {
        return Header::Present;
    }
    // A row of numbers only is data, and so is one without a name.
    let is_text = |class: &Option<Class>| class.is_none_or(|class| class == Class::Text);
    let texts = cells
        .iter()
        .all(|(class, column)| column.class() == Class::Text && (column.has_values() || is_text(class)));
    let has_name = cells.iter().any(|(class, _)| *class == Some(Class::Text));
    if texts && has_name { Header::Guessed } else { Header::Absent }
}
