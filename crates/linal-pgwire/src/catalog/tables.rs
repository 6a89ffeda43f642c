//! The tables of the catalog with what a session sees.

use std::collections::HashMap;
use std::sync::LazyLock;

use linal::{Outcome, Parameters};
use linal_server::app::quoted;
use linal_server::run::Running;
use pgwire::api::Type;
use rusqlite::limits::Limit;
use rusqlite::{Connection as Sqlite, params};

use super::functions;
use crate::connection::Connection;
use crate::settings;
use crate::types::Kind;

/// Bytes of a value of a query over the catalog.
const MOST_BYTES: i32 = 1 << 20;

/// The number of the only role.
const ROLE: u32 = 10;

/// The number of the schema `pg_catalog`.
const PG_CATALOG: u32 = 11;

/// The name of the only database: the catalog of `information_schema`.
pub const DATABASE: &str = "linal";

/// The types that columns may have, with their arrays.
const TYPES: [(Type, &str, i16, char); 18] = [
    (Type::BOOL, "boolean", 1, 'B'),
    (Type::BYTEA, "bytea", -1, 'U'),
    (Type::CHAR, "\"char\"", 1, 'Z'),
    (Type::NAME, "name", 64, 'S'),
    (Type::INT8, "bigint", 8, 'N'),
    (Type::INT2, "smallint", 2, 'N'),
    (Type::INT4, "integer", 4, 'N'),
    (Type::TEXT, "text", -1, 'S'),
    (Type::OID, "oid", 4, 'N'),
    (Type::FLOAT4, "real", 4, 'N'),
    (Type::FLOAT8, "double precision", 8, 'N'),
    (Type::VARCHAR, "character varying", -1, 'S'),
    (Type::DATE, "date", 4, 'D'),
    (Type::TIMESTAMP, "timestamp without time zone", 8, 'D'),
    (Type::TIMESTAMPTZ, "timestamp with time zone", 8, 'D'),
    (Type::NUMERIC, "numeric", -1, 'N'),
    (Type::JSON, "json", -1, 'U'),
    (Type::UUID, "uuid", 16, 'U'),
];

/// The number of a thing by its name: the same in each query of each connection, and above those of PostgreSQL.
pub fn number(name: &str) -> u32 {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash & 0x3fff_ffff) + 16_384
}

/// The name of a type by its number.
pub fn type_name(oid: u32) -> Option<String> {
    let of =
        |oid: u32| TYPES.iter().find(|(kind, ..)| kind.oid() == oid).map(|(_, name, ..)| (*name).to_owned());
    of(oid).or_else(|| {
        let array = TYPES.iter().find(|(kind, ..)| array_of(kind).is_some_and(|array| array.oid() == oid))?;
        Some(format!("{}[]", array.1))
    })
}

/// The number of a type by one of its names.
pub fn type_number(name: &str) -> Option<u32> {
    let name = name.trim_start_matches("pg_catalog.").trim_matches('"');
    let known = TYPES.iter().find(|(kind, long, ..)| kind.name() == name || *long == name);
    known.map(|(kind, ..)| kind.oid())
}

/// The type of arrays of a type.
fn array_of(kind: &Type) -> Option<Type> {
    static ARRAYS: LazyLock<HashMap<u32, Type>> = LazyLock::new(|| {
        let all = (1..LAST_TYPE).filter_map(Type::from_oid);
        let arrays = all.filter_map(|array| {
            let member = array.name().strip_prefix('_')?;
            let (member, ..) = TYPES.iter().find(|(kind, ..)| kind.name() == member)?;
            Some((member.oid(), array))
        });
        arrays.collect()
    });
    ARRAYS.get(&kind.oid()).cloned()
}

/// The numbers of the types above and of their arrays are below this.
const LAST_TYPE: u32 = 4000;

/// Opens the catalog of a session.
///
/// # Errors
/// Those of SQLite, which are bugs.
pub fn open(connection: &Connection, running: &mut Running<'_>) -> rusqlite::Result<Sqlite> {
    let sqlite = Sqlite::open_in_memory()?;
    sqlite.execute_batch("BEGIN")?;
    sqlite.execute_batch(include_str!("schema.sql"))?;
    types(&sqlite)?;
    let user = running.principal.name.as_deref().unwrap_or("linal").to_owned();
    sqlite.execute(
        "INSERT INTO pg_roles VALUES (?1, ?2, 0, 1, 0, 0, 1, 0, -1, NULL, 0, NULL)",
        params![ROLE, user],
    )?;
    sqlite.execute(
        "INSERT INTO pg_database VALUES (1, ?1, ?2, 6, 'c', 0, 1, -1, 1663, 'C', 'C', NULL, NULL, NULL)",
        params![DATABASE, ROLE],
    )?;
    for (name, value) in settings::all(connection, running.session) {
        sqlite.execute(
            "INSERT INTO pg_settings VALUES (?1, ?2, NULL, '', '', 'user', 'string', 'default')",
            params![name, value],
        )?;
    }
    datasets(&sqlite, running)?;
    objects(&sqlite, running)?;
    functions::add(&sqlite, connection, running, &user)?;
    sqlite.execute_batch("COMMIT; PRAGMA query_only = 1")?;
    // Values that a query makes are not counted for any limit.
    sqlite.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES)?;
    Ok(sqlite)
}

fn types(sqlite: &Sqlite) -> rusqlite::Result<()> {
    let mut insert = sqlite.prepare(
        "INSERT INTO pg_type VALUES (?1, ?2, 11, 10, ?3, ?4, 'b', ?5, 0, 1, ',', 0, NULL, ?6, ?7, ?2 || 'in', \
         ?2 || 'out', NULL, NULL, 0, 0, -1, 0, 0, NULL, NULL)",
    )?;
    for (kind, _, length, category) in &TYPES {
        let array = array_of(kind);
        let array_oid = array.as_ref().map_or(0, Type::oid);
        insert.execute(params![
            kind.oid(),
            kind.name(),
            length,
            *length > 0,
            category.to_string(),
            0,
            array_oid
        ])?;
        if let Some(array) = array {
            insert.execute(params![array.oid(), array.name(), -1, false, "A", kind.oid(), 0])?;
        }
    }
    Ok(())
}

/// Schemas, datasets and columns that the session sees and the token may use.
fn datasets(sqlite: &Sqlite, running: &mut Running<'_>) -> rusqlite::Result<()> {
    let mut schema = sqlite.prepare("INSERT INTO pg_namespace VALUES (?1, ?2, 10, NULL)")?;
    schema.execute(params![PG_CATALOG, "pg_catalog"])?;
    for row in rows(running, "SELECT schema_name FROM information_schema.schemata ORDER BY 1") {
        schema.execute(params![number(&row[0]), row[0]])?;
    }
    let mut class = sqlite.prepare(
        "INSERT INTO pg_class VALUES (?1, ?2, ?3, 0, 0, 10, 2, ?1, 0, 0, ?4, 0, 0, 0, 0, 'p', ?6, ?5, 0, 0, 0, 0, 0, 0, \
         1, 'd', 0, 0, 0, NULL, NULL, NULL)",
    )?;
    let mut table = sqlite.prepare("INSERT INTO pg_tables VALUES (?1, ?2, ?3, NULL, 0, 0, 0, 0)")?;
    let mut attribute = sqlite.prepare(
        "INSERT INTO pg_attribute VALUES (?1, ?2, ?3, -1, ?4, ?5, ?6, -1, -1, 0, 'i', 'p', '', ?7, ?8, 0, '', '', 0, 1, 0, \
         ?9, NULL, NULL, NULL)",
    )?;
    let mut default = sqlite.prepare("INSERT INTO pg_attrdef VALUES (?1, ?2, ?3, ?4)")?;
    let columns = rows(
        running,
        "SELECT table_schema, table_name, column_name, column_default, is_nullable FROM information_schema.columns \
         ORDER BY table_schema, table_name, ordinal_position",
    );
    let owner = running.principal.name.as_deref().unwrap_or("linal").to_owned();
    for row in rows(
        running,
        "SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY 1, 2",
    ) {
        let (database, name, is_view) = (&row[0], &row[1], row[2] == "VIEW");
        let relation = number(&format!("{database}.{name}"));
        let kinds = kinds(running, database, name);
        let relkind = if is_view { "v" } else { "r" };
        class.execute(params![relation, name, number(database), -1.0, kinds.len(), relkind])?;
        if !is_view {
            table.execute(params![database, name, owner])?;
        }
        let own = columns.iter().filter(|column| column[0] == *database && column[1] == *name);
        for (at, (column, kind)) in own.zip(&kinds).enumerate() {
            let (position, has_default) = (at + 1, !column[3].is_empty());
            let collation = if *kind == Kind::Text { 100 } else { 0 };
            let axes = match kind {
                Kind::Array(_, axes) => axes.len().max(1),
                _ => 0,
            };
            let is_required = column[4] == "NO";
            attribute.execute(params![
                relation,
                column[2],
                kind.pg().oid(),
                kind.size(),
                position,
                axes,
                is_required,
                has_default,
                collation
            ])?;
            if has_default {
                default.execute(params![
                    number(&format!("{relation}.{position}")),
                    relation,
                    position,
                    column[3]
                ])?;
            }
        }
    }
    Ok(())
}

/// Views, sequences and comments.
fn objects(sqlite: &Sqlite, running: &mut Running<'_>) -> rusqlite::Result<()> {
    let owner = running.principal.name.as_deref().unwrap_or("linal").to_owned();
    let mut view = sqlite.prepare("INSERT INTO pg_views VALUES (?1, ?2, ?3, ?4)")?;
    let views =
        "SELECT table_schema, table_name, view_definition FROM information_schema.views ORDER BY 1, 2";
    for row in rows(running, views) {
        view.execute(params![row[0], row[1], owner, row[2]])?;
    }
    let mut sequence = sqlite.prepare("INSERT INTO pg_sequences VALUES (?1, ?2, ?3, NULL)")?;
    let sequences = "SELECT sequence_schema, sequence_name FROM information_schema.sequences ORDER BY 1, 2";
    for row in rows(running, sequences) {
        sequence.execute(params![row[0], row[1], owner])?;
    }
    let mut description = sqlite.prepare("INSERT INTO pg_description VALUES (?1, 1259, ?2, ?3)")?;
    let comments = "SELECT c.object_schema, c.object_name, COALESCE(k.ordinal_position, 0), c.comment \
         FROM information_schema.comments c LEFT JOIN information_schema.columns k \
         ON k.table_schema = c.object_schema AND k.table_name = c.object_name AND k.column_name = c.column_name \
         WHERE c.object_type IN ('dataset', 'column', 'view') ORDER BY 1, 2, 3";
    for row in rows(running, comments) {
        let relation = number(&format!("{}.{}", row[0], row[1]));
        description.execute(params![relation, row[2].parse::<i64>().unwrap_or(0), row[3]])?;
    }
    Ok(())
}

/// The kinds of the columns of a dataset.
fn kinds(running: &mut Running<'_>, database: &str, name: &str) -> Vec<Kind> {
    let table = match (quoted(database), quoted(name)) {
        // Datasets of the session have no database in statements.
        (_, Some(name)) if database == "session" => name,
        (Some(database), Some(name)) => format!("{database}.{name}"),
        _ => return Vec::new(),
    };
    let planned = running.session.result_schema(&format!("SELECT * FROM {table}"), &Parameters::NONE);
    let schema = planned.ok().flatten();
    schema.map_or_else(Vec::new, |schema| schema.fields().iter().map(|field| Kind::of(field)).collect())
}

/// The rows of a query over `information_schema`, as texts; NULL is empty. The first column is a database, and rows of
/// those that the token may not use are left out.
fn rows(running: &mut Running<'_>, query: &str) -> Vec<Vec<String>> {
    let Ok(Outcome::Rows(found)) = running.session.execute(query) else { return Vec::new() };
    let columns = found.schema.fields().len();
    let all = (0..found.num_rows()).map(|row| {
        (0..columns).map(|column| found.text(row, column).unwrap_or_default()).collect::<Vec<String>>()
    });
    let may = |row: &Vec<String>| {
        matches!(row[0].as_str(), "session" | "information_schema") || running.principal.may_use(&row[0])
    };
    all.filter(may).collect()
}
