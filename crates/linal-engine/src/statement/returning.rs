//! `RETURNING`: the rows that a statement has changed, as the rows of a query.

use arrow::datatypes::SchemaRef;
use linal_dataset::{Result, RowSet, Snapshot};
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{Query, Relational};
use linal_lang::ast::{Ident, ObjectName};
use linal_query::frontend::changes::returning;

use super::merge;
use crate::outcome::Outcome;
use crate::session::{Session, check_rows};

/// The rows of RETURNING over changed rows. They are computed before the change is published, so that a mistake in an
/// expression changes nothing.
pub(super) fn rows(
    session: &mut Session,
    returning: Option<&Query>,
    changed: impl FnOnce() -> Result<Snapshot>,
    alias: Option<&Ident>,
) -> Result<Option<RowSet>> {
    let Some(query) = returning else { return Ok(None) };
    let name = alias.map(|alias| &*alias.name);
    let (schema, batches) = returning::rows(&mut session.query_context(), query, changed()?, name)?;
    let rows = RowSet::new(schema, batches);
    check_rows(rows.num_rows() as u64, session.row_limit())?;
    Ok(Some(rows))
}

/// The outcome of a statement with its rows of RETURNING, or else its message.
pub(super) fn outcome(rows: Option<RowSet>, said: impl FnOnce() -> String) -> Outcome {
    match rows {
        Some(rows) => Outcome::Rows(rows),
        None => Outcome::Done(said()),
    }
}

/// The columns of the rows that a statement returns; `None` for one that returns none.
///
/// # Errors
/// An unknown dataset or column.
pub(super) fn schema(session: &mut Session, statement: &Statement) -> Result<Option<SchemaRef>> {
    let Statement::Relational(relational) = statement else { return Ok(None) };
    let (table, alias, returning): (&ObjectName, _, _) = match &**relational {
        Relational::Insert(insert) => (&insert.table, insert.alias.as_ref(), insert.returning.as_ref()),
        Relational::Update(update) => (&update.table, update.alias.as_ref(), update.returning.as_ref()),
        Relational::Delete(delete) => (&delete.table, delete.alias.as_ref(), delete.returning.as_ref()),
        Relational::Merge(merge) => (&merge.table, merge.alias.as_ref(), merge.returning.as_ref()),
        _ => return Ok(None),
    };
    let Some(query) = returning else { return Ok(None) };
    let mut rows = session.dataset(table)?.dataset.definition().without_all_rows();
    if matches!(&**relational, Relational::Merge(_)) {
        rows = merge::with_actions(&rows, &[])?;
    }
    let name = alias.map(|alias| &*alias.name);
    Ok(Some(returning::plan(&mut session.query_context(), query, rows, name)?.schema.clone()))
}
