//! What DataFusion says, in the words and codes of linal.

use arrow::error::ArrowError;
use datafusion::common::{Column, Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use linal_lang::{Span, suggest};

use super::functions::linal_error;
use super::rewrite::Names;
use crate::error::Error;

/// An error of ours on its way through DataFusion.
pub(super) fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// An error that only a bug can cause.
pub(super) fn internal(error: &DataFusionError) -> Error {
    Error::new("E0900", "internal_error", format!("a bug in linal: {error}"))
}

/// The place in the text that an error is about, in bytes of the statement.
fn place(error: &DataFusionError) -> Option<Span> {
    let span = match error {
        DataFusionError::Diagnostic(diagnostic, inner) => match &diagnostic.span {
            Some(span) => *span,
            None => return place(inner),
        },
        DataFusionError::Context(_, inner) => return place(inner),
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } | SchemaError::AmbiguousReference { field } => {
                field.spans().first()?
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(Span::new(byte(span.start.column), byte(span.end.column)))
}

/// The byte of a statement that a column of its text is, counted from 1.
pub(super) fn byte(column: u64) -> usize {
    usize::try_from(column.saturating_sub(1)).unwrap_or(0)
}

/// The column that no table has.
pub(super) fn unknown_column(error: &DataFusionError) -> Option<&Column> {
    match error {
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => unknown_column(inner),
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } => Some(field),
            _ => None,
        },
        _ => None,
    }
}

/// The name that is no column, and the column of the text that it begins at: a session tensor may be meant.
pub(super) fn missing_column(error: &DataFusionError) -> Option<(&str, u64)> {
    let field = unknown_column(error).filter(|field| field.relation.is_none())?;
    Some((&field.name, place(error)?.start as u64 + 1))
}

/// Translates an error of planning or running.
pub(super) fn translate(error: &DataFusionError, names: &Names) -> Error {
    let translated = kind(error, names);
    match place(error) {
        Some(span) => translated.at(span),
        None => translated,
    }
}

fn kind(error: &DataFusionError, names: &Names) -> Error {
    if let Some(ours) = linal_error(error) {
        return ours.clone();
    }
    match error {
        DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => kind(inner, names),
            None => failed(&inner.to_string()),
        },
        DataFusionError::Context(_, inner) => kind(inner, names),
        DataFusionError::Diagnostic(diagnostic, inner) => diagnosed(diagnostic, kind(inner, names)),
        DataFusionError::Shared(inner) => kind(inner, names),
        DataFusionError::Collection(errors) => {
            errors.first().map_or_else(|| failed("several errors"), |first| kind(first, names))
        }
        DataFusionError::SchemaError(inner, _) => schema(inner, names),
        DataFusionError::ArrowError(inner, _) => arrow(inner),
        DataFusionError::ResourcesExhausted(message) => {
            let text = message.lines().last().unwrap_or(message);
            Error::new("E0501", "memory_limit", format!("the query ran out of memory: {text}"))
                .with_help("SET memory_limit changes the limit")
        }
        DataFusionError::NotImplemented(message) => Error::new("E0901", "not_supported", sentence(message)),
        DataFusionError::Plan(message) => planning(message),
        DataFusionError::Execution(message) => failed(message),
        DataFusionError::Internal(message) => {
            Error::new("E0900", "internal_error", format!("a bug in linal: {}", sentence(message)))
                .with_help("the session is as it was before the statement; please report this")
        }
        other => failed(&other.strip_backtrace()),
    }
}

/// A diagnostic's hints are kept when the error itself has none.
fn diagnosed(diagnostic: &Diagnostic, error: Error) -> Error {
    match (error.help(), diagnostic.helps.first()) {
        (None, Some(help)) => error.with_help(help.message.clone()),
        _ => error,
    }
}

fn schema(error: &SchemaError, names: &Names) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let written = names.spelling(&field.name);
            let message = match &field.relation {
                Some(relation) => format!("`{relation}` has no column `{written}`"),
                None => format!("there is no column or tensor `{written}`"),
            };
            let error = Error::new("E0304", "unknown_name", message);
            let known: Vec<&str> = valid_fields
                .iter()
                .map(|valid| names.spelling(&valid.name))
                .filter(|name| !name.starts_with("__"))
                .collect();
            match suggest::nearest(&field.name, known.iter().copied()) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None if known.is_empty() => error,
                None => error.with_help(format!("the columns are {}", list(&known))),
            }
        }
        SchemaError::AmbiguousReference { field } => Error::new(
            "E0701",
            "ambiguous_name",
            format!("`{}` could be a column of more than one table", names.spelling(&field.name)),
        )
        .with_help(format!("write the table before it, such as t.{}", names.spelling(&field.name))),
        SchemaError::DuplicateQualifiedField { qualifier, name } => {
            Error::new("E0702", "duplicate_name", format!("`{qualifier}.{name}` is there twice"))
                .with_help("give each table an alias of its own")
        }
        SchemaError::DuplicateUnqualifiedField { name } => {
            Error::new("E0702", "duplicate_name", format!("`{}` is there twice", names.spelling(name)))
        }
    }
}

fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 8 { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn arrow(error: &ArrowError) -> Error {
    match error {
        ArrowError::DivideByZero => Error::new("E0703", "division_by_zero", "division by zero"),
        ArrowError::ArithmeticOverflow(message) => {
            Error::new("E0704", "overflow", format!("a result does not fit its type: {message}"))
        }
        ArrowError::CastError(message) => Error::new("E0705", "bad_cast", sentence(message)),
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => kind(inner, &Names::default()),
            None => failed(&inner.to_string()),
        },
        other => failed(&other.to_string()),
    }
}

fn planning(message: &str) -> Error {
    if let Some(rest) = message.strip_prefix("Invalid function '")
        && let Some((name, rest)) = rest.split_once('\'')
    {
        let error =
            Error::new("E0311", "unknown_function", format!("there is no function {}", name.to_uppercase()));
        return match rest.split_once("Did you mean '").and_then(|(_, near)| near.split_once('\'')) {
            Some((near, _)) => error.with_help(format!("did you mean {}?", near.to_uppercase())),
            None => error,
        };
    }
    if let Some(column) = ungrouped(message) {
        let message = format!("`{column}` is no key of GROUP BY, and stands outside of an aggregate");
        return Error::new("E0706", "bad_query", message);
    }
    if message.starts_with("Cannot create filter with non-boolean predicate") {
        return Error::new(
            "E0206",
            "dtype_mismatch",
            "a condition is one truth value for each row, and this one is not",
        )
        .with_help("VEC_ANY(x) and VEC_ALL(x) make one of a tensor");
    }
    Error::new("E0706", "bad_query", sentence(message))
}

/// The column that a query over groups may not name, in DataFusion's sentence about it.
fn ungrouped(message: &str) -> Option<&str> {
    let (before, _) =
        message.split_once("must appear in the GROUP BY clause or must be part of an aggregate")?;
    let (_, column) = before.trim_end().trim_end_matches('"').rsplit_once('"')?;
    Some(column.rsplit('.').next().unwrap_or(column))
}

fn failed(message: &str) -> Error {
    Error::new("E0707", "query_failed", sentence(message))
}

/// The first line of a message, beginning in lower case as all of linal's do.
fn sentence(message: &str) -> String {
    let line = message.lines().next().unwrap_or("").trim().trim_end_matches('.');
    let mut chars = line.chars();
    match (chars.next(), chars.clone().next()) {
        // An acronym or a name keeps its case.
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => line.to_string(),
    }
}
