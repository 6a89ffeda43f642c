//! Pipelines, indexes, views, macros, sequences and types as objects of the store.

use std::sync::Arc;

use linal_bind::functions::Registry;
use linal_dataset::catalog::{Catalog, Database, IndexDef};
use linal_dataset::sorted_rows::SortedRows;
use linal_dataset::{Error, Metric, Result};
use linal_error::Code;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{Pipeline, Relational};
use linal_lang::{Span, parse_statement};
use linal_store::database::{DatabaseId, ObjectEntry, Snapshot, Transaction};
use serde_json::{Value, json};

use super::{definitions, error};

const PIPELINE: &str = "pipeline";
const INDEX: &str = "index";
const SETTING: &str = "setting";

/// Adds the pipelines, indexes and other objects of a snapshot to a catalog.
///
/// # Errors
/// A definition that cannot be read, which is damage.
pub(super) fn load(snapshot: &Snapshot, catalog: &mut Catalog) -> Result<()> {
    for database in snapshot.databases().map_err(error)? {
        for object in
            snapshot.objects().map_err(error)?.iter().filter(|object| object.database == database.id)
        {
            match object.kind.as_str() {
                PIPELINE => catalog.put_pipeline(&database.name, Arc::new(pipeline(object)?))?,
                INDEX => catalog.put_index(&database.name, Arc::new(index(object)?))?,
                SETTING => {
                    let value = Some(Arc::new(word(object, "value")?.to_owned()));
                    catalog.put_setting(&database.name, &object.name, value)?;
                }
                word => {
                    if let Some(kind) = definitions::kind_of(word) {
                        let object = definitions::from_json(kind, object)?;
                        catalog.put_object(&database.name, Arc::new(object))?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn pipeline(object: &ObjectEntry) -> Result<Pipeline> {
    let name = &object.name;
    let text = format!("DEFINE PIPELINE `{name}` AS {}", word(object, "steps")?);
    let parsed = parse_statement(&text, Span::new(0, text.len()), Registry::global()).map_err(Error::from)?;
    if let Statement::Relational(relational) = parsed
        && let Relational::DefinePipeline(pipeline) = *relational
    {
        return Ok(pipeline);
    }
    Err(damaged(object))
}

fn index(object: &ObjectEntry) -> Result<IndexDef> {
    let metric = match object.definition.get("metric") {
        Some(Value::String(metric)) => Some(Metric::parse(metric)?),
        _ => None,
    };
    Ok(IndexDef {
        name: object.name.as_str().into(),
        table: word(object, "dataset")?.into(),
        column: word(object, "column")?.into(),
        metric,
        sorted: SortedRows::default(),
    })
}

fn word<'o>(object: &'o ObjectEntry, key: &str) -> Result<&'o str> {
    object.definition.get(key).and_then(Value::as_str).ok_or_else(|| damaged(object))
}

pub(super) fn damaged(object: &ObjectEntry) -> Error {
    Error::new(
        Code::DamagedDatabase,
        format!("the definition of the {} `{}` cannot be read", object.kind, object.name),
    )
}

/// Whether pipelines, indexes or other objects of two states of a database differ.
pub(super) fn differ(before: Option<&Database>, after: &Database) -> bool {
    let pipelines = |database: &Database| database.pipelines().map(Arc::as_ptr).collect::<Vec<_>>();
    let indexes = |database: &Database| database.indexes().map(Arc::as_ptr).collect::<Vec<_>>();
    let settings =
        |database: &Database| database.settings().map(|(_, value)| Arc::as_ptr(value)).collect::<Vec<_>>();
    let objects = |database: &Database| database.objects().map(Arc::as_ptr).collect::<Vec<_>>();
    match before {
        Some(before) => {
            objects(before) != objects(after)
                || pipelines(before) != pipelines(after)
                || indexes(before) != indexes(after)
                || settings(before) != settings(after)
        }
        None => {
            after.has_objects()
                || after.pipelines().next().is_some()
                || after.indexes().next().is_some()
                || after.settings().next().is_some()
        }
    }
}

/// Writes the changes of pipelines, indexes and other objects.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(
    transaction: &mut Transaction,
    id: DatabaseId,
    before: Option<&Database>,
    after: &Database,
) -> Result<()> {
    for gone in before.into_iter().flat_map(Database::pipelines) {
        if after.pipeline(&gone.name.name).is_none() {
            transaction.drop_object(id, PIPELINE, &gone.name.name);
        }
    }
    for pipeline in after.pipelines() {
        let known = before.and_then(|before| before.pipeline(&pipeline.name.name));
        if !known.is_some_and(|known| Arc::ptr_eq(known, pipeline)) {
            let definition = json!({ "steps": &*pipeline.text });
            transaction
                .put_object(id, PIPELINE, &pipeline.name.name, None, definition, None)
                .map_err(error)?;
        }
    }
    for (name, _) in before.into_iter().flat_map(Database::settings) {
        if after.setting(name).is_none() {
            transaction.drop_object(id, SETTING, name);
        }
    }
    for (name, value) in after.settings() {
        let known = before.and_then(|before| before.setting(name));
        if !known.is_some_and(|known| Arc::ptr_eq(known, value)) {
            let definition = json!({ "value": value.as_str() });
            transaction.put_object(id, SETTING, name, None, definition, None).map_err(error)?;
        }
    }
    for gone in before.into_iter().flat_map(Database::objects) {
        if after.object(gone.kind(), &gone.name).is_none() {
            transaction.drop_object(id, gone.kind().word(), &gone.name);
        }
    }
    for object in after.objects() {
        let known = before.and_then(|before| before.object(object.kind(), &object.name));
        if !known.is_some_and(|known| Arc::ptr_eq(known, object)) {
            let (kind, definition) = (object.kind().word(), definitions::to_json(object));
            transaction.put_object(id, kind, &object.name, None, definition, None).map_err(error)?;
        }
    }
    for gone in before.into_iter().flat_map(Database::indexes) {
        if after.index(&gone.name).is_none() {
            transaction.drop_object(id, INDEX, &gone.name);
        }
    }
    for index in after.indexes() {
        let known = before.and_then(|before| before.index(&index.name));
        if !known.is_some_and(|known| Arc::ptr_eq(known, index)) {
            let metric = index.metric.map(Metric::name);
            let definition = json!({ "dataset": &*index.table, "column": &*index.column, "metric": metric });
            transaction.put_object(id, INDEX, &index.name, None, definition, None).map_err(error)?;
        }
    }
    Ok(())
}
