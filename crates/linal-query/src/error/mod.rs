//! Translates DataFusion's errors to those of linal, with its codes and terms.

mod planning;
mod wording;

use arrow::error::ArrowError;
use datafusion::common::{Column, Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use linal_dataset::Error;
use linal_error::Code;
use linal_lang::Span;

use self::wording::in_our_words;
pub(super) use self::wording::name_of as type_name;
use super::frontend::resolve::Names;
use super::logical::outer_aggregate::OuterAggregate;
use super::udf::linal_error;

/// Wraps our error to pass it through DataFusion.
pub(super) fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// An error that only a bug can cause.
pub(super) fn internal(error: &DataFusionError) -> Error {
    bug(&error.to_string())
}

/// The position of an error in the text, in bytes of the statement.
fn place(error: &DataFusionError) -> Option<Span> {
    let span = match error {
        DataFusionError::Diagnostic(diagnostic, inner) => match &diagnostic.span {
            Some(span) => *span,
            None => return place(inner),
        },
        DataFusionError::Context(_, inner) => return place(inner),
        DataFusionError::Collection(errors) => return errors.first().and_then(place),
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

/// The byte offset for a column number of a statement's text, which counts from 1.
pub(super) fn byte(column: u64) -> usize {
    usize::try_from(column.saturating_sub(1)).unwrap_or(0)
}

/// The column that an error reports as unknown.
pub(super) fn unknown_column(error: &DataFusionError) -> Option<&Column> {
    match error {
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => unknown_column(inner),
        DataFusionError::Collection(errors) => errors.first().and_then(unknown_column),
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } => Some(field),
            _ => None,
        },
        _ => None,
    }
}

/// Translates an error of planning or execution.
pub(super) fn translate(error: &DataFusionError, names: &Names) -> Error {
    // Our own errors name types as they occurred.
    let translated = kind(error, names).map_message(wording::with_names_of_types);
    match place(error) {
        Some(span) => translated.at(span),
        None => translated,
    }
}

fn kind(error: &DataFusionError, names: &Names) -> Error {
    if let Some(ours) = linal_error(error) {
        return ours.clone();
    }
    // It comes as an error of memory, of a file or of Arrow, as the operator has it.
    if error.to_string().contains(SPILL_LIMIT) {
        return crate::run::spill::exceeded();
    }
    match error {
        DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => kind(inner, names),
            None if inner.is::<OuterAggregate>() => Error::new(Code::BadQuery, inner.to_string()),
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
            Error::new(Code::MemoryLimit, format!("the query ran out of memory: {text}"))
                .with_help("SET memory_limit changes the limit")
        }
        DataFusionError::NotImplemented(message) => not_supported(message),
        DataFusionError::Plan(message) => planning::of(message),
        DataFusionError::Execution(message) => failed(message),
        DataFusionError::ExecutionJoin(failure) => bug(&failure.to_string()),
        DataFusionError::Internal(message) => bug(message),
        other => failed(&other.strip_backtrace()),
    }
}

/// In DataFusion's message about the bytes of spilled rows.
const SPILL_LIMIT: &str = "used disk space during the spilling process";

/// Adds a diagnostic's hints if the error itself has none.
fn diagnosed(diagnostic: &Diagnostic, error: Error) -> Error {
    match (error.help(), diagnostic.helps.first()) {
        (None, Some(help)) => match in_our_words(&help.message) {
            Some(help) => error.with_help(help),
            None => error,
        },
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
            let mut known: Vec<&str> = Vec::new();
            for valid in valid_fields {
                let name = names.spelling(&valid.name);
                if !name.starts_with("__") && !known.contains(&name) {
                    known.push(name);
                }
            }
            let error = Error::new(Code::UnknownName, message).suggest(&field.name, known.iter().copied());
            if known.is_empty() { error } else { error.or_help(format!("the columns are {}", list(&known))) }
        }
        SchemaError::AmbiguousReference { field } => Error::new(
            Code::AmbiguousName,
            format!("`{}` could be a column of more than one table", names.spelling(&field.name)),
        )
        .with_help(format!("write the table before it, such as t.{}", names.spelling(&field.name))),
        SchemaError::DuplicateQualifiedField { qualifier, name } => {
            Error::new(Code::DuplicateName, format!("`{qualifier}.{name}` is there twice"))
                .with_help("give each table an alias of its own")
        }
        SchemaError::DuplicateUnqualifiedField { name } => {
            Error::new(Code::DuplicateName, format!("`{}` is there twice", names.spelling(name)))
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
        ArrowError::DivideByZero => Error::new(Code::DivisionByZero, "division by zero"),
        ArrowError::ArithmeticOverflow(message) => {
            Error::new(Code::Overflow, format!("a result does not fit its type: {message}"))
        }
        ArrowError::CastError(message) => {
            let text = in_our_words(message).unwrap_or_else(|| "a value does not fit the type".to_string());
            Error::new(Code::BadCast, text)
        }
        ArrowError::InvalidArgumentError(message) => {
            too_many_digits(message).unwrap_or_else(|| failed(&error.to_string()))
        }
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => kind(inner, &Names::default()),
            None => failed(&inner.to_string()),
        },
        other => failed(&other.to_string()),
    }
}

/// Arrow's error for a number beyond the precision of its decimal type.
fn too_many_digits(message: &str) -> Option<Error> {
    let (number, rest) = message.split_once(" is too large to store in a Decimal")?;
    let (_, digits) = rest.split_once("of precision ")?;
    let digits = digits.split(|c: char| !c.is_ascii_digit()).next()?;
    let message = format!("{number} does not fit a Decimal of {digits} digits");
    let error = Error::new(Code::ValueOutOfRange, message);
    Some(error.with_help("TRY_CAST gives NULL instead"))
}

/// Translates an execution error.
fn failed(message: &str) -> Error {
    if let Some(rest) = message.split_once("user-defined coercion failed with: ").map(|(_, rest)| rest) {
        return planning::of(rest);
    }
    let text =
        in_our_words(message).unwrap_or_else(|| "a part of the query could not be computed".to_string());
    Error::new(Code::QueryFailed, text)
}

/// A bug, without DataFusion's internal names.
fn bug(message: &str) -> Error {
    if let Some(error) = planning::mistake(message) {
        return error;
    }
    let text = in_our_words(message).unwrap_or_else(|| "the query could not be planned or run".to_string());
    Error::new(Code::InternalError, format!("a bug in linal: {text}"))
        .with_help("the session is as it was before the statement; please report this")
}

fn not_supported(message: &str) -> Error {
    if let Some(error) = planning::unsupported(message) {
        return error;
    }
    let text = in_our_words(message).unwrap_or_else(|| "a query of this form is not supported".to_string());
    Error::new(Code::NotSupported, text)
}
