//! Prints statements that create datasets and indexes, and those that change columns.

use super::{exists, list, literal, option};
use crate::ast::Ident;
use crate::ast::constraint::{ConstraintRule, ConstraintSpec, Reference};
use crate::ast::relational::{
    Alteration, ColumnChange, ColumnSpec, CreateDataset, CreateIndex, DatasetSource, OnExisting, TypeName,
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
            DatasetSource::Columns { columns, constraints, .. } => {
                f.write_str(if standard { "(" } else { "COLUMNS (" })?;
                list(f, columns, |f, column| column.fmt(f))?;
                constraints.iter().try_for_each(|constraint| write!(f, ", {constraint}"))?;
                f.write_str(")")
            }
        }
    }
}

impl Display for ColumnSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.type_name.name.is_empty() {
            write!(f, ": {}", self.type_name)?;
        }
        f.write_str(match self.nullable {
            Some(true) => " NULL",
            Some(false) => " NOT NULL",
            None => "",
        })?;
        option(f, " DEFAULT ", self.default.as_ref())?;
        if let Some(generated) = &self.generated {
            write!(f, " AS ({}) {}", generated.value, if generated.lazy { "VIRTUAL" } else { "STORED" })?;
        }
        self.constraints.iter().try_for_each(|constraint| write!(f, " {}", OfColumn(constraint)))
    }
}

/// A constraint as a column has it, without the name of the column.
struct OfColumn<'a>(&'a ConstraintSpec);

impl Display for OfColumn<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.0.name {
            write!(f, "CONSTRAINT {name} ")?;
        }
        match &self.0.rule {
            ConstraintRule::PrimaryKey(_) => f.write_str("PRIMARY KEY"),
            ConstraintRule::Unique(_) => f.write_str("UNIQUE"),
            ConstraintRule::Check { condition, .. } => write!(f, "CHECK ({condition})"),
            ConstraintRule::References(reference) => references(f, reference),
        }
    }
}

impl Display for ConstraintSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.rule {
            ConstraintRule::Check { .. } => return OfColumn(self).fmt(f),
            _ => option_name(f, self)?,
        }
        match &self.rule {
            ConstraintRule::PrimaryKey(columns) => names(f, "PRIMARY KEY ", columns),
            ConstraintRule::Unique(columns) => names(f, "UNIQUE ", columns),
            ConstraintRule::References(reference) => {
                names(f, "FOREIGN KEY ", &reference.columns)?;
                f.write_str(" ")?;
                references(f, reference)
            }
            ConstraintRule::Check { .. } => Ok(()),
        }
    }
}

fn option_name(f: &mut Formatter<'_>, constraint: &ConstraintSpec) -> fmt::Result {
    match &constraint.name {
        Some(name) => write!(f, "CONSTRAINT {name} "),
        None => Ok(()),
    }
}

fn references(f: &mut Formatter<'_>, reference: &Reference) -> fmt::Result {
    write!(f, "REFERENCES {}", reference.table)?;
    match &reference.referenced {
        Some(columns) => names(f, " ", columns),
        None => Ok(()),
    }
}

fn names(f: &mut Formatter<'_>, before: &str, columns: &[Ident]) -> fmt::Result {
    write!(f, "{before}(")?;
    list(f, columns, |f, column| column.fmt(f))?;
    f.write_str(")")
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
            Alteration::AddColumn { spec, if_not_exists } => {
                write!(f, "ADD COLUMN {}{spec}", if *if_not_exists { "IF NOT EXISTS " } else { "" })
            }
            Alteration::AddComputed { name, text, lazy, .. } => {
                write!(f, "ADD COLUMN {name} = {text}{}", if *lazy { " LAZY" } else { "" })
            }
            Alteration::DropColumn { name, if_exists } => {
                write!(f, "DROP COLUMN {}{name}", exists(*if_exists))
            }
            Alteration::AddConstraint(constraint) => write!(f, "ADD {constraint}"),
            Alteration::DropConstraint { name, if_exists } => {
                write!(f, "DROP CONSTRAINT {}{name}", exists(*if_exists))
            }
            Alteration::AlterColumn { name, change } => write!(f, "ALTER COLUMN {name} {change}"),
            Alteration::RenameColumn { from, to } => write!(f, "RENAME COLUMN {from} TO {to}"),
            Alteration::Rename(name) => write!(f, "RENAME TO {name}"),
        }
    }
}

impl Display for ColumnChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ColumnChange::Type { type_name, using } => {
                write!(f, "TYPE {type_name}")?;
                option(f, " USING ", using.as_ref())
            }
            ColumnChange::SetDefault(value) => write!(f, "SET DEFAULT {value}"),
            ColumnChange::DropDefault => f.write_str("DROP DEFAULT"),
            ColumnChange::SetNotNull => f.write_str("SET NOT NULL"),
            ColumnChange::DropNotNull => f.write_str("DROP NOT NULL"),
        }
    }
}

impl Display for CreateIndex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let vector = if self.vector {
            "VECTOR "
        } else if self.unique {
            "UNIQUE "
        } else {
            ""
        };
        let keep = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE {vector}INDEX {keep}")?;
        if let Some(name) = &self.name {
            write!(f, "{name} ")?;
        }
        write!(f, "ON {}({}", self.table, self.column)?;
        self.more_columns.iter().try_for_each(|column| write!(f, ", {column}"))?;
        f.write_str(")")?;
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
