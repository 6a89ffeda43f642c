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
        Relational::Export { source, path, format } => {
            export(f, source, format.as_ref())?;
            path_clause(f, " TO ", Some(path))
        }
        Relational::Save { kind, name, path } => {
            write!(f, "SAVE {kind} {name}")?;
            path_clause(f, " TO ", path.as_deref())
        }
        Relational::Load { kind, name, path } => {
            write!(f, "LOAD {kind} {name}")?;
            path_clause(f, " FROM ", path.as_deref())
        }
        Relational::Deliver { name, path } => {
            write!(f, "DELIVER {name}")?;
            path_clause(f, " TO ", path.as_deref())
        }
        _ => Ok(()),
    }
}

fn export(f: &mut Formatter<'_>, source: &ExportSource, format: Option<&Ident>) -> fmt::Result {
    match (source, format) {
        (ExportSource::Dataset(table), Some(format)) => write!(f, "EXPORT {format} {table}"),
        (ExportSource::Dataset(table), None) => write!(f, "EXPORT {table}"),
        (ExportSource::Query(query), _) => write!(f, "COPY ({query})"),
    }
}

fn import(f: &mut Formatter<'_>, file: &ImportFile) -> fmt::Result {
    f.write_str(if file.copy { "IMPORT DATASET" } else { "USE DATASET" })?;
    path_clause(f, " FROM ", Some(&*file.path))?;
    option(f, " AS ", file.name.as_ref())?;
    if let Some(fields) = &file.fields {
        f.write_str(" FIELDS (")?;
        list(f, fields, |f, field| field.fmt(f))?;
        f.write_str(")")?;
    }
    options(f, &file.options)
}

fn path_clause(f: &mut Formatter<'_>, before: &str, path: Option<&str>) -> fmt::Result {
    let Some(path) = path else {
        return Ok(());
    };
    f.write_str(before)?;
    literal::quoted(f, path, '\'')
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
