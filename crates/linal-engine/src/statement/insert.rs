//! `INSERT INTO t ... VALUES` of literals, straight into the tail of the dataset.

use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::{Insert, Literal};
use smallvec::SmallVec;

use crate::dataset::Snapshot;
use crate::error::{Error, Result, count};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn literals(
    session: &mut Session,
    insert: &Insert,
    values: &[Literal],
    spans: &[Span],
    width: usize,
) -> Result<Outcome> {
    let target = session.dataset(&insert.table)?;
    loop {
        let definition = target.dataset.definition();
        if definition.columns.iter().any(|column| column.computed.as_ref().is_some_and(|c| !c.lazy)) {
            return Err(Error::not_yet("INSERT into a dataset with computed columns"));
        }
        let columns = places(&definition, insert.columns.as_deref())?;
        let inserted = target
            .dataset
            .insert(&definition, columns.as_deref(), values, spans, width)
            .map_err(|error| error.at(insert.table.span))?;
        if let Some(rows) = inserted {
            return Ok(Outcome::Done(format!("inserted {} into {}", count(rows, "row"), definition.name)));
        }
    }
}

/// The places of the columns that an INSERT names.
///
/// # Errors
/// An unknown column or one that is named twice, at its name.
pub(super) fn places(
    definition: &Snapshot,
    columns: Option<&[Ident]>,
) -> Result<Option<SmallVec<[usize; 16]>>> {
    let Some(columns) = columns else { return Ok(None) };
    let mut places: SmallVec<[usize; 16]> = SmallVec::with_capacity(columns.len());
    for column in columns {
        let place = definition.column(&column.name).map_err(|error| error.at(column.span))?;
        if places.contains(&place) {
            let message = format!("the column `{}` is given twice", definition.columns[place].name);
            return Err(Error::new("E0606", "duplicate_column", message).at(column.span));
        }
        places.push(place);
    }
    Ok(Some(places))
}
