//! The definitions of columns.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};
use linal_error::Code;
use linal_lang::ast::relational::Literal;
use linal_store::ColumnType;

use super::Origin;
use super::limit::Limit;
use super::tail::single;
use crate::error::{Error, Result};

/// The definition of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    /// The name in its original case. Names are matched without regard to case.
    pub name: Arc<str>,
    /// The type of the column.
    pub column_type: ColumnType,
    /// The limit of the declared type, when it allows less than the stored type.
    pub limit: Option<Limit>,
    /// Whether values may be NULL.
    pub nullable: bool,
    /// The value of rows that are inserted without one.
    pub default: Option<DefaultValue>,
    /// The expression of a generated column.
    pub computed: Option<Computed>,
    /// The tensor that the column was attached from.
    pub origin: Origin,
    /// Its number in a durable store, which a rename does not change; 0 for a column that was not committed.
    pub number: u64,
}

/// `DEFAULT v`.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultValue {
    /// The source text, for SHOW SCHEMA and for saving.
    pub text: Box<str>,
    /// The value, which fits the column; [`Literal::Default`] for an expression that is evaluated for each row.
    pub value: Literal,
}

impl DefaultValue {
    /// Whether it is evaluated for each row.
    pub fn is_expression(&self) -> bool {
        self.value == Literal::Default
    }
}

/// `ADD COLUMN c = expr [LAZY]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    /// The source text of the expression, over the other columns.
    pub text: Box<str>,
    /// Whether the column is lazy: its values are computed at each use, and NULL is stored.
    pub lazy: bool,
}

impl ColumnDef {
    /// A plain column.
    pub fn new(name: impl Into<Arc<str>>, column_type: ColumnType, nullable: bool) -> ColumnDef {
        ColumnDef {
            name: name.into(),
            column_type,
            limit: None,
            nullable,
            default: None,
            computed: None,
            origin: Origin::default(),
            number: 0,
        }
    }

    /// The column with the limit of its type.
    pub fn with_limit(self, limit: Option<Limit>) -> ColumnDef {
        ColumnDef { limit, ..self }
    }

    /// The default as an array of one value; `None` without one, for NULL, and for an expression.
    ///
    /// # Errors
    /// Internal errors only.
    pub fn default_array(&self) -> Result<Option<ArrayRef>> {
        match &self.default {
            Some(default) if default.value != Literal::Null && !default.is_expression() => {
                single(self, &default.value).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The displayed type, including its limit.
    pub fn type_name(&self) -> String {
        match &self.limit {
            Some(limit) => limit.to_string(),
            None => self.column_type.to_string(),
        }
    }

    /// The Arrow field. It is nullable for a lazy column, whose stored values are NULL.
    pub fn field(&self) -> Field {
        let lazy = self.computed.as_ref().is_some_and(|computed| computed.lazy);
        let field = self.column_type.field(&*self.name, self.nullable || lazy);
        match &self.limit {
            Some(limit) => limit.marked(field),
            None => field,
        }
    }
}

/// The Arrow schema of columns.
pub fn schema_of(columns: &[ColumnDef]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(ColumnDef::field).collect::<Vec<_>>()))
}

/// Whether two names are equal without regard to case. ASCII names need no allocation.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// The position of a column.
pub fn position(columns: &[ColumnDef], name: &str) -> Option<usize> {
    columns.iter().position(|column| same_name(&column.name, name))
}

/// The position of an existing column.
///
/// # Errors
/// `E0603 unknown_column` with the nearest name.
pub fn find(dataset: &str, columns: &[ColumnDef], name: &str) -> Result<usize> {
    position(columns, name).ok_or_else(|| unknown_column(dataset, columns, name))
}

fn unknown_column(dataset: &str, columns: &[ColumnDef], name: &str) -> Error {
    let message = format!("the dataset `{dataset}` has no column `{name}`");
    let known = || columns.iter().map(|column| &*column.name);
    let error = Error::new(Code::UnknownColumn, message).suggest(name, known());
    match columns.len() {
        0 => error.or_help("it has no columns yet"),
        1..=8 => {
            let names: Vec<String> = known().map(|name| format!("`{name}`")).collect();
            error.or_help(format!("its columns are {}", names.join(", ")))
        }
        _ => error.or_help(format!("SHOW SCHEMA {dataset} lists its columns")),
    }
}

/// Rejects duplicate column names.
///
/// # Errors
/// `E0606 duplicate_column` with the position of the second.
pub fn check_distinct(columns: &[ColumnDef]) -> std::result::Result<(), (usize, Error)> {
    let mut seen = rustc_hash::FxHashSet::default();
    for (at, column) in columns.iter().enumerate() {
        if !seen.insert(column.name.to_lowercase()) {
            return Err((at, duplicate_column(&column.name)));
        }
    }
    Ok(())
}

/// The error of a duplicate column.
pub fn duplicate_column(name: &str) -> Error {
    Error::new(Code::DuplicateColumn, format!("there is a column `{name}` already"))
        .with_help("names of columns that differ only by case are the same name")
}
