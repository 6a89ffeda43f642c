//! `SET DATASET t METADATA key = "value"`, `SHOW DATASET METADATA t`.

use linal_lang::ast::{Ident, ObjectName};

use linal_dataset::{Cell, Result, RowSet};
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn set(session: &mut Session, table: &ObjectName, key: &Ident, value: &str) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let next = target.dataset.change(|snapshot| Ok(snapshot.with_metadata(&key.name, value)))?;
    Ok(Outcome::Done(format!("{}: {} = {value}", next.name, key.name)))
}

pub(super) fn show(session: &mut Session, table: &ObjectName) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let columns = [("key", ColumnType::String), ("value", ColumnType::String)];
    let mut rows = Vec::new();
    for (key, value) in target.dataset.definition().metadata.iter() {
        rows.push(vec![Cell::String(key.clone()), Cell::String(value.clone())]);
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}
