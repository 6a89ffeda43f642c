//! Defaults that are expressions: evaluated for each row that has no value, when its other values are there.

use linal_dataset::{ColumnDef, Result, Snapshot};
use linal_lang::Span;
use linal_lang::ast::relational::Literal;
use linal_query::frontend::generated_columns;

use crate::session::Session;
use crate::statement::constraint;

/// A dataset without rows in which columns with such a default may be NULL, until it is evaluated.
pub(super) fn relaxed(definition: &Snapshot) -> Snapshot {
    let mut relaxed = definition.without_all_rows();
    let is_expression =
        |column: &ColumnDef| column.default.as_ref().is_some_and(|value| value.is_expression());
    for (at, column) in definition.columns.iter().enumerate().filter(|(_, column)| is_expression(column)) {
        let column = ColumnDef { nullable: true, ..column.clone() };
        // There are no values that could not fit.
        if let Ok(next) = relaxed.with_redefined(at, column, None) {
            relaxed = next;
        }
    }
    relaxed
}

/// The columns with such a default that are not given.
pub(super) fn missing_columns(definition: &Snapshot, given: &[usize]) -> Vec<usize> {
    let columns = definition.columns.iter().enumerate();
    columns
        .filter(|(_, column)| column.default.as_ref().is_some_and(|default| default.is_expression()))
        .map(|(at, _)| at)
        .filter(|at| !given.contains(at))
        .collect()
}

/// The rows of literals in which a column with such a default has no value, or DEFAULT; `given` are the columns of the
/// values.
pub(super) fn missing_of_literals(
    definition: &Snapshot,
    given: &[usize],
    values: &[Literal],
    width: usize,
) -> Vec<(usize, Vec<usize>)> {
    let rows = values.len() / width.max(1);
    let all = missing_columns(definition, &[]);
    let rows_of = |column: usize| match given.iter().position(|other| *other == column) {
        None => (0..rows).collect(),
        Some(place) => (0..rows).filter(|row| values[row * width + place] == Literal::Default).collect(),
    };
    all.into_iter()
        .map(|column| (column, rows_of(column)))
        .filter(|(_, rows): &(_, Vec<usize>)| !rows.is_empty())
        .collect()
}

/// Rows with the defaults of columns in some rows. They satisfy the definition of their dataset then.
///
/// # Errors
/// Those of the expressions; a value that does not fit its column.
pub(super) fn fill(
    session: &mut Session,
    definition: &Snapshot,
    mut rows: Snapshot,
    missing: &[(usize, Vec<usize>)],
) -> Result<Snapshot> {
    for (column, places) in missing {
        let Some(default) = &definition.columns[*column].default else { continue };
        let value = generated_columns::parse(&default.text)?;
        let some = rows.of_rows(places)?;
        let values = generated_columns::over(&mut session.query_context(), &some, None, &[&value])
            .map_err(|error| error.without_span())?;
        let zone = session.settings.timezone.clone();
        for (values, field) in values.columns {
            // The column as it is declared decides what fits.
            let strict = ColumnDef::clone(&definition.columns[*column]);
            rows = rows.with_redefined(*column, ColumnDef { nullable: true, ..strict.clone() }, None)?;
            rows = rows.with_updated(places, &[(*column, values, field)], &zone)?;
            rows = constraint::set_nullable(&rows, *column, strict.nullable, Span::default())
                .map_err(|error| error.without_span())?;
        }
    }
    Ok(rows)
}
