//! Databases.

use linal_error::Code;
use rusqlite::{OptionalExtension, params};

use super::super::super::catalog::encode_metadata;
use super::super::super::error::{Result, StoreError};
use super::super::super::ids::DatabaseId;
use super::super::plan::{DatabaseChange, Life, Plan};
use super::Context;

pub(super) fn apply(context: &Context<'_>, change: &DatabaseChange) -> Result<()> {
    match change {
        DatabaseChange::Create { id, name } => insert(context, *id, name, "{}"),
        DatabaseChange::Drop { id, name } => drop_database(context, *id, name),
        DatabaseChange::Alter { id, name, metadata } => {
            end(context, *id, name)?;
            insert(context, *id, name, &encode_metadata(metadata)?)
        }
    }
}

fn insert(context: &Context<'_>, id: DatabaseId, name: &str, metadata: &str) -> Result<()> {
    let taken: Option<u64> = context
        .connection
        .prepare_cached(
            "SELECT begin_snapshot FROM linal_database WHERE end_snapshot IS NULL AND name = ?1 COLLATE NOCASE",
        )?
        .query_row([name], |row| row.get(0))
        .optional()?;
    match taken {
        Some(begin) if begin > context.base && begin < context.snapshot => {
            return Err(StoreError::conflict(name));
        }
        Some(_) => {
            return Err(StoreError::new(Code::NameExists, format!("there is a database `{name}` already")));
        }
        None => {}
    }
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_database (database_id, begin_snapshot, name, metadata) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![id, context.snapshot, name, metadata])?;
    Ok(())
}

/// Ends the row of a database. One that another commit has changed or dropped is a conflict.
fn end(context: &Context<'_>, id: DatabaseId, name: &str) -> Result<()> {
    let begin: Option<u64> = context
        .connection
        .prepare_cached(
            "SELECT begin_snapshot FROM linal_database WHERE database_id = ?1 AND end_snapshot IS NULL",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if begin.is_none_or(|begin| begin > context.base && begin < context.snapshot) {
        return Err(StoreError::conflict(name));
    }
    context.end("linal_database", "database_id = ?2", &[&id]).map(drop)
}

fn drop_database(context: &Context<'_>, id: DatabaseId, name: &str) -> Result<()> {
    let changed: bool = context
        .connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM linal_object WHERE database_id = ?1 AND end_snapshot IS NULL \
             AND begin_snapshot > ?2)",
        )?
        .query_row(params![id, context.base], |row| row.get(0))?;
    if changed {
        return Err(StoreError::conflict(name));
    }
    context.end("linal_object", "database_id = ?2", &[&id])?;
    end(context, id, name)
}

/// Checks at the end of a commit that no dataset is in a database that does not exist: another commit has
/// dropped the database, or created the dataset.
pub(super) fn check_left(context: &Context<'_>, plan: &Plan) -> Result<()> {
    let touches_names = !plan.databases.is_empty()
        || plan.datasets.iter().any(|dataset| dataset.naming.is_some() || dataset.life != Life::Kept);
    if !touches_names {
        return Ok(());
    }
    let left: Option<String> = context
        .connection
        .prepare_cached(
            "SELECT d.name FROM linal_dataset d WHERE d.end_snapshot IS NULL AND NOT EXISTS (SELECT 1 \
             FROM linal_database b WHERE b.database_id = d.database_id AND b.end_snapshot IS NULL) LIMIT 1",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    left.map_or(Ok(()), |name| Err(StoreError::conflict(&name)))
}
