//! `CREATE TYPE`, and the types of columns.

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use linal_dataset::objects::{Definition, NamedType, Object};
use linal_dataset::{DeclaredType, Error, Limit, Result, resolve_type};
use linal_error::Code;
use linal_lang::ast::objects::{CreateType, ObjectKind, TypeDefinition};
use linal_lang::ast::relational::{Query, TypeName};
use linal_lang::ast::{Ident, ObjectName};
use linal_query::Options;
use linal_store::ColumnType;

use super::place;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn create(session: &mut Session, create: &CreateType) -> Result<Outcome> {
    let place = place::of_new(session, &create.name, create.temporary)?;
    let definition = match &create.definition {
        TypeDefinition::Labels(labels) => {
            for (at, (label, span)) in labels.iter().enumerate() {
                if labels[..at].iter().any(|(known, _)| known == label) {
                    return Err(twice(label).at(*span));
                }
            }
            NamedType::Enum(labels.iter().map(|(label, _)| label.clone()).collect())
        }
        TypeDefinition::Query(query) => NamedType::Enum(labels_of(session, query)?.into()),
        TypeDefinition::Alias(name) => {
            let declared = declared_type(session, name)?;
            // A type of its own would be lost with the other one.
            if matches!(declared.limit, Some(Limit::Labels { .. })) {
                let message = "an alias of an enum type is not supported by this version";
                return Err(Error::new(Code::NotSupported, message).at(name.span));
            }
            NamedType::Alias(name.to_string().into())
        }
    };
    let object = Object::new(&place.name.name, Definition::Type(definition));
    let is_new = place::put(session, &place, create.on_existing, object)?;
    Ok(Outcome::Done(place::created(ObjectKind::Type, &place.name.name, is_new)))
}

fn twice(label: &str) -> Error {
    Error::new(Code::NameExists, format!("the label '{label}' is given twice"))
}

/// The labels that a query gives.
fn labels_of(session: &mut Session, query: &Query) -> Result<Vec<Box<str>>> {
    let planned = session.plan_query(query, Options::default())?;
    let (schema, batches) = session.run_planned(&planned)?;
    let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8);
    if schema.fields().len() != 1 || !is_text(schema.field(0).data_type()) {
        let message = "the labels of an enum are the texts of a query with one column";
        return Err(Error::new(Code::TypeMismatch, message).at(query.span));
    }
    let mut labels: Vec<Box<str>> = Vec::new();
    for batch in batches {
        let texts =
            arrow::compute::cast(batch.column(0), &DataType::Utf8View).map_err(linal_dataset::arrow_error)?;
        if texts.null_count() > 0 {
            return Err(Error::new(Code::NotNull, "a label of an enum is not NULL").at(query.span));
        }
        for label in texts.as_string_view().iter().flatten() {
            if labels.iter().any(|known| **known == *label) {
                return Err(twice(label).at(query.span));
            }
            labels.push(label.into());
        }
    }
    Ok(labels)
}

/// The type that a name of a column definition stands for: one of the language, or one of the catalog.
///
/// # Errors
/// `E0609 unknown_type`, at the name.
pub(in crate::statement) fn declared_type(session: &Session, name: &TypeName) -> Result<DeclaredType> {
    let resolved = resolve_type(&name.name, &name.args);
    let Err(error) = resolved else { return resolved };
    if !error.is(Code::UnknownType) || !name.args.is_empty() {
        return Err(error.at(name.span));
    }
    let parts = name.name.split('.').map(|part| Ident { name: part.into(), span: name.span }).collect();
    let found = place::find(session, ObjectKind::Type, &ObjectName { parts, span: name.span })?;
    let Some(found) = found else { return Err(error.at(name.span)) };
    match &found.object.definition {
        Definition::Type(NamedType::Enum(labels)) => Ok(DeclaredType {
            column_type: ColumnType::String,
            limit: Some(Limit::Labels { name: found.object.name.clone(), labels: labels.clone() }),
        }),
        Definition::Type(NamedType::Alias(text)) => {
            let (word, args) = text.split_once('(').unwrap_or((text, ""));
            let args: Vec<&str> = args
                .trim_end_matches(')')
                .split(',')
                .map(str::trim)
                .filter(|argument| !argument.is_empty())
                .collect();
            resolve_type(word.trim(), &args).map_err(|error| error.at(name.span))
        }
        _ => Err(error.at(name.span)),
    }
}
