//! Staged rows among the changes of a dataset.

use linal_error::Code;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, PROVISIONAL_ROW_ID};
use super::super::segment::SegmentWriter;
use super::edit::Edit;
use super::stage::StagedRows;

impl Edit {
    /// A new dataset whose columns have the numbers that staged rows were written under.
    pub fn new_staged(
        staged: &StagedRows,
        database: DatabaseId,
        name: &str,
        columns: Vec<Column>,
    ) -> Result<Edit> {
        let mut edit = Edit::new(staged.dataset(), database, name, Vec::new())?;
        edit.next_column_id = staged.next_column_id();
        edit.columns = staged.columns().to_vec();
        edit.columns = edit.numbered(columns)?;
        Ok(edit)
    }

    /// Appends rows that are in segments already; the result is the id of the first of them until the commit.
    /// Columns that they do not have are added, and have their initial values in them.
    pub fn append_staged(
        &mut self,
        rows: StagedRows,
        writer: impl FnOnce(&[Column]) -> Result<SegmentWriter>,
    ) -> Result<u64> {
        if rows.dataset() != self.id {
            return Err(StoreError::internal(format!("staged rows are not those of `{}`", self.name)));
        }
        let has_another_type = |column: &Column| {
            let other = rows.columns().iter().find(|other| other.id == column.id);
            other.is_some_and(|other| other.field.data_type() != column.field.data_type())
        };
        if self.columns.iter().any(has_another_type) {
            return Err(StoreError::conflict(&self.name));
        }
        if self.writes_anew {
            let message = "a column with such a default is added in a transaction that has loaded many rows";
            return Err(StoreError::new(Code::NotSupported, message).with_help("commit the rows first"));
        }
        let first = PROVISIONAL_ROW_ID + self.appended.count();
        let columns = self.columns.clone();
        self.appended.push_staged(rows, || writer(&columns))?;
        self.note("insert");
        Ok(first)
    }
}
