//! What a statement gives back.

use std::sync::Arc;

use linal_tensor::{DType, Shape, Tensor};

/// The result of one statement. Whoever shows it (command line, server, binding) renders it; the engine formats no
/// values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A name was given a value.
    Defined {
        /// The name as it was written.
        name: Arc<str>,
        /// Shape of the value.
        shape: Shape,
        /// Dtype of the value.
        dtype: DType,
        /// Whether the value is a graph that has not run yet.
        lazy: bool,
    },
    /// A tensor to show.
    Tensor {
        /// The expression's text: a name, or what was computed.
        name: String,
        /// The value.
        tensor: Tensor,
    },
    /// Rows to show: the answer of SHOW ALL, SHOW SETTINGS and their like.
    Rows(RowSet),
    /// Text to show as it is: SHOW "text", HELP, EXPLAIN, SHOW LINEAGE.
    Text(String),
    /// The statement did what it says; a sentence for an interactive user.
    Done(String),
}

/// A small table.
#[derive(Clone, Debug, PartialEq)]
pub struct RowSet {
    /// Column names with their types.
    pub columns: Vec<Column>,
    /// Rows of one cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a [`RowSet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type as the language writes it: `String`, `Int`, ...
    pub type_name: &'static str,
}

/// A cell of a [`RowSet`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    String(String),
}

impl RowSet {
    /// Temporary.
    pub fn from_batches(schema: arrow::datatypes::SchemaRef, batches: Vec<arrow::array::RecordBatch>) -> RowSet {
        let columns = schema.fields().iter().map(|f| Column { name: f.name().clone(), type_name: "x" }).collect();
        let mut rows = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                rows.push(batch.columns().iter().map(|c| {
                    if c.is_null(row) { return Cell::Null; }
                    Cell::String(arrow::util::display::array_value_to_string(c, row).unwrap_or_default())
                }).collect());
            }
        }
        RowSet { columns, rows }
    }

    /// An empty table with columns of the given names and types.
    pub fn new(columns: &[(&str, &'static str)]) -> RowSet {
        let columns =
            columns.iter().map(|&(name, type_name)| Column { name: name.to_string(), type_name }).collect();
        RowSet { columns, rows: Vec::new() }
    }
}
