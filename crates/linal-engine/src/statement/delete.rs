//! `DELETE FROM t [WHERE e]`

use linal_lang::ast::relational::Delete;

use crate::error::{Result, count};
use crate::outcome::Outcome;
use crate::relational::frontend::dml;
use crate::relational::frontend::dml::Changed;
use crate::session::Session;

pub(super) fn run(session: &mut Session, delete: &Delete) -> Result<Outcome> {
    let dataset = session.dataset(&delete.table)?.dataset;
    let before = dataset.snapshot();
    let rows = match &delete.filter {
        Some(filter) => {
            let changed = Changed { table: &delete.table, alias: delete.alias.as_ref() };
            dml::matching(session, changed, Some(filter), &[])?.rows
        }
        None => (0..before.rows).collect(),
    };
    let next = before.without_rows(&rows)?;
    dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("deleted {}", count(rows.len(), "row"))))
}
