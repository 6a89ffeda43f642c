//! What a dataset says of its columns.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use linal_error::Code;
use linal_lang::ast::relational::Literal;
use linal_store::ColumnType;

use super::Origin;
use super::limit::Limit;
use crate::error::{Error, Result};

/// A column: what its cells are and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnDef {
    /// The name in the case that it was given in; it matches without case.
    pub name: Arc<str>,
    /// The type of each cell.
    pub column_type: ColumnType,
    /// What the type allows of the values that its storage could hold.
    pub limit: Option<Limit>,
    /// Whether a cell may be NULL.
    pub nullable: bool,
    /// What a row has that is inserted without a value.
    pub default: Option<DefaultValue>,
    /// The expression that fills the column, for a generated one.
    pub computed: Option<Computed>,
    /// The tensor that it was attached from.
    pub origin: Origin,
}

/// `DEFAULT v`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DefaultValue {
    /// As written, for SHOW SCHEMA and for saving.
    pub text: Box<str>,
    /// The value, which fits the column.
    pub value: Literal,
}

/// `ADD COLUMN c = expr [LAZY]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Computed {
    /// The expression as written, over the other columns.
    pub text: Box<str>,
    /// Whether the value is worked out at each use. The stored cells of such a column are NULL.
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
        }
    }

    /// The column with the limit of its type.
    pub fn with_limit(self, limit: Option<Limit>) -> ColumnDef {
        ColumnDef { limit, ..self }
    }

    /// The type as it is shown, with its limit.
    pub fn type_name(&self) -> String {
        match &self.limit {
            Some(limit) => limit.to_string(),
            None => self.column_type.to_string(),
        }
    }

    /// The Arrow field. Stored cells of a lazy column are NULL whatever its values are.
    pub fn field(&self) -> Field {
        let lazy = self.computed.as_ref().is_some_and(|computed| computed.lazy);
        self.column_type.field(&*self.name, self.nullable || lazy)
    }
}

/// The Arrow schema of columns.
pub(crate) fn schema_of(columns: &[ColumnDef]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(ColumnDef::field).collect::<Vec<_>>()))
}

/// Whether two names are the same to the language. Most names are ASCII, for which nothing is allocated.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// The place of a column.
pub(crate) fn position(columns: &[ColumnDef], name: &str) -> Option<usize> {
    columns.iter().position(|column| same_name(&column.name, name))
}

/// The place of a column that must be there.
///
/// # Errors
/// `E0603 unknown_column` with the nearest name.
pub(crate) fn find(dataset: &str, columns: &[ColumnDef], name: &str) -> Result<usize> {
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

/// Refuses two columns of one name.
///
/// # Errors
/// `E0606 duplicate_column` with the place of the second.
pub(crate) fn check_distinct(columns: &[ColumnDef]) -> std::result::Result<(), (usize, Error)> {
    let mut seen = rustc_hash::FxHashSet::default();
    for (at, column) in columns.iter().enumerate() {
        if !seen.insert(column.name.to_lowercase()) {
            return Err((at, duplicate_column(&column.name)));
        }
    }
    Ok(())
}

/// The error of a column that is there already.
pub(crate) fn duplicate_column(name: &str) -> Error {
    Error::new(Code::DuplicateColumn, format!("there is a column `{name}` already"))
        .with_help("names of columns that differ only by case are the same name")
}
