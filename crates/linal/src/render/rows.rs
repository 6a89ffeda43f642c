//! The rows of a result that the formats for people show.

use arrow::datatypes::{DataType, Field};
use linal_store::text::{SCREEN, Value};

use super::abridged::AbridgedRows;
use super::truncate::Truncated;

/// A formatted cell.
pub(super) struct DisplayedCell {
    pub(super) text: String,
    /// Whether it is aligned to the right.
    pub(super) number: bool,
}

/// The shown rows.
pub(super) struct DisplayedRows {
    pub(super) indices: Truncated,
    /// `None` for the omitted rows.
    pub(super) rows: Vec<Option<Vec<DisplayedCell>>>,
}

impl DisplayedRows {
    /// The rows that are shown of a result.
    pub(super) fn new(rows: &AbridgedRows) -> DisplayedRows {
        let indices = Truncated::new(rows.total(), rows.limit());
        let cells = |row: usize| {
            let (batch, at) = rows.locate(row)?;
            let columns = rows.schema.fields().iter().zip(batch.columns());
            Some(columns.map(|(field, column)| cell(&Value::at(field, column.as_ref(), at))).collect())
        };
        DisplayedRows { indices, rows: indices.indices().map(|index| index.and_then(cells)).collect() }
    }
}

fn cell(value: &Value<'_>) -> DisplayedCell {
    let mut text = String::new();
    SCREEN.push_top_level(&mut text, value);
    DisplayedCell { text, number: value.is_number() }
}

/// Whether the cells of a field are numeric.
pub(super) fn is_number(field: &Field) -> bool {
    match field.data_type() {
        DataType::Dictionary(_, values) => values.is_numeric(),
        other => other.is_numeric(),
    }
}

#[cfg(test)]
pub(super) mod samples {
    use std::sync::Arc;

    use arrow::array::*;
    use arrow::datatypes::{Field, Int32Type, Schema, UInt8Type};
    use linal_engine::{Outcome, RowSet};
    use linal_store::{TensorType, tensor_to_column};
    use linal_tensor::{DType, Shape, Tensor};

    use super::super::{Format, RenderOptions, render};

    fn with_null(array: ArrayRef) -> ArrayRef {
        arrow::compute::take(&array, &UInt32Array::from(vec![Some(0), None]), None).unwrap()
    }

    fn cells(tensor: Tensor) -> ArrayRef {
        with_null(tensor_to_column(&tensor).unwrap().1)
    }

    /// Writes rows as all formats are written.
    pub(crate) fn write(rows: &RowSet, format: Format, out: &mut Vec<u8>) {
        write_with(rows, format, &RenderOptions::default(), out);
    }

    /// As [`write`], with options.
    pub(crate) fn write_with(rows: &RowSet, format: Format, options: &RenderOptions, out: &mut Vec<u8>) {
        render(&Outcome::Rows(rows.clone()), format, options, out).unwrap();
    }

    /// A row with one value of each of many types, and a row of NULLs.
    pub(crate) fn all_types() -> RowSet {
        let vector = cells(Tensor::from_vec(vec![1.5f32, f32::NAN], [1, 2]).unwrap());
        let matrix = cells(Tensor::from_vec(vec![1.0f64, 2.0, 3.0, 4.0], [1, 2, 2]).unwrap());
        let mut tags = ListBuilder::new(StringBuilder::new());
        tags.append_value([Some("a"), None]);
        let structs = StructArray::from(vec![(
            Arc::new(Field::new("p", arrow::datatypes::DataType::Int8, true)),
            Arc::new(Int8Array::from(vec![-7])) as ArrayRef,
        )]);
        let price = Decimal128Array::from(vec![1230]).with_precision_and_scale(9, 2).unwrap();
        let word: DictionaryArray<UInt8Type> = vec!["x"].into_iter().collect();
        let empty: DictionaryArray<Int32Type> = vec![""].into_iter().collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("day", Arc::new(Date32Array::from(vec![18321]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_582_977_600_500_000]))),
            ("price", Arc::new(price)),
            ("raw", Arc::new(BinaryArray::from_vec(vec![&[0u8, 255][..]]))),
            ("tags", Arc::new(tags.finish())),
            ("r", Arc::new(Float32Array::from(vec![0.1]))),
            ("u", Arc::new(UInt64Array::from(vec![u64::MAX]))),
            ("s", Arc::new(structs)),
            ("word", Arc::new(word)),
            ("word", Arc::new(empty)),
        ];
        let tensor = |dims: &[usize], dtype| TensorType { shape: Shape::new(dims), dtype };
        let mut fields =
            vec![tensor(&[2], DType::F32).field("v", true), tensor(&[2, 2], DType::F64).field("m", true)];
        let mut arrays = vec![vector, matrix];
        for (name, array) in columns {
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(with_null(array));
        }
        let schema = Arc::new(Schema::new(fields));
        RowSet::new(schema.clone(), vec![RecordBatch::try_new(schema, arrays).unwrap()])
    }
}
