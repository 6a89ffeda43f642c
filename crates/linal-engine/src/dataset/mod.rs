//! Temporary stand-in; replaced by the storage.
use std::sync::Arc;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_store::ColumnType;
use crate::error::{Error, Result};

#[derive(Debug)]
pub(crate) struct Dataset(pub Arc<Snapshot>);
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub name: Arc<str>,
    pub schema: SchemaRef,
    pub chunks: Vec<RecordBatch>,
    pub rows: usize,
    pub schema_version: u64,
}
impl Dataset {
    pub fn snapshot(&self) -> Arc<Snapshot> { self.0.clone() }
}
pub(crate) fn resolve_type(word: &str, _args: &[&str]) -> Result<ColumnType> {
    Ok(match word.to_lowercase().as_str() {
        "int" | "bigint" | "integer" => ColumnType::Int,
        "float" | "double" => ColumnType::Float,
        "text" | "varchar" | "string" => ColumnType::String,
        "bool" | "boolean" => ColumnType::Bool,
        "date" => ColumnType::Date,
        "timestamp" => ColumnType::Timestamp,
        _ => return Err(Error::not_yet(word)),
    })
}
