//! `DELETE FROM t [USING ..] [WHERE e] [RETURNING ..]`

use linal_dataset::{Result, RowChanges, count};
use linal_lang::ast::relational::Delete;
use linal_query::frontend::changes::joined;
use linal_query::frontend::dml;
use linal_query::frontend::dml::Changed;

use super::constraint::{Change, publish};
use super::returning;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, delete: &Delete) -> Result<Outcome> {
    let target = session.dataset(&delete.table)?;
    let before = target.dataset.snapshot();
    let changed = Changed { table: &delete.table, alias: delete.alias.as_ref() };
    let filter = delete.filter.as_ref();
    let context = &mut session.query_context();
    let rows = match filter {
        _ if !delete.sources.is_empty() => {
            joined::matching(context, changed, &target.dataset, &delete.sources, filter, &[])?.rows
        }
        Some(_) => dml::matching(context, changed, filter, &[])?.rows,
        None => (0..before.rows).collect(),
    };
    let next = before.without_rows(&rows)?;
    let returned =
        returning::rows(session, delete.returning.as_ref(), || before.of_rows(&rows), delete.alias.as_ref())?;
    let changes = RowChanges { deleted: rows, ..RowChanges::default() };
    let span = delete.table.span;
    publish(session, Change { target: &target, before: &before, next, rows: &changes, span })?;
    session.affected_rows = Some(changes.deleted.len() as u64);
    Ok(returning::outcome(returned, || format!("deleted {}", count(changes.deleted.len(), "row"))))
}
