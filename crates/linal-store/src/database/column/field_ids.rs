//! The numbers of the nested fields of a column: those that follow the column's own, parents first.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

/// The number of ids that a field takes, with its nested fields.
pub(in crate::database) fn id_count(field: &Field) -> u64 {
    1 + children(field.data_type()).iter().map(|child| id_count(child)).sum::<u64>()
}

/// The fields of an interval in Parquet, whose own INTERVAL has milliseconds.
pub(in crate::database) fn interval_fields() -> Fields {
    Fields::from(vec![
        Field::new("months", DataType::Int32, false),
        Field::new("days", DataType::Int32, false),
        Field::new("nanoseconds", DataType::Int64, false),
    ])
}

/// The nested fields of a type.
pub(super) fn children(data_type: &DataType) -> Vec<FieldRef> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => match (data_type, item.data_type()) {
            // The entries of a map are no field of their own in Parquet's logical schema.
            (DataType::Map(_, _), DataType::Struct(entries)) => entries.iter().cloned().collect(),
            _ => vec![item.clone()],
        },
        DataType::Struct(fields) => fields.iter().cloned().collect(),
        DataType::Interval(_) => interval_fields().iter().cloned().collect(),
        DataType::Dictionary(_, values) => children(values),
        _ => Vec::new(),
    }
}

/// The field with the Parquet field ids of itself and of its nested fields, from `id` on.
pub(in crate::database) fn with_field_ids(field: &Field, id: u64) -> Field {
    let mut next = id;
    number(field, &mut next)
}

fn number(field: &Field, next: &mut u64) -> Field {
    let mut metadata: HashMap<String, String> = field.metadata().clone();
    metadata.insert(PARQUET_FIELD_ID_META_KEY.to_string(), next.to_string());
    *next += 1;
    let data_type = number_type(field.data_type(), next);
    field.clone().with_data_type(data_type).with_metadata(metadata)
}

fn number_type(data_type: &DataType, next: &mut u64) -> DataType {
    let mut child = |field: &FieldRef| Arc::new(number(field, next));
    match data_type {
        DataType::List(item) => DataType::List(child(item)),
        DataType::LargeList(item) => DataType::LargeList(child(item)),
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(child(item), *width),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(child).collect::<Fields>()),
        DataType::Map(entries, sorted) => {
            let entries = match entries.data_type() {
                DataType::Struct(fields) => {
                    let fields = fields.iter().map(child).collect::<Fields>();
                    Arc::new(entries.as_ref().clone().with_data_type(DataType::Struct(fields)))
                }
                _ => entries.clone(),
            };
            DataType::Map(entries, *sorted)
        }
        other => other.clone(),
    }
}
