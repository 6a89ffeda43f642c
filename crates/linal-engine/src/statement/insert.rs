//! `INSERT INTO t ... VALUES` of literals, straight into the tail of the dataset.

use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::{Insert, Literal, Query};
use smallvec::SmallVec;

use crate::dataset::{Dataset, Snapshot};
use crate::error::{Error, Result, count};
use crate::outcome::Outcome;
use crate::relational::{Options, computed};
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
        if has_computed(&definition) {
            return literals_and_computed(session, &target.dataset, insert, values, spans, width);
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

/// Rows for a dataset with columns that are computed: they are put together apart from it, so that a row is never
/// seen without its computed values.
fn literals_and_computed(
    session: &mut Session,
    dataset: &Dataset,
    insert: &Insert,
    values: &[Literal],
    spans: &[Span],
    width: usize,
) -> Result<Outcome> {
    let before = dataset.snapshot();
    let apart = Dataset::new(before.with_chunks(Vec::new()));
    let definition = apart.definition();
    let columns = places(&definition, insert.columns.as_deref())?;
    apart
        .insert(&definition, columns.as_deref(), values, spans, width)
        .map_err(|error| error.at(insert.table.span))?;
    let rows = apart.snapshot();
    let all = before.chunks.iter().chain(&rows.chunks).cloned().collect();
    let next = computed::fill_from(session, before.with_chunks(all), before.rows)?;
    dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("inserted {} into {}", count(rows.rows, "row"), before.name)))
}

fn has_computed(definition: &Snapshot) -> bool {
    definition.columns.iter().any(|column| column.computed.as_ref().is_some_and(|computed| !computed.lazy))
}

/// `INSERT INTO t SELECT ...`. The query reads the dataset as it was before.
pub(super) fn query(session: &mut Session, insert: &Insert, query: &Query) -> Result<Outcome> {
    let dataset = session.dataset(&insert.table)?.dataset;
    let before = dataset.snapshot();
    let settable = || {
        let own = before.columns.iter().enumerate();
        own.filter(|(_, column)| column.computed.is_none()).map(|(at, _)| at).collect()
    };
    let columns: SmallVec<[usize; 16]> = places(&before, insert.columns.as_deref())?.unwrap_or_else(settable);
    let (_, batches) = session.run_query(query, Options::default())?;
    let next = before.with_appended_to(&columns, &batches).map_err(|error| error.at(query.span))?;
    let rows = next.rows - before.rows;
    let next = computed::fill_from(session, next, before.rows)?;
    dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("inserted {} into {}", count(rows, "row"), before.name)))
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
