//! Tables of objects that the standard does not have: indexes, pipelines, tensors, settings, functions.

use linal_bind::functions::{QueryFunction, Registry};
use linal_bind::{Value, Variable};
use linal_dataset::objects::Definition;
use linal_dataset::{Cell, RowSet};
use linal_lang::ast::objects::ObjectKind;
use linal_store::ColumnType;

use super::{CATALOG, schema_name, text};
use crate::context::QueryContext;

/// The indexes of all datasets.
pub(super) fn indexes(context: &QueryContext<'_>) -> RowSet {
    let names =
        ["table_catalog", "table_schema", "table_name", "index_name", "column_name", "index_type", "metric"];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for definition in database.datasets().map(|dataset| dataset.definition()) {
            // A key of several columns has a row for each.
            let keys =
                definition.constraints.iter().filter_map(|constraint| Some((constraint, constraint.key()?)));
            for (key, column) in
                keys.flat_map(|(key, columns)| columns.iter().map(move |column| (key, column)))
            {
                rows.push(vec![
                    text(CATALOG),
                    text(schema_name(database)),
                    text(&definition.name),
                    text(&key.name),
                    text(column),
                    text("hash"),
                    Cell::Null,
                ]);
            }
        }
        for index in database.indexes() {
            rows.push(vec![
                text(CATALOG),
                text(schema_name(database)),
                text(&index.table),
                text(&index.name),
                text(&index.column),
                text(if index.metric.is_some() { "vector" } else { "sorted" }),
                index.metric.map_or(Cell::Null, |metric| text(metric.name())),
            ]);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The pipelines of all databases.
pub(super) fn pipelines(context: &QueryContext<'_>) -> RowSet {
    let types = [
        ("pipeline_catalog", ColumnType::String),
        ("pipeline_schema", ColumnType::String),
        ("pipeline_name", ColumnType::String),
        ("steps", ColumnType::Int),
        ("definition", ColumnType::String),
    ];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for pipeline in database.pipelines() {
            rows.push(vec![
                text(CATALOG),
                text(schema_name(database)),
                text(&pipeline.name.name),
                Cell::Int(pipeline.steps.len() as i64),
                text(&pipeline.text),
            ]);
        }
    }
    RowSet::from_rows(&types, &rows)
}

/// The tensors of the session. Listing them evaluates no lazy tensor.
pub(super) fn tensors(context: &QueryContext<'_>) -> RowSet {
    let types = [
        ("name", ColumnType::String),
        ("dtype", ColumnType::String),
        ("shape", ColumnType::String),
        ("elements", ColumnType::Int),
        ("bytes", ColumnType::Int),
        ("lazy", ColumnType::Bool),
    ];
    let variables = &context.variables;
    let resolved = |named: &Variable| {
        let (_, variable) = variables.resolve(&named.name).ok()?;
        tensor(&named.name, variable)
    };
    let rows: Vec<Vec<Cell>> = variables.iter().filter_map(resolved).collect();
    RowSet::from_rows(&types, &rows)
}

/// A tensor under a name that refers to it; `None` for a column of a dataset, which is listed as a column.
fn tensor(name: &str, variable: &Variable) -> Option<Vec<Cell>> {
    let (shape, dtype) = variable.kind()?;
    let bytes = match &variable.value {
        Value::Tensor(tensor) => Some(tensor.bytes()),
        Value::Lazy(lazy) => lazy.value.get().map(|tensor| tensor.bytes()),
        Value::Alias(_) | Value::Dataset(_) | Value::Column(..) => None,
    };
    Some(vec![
        text(name),
        text(dtype.name()),
        text(&shape.to_string()),
        Cell::Int(shape.len() as i64),
        bytes.map_or(Cell::Null, |bytes| Cell::Int(bytes as i64)),
        Cell::Bool(bytes.is_none()),
    ])
}

/// The types that statements have made.
pub(super) fn types(context: &QueryContext<'_>) -> RowSet {
    let names = ["type_catalog", "type_schema", "type_name", "definition", "comment"];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for known in database.objects_of(ObjectKind::Type) {
            rows.push(vec![
                text(CATALOG),
                text(schema_name(database)),
                text(&known.name),
                text(&known.written()),
                known.comment.as_deref().map_or(Cell::Null, text),
            ]);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The comments of datasets, columns, views and the other objects.
pub(super) fn comments(context: &QueryContext<'_>) -> RowSet {
    let names = ["object_schema", "object_type", "object_name", "column_name", "comment"];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        let mut add = |kind: &str, name: &str, column: Option<&str>, comment: &str| {
            let column = column.map_or(Cell::Null, text);
            rows.push(vec![text(schema_name(database)), text(kind), text(name), column, text(comment)]);
        };
        for dataset in database.datasets() {
            let definition = dataset.definition();
            if let Some(comment) = definition.metadata.get("comment") {
                add("dataset", &definition.name, None, comment);
            }
            for column in definition.columns.iter() {
                let key = format!("comment.{}", column.name.to_lowercase());
                if let Some(comment) = definition.metadata.get(&key) {
                    add("column", &definition.name, Some(&column.name), comment);
                }
            }
        }
        for object in database.objects() {
            if let Some(comment) = &object.comment {
                add(object.kind().word(), &object.name, None, comment);
            }
            let Definition::View(view) = &object.definition else { continue };
            for column in &view.columns {
                if let Some(comment) = &column.comment {
                    add("column", &object.name, Some(&column.name), comment);
                }
            }
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The rows of SHOW SETTINGS.
pub(super) fn settings(context: &QueryContext<'_>) -> RowSet {
    context.settings.rows()
}

/// The functions of the language, in the order of the reference.
pub(super) fn functions(_: &QueryContext<'_>) -> RowSet {
    let names = ["name", "category", "form", "doc"];
    let rows: Vec<Vec<Cell>> = Registry::global()
        .all()
        .map(|function| {
            vec![
                text(function.name),
                text(function.category.title()),
                text(function.pattern),
                text(function.doc),
            ]
        })
        .chain(QueryFunction::all().map(|function| {
            vec![text(function.name), text(function.family.title()), text(function.form), text(function.doc)]
        }))
        .collect();
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}
