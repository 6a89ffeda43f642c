//! `pg_catalog`: what tools ask about databases, datasets, columns and types.
//!
//! Their queries are PostgreSQL's own dialect, over tables that exist for them alone. They run in SQLite, in memory
//! and only to be read, over tables that are filled for each query with what the session sees ([`tables`]); what SQLite
//! writes otherwise is rewritten on the syntax tree ([`rewrite`]). The engine knows nothing of it. A query that names
//! any other table is not one of these.

mod functions;
mod rewrite;
mod tables;

use std::sync::Arc;
use std::time::Duration;

use linal_server::http::{ApiError, ApiResult};
use linal_server::run::Running;
use pgwire::api::Type;
use pgwire::api::results::{FieldFormat, FieldInfo};
use rusqlite::types::ValueRef;
use rusqlite::{Connection as Sqlite, Statement, params_from_iter};
use sqlparser::ast::{Query, SetExpr};
use tokio::task::JoinHandle;

use crate::connection::Connection;
use crate::parameters::Bound;
use crate::results::Sender;
use crate::rows::texts;

/// Names that only questions to the catalog have.
const NAMES: [&str; 10] = [
    "version",
    "current_schema",
    "current_schemas",
    "current_database",
    "current_catalog",
    "current_setting",
    "set_config",
    "session_user",
    "current_user",
    "has_schema_privilege",
];

/// Rows of an answer that are kept.
const MOST: usize = 1 << 20;

/// Whether a text may ask the catalog: it begins as a query and has a name of it.
pub fn is_asked(text: &str) -> bool {
    let start = text.trim_start().get(..6).unwrap_or_default().to_ascii_lowercase();
    if start != "select" && !start.starts_with("with") {
        return false;
    }
    let is_sign = |sign: char| !(sign.is_alphanumeric() || sign == '_');
    text.split(is_sign).any(|word| {
        let word = word.to_ascii_lowercase();
        word.starts_with("pg_") || NAMES.contains(&word.as_str())
    })
}

/// A query in the words of SQLite, and the types of its columns as far as the text says them.
struct Asked {
    text: String,
    query: Box<Query>,
}

/// Answers a text; returns whether it was one for the catalog.
///
/// # Errors
/// Those of the delivery; a mistake of a query over tables of the catalog.
pub fn answer(
    connection: &Connection,
    running: &mut Running<'_>,
    text: &str,
    bound: &Bound,
    sender: &mut Sender,
) -> ApiResult<bool> {
    let Some(queries) = rewrite::queries(text) else { return Ok(false) };
    let database = tables::open(connection, running).map_err(|error| failed(&error))?;
    let _watched = Watch::new(&database, running);
    let mut answers = Vec::new();
    for Asked { text, query } in &queries {
        let Some(mut statement) = prepared(&database, text)? else { return Ok(false) };
        answers.push(run(&mut statement, query, bound)?);
    }
    for (columns, rows) in answers {
        let fields = columns
            .iter()
            .map(|(name, kind)| FieldInfo::new(name.clone(), None, None, kind.clone(), FieldFormat::Text));
        let rows = rows.iter().map(|row| texts(row.iter().map(Option::as_deref))).collect();
        sender.whole(running, Arc::new(fields.collect()), rows, "SELECT")?;
    }
    Ok(true)
}

/// The columns of the result of a text; `None` when it is not one for the catalog.
///
/// # Errors
/// A mistake of a query over tables of the catalog.
pub fn columns(
    connection: &Connection,
    running: &mut Running<'_>,
    text: &str,
) -> ApiResult<Option<Vec<(String, Type)>>> {
    let Some(queries) = rewrite::queries(text) else { return Ok(None) };
    let [Asked { text, query }] = queries.as_slice() else { return Ok(None) };
    let database = tables::open(connection, running).map_err(|error| failed(&error))?;
    let _watched = Watch::new(&database, running);
    let Some(mut statement) = prepared(&database, text)? else { return Ok(None) };
    let bound = Bound { texts: vec![None; statement.parameter_count()], ..Bound::default() };
    // The rows tell the types of expressions.
    run(&mut statement, query, &bound).map(|(columns, _)| Some(columns))
}

/// Interrupts the queries of a database when their request is to stop or has had its time.
struct Watch(JoinHandle<()>);

/// The time of a query over the catalog on a server without a time limit.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time between two interrupts.
const AGAIN: Duration = Duration::from_millis(5);

impl Watch {
    fn new(database: &Sqlite, running: &Running<'_>) -> Watch {
        let (interrupt, stop) = (database.get_interrupt_handle(), running.query.stop.clone());
        let limit = running.app.config.timeout.unwrap_or(PATIENCE);
        Watch(running.app.runtime.spawn(async move {
            // Either way it ends.
            let _ = tokio::time::timeout(limit, stop.stopped()).await;
            // SQLite stops what runs at this moment, which may be nothing yet.
            loop {
                interrupt.interrupt();
                tokio::time::sleep(AGAIN).await;
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Prepares a query; `None` for one that is none of the catalog, since it names other tables or functions.
fn prepared<'d>(database: &'d Sqlite, text: &str) -> ApiResult<Option<Statement<'d>>> {
    match database.prepare(text) {
        Ok(statement) => Ok(Some(statement)),
        Err(error) => {
            let message = error.to_string();
            let is_other = message.contains("no such table") || !text.contains("pg_");
            if is_other { Ok(None) } else { Err(failed(&error)) }
        }
    }
}

type Table = (Vec<(String, Type)>, Vec<Vec<Option<String>>>);

fn run(statement: &mut Statement<'_>, query: &Query, bound: &Bound) -> ApiResult<Table> {
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut kinds: Vec<Option<Type>> =
        statement.columns().map(|column| declared(column.decl_type()?)).collect();
    for (kind, is_bool) in kinds.iter_mut().zip(booleans(query)) {
        if is_bool && kind.is_none() {
            *kind = Some(Type::BOOL);
        }
    }
    let count = statement.parameter_count();
    let mut values = bound.texts.clone();
    values.resize(count, None);
    let mut found = statement.query(params_from_iter(values)).map_err(|error| failed(&error))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(|error| failed(&error))? {
        if rows.len() >= MOST {
            return Err(ApiError::bad_request("the answer of the catalog is too long"));
        }
        let mut cells = Vec::with_capacity(names.len());
        for (at, kind) in kinds.iter_mut().enumerate() {
            let value = row.get_ref(at).map_err(|error| failed(&error))?;
            if kind.is_none() {
                *kind = valued(value);
            }
            cells.push(text(value, kind.as_ref()));
        }
        rows.push(cells);
    }
    let kinds = kinds.into_iter().map(|kind| kind.unwrap_or(Type::TEXT));
    Ok((names.into_iter().zip(kinds).collect(), rows))
}

/// The type of a column of a table.
fn declared(name: &str) -> Option<Type> {
    match name.to_ascii_lowercase().as_str() {
        "bool" => Some(Type::BOOL),
        "oid" => Some(Type::OID),
        "name" => Some(Type::NAME),
        "char" => Some(Type::CHAR),
        "int2" => Some(Type::INT2),
        "int4" => Some(Type::INT4),
        "int8" => Some(Type::INT8),
        "float4" => Some(Type::FLOAT4),
        "int2[]" => Some(Type::INT2_ARRAY),
        "text[]" => Some(Type::TEXT_ARRAY),
        "text" => Some(Type::TEXT),
        _ => None,
    }
}

fn valued(value: ValueRef<'_>) -> Option<Type> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(value) => Some(if i32::try_from(value).is_ok() { Type::INT4 } else { Type::INT8 }),
        ValueRef::Real(_) => Some(Type::FLOAT8),
        ValueRef::Text(_) | ValueRef::Blob(_) => Some(Type::TEXT),
    }
}

fn text(value: ValueRef<'_>, kind: Option<&Type>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(value) if kind == Some(&Type::BOOL) => {
            Some(if value == 0 { "f" } else { "t" }.to_owned())
        }
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(value.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Which columns of a query are conditions.
fn booleans(query: &Query) -> Vec<bool> {
    match &*query.body {
        SetExpr::Select(select) => select.projection.iter().map(rewrite::is_condition).collect(),
        _ => Vec::new(),
    }
}

fn failed(error: &rusqlite::Error) -> ApiError {
    tracing::debug!(%error, "a query of the catalog failed");
    ApiError::bad_request(format!("the catalog cannot answer this: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_recognised() {
        for text in
            ["SELECT version()", " select * from pg_catalog.pg_class", "WITH a AS (SELECT 1) SELECT pg_x(1)"]
        {
            assert!(is_asked(text), "{text}");
        }
        for text in
            ["SELECT 1", "INSERT INTO t SELECT version()", "SELECT a FROM versions", "SHOW server_version"]
        {
            assert!(!is_asked(text), "{text}");
        }
    }
}
