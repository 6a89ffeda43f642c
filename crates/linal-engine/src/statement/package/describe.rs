//! A dataset as the contents of a package, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::{Float64Type, Int64Type};
use linal_dataset::lineage::Lineage;
use linal_dataset::{ColumnDef, Computed, Error, Limit, Result, Snapshot};
use linal_error::Code;
use linal_query::frontend::{default_value, generated_columns};
use linal_store::ColumnType;
use linal_store::package::Package;
use linal_store::temporal::Zone;
use linal_tensor::MemoryPool;
use serde_json::{Value, json};

use crate::durable::constraints;

/// Steps of the lineage in a package.
const LINEAGE_STEPS: usize = 10_000;

/// What describes the package of a dataset, without its rows. `values` is the same dataset with the values of its lazy
/// columns.
///
/// # Errors
/// A file of the directory that is missing or damaged.
pub(super) fn package(snapshot: &Snapshot, values: &Snapshot) -> Result<Package> {
    let columns: Vec<Value> = snapshot.columns.iter().map(column).collect();
    let stats = (0..snapshot.columns.len()).map(|at| statistics(values, at));
    let stats: Vec<Value> = stats.collect::<Result<_>>()?;
    Ok(Package {
        name: snapshot.name.to_string(),
        version: snapshot.version,
        metadata: json!(*snapshot.metadata),
        columns: json!({ "columns": columns, "constraints": constraints::to_json(&snapshot.constraints) }),
        stats: json!({ "rows": snapshot.rows, "columns": stats }),
        lineage: json!({ "steps": lineage(snapshot) }),
        schema: values.schema.clone(),
        batches: Vec::new(),
    })
}

fn column(column: &ColumnDef) -> Value {
    json!({
        "name": &*column.name,
        "type": column.type_name(),
        "nullable": column.nullable,
        "default": column.default.as_ref().map(|default| &*default.text),
        "computed": column.computed.as_ref().map(|computed| &*computed.text),
        "lazy": column.computed.as_ref().is_some_and(|computed| computed.lazy),
    })
}

fn statistics(snapshot: &Snapshot, at: usize) -> Result<Value> {
    let (mut nulls, mut ends) = (0, Ends::default());
    // One chunk after the other: all of them may be more than fits into memory.
    for values in snapshot.values(at) {
        let values = values?;
        nulls += values.logical_null_count();
        ends.add(&values, &snapshot.columns[at].column_type);
    }
    let (low, high) = ends.values();
    Ok(json!({ "name": &*snapshot.columns[at].name, "nulls": nulls, "min": low, "max": high }))
}

/// The minimum and maximum of numbers; none for other types.
#[derive(Default)]
struct Ends {
    integers: Option<(i64, i64)>,
    floats: Option<(f64, f64)>,
}

impl Ends {
    fn add(&mut self, values: &ArrayRef, column_type: &ColumnType) {
        match column_type {
            ColumnType::Int => {
                let numbers = values.as_primitive::<Int64Type>();
                if let (Some(low), Some(high)) = (min(numbers), max(numbers)) {
                    let ends = self.integers.get_or_insert((low, high));
                    *ends = (ends.0.min(low), ends.1.max(high));
                }
            }
            ColumnType::Float => {
                let numbers = values.as_primitive::<Float64Type>().iter().flatten();
                for number in numbers.filter(|number| number.is_finite()) {
                    let ends = self.floats.get_or_insert((number, number));
                    *ends = (ends.0.min(number), ends.1.max(number));
                }
            }
            _ => {}
        }
    }

    fn values(&self) -> (Value, Value) {
        match (self.integers, self.floats) {
            (Some((low, high)), _) => (json!(low), json!(high)),
            (_, Some((low, high))) => (json!(low), json!(high)),
            _ => (Value::Null, Value::Null),
        }
    }
}

fn lineage(snapshot: &Snapshot) -> Vec<Value> {
    let rows = Lineage::rows(&snapshot.lineage(None), LINEAGE_STEPS);
    let cell = |row, column| rows.text(row, column);
    (0..rows.num_rows())
        .map(|row| json!({ "step": cell(row, 0), "name": cell(row, 2), "operation": cell(row, 3), "inputs": cell(row, 4) }))
        .collect()
}

/// The dataset of a package, under a name. Its rows are checked against its columns, as inserted rows are.
///
/// # Errors
/// A description that does not fit the rows; a value that does not fit its column.
pub(super) fn snapshot(
    package: &Package,
    name: &str,
    pool: &Arc<MemoryPool>,
    zone: &Zone,
) -> Result<Snapshot> {
    let described =
        package.columns.get("columns").and_then(Value::as_array).ok_or_else(|| damaged("schema.json"))?;
    if described.len() != package.schema.fields().len() {
        return Err(damaged("schema.json"));
    }
    let columns = described.iter().zip(package.schema.fields()).map(|(column, field)| {
        let column_type = ColumnType::of(field);
        if text(column, "name") != Some(field.name()) {
            return Err(damaged("schema.json"));
        }
        let definition = definition(column, column_type)?;
        let limit = Limit::of_field(field).or_else(|| definition.limit.clone());
        Ok(definition.with_limit(limit))
    });
    let columns: Vec<ColumnDef> = columns.collect::<Result<_>>()?;
    let batches: Vec<RecordBatch> = package.batches.clone();
    let all: Vec<usize> = (0..columns.len()).collect();
    let rows = Snapshot::empty(name, columns, pool).with_appended_to(&all, &batches, zone)?;
    let metadata: BTreeMap<String, String> =
        serde_json::from_value(package.metadata.clone()).map_err(|_| damaged("manifest.json"))?;
    let constraints = match package.columns.get("constraints") {
        Some(constraints) => constraints::from_json(constraints).map_err(|_| damaged("schema.json"))?,
        None => Vec::new(),
    };
    let rows = Snapshot { metadata: Arc::new(metadata), ..rows }.with_constraints(constraints);
    rows.check_keys()?;
    Ok(rows)
}

fn definition(column: &Value, column_type: ColumnType) -> Result<ColumnDef> {
    let name = text(column, "name").ok_or_else(|| damaged("schema.json"))?;
    let is = |key: &str| column.get(key).and_then(Value::as_bool).unwrap_or_default();
    let limit = text(column, "type").and_then(|declared| limit(declared, &column_type));
    let mut definition = ColumnDef::new(name, column_type, is("nullable")).with_limit(limit);
    if let Some(default) = text(column, "default") {
        let mut value = default_value::of(&generated_columns::parse(default)?)?;
        value.text = default.into();
        definition.default = Some(value);
    }
    definition.computed =
        text(column, "computed").map(|text| Computed { text: text.into(), lazy: is("lazy") });
    Ok(definition)
}

/// The limit of a declared type such as `Varchar(3)`.
fn limit(declared: &str, column_type: &ColumnType) -> Option<Limit> {
    crate::durable::limit(declared, column_type)
}

fn text<'c>(column: &'c Value, key: &str) -> Option<&'c str> {
    column.get(key).and_then(Value::as_str)
}

fn damaged(file: &str) -> Error {
    Error::new(Code::BadFormat, format!("the file {file} of the package does not fit the rows"))
}
