//! The columns that a FROM makes visible.

use std::sync::Arc;

use sqlparser::ast as sql;

use super::aliases::Aliases;
use super::row_id::{self, ROW_ID};
use super::unlisted::Unlisted;

/// A column by its lower-case name.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    /// Its qualifier; empty for a merged column.
    pub table: Vec<sql::Ident>,
    /// The expression of the column: `t.c`, or that of a merged column.
    pub value: sql::Expr,
    /// Whether the unqualified name refers to it. A column that was merged with another needs its qualifier.
    pub is_bare: bool,
    /// Whether `*` includes it.
    pub is_starred: bool,
    /// Whether it is the merged column of a join.
    pub is_merged: bool,
    /// The fields of a struct, which are written like columns of a table.
    pub fields: StructFields,
    /// Whether neither `*` nor `t.*` includes it.
    pub is_hidden: bool,
}

impl Column {
    /// A column of a table.
    pub fn of_table(output: &Output, table: &[sql::Ident]) -> Column {
        let mut parts = table.to_vec();
        parts.push(sql::Ident::new(&output.name));
        Column {
            name: output.name.clone(),
            table: table.to_vec(),
            value: sql::Expr::CompoundIdentifier(parts),
            is_bare: true,
            is_starred: true,
            is_merged: false,
            fields: output.fields.clone(),
            is_hidden: false,
        }
    }

    /// Whether its expression is a column of the same name, so that it needs no alias.
    pub fn is_plain(&self) -> bool {
        match &self.value {
            sql::Expr::CompoundIdentifier(parts) => {
                parts.last().is_some_and(|part| part.value.to_lowercase() == self.name)
            }
            _ => false,
        }
    }

    /// Whether the qualifier `table` refers to its table.
    pub fn is_of(&self, table: &[sql::Ident]) -> bool {
        is_same_table(&self.table, table)
    }
}

/// Whether the qualifier `written` refers to the table `name`; it may leave the database out.
pub(super) fn is_same_table(name: &[sql::Ident], written: &[sql::Ident]) -> bool {
    let is_same = |(one, other): (&sql::Ident, &sql::Ident)| {
        one.value == other.value || one.value.to_lowercase() == other.value.to_lowercase()
    };
    !written.is_empty()
        && written.len() <= name.len()
        && name.iter().rev().zip(written.iter().rev()).all(is_same)
}

/// An output column of a query.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// In lower case.
    pub name: String,
    /// The fields of a struct.
    pub fields: StructFields,
}

/// The names of a struct's fields, as they are written; `None` for a column that is no struct, and without names where they are not
/// known.
pub(super) type StructFields = Option<Arc<[String]>>;

/// The output columns of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Outputs {
    pub columns: Vec<Output>,
    /// Others that there may be.
    pub unlisted: Unlisted,
    /// Whether an item has another internal name, so that a reader of the query must name its columns.
    pub is_renamed: bool,
    /// Whether the rows have numbers that `rowid` stands for.
    pub has_row_ids: bool,
}

impl Outputs {
    /// Whether all columns are known.
    pub fn is_complete(&self) -> bool {
        self.unlisted.is_empty()
    }

    /// The output of a relation of which nothing is known.
    pub fn unknown() -> Outputs {
        Outputs { unlisted: Unlisted::any(), ..Outputs::default() }
    }
}

/// The columns and tables that a FROM makes visible.
#[derive(Clone, Debug, Default)]
pub(super) struct Visible {
    pub columns: Vec<Column>,
    /// The qualifiers of the tables.
    pub tables: Vec<Vec<sql::Ident>>,
    /// Columns that there may be besides.
    pub unlisted: Unlisted,
}

impl Visible {
    /// The columns of one table.
    pub fn of_table(table: Vec<sql::Ident>, outputs: &Outputs) -> Visible {
        let mut columns: Vec<Column> =
            outputs.columns.iter().map(|output| Column::of_table(output, &table)).collect();
        if outputs.has_row_ids && !columns.iter().any(|column| column.name == ROW_ID) {
            columns.push(row_id::column(&table));
        }
        Visible { columns, unlisted: outputs.unlisted.clone(), tables: vec![table] }
    }

    /// Appends the columns of another relation.
    pub fn extend(&mut self, mut other: Visible) {
        self.columns.append(&mut other.columns);
        self.tables.append(&mut other.tables);
        self.unlisted.extend(other.unlisted);
    }

    /// Whether the columns of some table are unknown.
    pub fn is_open(&self) -> bool {
        !self.unlisted.is_empty()
    }

    /// The columns that an unqualified name may refer to.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.is_bare && column.name == name)
    }

    /// Whether a table has this qualifier.
    pub fn has_table(&self, table: &[sql::Ident]) -> bool {
        self.tables.iter().any(|known| is_same_table(known, table))
    }

    /// Whether joins have merged columns.
    pub fn has_merged(&self) -> bool {
        self.columns.iter().any(|column| column.is_merged)
    }

    /// Whether some table has row numbers, which DataFusion's `*` would include.
    pub fn has_row_ids(&self) -> bool {
        self.columns.iter().any(|column| column.is_hidden)
    }

    /// The columns of `*`, in order.
    pub fn starred(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_starred)
    }

    /// The visible names, for a hint.
    pub fn known_names(&self) -> Vec<&str> {
        self.starred().map(|column| column.name.as_str()).collect()
    }
}

/// A scope and the enclosing ones.
#[derive(Clone, Copy)]
pub(super) struct Scopes<'a> {
    pub visible: &'a Visible,
    /// The SELECT of the scope.
    pub select: usize,
    /// The aliases of projection items that the clause may use.
    pub aliases: Aliases<'a>,
    pub outer: Option<&'a Scopes<'a>>,
}
