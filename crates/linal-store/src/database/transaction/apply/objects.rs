//! Objects.

use rusqlite::{OptionalExtension, params};

use super::super::super::error::{Result, StoreError};
use super::super::super::ids::DatabaseId;
use super::super::plan::ObjectChange;
use super::Context;
use super::segments::insert_file;

pub(super) fn apply(context: &Context<'_>, change: &ObjectChange) -> Result<()> {
    match change {
        ObjectChange::Drop { database, kind, name } => end(context, *database, kind, name),
        ObjectChange::Put { id, database, kind, name, dataset, definition, file } => {
            end(context, *database, kind, name)?;
            let file = file.as_ref().map(|file| insert_file(context, file, "tensor")).transpose()?;
            context
                .connection
                .prepare_cached(
                    "INSERT INTO linal_object (object_id, begin_snapshot, database_id, kind, name, dataset_id, \
                     definition, file_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    id,
                    context.snapshot,
                    database,
                    kind,
                    name,
                    dataset,
                    definition.to_string(),
                    file
                ])?;
            Ok(())
        }
    }
}

/// Ends the object of a kind and name, if there is one. One that another commit has defined or dropped since
/// is a conflict.
fn end(context: &Context<'_>, database: DatabaseId, kind: &str, name: &str) -> Result<()> {
    let found: Option<(u64, u64)> = context
        .connection
        .prepare_cached(
            "SELECT object_id, begin_snapshot FROM linal_object WHERE database_id = ?1 AND kind = ?2 \
             AND name = ?3 COLLATE NOCASE AND end_snapshot IS NULL",
        )?
        .query_row(params![database, kind, name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, begin)) = found else {
        let ended_since: bool = context
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM linal_object WHERE database_id = ?1 AND kind = ?2 \
                 AND name = ?3 COLLATE NOCASE AND end_snapshot > ?4 AND end_snapshot < ?5)",
            )?
            .query_row(params![database, kind, name, context.base, context.snapshot], |row| row.get(0))?;
        return if ended_since { Err(StoreError::conflict(name)) } else { Ok(()) };
    };
    if begin > context.base && begin < context.snapshot {
        return Err(StoreError::conflict(name));
    }
    context.end("linal_object", "object_id = ?2", &[&id]).map(drop)
}
