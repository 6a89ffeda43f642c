//! A new catalog.

use rusqlite::{Connection, TransactionBehavior, params};

use super::super::error::Result;
use super::open::{FORMAT_VERSION, LAKE, SCHEMA};

/// The name of the database that always exists.
const DEFAULT_DATABASE: &str = "default";

/// Writes the tables, snapshot 0 and the database `default`, in one transaction.
///
/// # Errors
/// A file that cannot be written.
pub(in crate::database) fn create(connection: &mut Connection, time_us: i64) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute_batch(LAKE)?;
    let info = |key: &str, value: &str| {
        transaction.execute("INSERT INTO linal_info (key, value) VALUES (?1, ?2)", params![key, value])
    };
    info("format_version", &FORMAT_VERSION.to_string())?;
    info("created_by", &format!("linal {}", env!("CARGO_PKG_VERSION")))?;
    info("created_us", &time_us.to_string())?;
    info("lake_views", &super::open::schema_sha(LAKE))?;
    transaction.execute(
        "INSERT INTO linal_snapshot (snapshot_id, time_us, catalog_version) VALUES (0, ?1, 0)",
        [time_us],
    )?;
    transaction.execute(
        "INSERT INTO linal_database (database_id, begin_snapshot, name) VALUES (0, 0, ?1)",
        [DEFAULT_DATABASE],
    )?;
    transaction.commit()?;
    Ok(())
}
