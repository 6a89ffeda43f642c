//! What tools ask about databases and datasets. The catalog is `linal`, as in `information_schema`; its schemas are
//! the databases.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::array_value_to_string;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};
use linal::{Outcome, Parameters};
use linal_server::app::quoted;
use linal_server::http::ApiResult;
use linal_server::run::Running;
use tonic::Status;

use crate::results::sent_schema;
use crate::service::Call;
use crate::status::status;

/// The name of the only catalog.
pub const CATALOG: &str = "linal";

/// The only kind of tables.
const TABLE: &str = "BASE TABLE";
/// The type of views.
const VIEW: &str = "VIEW";

/// Names of schemas that are no databases, and that every token may see.
const OWN: [&str; 2] = ["session", "information_schema"];

/// The catalogs.
///
/// # Errors
/// None; the builder has them.
pub fn catalogs(query: CommandGetCatalogs) -> Result<RecordBatch, Status> {
    let mut builder = query.into_builder();
    builder.append(CATALOG);
    builder.build().map_err(Status::from)
}

/// The kinds of tables.
///
/// # Errors
/// None; the builder has them.
pub fn table_types(query: CommandGetTableTypes) -> Result<RecordBatch, Status> {
    let mut builder = query.into_builder();
    builder.append(TABLE);
    builder.append(VIEW);
    builder.build().map_err(Status::from)
}

/// The databases that the token may use.
///
/// # Errors
/// As [`Call::task`].
pub async fn schemas(call: &Call, query: CommandGetDbSchemas) -> Result<RecordBatch, Status> {
    let task = call.task("GetDbSchemas", None).await?;
    let found =
        task.run(|running| rows(running, "SELECT schema_name FROM information_schema.schemata")).await;
    let mut builder = query.into_builder();
    for row in found.map_err(|error| status(&error))? {
        builder.append(CATALOG, &row[0]);
    }
    builder.build().map_err(Status::from)
}

/// The datasets of the databases that the token may use.
///
/// # Errors
/// As [`Call::task`].
pub async fn tables(call: &Call, query: CommandGetTables) -> Result<RecordBatch, Status> {
    let task = call.task("GetTables", None).await?;
    let with_columns = query.include_schema;
    let mut builder = query.into_builder();
    let found = task.run(move |running| {
        let found =
            rows(running, "SELECT table_schema, table_name, table_type FROM information_schema.tables")?;
        let columns = |running: &mut Running<'_>, row: &[String]| {
            if with_columns { columns(running, row) } else { Schema::empty() }
        };
        Ok(found.into_iter().map(|row| (columns(running, &row), row)).collect::<Vec<_>>())
    });
    for (columns, row) in found.await.map_err(|error| status(&error))? {
        builder.append(CATALOG, &row[0], &row[1], kind(&row[2]), &columns).map_err(Status::from)?;
    }
    builder.build().map_err(Status::from)
}

/// The type of a table, as GetTableTypes lists it.
fn kind(table_type: &str) -> &str {
    if table_type == VIEW { VIEW } else { TABLE }
}

/// The rows of a query over the catalog, as texts, ordered. The first column is the name of a schema; rows of
/// databases that the token may not use are left out.
fn rows(running: &mut Running<'_>, query: &str) -> ApiResult<Vec<Vec<String>>> {
    let outcome = running.session.execute(&format!("{query} ORDER BY ALL"));
    let outcome = outcome.map_err(|error| running.error(query, &error))?;
    let Outcome::Rows(found) = outcome else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for batch in &found.batches {
        for row in 0..batch.num_rows() {
            let cells =
                batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap_or_default());
            rows.push(cells.collect::<Vec<_>>());
        }
    }
    rows.retain(|row| OWN.contains(&row[0].as_str()) || running.principal.may_use(&row[0]));
    Ok(rows)
}

/// The columns of a dataset; none for one that was dropped meanwhile.
fn columns(running: &mut Running<'_>, row: &[String]) -> Schema {
    let table = match (quoted(&row[0]), quoted(&row[1])) {
        // Datasets of the session have no database in statements.
        (_, Some(table)) if row[0] == "session" => table,
        (Some(database), Some(table)) => format!("{database}.{table}"),
        _ => return Schema::empty(),
    };
    let planned = running.session.result_schema(&format!("SELECT * FROM {table}"), &Parameters::NONE);
    planned.ok().flatten().map_or_else(Schema::empty, |schema| Schema::clone(&sent_schema(&schema)))
}

fn fields(names: &[(&str, DataType, bool)]) -> Arc<Schema> {
    let fields = names.iter().map(|(name, kind, nullable)| Field::new(*name, kind.clone(), *nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The primary keys: the language has none, so that tools get the columns without rows.
pub fn primary_keys() -> RecordBatch {
    RecordBatch::new_empty(fields(&[
        ("catalog_name", DataType::Utf8, true),
        ("db_schema_name", DataType::Utf8, true),
        ("table_name", DataType::Utf8, false),
        ("column_name", DataType::Utf8, false),
        ("key_name", DataType::Utf8, true),
        ("key_sequence", DataType::Int32, false),
    ]))
}

/// The foreign keys: the language has none.
pub fn foreign_keys() -> RecordBatch {
    RecordBatch::new_empty(fields(&[
        ("pk_catalog_name", DataType::Utf8, true),
        ("pk_db_schema_name", DataType::Utf8, true),
        ("pk_table_name", DataType::Utf8, false),
        ("pk_column_name", DataType::Utf8, false),
        ("fk_catalog_name", DataType::Utf8, true),
        ("fk_db_schema_name", DataType::Utf8, true),
        ("fk_table_name", DataType::Utf8, false),
        ("fk_column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("fk_key_name", DataType::Utf8, true),
        ("pk_key_name", DataType::Utf8, true),
        ("update_rule", DataType::UInt8, false),
        ("delete_rule", DataType::UInt8, false),
    ]))
}
