//! The columns of a file and their types, from all of its rows.

use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;

use arrow::datatypes::{Field, Schema};
use serde::de::{Deserialize, IgnoredAny, MapAccess, Visitor};
use serde_json::Deserializer;

use super::infer::{self, JsonType};
use super::rows::{Row, Rows, syntax_error};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::normalize::{Facts, Survey};

/// Greatest number of columns: more are data in place of names.
const MAX_COLUMNS: usize = 1 << 16;

/// An object with valid syntax.
struct CheckedRow;

impl<'de> Deserialize<'de> for CheckedRow {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<CheckedRow, D::Error> {
        struct Check;
        impl<'de> Visitor<'de> for Check {
            type Value = CheckedRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object for each row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<CheckedRow, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(CheckedRow)
            }
        }
        deserializer.deserialize_map(Check)
    }
}

/// The columns of a file.
#[derive(Default)]
pub(super) struct Columns {
    columns: Vec<JsonColumn>,
    places: HashMap<String, usize>,
    pub(super) rows: usize,
    /// The bytes of all rows.
    pub(super) bytes: usize,
}

/// A column.
pub(super) struct JsonColumn {
    pub(super) name: String,
    pub(super) kind: JsonType,
    /// Rows in which it has a value.
    filled: usize,
    /// The last row that named it, counted from 1, and whether it has a value there.
    last: (usize, bool),
}

impl Columns {
    /// Scans all rows.
    pub(super) fn scan<R: BufRead>(rows: &mut Rows<R>, context: &ReadContext<'_>) -> Result<Columns> {
        let mut columns = Columns::default();
        let place = rows.place.clone();
        while let Some(row) = rows.next()? {
            columns.add(&place, &row)?;
            if columns.rows.is_multiple_of(1024) {
                context.poll()?;
            }
        }
        Ok(columns)
    }

    fn add(&mut self, place: &str, row: &Row<'_>) -> Result<()> {
        // One value: what follows the object, if anything, belongs to the next row.
        let mut parsed = Deserializer::from_slice(row.bytes).into_iter::<CheckedRow>();
        if let Some(Err(error)) = parsed.next() {
            return Err(parse_error(place, row, &error));
        }
        let values = infer::row(row.bytes).map_err(|what| syntax_error(place, row.line, &what))?;
        self.rows += 1;
        self.bytes = self.bytes.saturating_add(row.bytes.len());
        for (name, kind) in values {
            let at = self.place(name).ok_or_else(|| {
                syntax_error(place, row.line, &format!("there are more than {MAX_COLUMNS} columns"))
            })?;
            self.columns[at].add(self.rows, kind).map_err(|what| {
                syntax_error(place, row.line, &format!("column `{}` holds {what}", self.columns[at].name))
            })?;
        }
        Ok(())
    }

    /// The index of a column, which is added when it is new; `None` when there are too many.
    fn place(&mut self, name: String) -> Option<usize> {
        if let Some(&at) = self.places.get(&name) {
            return Some(at);
        }
        if self.columns.len() == MAX_COLUMNS {
            return None;
        }
        self.places.insert(name.clone(), self.columns.len());
        self.columns.push(JsonColumn { name, kind: JsonType::Null, filled: 0, last: (0, false) });
        Some(self.columns.len() - 1)
    }

    /// The columns of a file that was scanned before: names and types, and whether a row is NULL.
    pub(super) fn known(columns: impl Iterator<Item = (String, JsonType, bool)>, rows: usize) -> Columns {
        let column = |(name, kind, nulls)| JsonColumn {
            name,
            kind,
            filled: if nulls { 0 } else { rows },
            last: (0, false),
        };
        Columns { columns: columns.map(column).collect(), rows, ..Columns::default() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &JsonColumn> {
        self.columns.iter()
    }

    /// The schema to decode with.
    pub(super) fn decoded_schema(&self) -> Schema {
        let field = |column: &JsonColumn| Field::new(&column.name, column.kind.data_type(), true);
        Schema::new(self.columns.iter().map(field).collect::<Vec<_>>())
    }

    /// The schema with tensors in place of nested lists.
    pub(super) fn schema(&self) -> Schema {
        let field = |column: &JsonColumn| match column.kind.tensor() {
            Some(tensor) => tensor.field(&column.name, true),
            None => Field::new(&column.name, column.kind.data_type(), true),
        };
        Schema::new(self.columns.iter().map(field).collect::<Vec<_>>())
    }

    /// What decides on the types in the end.
    pub(super) fn survey(&self) -> Survey {
        let facts = |column: &JsonColumn| Facts { nulls: column.has_nulls(self.rows), ..Facts::default() };
        Survey { columns: self.columns.iter().map(facts).collect(), rows: self.rows }
    }
}

impl JsonColumn {
    /// Whether it is NULL in one of this many rows.
    pub(super) fn has_nulls(&self, rows: usize) -> bool {
        self.filled < rows
    }

    /// Adds a value of a row. Of a name that a row repeats, the last value counts.
    fn add(&mut self, row: usize, kind: JsonType) -> std::result::Result<(), String> {
        let is_filled = kind != JsonType::Null;
        let before = std::mem::replace(&mut self.kind, JsonType::Null);
        self.kind = before.merge(kind)?;
        if self.last == (row, true) {
            self.filled -= 1;
        }
        self.filled += usize::from(is_filled);
        self.last = (row, is_filled);
        Ok(())
    }
}

/// The error of a row that is no object, or an invalid one.
fn parse_error(place: &str, row: &Row<'_>, error: &serde_json::Error) -> ReadError {
    let line = row.line + (error.line().max(1) - 1) as u64;
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    ReadError::bad_format(format!("{place}, line {line}: {text}"))
}
