//! Rows as the result of a statement, and small tables that are built row by row.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringViewArray,
};
use arrow::datatypes::{Field, Schema, SchemaRef};
use linal_store::ColumnType;
use linal_store::text::{SCREEN, Value, number};
use linal_tensor::Scalar;

/// A table, as Arrow record batches.
///
/// Names may repeat. The type of a column shown to users is [`ColumnType::of`] its field.
#[derive(Clone, Debug, PartialEq)]
pub struct RowSet {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// The rows, in order. Each batch has the schema's columns.
    pub batches: Vec<RecordBatch>,
    /// Notices about the result, one sentence each.
    pub notices: Vec<String>,
}

/// A cell of a [`RowSet`] that is built row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    String(String),
}

impl RowSet {
    /// The rows of a query.
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> RowSet {
        RowSet { schema, batches, notices: Vec::new() }
    }

    /// A small table built row by row, for statements that list metadata.
    ///
    /// The types are Bool, Int, Float or String. A column with values of different types becomes one of
    /// strings, and a row that is too short is filled with NULL.
    pub fn from_rows(columns: &[(&str, ColumnType)], rows: &[Vec<Cell>]) -> RowSet {
        let arrays: Vec<ArrayRef> =
            columns.iter().enumerate().map(|(at, (_, kind))| column(kind, rows, at)).collect();
        let fields = columns.iter().zip(&arrays);
        let fields: Vec<Field> =
            fields.map(|((name, _), array)| Field::new(*name, array.data_type().clone(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options);
        // The arrays were built for this schema, so this cannot fail.
        RowSet::new(schema, batch.into_iter().collect())
    }

    /// Adds notices.
    pub fn with_notices(mut self, notices: Vec<String>) -> RowSet {
        self.notices = notices;
        self
    }

    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The text of a cell as a table shows it; `None` for NULL and when there is no such cell.
    pub fn text(&self, row: usize, column: usize) -> Option<String> {
        let mut rest = row;
        for batch in &self.batches {
            if rest >= batch.num_rows() {
                rest -= batch.num_rows();
                continue;
            }
            let array = batch.columns().get(column)?;
            let value = Value::at(self.schema.field(column), array.as_ref(), rest);
            let mut text = String::new();
            SCREEN.push_top_level(&mut text, &value);
            return (!matches!(value, Value::Null)).then_some(text);
        }
        None
    }
}

/// One column of cells.
fn column(kind: &ColumnType, rows: &[Vec<Cell>], at: usize) -> ArrayRef {
    let cells = || rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Null));
    let all = |fits: fn(&Cell) -> bool| cells().all(|cell| *cell == Cell::Null || fits(cell));
    match kind {
        ColumnType::Bool if all(|cell| matches!(cell, Cell::Bool(_))) => {
            let values = cells().map(|cell| if let Cell::Bool(x) = cell { Some(*x) } else { None });
            Arc::new(values.collect::<BooleanArray>())
        }
        ColumnType::Int if all(|cell| matches!(cell, Cell::Int(_))) => {
            let values = cells().map(|cell| if let Cell::Int(x) = cell { Some(*x) } else { None });
            Arc::new(values.collect::<Int64Array>())
        }
        ColumnType::Float if all(|cell| matches!(cell, Cell::Float(_))) => {
            let values = cells().map(|cell| if let Cell::Float(x) = cell { Some(*x) } else { None });
            Arc::new(values.collect::<Float64Array>())
        }
        _ => Arc::new(cells().map(text).collect::<StringViewArray>()),
    }
}

fn text(cell: &Cell) -> Option<String> {
    let scalar = match cell {
        Cell::Null => return None,
        Cell::String(text) => return Some(text.clone()),
        Cell::Bool(x) => Scalar::Bool(*x),
        Cell::Int(x) => Scalar::I64(*x),
        Cell::Float(x) => Scalar::F64(*x),
    };
    Some(number::text(scalar, number::NumberStyle::Typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let columns = [("s", ColumnType::String), ("n", ColumnType::Int), ("mixed", ColumnType::Int)];
        let rows = [
            vec![Cell::String("a".into()), Cell::Null, Cell::Int(1)],
            vec![Cell::Null, Cell::Int(7), Cell::Bool(true)],
        ];
        let set = RowSet::from_rows(&columns, &rows);
        assert_eq!(set.num_rows(), 2);
        let types: Vec<ColumnType> = set.schema.fields().iter().map(|field| ColumnType::of(field)).collect();
        assert_eq!(types, [ColumnType::String, ColumnType::Int, ColumnType::String]);
        assert_eq!((set.text(1, 1).as_deref(), set.text(1, 0), set.text(2, 0)), (Some("7"), None, None));
        assert_eq!(set.text(0, 2).as_deref(), Some("1"));
        assert_eq!(RowSet::from_rows(&columns, &[]).num_rows(), 0);
    }
}
