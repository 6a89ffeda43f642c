//! Prints statements about files and packages.

use super::create::options;
use super::{list, literal, option};
use crate::ast::Ident;
use crate::ast::relational::{ExportSource, ImportFile, Relational, StoredKind};
use std::fmt::{self, Display, Formatter};

/// Prints a statement about files.
pub(super) fn write(f: &mut Formatter<'_>, statement: &Relational) -> fmt::Result {
    match statement {
        Relational::Import(file) => import(f, file),
        Relational::Export { source, path, format, options: given } => {
            export(f, source, format.as_ref(), !given.is_empty())?;
            write!(f, " TO {path}")?;
            options(f, given)
        }
        Relational::Save { kind, name, path } => {
            write!(f, "SAVE {kind} {name}")?;
            option(f, " TO ", path.as_ref())
        }
        Relational::Load { kind, name, path } => {
            write!(f, "LOAD {kind} {name}")?;
            option(f, " FROM ", path.as_ref())
        }
        Relational::Deliver { name, path } => {
            write!(f, "DELIVER {name}")?;
            option(f, " TO ", path.as_ref())
        }
        _ => Ok(()),
    }
}

fn export(
    f: &mut Formatter<'_>,
    source: &ExportSource,
    format: Option<&Ident>,
    has_options: bool,
) -> fmt::Result {
    match (source, format) {
        (ExportSource::Dataset(table), _) if has_options => write!(f, "COPY {table}"),
        (ExportSource::Dataset(table), Some(format)) => write!(f, "EXPORT {format} {table}"),
        (ExportSource::Dataset(table), None) => write!(f, "EXPORT {table}"),
        (ExportSource::Query(query), _) => write!(f, "COPY ({query})"),
    }
}

fn import(f: &mut Formatter<'_>, file: &ImportFile) -> fmt::Result {
    f.write_str(if file.copy { "IMPORT DATASET FROM " } else { "USE DATASET FROM " })?;
    literal::quoted(f, &file.path, '\'')?;
    option(f, " AS ", file.name.as_ref())?;
    if let Some(fields) = &file.fields {
        f.write_str(" FIELDS (")?;
        list(f, fields, |f, field| field.fmt(f))?;
        f.write_str(")")?;
    }
    options(f, &file.options)
}

impl Display for StoredKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StoredKind::Dataset => "DATASET",
            StoredKind::Tensor => "TENSOR",
            StoredKind::Pipeline => "PIPELINE",
        })
    }
}
