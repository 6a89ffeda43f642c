//! What happens to an existing catalog when it is opened.

use std::path::Path;

use linal_error::Code;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::super::error::{Result, StoreError};

/// The tables.
pub(super) const SCHEMA: &str = include_str!("../schema.sql");

/// The views of DuckLake.
pub(super) const LAKE: &str = include_str!("../lake.sql");

/// The version of the format that this program writes.
pub(in crate::database) const FORMAT_VERSION: u64 = 3;

/// The first version of the format in which files have checksums of their blocks.
pub(in crate::database) const CHECKSUMS_SINCE: u64 = 2;

/// The changes from version n + 1 of the format to the next, by n. A migration runs in the transaction that also writes the
/// new version.
const MIGRATIONS: [fn(&Transaction<'_>) -> Result<()>; 2] = [add_block_checksums, allow_objects];

/// Format 2. Files from before have none, and are verified whole.
fn add_block_checksums(transaction: &Transaction<'_>) -> Result<()> {
    transaction.execute_batch(
        "ALTER TABLE linal_file ADD COLUMN block_checksums BLOB CHECK (length(block_checksums) % 8 = 0)",
    )?;
    Ok(())
}

/// Format 3. The tables are those of format 2: views, macros, sequences, types and constraints are rows of them that an
/// older program would not know and would drop without a word.
fn allow_objects(_: &Transaction<'_>) -> Result<()> {
    Ok(())
}

/// The hash of a text, in hexadecimal digits.
pub(in crate::database) fn schema_sha(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The version of a catalog's format.
///
/// # Errors
/// `E0410 newer_format`; `E0409 damaged_database` for a file that is no catalog.
pub(in crate::database) fn check_version(connection: &Connection) -> Result<u64> {
    let no_catalog = || StoreError::damaged("the file 'catalog.sqlite' is no catalog of linal");
    let known: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'linal_info')",
        [],
        |row| row.get(0),
    )?;
    if !known {
        return Err(no_catalog());
    }
    let version: Option<String> = connection
        .query_row("SELECT value FROM linal_info WHERE key = 'format_version'", [], |row| row.get(0))
        .optional()?;
    let version: u64 = version.and_then(|text| text.parse().ok()).ok_or_else(no_catalog)?;
    if version == 0 {
        return Err(no_catalog());
    }
    if version > FORMAT_VERSION {
        let message = format!(
            "the database directory has format version {version}, and this program knows versions up to \
             {FORMAT_VERSION}"
        );
        return Err(StoreError::new(Code::NewerFormat, message).with_help("use a newer version of linal"));
    }
    Ok(version)
}

/// Migrates an older format, and brings the views of DuckLake and the path in them up to date.
///
/// # Errors
/// A newer format; a file that cannot be written.
pub(in crate::database) fn prepare_for_writing(connection: &mut Connection, lake_root: &Path) -> Result<()> {
    let version = check_version(connection)?;
    let root = format!("{}/", lake_root.display());
    if version == FORMAT_VERSION
        && info(connection, "lake_root")?.as_deref() == Some(&*root)
        && info(connection, "lake_views")?.as_deref() == Some(&*schema_sha(LAKE))
    {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in MIGRATIONS.iter().skip(version as usize - 1) {
        migration(&transaction)?;
    }
    set_info(&transaction, "format_version", &FORMAT_VERSION.to_string())?;
    set_info(&transaction, "lake_root", &root)?;
    if info(&transaction, "lake_views")?.as_deref() != Some(&*schema_sha(LAKE)) {
        drop_lake_views(&transaction)?;
        transaction.execute_batch(LAKE)?;
        set_info(&transaction, "lake_views", &schema_sha(LAKE))?;
    }
    transaction.commit()?;
    Ok(())
}

fn info(connection: &Connection, key: &str) -> Result<Option<String>> {
    let value = connection.query_row("SELECT value FROM linal_info WHERE key = ?1", [key], |row| row.get(0));
    Ok(value.optional()?)
}

fn set_info(connection: &Connection, key: &str, value: &str) -> Result<()> {
    connection.execute(
        "INSERT INTO linal_info (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )?;
    Ok(())
}

/// Drops the views of `lake.sql`; those of single datasets stay.
fn drop_lake_views(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'view' AND name NOT GLOB 'ducklake_inlined_data_[0-9]*' \
         AND name NOT GLOB 'ducklake_inlined_delete_[0-9]*'",
    )?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names {
        connection.execute_batch(&format!("DROP VIEW \"{}\"", name.replace('"', "\"\"")))?;
    }
    Ok(())
}
