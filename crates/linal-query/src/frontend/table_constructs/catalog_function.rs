//! DuckDB's functions that list the catalog, such as `duckdb_tables()`, as queries of `information_schema`; and SHOW in a FROM.
//!
//! They have the columns that the catalog knows, under DuckDB's names. A database of DuckDB is linal's catalog of all databases,
//! and its schema a database.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::SHOWN;
use sqlparser::ast as sql;

use super::{literal, text_query};
use crate::frontend::ast_builder;

/// The functions without arguments, each with its query.
const FUNCTIONS: [(&str, &str); 12] = [
    (
        "duckdb_columns",
        "SELECT c.table_catalog AS database_name, c.table_schema AS schema_name, c.table_name, c.column_name, \
         c.ordinal_position AS column_index, m.comment, c.column_default, c.is_nullable = 'YES' AS is_nullable, c.data_type \
         FROM information_schema.columns c LEFT JOIN information_schema.comments m ON m.object_schema = c.table_schema AND \
         m.object_type = 'column' AND m.object_name = c.table_name AND m.column_name = c.column_name",
    ),
    (
        "duckdb_constraints",
        "SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, constraint_type, constraint_name \
         FROM information_schema.table_constraints",
    ),
    ("duckdb_databases", "SELECT DISTINCT catalog_name AS database_name FROM information_schema.schemata"),
    (
        "duckdb_functions",
        "SELECT name AS function_name, category AS categories, form AS parameters, doc AS description \
         FROM information_schema.functions",
    ),
    (
        "duckdb_indexes",
        "SELECT table_catalog AS database_name, table_schema AS schema_name, index_name, table_name, \
         column_name AS expressions, index_type FROM information_schema.indexes",
    ),
    ("duckdb_schemas", "SELECT catalog_name AS database_name, schema_name FROM information_schema.schemata"),
    (
        "duckdb_sequences",
        "SELECT sequence_catalog AS database_name, sequence_schema AS schema_name, sequence_name, start_value, \
         minimum_value AS min_value, maximum_value AS max_value, increment AS increment_by, cycle_option = 'YES' AS cycle \
         FROM information_schema.sequences",
    ),
    ("duckdb_settings", "SELECT name, value, description FROM information_schema.settings"),
    (
        "duckdb_tables",
        "SELECT t.table_catalog AS database_name, t.table_schema AS schema_name, t.table_name, m.comment, \
         t.table_schema = 'session' AS temporary, (SELECT COUNT(*) FROM information_schema.columns c WHERE \
         c.table_schema = t.table_schema AND c.table_name = t.table_name) AS column_count \
         FROM information_schema.tables t LEFT JOIN information_schema.comments m ON m.object_schema = t.table_schema AND \
         m.object_type = 'dataset' AND m.object_name = t.table_name WHERE t.table_type <> 'VIEW'",
    ),
    (
        "duckdb_types",
        "SELECT type_catalog AS database_name, type_schema AS schema_name, type_name, definition AS logical_type, comment \
         FROM information_schema.types",
    ),
    (
        "duckdb_views",
        "SELECT v.table_catalog AS database_name, v.table_schema AS schema_name, v.table_name AS view_name, m.comment, \
         v.table_schema = 'session' AS temporary, v.view_definition AS sql \
         FROM information_schema.views v LEFT JOIN information_schema.comments m ON m.object_schema = v.table_schema AND \
         m.object_type = 'view' AND m.object_name = v.table_name",
    ),
    ("pragma_database_list", "SELECT DISTINCT catalog_name AS name FROM information_schema.schemata"),
];

/// The columns of a dataset, as SQLite and DuckDB list them; its name stands for `$`.
const TABLE_INFO: &str = "SELECT ordinal_position - 1 AS cid, column_name AS name, data_type AS type, \
    is_nullable = 'NO' AS notnull, column_default AS dflt_value FROM information_schema.columns WHERE \
    LOWER(table_name) = LOWER($) AND table_schema IN ('session', CURRENT_SCHEMA()) ORDER BY ordinal_position";

/// What SHOW lists in a FROM.
const SHOWS: [(&str, &str); 3] = [
    (
        "tables",
        "SELECT table_name AS name FROM information_schema.tables WHERE table_type <> 'VIEW' AND table_schema IN ('session', \
         CURRENT_SCHEMA()) ORDER BY 1",
    ),
    ("databases", "SELECT schema_name AS name FROM information_schema.schemata ORDER BY 1"),
    (
        "views",
        "SELECT table_name AS name FROM information_schema.views WHERE table_schema IN ('session', CURRENT_SCHEMA()) ORDER BY 1",
    ),
];

const OF_TABLE: [&str; 2] = ["pragma_table_info", "pragma_show"];

/// The names of the functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name).chain(OF_TABLE)
}

/// Whether a lower-case name is one of the functions.
pub(super) fn is_function(name: &str) -> bool {
    name == SHOWN || names().any(|known| known == name)
}

/// Replaces a call by its query.
///
/// # Errors
/// `E0310` for arguments that the function does not take.
pub(super) fn write_out(factor: &mut sql::TableFactor, name: &str) -> Result<()> {
    let sql::TableFactor::Table { alias, args: Some(args), .. } = factor else { return Ok(()) };
    let alias = alias.take().unwrap_or_else(|| ast_builder::table_alias(name));
    let argument = match args.args.as_slice() {
        [] => None,
        [sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value))] => literal::string(value),
        _ => return Err(wrong(name)),
    };
    let table = |tables: &[(&str, &str)], name: &str| {
        tables.iter().find(|(known, _)| *known == name).map(|(_, query)| (*query).to_string())
    };
    let query = match &argument {
        Some(shown) if name == SHOWN => table(&SHOWS, shown),
        Some(dataset) if OF_TABLE.contains(&name) => {
            Some(TABLE_INFO.replacen('$', &text_query::text(dataset), 1))
        }
        None => table(&FUNCTIONS, name),
        _ => None,
    };
    let query = text_query::parsed(&query.ok_or_else(|| wrong(name))?)?;
    *factor = sql::TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(alias),
        sample: None,
    };
    Ok(())
}

fn wrong(name: &str) -> Error {
    let (takes, form) = if OF_TABLE.contains(&name) {
        ("the name of a dataset in quotes", format!("{name}('t')"))
    } else {
        ("no argument", format!("{name}()"))
    };
    Error::new(Code::WrongArguments, format!("{name} takes {takes}")).with_help(format!("as in {form}"))
}
