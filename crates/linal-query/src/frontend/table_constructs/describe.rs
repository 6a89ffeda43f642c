//! DESCRIBE of a query: its columns, as DESCRIBE of a dataset lists them.

use std::sync::Arc;

use datafusion::datasource::{MemTable, provider_as_source};
use linal_dataset::{Cell, Result, RowSet};
use linal_store::ColumnType;
use sqlparser::ast as sql;

use super::Expansion;
use crate::frontend::ast_builder;
use crate::planner::plan::MadeTable;

/// Writes the DESCRIBE out as a table with a row for each column.
pub(super) fn write_out(expansion: &mut Expansion<'_, '_>, select: &mut sql::Select) -> Result<()> {
    let schema = expansion.columns(&select.from)?;
    let columns =
        [("column", ColumnType::String), ("type", ColumnType::String), ("nullable", ColumnType::Bool)];
    let rows: Vec<Vec<Cell>> = schema
        .fields()
        .iter()
        .map(|field| {
            vec![
                Cell::String(field.name().clone()),
                Cell::String(ColumnType::of(field).to_string()),
                Cell::Bool(field.is_nullable()),
            ]
        })
        .collect();
    // The types of columns are those of this moment.
    expansion.is_repeatable = false;
    let table = expansion.made("describe", RowSet::from_rows(&columns, &rows))?;
    *select = ast_builder::select(vec![ast_builder::everything()], table);
    Ok(())
}

impl Expansion<'_, '_> {
    /// Gives rows with the query; returns the relation that reads them.
    pub(super) fn made(&mut self, name: &str, rows: RowSet) -> Result<sql::TableFactor> {
        let count = rows.batches.iter().map(|batch| batch.num_rows()).sum();
        let table = MemTable::try_new(rows.schema, vec![rows.batches])
            .map_err(|error| crate::error::internal(&error))?;
        Ok(self.given_table(name, provider_as_source(Arc::new(table)), count))
    }

    /// Gives a table with the query; returns the relation that reads it, under its name.
    pub(super) fn given_table(
        &mut self,
        name: &str,
        source: Arc<dyn datafusion::logical_expr::TableSource>,
        rows: usize,
    ) -> sql::TableFactor {
        let key = format!("{name}'{}", self.made.len() + self.tables.len());
        let table = ast_builder::aliased(ast_builder::table_named(&key), name);
        self.tables.push(MadeTable { key, source, rows });
        table
    }
}
