//! Snapshots with added, removed or changed columns. Unchanged columns are shared.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, SchemaRef};
use linal_error::Code;
use linal_store::temporal::Zone;

use super::chunk::Chunk;
use super::coerce::coerce;
use super::column_values::ColumnValues;
use super::definition::{ColumnDef, duplicate_column, schema_of};
use super::row_change::filled;
use super::snapshot::Snapshot;
use crate::error::{Error, Result, count};

impl Snapshot {
    /// Adds a column. `values` has one value for each row; a dataset without columns takes its number of rows
    /// from it. The memory of `values` is charged unless it belongs to a tensor.
    ///
    /// # Errors
    /// A duplicate name, a wrong number of rows, or a value that does not fit the column.
    pub fn with_column(
        &self,
        column: ColumnDef,
        values: ArrayRef,
        field: &Field,
        owned: bool,
    ) -> Result<Snapshot> {
        if self.position(&column.name).is_some() {
            return Err(duplicate_column(&column.name));
        }
        let first = self.columns.is_empty();
        if !first && values.len() != self.rows {
            let message = format!(
                "`{}` has {}, and the dataset `{}` has {}",
                column.name,
                count(values.len(), "row"),
                self.name,
                count(self.rows, "row")
            );
            return Err(Error::new(Code::RowCount, message));
        }
        let values = coerce(&values, field, &column, &Zone::utc(), &|at| at)?;
        let charge = if owned { self.charge(&values)? } else { None };
        let is_lazy = column.computed.as_ref().is_some_and(|computed| computed.lazy);
        let mut columns = self.columns.to_vec();
        columns.push(column);
        let schema = schema_of(&columns);
        let chunks = if first {
            let rows = values.len();
            let chunk = || Chunk::of(rows, vec![ColumnValues::Memory(values, charge)]);
            if rows == 0 { Vec::new() } else { vec![chunk()] }
        } else {
            let mut at = 0;
            self.rebuilt(|chunk, columns| {
                columns.push(ColumnValues::Memory(values.slice(at, chunk.rows()), charge.clone()));
                at += chunk.rows();
            })
        };
        let next = self.with_columns_and_chunks(columns, schema, chunks);
        let rows = next.rows;
        Ok(match (first, is_lazy) {
            (true, _) => next.note_appended(rows),
            // A lazy column has no stored values.
            (false, true) => next,
            (false, false) => next.note_all_updated(),
        })
    }

    /// Adds a column whose existing rows have its default, or NULL.
    ///
    /// # Errors
    /// A duplicate name; a NOT NULL column without a default, when there are rows.
    pub fn with_default_column(&self, column: &ColumnDef) -> Result<Snapshot> {
        self.check_default(column)?;
        if self.position(&column.name).is_some() {
            return Err(duplicate_column(&column.name));
        }
        if self.columns.is_empty() {
            return self.with_column(column.clone(), filled(column, 0, 0)?, &column.field(), true);
        }
        // All values are equal, so that the chunks share those of the largest one.
        let most = self.chunks.iter().map(|chunk| chunk.rows()).max().unwrap_or(0);
        let values = coerce(&filled(column, most, 0)?, &column.field(), column, &Zone::utc(), &|at| at)?;
        let charge = self.charge(&values)?;
        let mut columns = self.columns.to_vec();
        columns.push(column.clone());
        let schema = schema_of(&columns);
        let chunks = self.rebuilt(|chunk, columns| {
            columns.push(ColumnValues::Memory(values.slice(0, chunk.rows()), charge.clone()));
        });
        // A store gives stored rows the default by itself.
        Ok(self.with_columns_and_chunks(columns, schema, chunks))
    }

    /// Checks that existing rows can have a new column.
    ///
    /// # Errors
    /// NULL in a NOT NULL column.
    fn check_default(&self, column: &ColumnDef) -> Result<()> {
        if self.rows > 0 && !column.nullable && column.default.is_none() && column.computed.is_none() {
            let message = format!(
                "the rows that are there would have no value in the NOT NULL column `{}`",
                column.name
            );
            let error = Error::new(Code::NotNull, message);
            return Err(error.with_help("give it a DEFAULT, or make it nullable with `?`"));
        }
        Ok(())
    }

    /// Removes a column.
    ///
    /// # Errors
    /// An unknown column.
    pub fn without_column(&self, name: &str) -> Result<Snapshot> {
        let at = self.column(name)?;
        let mut columns = self.columns.to_vec();
        columns.remove(at);
        let schema = schema_of(&columns);
        let chunks = if columns.is_empty() {
            // A snapshot without columns has no rows.
            Vec::new()
        } else {
            self.rebuilt(|_, columns| drop(columns.remove(at)))
        };
        let is_empty = columns.is_empty();
        let next = self.with_columns_and_chunks(columns, schema, chunks);
        Ok(if is_empty { next.note_cleared() } else { next })
    }

    /// Renames a column.
    ///
    /// # Errors
    /// An unknown column, or a new name that another column has.
    pub fn with_renamed_column(&self, from: &str, to: &str) -> Result<Snapshot> {
        let at = self.column(from)?;
        if self.position(to).is_some_and(|other| other != at) {
            return Err(duplicate_column(to));
        }
        let mut columns = self.columns.to_vec();
        columns[at].name = to.into();
        let schema = schema_of(&columns);
        let constraints: Vec<_> =
            self.constraints.iter().map(|constraint| constraint.with_renamed_column(from, to)).collect();
        let next = self.with_columns_and_chunks(columns, schema, self.chunks.clone());
        Ok(Snapshot { constraints: constraints.into(), ..next })
    }

    /// Replaces the definition of a column and, when given, its values.
    ///
    /// # Errors
    /// A value that does not fit the column.
    pub fn with_redefined(
        &self,
        at: usize,
        column: ColumnDef,
        values: Option<(ArrayRef, &Field)>,
    ) -> Result<Snapshot> {
        let values = match values {
            Some((values, field)) => Some(coerce(&values, field, &column, &Zone::utc(), &|row| row)?),
            None => None,
        };
        let charge = values.as_ref().map(|values| self.charge(values)).transpose()?.flatten();
        // A store gives stored rows the default of a new column, which is no longer the one that they have.
        let has_other_default = column.number == 0 && column.default != self.columns[at].default;
        let mut columns = self.columns.to_vec();
        columns[at] = column;
        let schema = schema_of(&columns);
        let mut start = 0;
        let chunks = self.rebuilt(|chunk, columns| {
            if let Some(values) = &values {
                columns[at] = ColumnValues::Memory(values.slice(start, chunk.rows()), charge.clone());
            }
            start += chunk.rows();
        });
        let next = self.with_columns_and_chunks(columns, schema, chunks);
        Ok(if values.is_some() || has_other_default { next.note_all_updated() } else { next })
    }

    fn rebuilt(&self, mut change: impl FnMut(&Chunk, &mut Vec<ColumnValues>)) -> Vec<Arc<Chunk>> {
        let rebuild = |chunk: &Arc<Chunk>| {
            let mut columns = chunk.columns().to_vec();
            change(chunk, &mut columns);
            Chunk::of(chunk.rows(), columns)
        };
        self.chunks.iter().map(rebuild).collect()
    }

    pub(super) fn with_columns_and_chunks(
        &self,
        columns: Vec<ColumnDef>,
        schema: SchemaRef,
        chunks: Vec<Arc<Chunk>>,
    ) -> Snapshot {
        let schema_version = self.schema_version + 1;
        Snapshot { columns: columns.into(), schema, schema_version, ..self.with_chunks(chunks) }
    }
}
