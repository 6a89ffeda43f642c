//! The functions that queries of the catalog call. What has no counterpart here gives NULL.

use linal_server::run::Running;
use regex::RegexBuilder;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection as Sqlite, Result};

use super::tables::{DATABASE, number, type_name, type_number};
use crate::connection::Connection;
use crate::settings::{self, VERSION};

/// Functions that give NULL.
const NOTHING: [&str; 30] = [
    "pg_get_indexdef",
    "pg_get_constraintdef",
    "pg_get_viewdef",
    "pg_get_ruledef",
    "pg_get_triggerdef",
    "pg_get_partkeydef",
    "pg_get_statisticsobjdef",
    "pg_get_statisticsobjdef_columns",
    "pg_get_functiondef",
    "pg_get_function_result",
    "pg_get_function_arguments",
    "pg_get_function_identity_arguments",
    "pg_get_serial_sequence",
    "obj_description",
    "col_description",
    "shobj_description",
    "unnest",
    "generate_subscripts",
    "array_length",
    "array_upper",
    "array_position",
    "pg_options_to_table",
    "pg_tablespace_location",
    "pg_relation_filenode",
    "inet_server_addr",
    "inet_client_addr",
    "inet_server_port",
    "pg_get_keywords",
    "json_build_object",
    "jsonb_build_object",
];

/// Functions that give a truth.
const TRUE: [&str; 14] = [
    "pg_table_is_visible",
    "pg_type_is_visible",
    "pg_function_is_visible",
    "pg_collation_is_visible",
    "pg_operator_is_visible",
    "has_table_privilege",
    "has_schema_privilege",
    "has_database_privilege",
    "has_column_privilege",
    "has_any_column_privilege",
    "has_function_privilege",
    "has_type_privilege",
    "pg_has_role",
    "pg_opclass_is_visible",
];

/// Functions that give 0.
const ZERO: [&str; 9] = [
    "pg_is_in_recovery",
    "pg_relation_is_publishable",
    "pg_relation_size",
    "pg_total_relation_size",
    "pg_table_size",
    "pg_indexes_size",
    "pg_database_size",
    "pg_my_temp_schema",
    "pg_is_other_temp_schema",
];

/// Whether a function gives a truth value.
pub fn is_condition(name: &str) -> bool {
    let others =
        ["pg_is_in_recovery", "pg_relation_is_publishable", "pg_is_other_temp_schema", "pg_match", "pg_any"];
    TRUE.contains(&name) || others.contains(&name)
}

/// Adds the functions.
///
/// # Errors
/// Those of SQLite, which are bugs.
pub fn add(sqlite: &Sqlite, connection: &Connection, running: &mut Running<'_>, user: &str) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8;
    for name in NOTHING {
        sqlite.create_scalar_function(name, -1, flags, |_| Ok(Value::Null))?;
    }
    for name in TRUE {
        sqlite.create_scalar_function(name, -1, flags, |_| Ok(1_i64))?;
    }
    for name in ZERO {
        sqlite.create_scalar_function(name, -1, flags, |_| Ok(0_i64))?;
    }
    let database = running.session.database().to_owned();
    let text = |name: &'static str, value: String| {
        sqlite.create_scalar_function(name, -1, flags, move |_| Ok(value.clone()))
    };
    text("version", format!("PostgreSQL {VERSION} (linal {})", env!("CARGO_PKG_VERSION")))?;
    text("current_database", DATABASE.to_owned())?;
    text("current_schema", database.clone())?;
    text("current_schemas", format!("{{{database},pg_catalog}}"))?;
    for name in ["pg_current_user", "pg_session_user"] {
        text(name, user.to_owned())?;
    }
    let owner = user.to_owned();
    sqlite.create_scalar_function("pg_get_userbyid", -1, flags, move |_| Ok(owner.clone()))?;
    text("pg_encoding_to_char", "UTF8".to_owned())?;
    text("pg_size_pretty", "0 bytes".to_owned())?;
    sqlite.create_scalar_function("pg_backend_pid", -1, flags, |_| Ok(1_i64))?;
    sqlite.create_scalar_function("txid_current", -1, flags, |_| Ok(1_i64))?;
    names(sqlite, &database)?;
    values(sqlite)?;
    settings_of(sqlite, connection, running)
}

/// Names of types and of relations.
fn names(sqlite: &Sqlite, database: &str) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8;
    sqlite.create_scalar_function("format_type", -1, flags, |context| {
        let Some(oid) = integer(context, 0) else { return Ok(None) };
        Ok(Some(u32::try_from(oid).ok().and_then(type_name).unwrap_or_else(|| "???".to_owned())))
    })?;
    // The number of a relation: a number as it is, or a name.
    let current = database.to_owned();
    let relation = move |context: &Context<'_>| -> Result<Option<i64>> {
        if let Some(oid) = integer(context, 0) {
            return Ok(Some(oid));
        }
        let Some(name) = string(context, 0) else { return Ok(None) };
        let name = name.replace(['"', '`'], "");
        let full = if name.contains('.') { name } else { format!("{current}.{name}") };
        Ok(Some(number(&full).into()))
    };
    let by_name = relation.clone();
    sqlite.create_scalar_function("pg_regclass", 1, flags, move |context| relation(context))?;
    sqlite.create_scalar_function("to_regclass", 1, flags, move |context| by_name(context))?;
    for name in ["pg_regtype", "to_regtype"] {
        sqlite.create_scalar_function(name, 1, flags, |context| match integer(context, 0) {
            Some(oid) => Ok(Some(oid)),
            None => Ok(string(context, 0).and_then(|name| type_number(&name)).map(i64::from)),
        })?;
    }
    sqlite.create_scalar_function("pg_get_expr", -1, flags, |context| Ok(string(context, 0)))?;
    sqlite.create_scalar_function("quote_ident", 1, flags, |context| {
        let Some(name) = string(context, 0) else { return Ok(None) };
        let is_plain =
            name.chars().all(|sign| sign == '_' || sign.is_ascii_lowercase() || sign.is_ascii_digit());
        Ok(Some(if is_plain { name } else { format!("\"{}\"", name.replace('"', "\"\"")) }))
    })
}

/// Operators and functions over values.
fn values(sqlite: &Sqlite) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    // A pattern: the text, the pattern, and whether case is ignored.
    sqlite.create_scalar_function("pg_match", 3, flags, |context| {
        let (Some(text), Some(pattern)) = (string(context, 0), string(context, 1)) else { return Ok(None) };
        let pattern = RegexBuilder::new(&pattern)
            .case_insensitive(integer(context, 2) == Some(1))
            .size_limit(1 << 20)
            .build();
        Ok(pattern.ok().map(|pattern| i64::from(pattern.is_match(&text))))
    })?;
    // `x = ANY(array)`.
    sqlite.create_scalar_function("pg_any", 2, flags, |context| {
        let (Some(value), Some(list)) = (string(context, 0), string(context, 1)) else { return Ok(None) };
        Ok(Some(i64::from(items(&list).iter().any(|item| *item == value))))
    })?;
    sqlite.create_scalar_function("pg_array", -1, flags, |context| {
        let items: Vec<String> =
            (0..context.len()).map(|at| string(context, at).unwrap_or_else(|| "NULL".to_owned())).collect();
        Ok(format!("{{{}}}", items.join(",")))
    })?;
    sqlite.create_scalar_function("pg_item", 2, flags, |context| {
        let (Some(list), Some(at)) = (string(context, 0), integer(context, 1)) else { return Ok(None) };
        let at = usize::try_from(at).ok().and_then(|at| at.checked_sub(1));
        Ok(at.and_then(|at| items(&list).get(at).map(|item| (*item).to_owned())))
    })?;
    sqlite.create_scalar_function("array_to_string", -1, flags, |context| {
        let (Some(list), Some(separator)) = (string(context, 0), string(context, 1)) else { return Ok(None) };
        Ok(Some(items(&list).join(&separator)))
    })?;
    sqlite.create_aggregate_function("array_agg", -1, flags, Items)
}

/// The aggregate `array_agg`.
struct Items;

impl Aggregate<Vec<String>, Option<String>> for Items {
    fn init(&self, _: &mut Context<'_>) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn step(&self, context: &mut Context<'_>, items: &mut Vec<String>) -> Result<()> {
        items.push(string(context, 0).unwrap_or_else(|| "NULL".to_owned()));
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, items: Option<Vec<String>>) -> Result<Option<String>> {
        Ok(items.filter(|items| !items.is_empty()).map(|items| format!("{{{}}}", items.join(","))))
    }
}

/// `current_setting`; `set_config` gives the value and changes nothing, since SET does.
fn settings_of(sqlite: &Sqlite, connection: &Connection, running: &mut Running<'_>) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8;
    let all = settings::all(connection, running.session);
    sqlite.create_scalar_function("current_setting", -1, flags, move |context| {
        let name = string(context, 0).unwrap_or_default().to_lowercase();
        Ok(all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
    })?;
    sqlite.create_scalar_function("set_config", 3, flags, |context| Ok(string(context, 1)))
}

fn integer(context: &Context<'_>, at: usize) -> Option<i64> {
    if at >= context.len() {
        return None;
    }
    match context.get_raw(at) {
        ValueRef::Integer(value) => Some(value),
        ValueRef::Text(text) => std::str::from_utf8(text).ok()?.trim().parse().ok(),
        _ => None,
    }
}

fn string(context: &Context<'_>, at: usize) -> Option<String> {
    if at >= context.len() {
        return None;
    }
    match context.get_raw(at) {
        ValueRef::Null => None,
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(value.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text).into_owned()),
    }
}

/// The items of `{a,b}`.
fn items(list: &str) -> Vec<&str> {
    let inner = list.trim().trim_start_matches('{').trim_end_matches('}');
    if inner.is_empty() {
        Vec::new()
    } else {
        inner.split(',').map(|item| item.trim().trim_matches('"')).collect()
    }
}
