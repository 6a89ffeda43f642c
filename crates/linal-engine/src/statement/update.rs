//! `UPDATE t SET a = e, ... [WHERE e]`

use linal_lang::ast::relational::{Scalar, Update};

use crate::dataset::check_settable;
use crate::error::{Error, Result, count};
use crate::outcome::Outcome;
use crate::relational::change::{self, Matched};
use crate::relational::computed;
use crate::session::Session;

/// Works out the new values over the rows as they are, then exchanges only the columns and chunks that changed.
pub(super) fn run(session: &mut Session, update: &Update) -> Result<Outcome> {
    let dataset = session.dataset(&update.table)?.dataset;
    let before = dataset.snapshot();
    let mut columns = Vec::with_capacity(update.assignments.len());
    for (name, _) in &update.assignments {
        let column = before.column(&name.name).map_err(|error| error.at(name.span))?;
        if columns.contains(&column) {
            let message = format!("`{}` is set twice", name.name);
            return Err(Error::new("E0606", "duplicate_column", message).at(name.span));
        }
        check_settable(&before.columns[column]).map_err(|error| error.at(name.span))?;
        columns.push(column);
    }
    let values: Vec<&Scalar> = update.assignments.iter().map(|(_, value)| value).collect();
    let Matched { rows, columns: values } =
        change::matching(session, &update.table, update.filter.as_ref(), &values)?;
    let changed: Vec<_> =
        columns.into_iter().zip(values).map(|(column, (array, field))| (column, array, field)).collect();
    let next = before.with_updated(&rows, &changed).map_err(|error| error.at(update.table.span))?;
    let next = computed::fill_rows(session, next, &rows)?;
    dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("updated {}", count(rows.len(), "row"))))
}
