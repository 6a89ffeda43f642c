//! Definitions of columns, as the catalog in memory and as the store has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use linal_dataset::{
    ColumnDef, Computed, Constraint, DefaultValue, Error, Limit, Result, Snapshot, resolve_type_text,
};
use linal_error::Code;
use linal_query::frontend::{default_value, generated_columns};
use linal_store::ColumnType;
use linal_store::database::{Column, ComputedColumn};

use super::constraints;

/// The columns of a dataset for the store.
///
/// # Errors
/// Internal errors only.
pub(super) fn to_store(snapshot: &Snapshot) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> =
        (0..snapshot.columns.len()).map(|at| column_to_store(snapshot, at)).collect::<Result<_>>()?;
    if let Some(first) = columns.first_mut().filter(|_| snapshot.is_constrained()) {
        let constraints = constraints::to_json(&snapshot.constraints).to_string();
        first.metadata.insert(constraints::METADATA_KEY.to_owned(), constraints);
    }
    Ok(columns)
}

/// The constraints of a stored dataset.
///
/// # Errors
/// Constraints that cannot be read, which is damage.
pub(super) fn constraints(columns: &[Column]) -> Result<Vec<Constraint>> {
    let stored = columns.iter().find_map(|column| column.metadata.get(constraints::METADATA_KEY));
    stored.map_or_else(
        || Ok(Vec::new()),
        |text| constraints::from_json(&serde_json::from_str(text).unwrap_or_default()),
    )
}

fn column_to_store(snapshot: &Snapshot, at: usize) -> Result<Column> {
    let column = &snapshot.columns[at];
    // Stored rows of a new NOT NULL column need some value until theirs are written.
    let first =
        || snapshot.values(at).next().map(|values| values.map(|values| values.slice(0, 1))).transpose();
    let initial = match column.default_array()? {
        None if column.number == 0 && !column.field().is_nullable() => first()?,
        default => default,
    };
    let computed = column.computed.as_ref();
    Ok(Column {
        id: column.number,
        field: Arc::new(column.field()),
        declared_type: column.type_name(),
        default: column.default.as_ref().map(|default| default.text.to_string()),
        initial,
        computed: computed
            .map(|computed| ComputedColumn { text: computed.text.to_string(), lazy: computed.lazy }),
        metadata: BTreeMap::new(),
    })
}

/// The columns of a stored dataset.
///
/// # Errors
/// A default that cannot be read, which is damage.
pub(super) fn from_store(columns: &[Column]) -> Result<Vec<ColumnDef>> {
    columns.iter().map(column_from_store).collect()
}

fn column_from_store(column: &Column) -> Result<ColumnDef> {
    let column_type = ColumnType::of(&column.field);
    let mut definition = ColumnDef::new(column.name(), column_type, column.field.is_nullable());
    definition.number = column.id;
    definition.limit =
        Limit::of_field(&column.field).or_else(|| limit(&column.declared_type, &definition.column_type));
    definition.default = column.default.as_deref().map(|text| default(column.name(), text)).transpose()?;
    definition.computed = column
        .computed
        .as_ref()
        .map(|computed| Computed { text: computed.text.as_str().into(), lazy: computed.lazy });
    Ok(definition)
}

/// The limit that a declared type has beyond the type of its column.
pub(crate) fn limit(declared: &str, column_type: &ColumnType) -> Option<Limit> {
    // Types that only files have are not words of the language, and have no limit.
    let resolved = resolve_type_text(declared).ok()?;
    resolved.limit.filter(|_| resolved.column_type == *column_type)
}

fn default(column: &str, text: &str) -> Result<DefaultValue> {
    let scalar = generated_columns::parse(text)?;
    let mut value = default_value::of(&scalar).map_err(|error| {
        Error::new(
            Code::DamagedDatabase,
            format!("the default of the column `{column}`: {}", error.message()),
        )
    })?;
    value.text = text.into();
    Ok(value)
}
