//! The definition of a column.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::take;
use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use std::sync::Arc;

use super::super::error::Result;
use crate::column::TensorType;

/// The definition of a column, as a snapshot has it or as a change of the schema asks for it.
#[derive(Clone, Debug)]
pub struct Column {
    /// The number of the column in its dataset, which is the field id in Parquet; 0 for a new column. Its
    /// nested fields have the numbers that follow it.
    pub id: u64,
    /// Name in its original case, Arrow type, nullability and the metadata of the type.
    pub field: FieldRef,
    /// The type as the language writes it, with its limit: `Varchar(3)`.
    pub declared_type: String,
    /// The source text of `DEFAULT v`.
    pub default: Option<String>,
    /// The value of rows that were written before the column was added: an array of one value; `None` is
    /// NULL. It is used only when the column is added.
    pub initial: Option<ArrayRef>,
    /// The expression of a generated or lazy column.
    pub computed: Option<ComputedColumn>,
    /// Further entries by key, of the program above.
    pub metadata: BTreeMap<String, String>,
}

/// The expression of a computed column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputedColumn {
    /// The source text of the expression.
    pub text: String,
    /// Whether the values are computed when they are read. Such a column has no stored values and is read as
    /// NULL.
    pub lazy: bool,
}

impl PartialEq for Column {
    /// Arrow arrays are compared by value.
    fn eq(&self, other: &Column) -> bool {
        let initial = match (&self.initial, &other.initial) {
            (Some(a), Some(b)) => a.to_data() == b.to_data(),
            (a, b) => a.is_none() && b.is_none(),
        };
        initial
            && self.id == other.id
            && self.field == other.field
            && self.declared_type == other.declared_type
            && self.default == other.default
            && self.computed == other.computed
            && self.metadata == other.metadata
    }
}

impl Column {
    /// A new column without a default. The declared type is that of the language for the field.
    pub fn new(field: Field) -> Column {
        let declared_type = crate::ColumnType::of(&field).to_string();
        Column {
            id: 0,
            field: Arc::new(field),
            declared_type,
            default: None,
            initial: None,
            computed: None,
            metadata: BTreeMap::new(),
        }
    }

    /// The name in its original case.
    pub fn name(&self) -> &str {
        self.field.name()
    }

    /// Whether it has no stored values.
    pub fn is_lazy(&self) -> bool {
        self.computed.as_ref().is_some_and(|computed| computed.lazy)
    }

    /// Whether its values are kept in a mapped file beside the segment.
    pub(crate) fn is_tensor(&self) -> bool {
        TensorType::of(&self.field).is_some()
    }

    /// The values of rows that were written before the column was added.
    pub(crate) fn initial_values(&self, rows: usize) -> Result<ArrayRef> {
        let Some(initial) = &self.initial else { return Ok(new_null_array(self.field.data_type(), rows)) };
        let first = arrow::array::UInt32Array::from(vec![0; rows]);
        Ok(take(initial, &first, None)?)
    }
}

/// The Arrow schema of columns.
pub(crate) fn schema_of(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()))
}
