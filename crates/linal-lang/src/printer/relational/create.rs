//! Prints statements that create datasets and indexes, and those that change columns.

use super::{list, literal, option};
use crate::ast::Ident;
use crate::ast::relational::{
    Alteration, ColumnSpec, CreateDataset, CreateIndex, DatasetSource, OnExisting, TypeName,
};
use std::fmt::{self, Display, Formatter};

impl Display for CreateDataset {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let standard = matches!(self.source, DatasetSource::Columns { standard: true, .. });
        let replace = if self.on_existing == OnExisting::Replace { "OR REPLACE " } else { "" };
        let keep = if self.on_existing == OnExisting::Keep { "IF NOT EXISTS " } else { "" };
        let object = if standard { "TABLE" } else { "DATASET" };
        let temporary = if self.temporary { "TEMP " } else { "" };
        write!(f, "CREATE {replace}{temporary}{object} {keep}{} ", self.name)?;
        match &self.source {
            DatasetSource::Query(query) => write!(f, "AS {query}"),
            DatasetSource::Columns { columns, .. } => {
                f.write_str(if standard { "(" } else { "COLUMNS (" })?;
                list(f, columns, |f, column| column.fmt(f))?;
                f.write_str(")")
            }
        }
    }
}

impl Display for ColumnSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.type_name)?;
        f.write_str(match self.nullable {
            Some(true) => " NULL",
            Some(false) => " NOT NULL",
            None => "",
        })?;
        option(f, " DEFAULT ", self.default.as_ref())
    }
}

impl Display for TypeName {
    /// The arguments of `TIMESTAMP(3) WITH TIME ZONE` follow its first word.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (first, rest) = match self.name.find(" WITH") {
            Some(at) => self.name.split_at(at),
            None => (&*self.name, ""),
        };
        f.write_str(first)?;
        if !self.args.is_empty() {
            write!(f, "({})", self.args.join(", "))?;
        }
        f.write_str(rest)
    }
}

impl Display for Alteration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Alteration::AddColumn(column) => write!(f, "ADD COLUMN {column}"),
            Alteration::AddComputed { name, text, lazy, .. } => {
                write!(f, "ADD COLUMN {name} = {text}{}", if *lazy { " LAZY" } else { "" })
            }
            Alteration::DropColumn(name) => write!(f, "DROP COLUMN {name}"),
            Alteration::RenameColumn { from, to } => write!(f, "RENAME COLUMN {from} TO {to}"),
            Alteration::Rename(name) => write!(f, "RENAME TO {name}"),
        }
    }
}

impl Display for CreateIndex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let vector = if self.vector { "VECTOR " } else { "" };
        let keep = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE {vector}INDEX {keep}")?;
        if let Some(name) = &self.name {
            write!(f, "{name} ")?;
        }
        write!(f, "ON {}({})", self.table, self.column)?;
        option(f, " METRIC ", self.metric.as_ref())?;
        options(f, &self.options)
    }
}

/// ` WITH (key = 'value', ...)`.
pub(super) fn options(f: &mut Formatter<'_>, options: &[(Ident, Box<str>)]) -> fmt::Result {
    if options.is_empty() {
        return Ok(());
    }
    f.write_str(" WITH (")?;
    list(f, options, |f, (key, value)| {
        write!(f, "{key} = ")?;
        literal::quoted(f, value, '\'')
    })?;
    f.write_str(")")
}
