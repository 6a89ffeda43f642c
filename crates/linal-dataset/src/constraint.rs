//! Constraints of a dataset: keys, checks and references.
//!
//! NOT NULL is part of a column's definition. A snapshot has its constraints, so that versions, packages and
//! transactions keep them; what checks them is above, since a check is a query.

use std::sync::Arc;

use linal_error::Code;

use super::definition::{find, same_name};
use super::snapshot::Snapshot;
use crate::error::{Error, Result};

/// A constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, which no other constraint of the dataset has.
    pub name: Arc<str>,
    /// What it requires.
    pub rule: Rule,
}

/// What a constraint requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// No two rows have the same values in these columns; rows with a NULL among them differ from all others.
    Key {
        /// What declared it.
        kind: KeyKind,
        /// The columns, in the order of the declaration.
        columns: Vec<Arc<str>>,
    },
    /// The condition is true or NULL for each row.
    Check {
        /// The text of the condition, over the columns.
        text: Box<str>,
    },
    /// The values of these columns are a key of another dataset, unless one of them is NULL.
    Reference {
        /// The columns.
        columns: Vec<Arc<str>>,
        /// The dataset that has the key, in the same database.
        table: Arc<str>,
        /// The columns of the key.
        referenced: Vec<Arc<str>>,
    },
}

/// What declared a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `PRIMARY KEY`.
    Primary,
    /// `UNIQUE`.
    Unique,
    /// `CREATE UNIQUE INDEX`.
    Index,
}

impl Constraint {
    /// The columns of a key.
    pub fn key(&self) -> Option<&[Arc<str>]> {
        match &self.rule {
            Rule::Key { columns, .. } => Some(columns),
            _ => None,
        }
    }

    /// Whether it is the primary key.
    pub fn is_primary(&self) -> bool {
        matches!(self.rule, Rule::Key { kind: KeyKind::Primary, .. })
    }

    /// The columns that it names. A check names them in its text only.
    pub fn columns(&self) -> &[Arc<str>] {
        match &self.rule {
            Rule::Key { columns, .. } | Rule::Reference { columns, .. } => columns,
            Rule::Check { .. } => &[],
        }
    }

    /// The constraint as the language writes it, without its name: `PRIMARY KEY (a, b)`.
    pub fn text(&self) -> String {
        match &self.rule {
            Rule::Key { kind: KeyKind::Primary, columns } => format!("PRIMARY KEY ({})", columns.join(", ")),
            Rule::Key { columns, .. } => format!("UNIQUE ({})", columns.join(", ")),
            Rule::Check { text } => format!("CHECK ({text})"),
            Rule::Reference { columns, table, referenced } => {
                format!("FOREIGN KEY ({}) REFERENCES {table} ({})", columns.join(", "), referenced.join(", "))
            }
        }
    }

    /// The kind in the words of messages.
    pub fn kind(&self) -> &'static str {
        match &self.rule {
            Rule::Key { kind: KeyKind::Primary, .. } => "primary key",
            Rule::Key { kind: KeyKind::Unique, .. } => "UNIQUE constraint",
            Rule::Key { kind: KeyKind::Index, .. } => "UNIQUE index",
            Rule::Check { .. } => "CHECK constraint",
            Rule::Reference { .. } => "foreign key",
        }
    }

    /// The constraint after a rename of a column of its dataset.
    pub fn with_renamed_column(&self, from: &str, to: &str) -> Constraint {
        let renamed = |columns: &[Arc<str>]| {
            columns.iter().map(|name| if same_name(name, from) { to.into() } else { name.clone() }).collect()
        };
        let rule = match &self.rule {
            Rule::Key { kind, columns } => Rule::Key { kind: *kind, columns: renamed(columns) },
            Rule::Reference { columns, table, referenced } => Rule::Reference {
                columns: renamed(columns),
                table: table.clone(),
                referenced: referenced.clone(),
            },
            check @ Rule::Check { .. } => check.clone(),
        };
        Constraint { name: self.name.clone(), rule }
    }
}

impl Snapshot {
    /// The same dataset with other constraints. Its rows are not checked.
    pub fn with_constraints(&self, constraints: impl Into<Arc<[Constraint]>>) -> Snapshot {
        let constraints = constraints.into();
        let keys = self.keys.carried(&self.constraints, &constraints);
        Snapshot { constraints, keys, schema_version: self.schema_version + 1, ..self.clone() }
    }

    /// The constraint of a name, without regard to case.
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| same_name(&constraint.name, name))
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.is_primary())
    }

    /// Whether rows that are inserted or changed are compared with others, or with a condition.
    pub fn is_constrained(&self) -> bool {
        !self.constraints.is_empty()
    }

    /// The positions of columns.
    ///
    /// # Errors
    /// `E0603 unknown_column`.
    pub fn positions(&self, columns: &[Arc<str>]) -> Result<Vec<usize>> {
        columns.iter().map(|name| find(&self.name, &self.columns, name)).collect()
    }

    /// The key of exactly these columns, in any order.
    pub fn key_of(&self, columns: &[Arc<str>]) -> Option<(usize, &Constraint)> {
        let is_of = |key: &[Arc<str>]| {
            key.len() == columns.len()
                && key.iter().all(|name| columns.iter().any(|other| same_name(name, other)))
        };
        let all = self.constraints.iter().enumerate();
        all.into_iter().find(|(_, constraint)| constraint.key().is_some_and(is_of))
    }
}

/// The error of a violated constraint; `what` is what the row has.
pub fn violation(row: usize, constraint: &Constraint, table: &str, what: &str) -> Error {
    let message = format!(
        "row {} violates the {} `{}` of `{table}`: {what}",
        row + 1,
        constraint.kind(),
        constraint.name
    );
    Error::new(Code::ConstraintViolated, message)
}
