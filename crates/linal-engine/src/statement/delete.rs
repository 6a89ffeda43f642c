//! `DELETE FROM t [WHERE e]`

use linal_dataset::{Result, count};
use linal_lang::ast::relational::Delete;
use linal_query::frontend::dml;
use linal_query::frontend::dml::Changed;

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, delete: &Delete) -> Result<Outcome> {
    let dataset = session.dataset(&delete.table)?.dataset;
    let before = dataset.snapshot();
    let rows = match &delete.filter {
        Some(filter) => {
            let changed = Changed { table: &delete.table, alias: delete.alias.as_ref() };
            dml::matching(&mut session.query_context(), changed, Some(filter), &[])?.rows
        }
        None => (0..before.rows).collect(),
    };
    let next = before.without_rows(&rows)?;
    dataset.publish(before.version, next)?;
    session.affected_rows = Some(rows.len() as u64);
    Ok(Outcome::Done(format!("deleted {}", count(rows.len(), "row"))))
}
