//! `AUDIT DATASET t`: checks that the stored rows match the definition, and hashes each column.

use std::hash::Hasher;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use linal_lang::ast::ObjectName;
use linal_lang::{TokenClass, tokens};
use siphasher::sip128::{Hasher128, SipHasher13};

use linal_dataset::{Cell, ColumnDef, Computed, Result, RowSet, Snapshot, arrow_error};
use linal_query::frontend::{dml, generated_columns};
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;

/// Rows that are normalized at a time, which bounds the memory of an audit.
const BLOCK: usize = 16_384;

pub(super) fn run(session: &mut Session, table: &ObjectName) -> Result<Outcome> {
    let snapshot = session.dataset(table)?.dataset.snapshot();
    let columns = [
        ("column", ColumnType::String),
        ("type", ColumnType::String),
        ("rows", ColumnType::Int),
        ("nulls", ColumnType::Int),
        ("hash", ColumnType::String),
        ("state", ColumnType::String),
    ];
    let mut rows = Vec::new();
    for (at, column) in snapshot.columns.iter().enumerate() {
        let computed = lazy_values(session, table, column)?;
        let values = || values(&snapshot, at, computed.as_ref());
        let (mut length, mut nulls) = (0, 0);
        for values in values() {
            let values = values?;
            length += values.len();
            nulls += values.logical_null_count();
        }
        rows.push(vec![
            Cell::String(column.name.to_string()),
            Cell::String(column.type_name()),
            Cell::Int(length as i64),
            Cell::Int(nulls as i64),
            Cell::String(hash(values())?),
            Cell::String(state(&snapshot, at, values(), [length, nulls])?),
        ]);
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}

/// The values of a lazy column, which are computed for the audit; `None` for one that is stored.
fn lazy_values(session: &mut Session, table: &ObjectName, column: &ColumnDef) -> Result<Option<ArrayRef>> {
    let Some(computed) = column.computed.as_ref().filter(|computed| computed.lazy) else { return Ok(None) };
    let value = generated_columns::parse(&computed.text)?;
    let matched = dml::matching(&mut session.query_context(), table.into(), None, &[&value])?;
    Ok(matched.columns.into_iter().next().map(|(values, _)| values))
}

/// The values of a column, chunk by chunk.
fn values<'s>(
    snapshot: &'s Snapshot,
    at: usize,
    computed: Option<&ArrayRef>,
) -> Box<dyn Iterator<Item = Result<ArrayRef>> + 's> {
    match computed {
        Some(values) => Box::new(std::iter::once(Ok(values.clone()))),
        None => Box::new(snapshot.values(at)),
    }
}

/// The hash of a column's values in order. It does not depend on the boundaries of chunks.
fn hash(values: impl Iterator<Item = Result<ArrayRef>>) -> Result<String> {
    let mut values = values.peekable();
    let mut hasher = SipHasher13::new();
    let first = match values.peek() {
        Some(Ok(first)) => first.data_type().clone(),
        _ => DataType::Null,
    };
    let converter = RowConverter::new(vec![SortField::new(first)]).map_err(arrow_error)?;
    for array in values {
        let array = array?;
        for start in (0..array.len()).step_by(BLOCK) {
            let block = array.slice(start, BLOCK.min(array.len() - start));
            let rows = converter.convert_columns(&[block]).map_err(arrow_error)?;
            for row in &rows {
                hasher.write(row.as_ref());
            }
        }
    }
    Ok(format!("{:032x}", hasher.finish128().as_u128()))
}

fn state(
    snapshot: &Snapshot,
    at: usize,
    all: impl Iterator<Item = Result<ArrayRef>>,
    [length, nulls]: [usize; 2],
) -> Result<String> {
    let column = &snapshot.columns[at];
    let mut problems: Vec<String> = Vec::new();
    if length != snapshot.rows {
        problems.push(format!("{length} values for {} rows", snapshot.rows));
    }
    if nulls > 0 && !column.nullable && column.computed.is_none() {
        problems.push(format!("{nulls} NULL in a NOT NULL column"));
    }
    let invalid = |error: &dyn std::fmt::Display| format!("its memory is not valid: {error}");
    for values in all {
        if let Err(error) = values?.to_data().validate_full() {
            problems.push(invalid(&error));
            break;
        }
    }
    problems.extend(column.computed.as_ref().and_then(|computed| missing_reference(snapshot, computed)));
    Ok(if problems.is_empty() { "ok".to_string() } else { problems.join("; ") })
}

/// A name in the expression of a generated column that is neither a column nor a function.
fn missing_reference(snapshot: &Snapshot, computed: &Computed) -> Option<String> {
    let text = &*computed.text;
    let words: Vec<_> = tokens(text).filter(|(_, class)| *class != TokenClass::Comment).collect();
    let missing = words.iter().find(|(span, class)| {
        let quoted = span.text(text).starts_with('`');
        quoted && *class == TokenClass::Name && snapshot.position(span.text(text).trim_matches('`')).is_none()
    })?;
    Some(format!("{} is computed from a column that is not there", missing.0.text(text)))
}
