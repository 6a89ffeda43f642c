//! Tables of the standard, with the standard's columns.

use std::sync::Arc;

use linal_dataset::catalog::is_own;
use linal_dataset::objects::Definition;
use linal_dataset::{Cell, KeyKind, RowSet, Rule, Snapshot, same_name};
use linal_lang::ast::objects::ObjectKind;
use linal_store::ColumnType;

use super::{CATALOG, SCHEMA, schema_name, text};
use crate::context::QueryContext;

/// The databases visible to the session, and this schema.
pub(super) fn schemata(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "catalog_name",
        "schema_name",
        "schema_owner",
        "default_character_set_catalog",
        "default_character_set_schema",
        "default_character_set_name",
        "sql_path",
    ];
    let catalog = context.catalog.catalog();
    let databases = catalog.visible(context.catalog.own).map(schema_name);
    let row = |name: &str| {
        let mut row = vec![text(CATALOG), text(name), text(CATALOG)];
        row.resize(names.len(), Cell::Null);
        row
    };
    let rows: Vec<Vec<Cell>> = databases.chain([SCHEMA]).map(row).collect();
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The datasets.
pub(super) fn tables(context: &QueryContext<'_>) -> RowSet {
    let names = ["table_catalog", "table_schema", "table_name", "table_type"];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for dataset in database.datasets() {
            rows.push(vec![
                text(CATALOG),
                text(schema_name(database)),
                text(&dataset.name()),
                text(if is_own(&database.name) { "LOCAL TEMPORARY" } else { "BASE TABLE" }),
            ]);
        }
        for view in database.objects_of(ObjectKind::View) {
            rows.push(vec![text(CATALOG), text(schema_name(database)), text(&view.name), text("VIEW")]);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The columns of the datasets.
pub(super) fn columns(context: &QueryContext<'_>) -> RowSet {
    let types = [
        ("table_catalog", ColumnType::String),
        ("table_schema", ColumnType::String),
        ("table_name", ColumnType::String),
        ("column_name", ColumnType::String),
        ("ordinal_position", ColumnType::Int),
        ("column_default", ColumnType::String),
        ("is_nullable", ColumnType::String),
        ("data_type", ColumnType::String),
    ];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for dataset in database.datasets() {
            let definition = dataset.definition();
            for (at, column) in definition.columns.iter().enumerate() {
                rows.push(vec![
                    text(CATALOG),
                    text(schema_name(database)),
                    text(&definition.name),
                    text(&column.name),
                    Cell::Int(at as i64 + 1),
                    column.default.as_ref().map_or(Cell::Null, |default| text(&default.text)),
                    text(if column.nullable { "YES" } else { "NO" }),
                    text(&column.type_name()),
                ]);
            }
        }
        for view in database.objects_of(ObjectKind::View) {
            let Definition::View(definition) = &view.definition else { continue };
            for (at, column) in definition.columns.iter().enumerate() {
                rows.push(vec![
                    text(CATALOG),
                    text(schema_name(database)),
                    text(&view.name),
                    text(&column.name),
                    Cell::Int(at as i64 + 1),
                    Cell::Null,
                    text("YES"),
                    text(&column.type_name),
                ]);
            }
        }
    }
    RowSet::from_rows(&types, &rows)
}

/// The views.
pub(super) fn views(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "table_catalog",
        "table_schema",
        "table_name",
        "view_definition",
        "check_option",
        "is_updatable",
        "is_insertable_into",
    ];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for view in database.objects_of(ObjectKind::View) {
            rows.push(vec![
                text(CATALOG),
                text(schema_name(database)),
                text(&view.name),
                text(&view.written()),
                text("NONE"),
                text("NO"),
                text("NO"),
            ]);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The macros; the standard's columns that say something of them.
pub(super) fn routines(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "specific_catalog",
        "specific_schema",
        "specific_name",
        "routine_catalog",
        "routine_schema",
        "routine_name",
        "routine_type",
        "routine_definition",
        "comment",
    ];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        let kinds = [ObjectKind::Macro, ObjectKind::TableMacro];
        for routine in kinds.into_iter().flat_map(|kind| database.objects_of(kind)) {
            let place = [CATALOG, schema_name(database), &*routine.name];
            let mut row: Vec<Cell> = place.into_iter().chain(place).map(text).collect();
            row.push(text("FUNCTION"));
            row.push(text(&routine.written()));
            row.push(routine.comment.as_deref().map_or(Cell::Null, text));
            rows.push(row);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The sequences.
pub(super) fn sequences(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "sequence_catalog",
        "sequence_schema",
        "sequence_name",
        "data_type",
        "start_value",
        "minimum_value",
        "maximum_value",
        "increment",
        "cycle_option",
    ];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for object in database.objects_of(ObjectKind::Sequence) {
            let Definition::Sequence(sequence) = &object.definition else { continue };
            let options = sequence.options();
            let numbers = [options.start, options.minimum, options.maximum, options.increment];
            let mut row = vec![text(CATALOG), text(schema_name(database)), text(&object.name), text("Int")];
            row.extend(numbers.map(|number| text(&number.to_string())));
            row.push(text(if options.cycles { "YES" } else { "NO" }));
            rows.push(row);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The constraints of the datasets.
pub(super) fn table_constraints(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "constraint_catalog",
        "constraint_schema",
        "constraint_name",
        "table_catalog",
        "table_schema",
        "table_name",
        "constraint_type",
        "is_deferrable",
        "initially_deferred",
        "enforced",
        "nulls_distinct",
    ];
    let mut rows = Vec::new();
    for (schema, definition) in definitions(context) {
        let row = |name: &str, kind: &str| {
            let table = &definition.name;
            [CATALOG, &schema, name, CATALOG, &schema, table, kind, "NO", "NO", "YES", "YES"]
                .map(text)
                .to_vec()
        };
        for constraint in definition.constraints.iter() {
            let kind = match &constraint.rule {
                Rule::Key { kind: KeyKind::Primary, .. } => "PRIMARY KEY",
                Rule::Key { kind: KeyKind::Unique, .. } => "UNIQUE",
                // An index is no constraint of the standard.
                Rule::Key { kind: KeyKind::Index, .. } => continue,
                Rule::Check { .. } => "CHECK",
                Rule::Reference { .. } => "FOREIGN KEY",
            };
            rows.push(row(&constraint.name, kind));
        }
        for column in definition.columns.iter().filter(|column| !column.nullable) {
            rows.push(row(&format!("{}_{}_not_null", definition.name, column.name), "CHECK"));
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The columns of keys and of foreign keys.
pub(super) fn key_column_usage(context: &QueryContext<'_>) -> RowSet {
    let types = [
        ("constraint_catalog", ColumnType::String),
        ("constraint_schema", ColumnType::String),
        ("constraint_name", ColumnType::String),
        ("table_catalog", ColumnType::String),
        ("table_schema", ColumnType::String),
        ("table_name", ColumnType::String),
        ("column_name", ColumnType::String),
        ("ordinal_position", ColumnType::Int),
        ("position_in_unique_constraint", ColumnType::Int),
    ];
    let mut rows = Vec::new();
    for (schema, definition) in definitions(context) {
        let is_index = |rule: &Rule| matches!(rule, Rule::Key { kind: KeyKind::Index, .. });
        for constraint in definition.constraints.iter().filter(|constraint| !is_index(&constraint.rule)) {
            let is_reference = matches!(constraint.rule, Rule::Reference { .. });
            for (at, column) in constraint.columns().iter().enumerate() {
                let position = Cell::Int(at as i64 + 1);
                let table = &definition.name;
                let mut row =
                    [CATALOG, &schema, &constraint.name, CATALOG, &schema, table, column].map(text).to_vec();
                row.push(position.clone());
                row.push(if is_reference { position } else { Cell::Null });
                rows.push(row);
            }
        }
    }
    RowSet::from_rows(&types, &rows)
}

/// The conditions of the CHECK constraints.
pub(super) fn check_constraints(context: &QueryContext<'_>) -> RowSet {
    let names = ["constraint_catalog", "constraint_schema", "constraint_name", "check_clause"];
    let mut rows = Vec::new();
    for (schema, definition) in definitions(context) {
        for constraint in definition.constraints.iter() {
            if let Rule::Check { text: condition } = &constraint.rule {
                rows.push([CATALOG, &schema, &constraint.name, condition].map(text).to_vec());
            }
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The foreign keys, and the keys that they refer to.
pub(super) fn referential_constraints(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "constraint_catalog",
        "constraint_schema",
        "constraint_name",
        "unique_constraint_catalog",
        "unique_constraint_schema",
        "unique_constraint_name",
        "match_option",
        "update_rule",
        "delete_rule",
    ];
    let all = definitions(context);
    let mut rows = Vec::new();
    for (schema, definition) in &all {
        for constraint in definition.constraints.iter() {
            let Rule::Reference { table, referenced, .. } = &constraint.rule else { continue };
            let other = all.iter().find(|(other, known)| other == schema && same_name(&known.name, table));
            let key = other.and_then(|(_, other)| Some(other.key_of(referenced)?.1.name.clone()));
            let mut row = [CATALOG, schema, &constraint.name, CATALOG, schema].map(text).to_vec();
            row.push(key.map_or(Cell::Null, |key| text(&key)));
            row.extend(["NONE", "NO ACTION", "NO ACTION"].map(text));
            rows.push(row);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The datasets that the session sees, with their schemas.
fn definitions(context: &QueryContext<'_>) -> Vec<(String, Arc<Snapshot>)> {
    let catalog = context.catalog.catalog();
    let mut all = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        let schema = schema_name(database);
        all.extend(database.datasets().map(|dataset| (schema.to_owned(), dataset.definition())));
    }
    all
}
