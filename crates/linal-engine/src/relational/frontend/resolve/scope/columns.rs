//! The columns that a FROM makes visible.

use sqlparser::ast as sql;

/// A column by its lower-case name.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    /// The name of its table as it is written before a column; empty for a merged column.
    pub table: Vec<sql::Ident>,
    /// What it is: `t.c`, or what a merged column is made of.
    pub value: sql::Expr,
    /// Whether its name alone means it. A column that was merged with another needs its table.
    pub is_bare: bool,
    /// Whether `*` gives it.
    pub is_starred: bool,
    /// Whether it is the merged column of a join.
    pub is_merged: bool,
    /// Whether it is a struct, whose fields are named as columns of a table are.
    pub is_struct: bool,
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
            is_struct: output.is_struct,
        }
    }

    /// Whether its value is a column of its own name, so that it needs no alias.
    pub fn is_plain(&self) -> bool {
        match &self.value {
            sql::Expr::CompoundIdentifier(parts) => {
                parts.last().is_some_and(|part| part.value.to_lowercase() == self.name)
            }
            _ => false,
        }
    }

    /// Whether `table` before a column names its table.
    pub fn is_of(&self, table: &[sql::Ident]) -> bool {
        is_same_table(&self.table, table)
    }
}

/// Whether a table that is written `name` may be named by `written`, which may leave the database out.
pub(super) fn is_same_table(name: &[sql::Ident], written: &[sql::Ident]) -> bool {
    let is_same = |(one, other): (&sql::Ident, &sql::Ident)| {
        one.value == other.value || one.value.to_lowercase() == other.value.to_lowercase()
    };
    !written.is_empty()
        && written.len() <= name.len()
        && name.iter().rev().zip(written.iter().rev()).all(is_same)
}

/// A column that a query gives.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// In lower case.
    pub name: String,
    pub is_struct: bool,
}

/// The columns that a query gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Outputs {
    pub columns: Vec<Output>,
    /// Whether these are all of them.
    pub is_complete: bool,
    /// Whether an item has another name inside, so that who reads the query must name its columns.
    pub is_renamed: bool,
}

/// What a FROM makes visible.
#[derive(Clone, Debug, Default)]
pub(super) struct Visible {
    pub columns: Vec<Column>,
    /// The tables, each as it is written before a column.
    pub tables: Vec<Vec<sql::Ident>>,
    /// Whether the columns of some table are not known.
    pub is_open: bool,
}

impl Visible {
    /// The columns of one table.
    pub fn of_table(table: Vec<sql::Ident>, outputs: &Outputs) -> Visible {
        Visible {
            columns: outputs.columns.iter().map(|output| Column::of_table(output, &table)).collect(),
            is_open: !outputs.is_complete,
            tables: vec![table],
        }
    }

    /// Puts the columns of another relation behind these.
    pub fn extend(&mut self, mut other: Visible) {
        self.columns.append(&mut other.columns);
        self.tables.append(&mut other.tables);
        self.is_open |= other.is_open;
    }

    /// The columns that a name alone may mean.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.is_bare && column.name == name)
    }

    /// Whether a table is written so before a column.
    pub fn has_table(&self, table: &[sql::Ident]) -> bool {
        self.tables.iter().any(|known| is_same_table(known, table))
    }

    /// Whether joins have merged columns.
    pub fn has_merged(&self) -> bool {
        self.columns.iter().any(|column| column.is_merged)
    }

    /// The columns of `*`, in their order.
    pub fn starred(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_starred)
    }

    /// The names that may be meant, for a hint.
    pub fn known_names(&self) -> Vec<&str> {
        self.starred().map(|column| column.name.as_str()).collect()
    }
}

/// A scope and those of the queries around it.
#[derive(Clone, Copy)]
pub(super) struct Scopes<'a> {
    pub visible: &'a Visible,
    /// The SELECT that it is of.
    pub select: usize,
    pub outer: Option<&'a Scopes<'a>>,
}
