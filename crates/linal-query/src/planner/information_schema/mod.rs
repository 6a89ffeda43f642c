//! `information_schema`: the catalog as tables that tools query, over all databases.

mod own;
mod standard;

use std::sync::Arc;

use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::TableSource;
use linal_dataset::catalog::{Database, is_own};
use linal_dataset::{Cell, Error, Result, RowSet};
use linal_error::{Code, suggest};

use crate::context::QueryContext;

/// The schema's name.
pub(crate) const SCHEMA: &str = "information_schema";

/// The standard's name for the catalog of all databases.
pub(crate) const CATALOG: &str = "linal";

/// Computes the current rows of a table.
type Rows = fn(&QueryContext<'_>) -> RowSet;

/// The tables of the standard, and those of our own objects.
const TABLES: [(&str, Rows); 17] = [
    ("schemata", standard::schemata),
    ("tables", standard::tables),
    ("columns", standard::columns),
    ("views", standard::views),
    ("routines", standard::routines),
    ("sequences", standard::sequences),
    ("types", own::types),
    ("comments", own::comments),
    ("table_constraints", standard::table_constraints),
    ("key_column_usage", standard::key_column_usage),
    ("check_constraints", standard::check_constraints),
    ("referential_constraints", standard::referential_constraints),
    ("indexes", own::indexes),
    ("pipelines", own::pipelines),
    ("tensors", own::tensors),
    ("settings", own::settings),
    ("functions", own::functions),
];

/// The current rows of a table of the schema.
///
/// # Errors `E0304 unknown_name`, listing the tables.
pub(crate) fn table(context: &QueryContext<'_>, name: &str) -> Result<Arc<dyn TableSource>> {
    let Some((_, rows)) = TABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        return Err(unknown(name));
    };
    let rows = rows(context);
    let table =
        MemTable::try_new(rows.schema, vec![rows.batches]).map_err(|error| crate::error::internal(&error))?;
    Ok(provider_as_source(Arc::new(table)))
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    let near = suggest::did_you_mean(name, names.iter().copied());
    let near = near.map_or_else(String::new, |near| format!("{near} "));
    Error::new(Code::UnknownName, format!("{SCHEMA} has no table `{name}`"))
        .with_help(format!("{near}its tables are {}", names.join(", ")))
}

fn text(value: &str) -> Cell {
    Cell::String(value.to_string())
}

/// The schema name of a database; a session's own database is `session`.
fn schema_name(database: &Database) -> &str {
    if is_own(&database.name) { "session" } else { &database.name }
}
