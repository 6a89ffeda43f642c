//! The changes of a transaction to one dataset.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use linal_error::Code;

use super::super::column::{Column, allows_inline, check_stored, id_count};
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, DatasetId, PROVISIONAL_ROW_ID};
use super::super::segment::SegmentWriter;
use super::super::snapshot::{DatasetSnapshot, same_name};
use super::super::value::shared_text;
use super::adapt::fit;
use super::appended::Appended;
use super::overlay::{Overlay, UpdatedRows};
use super::plan::Life;

/// The state of a dataset within a transaction.
pub(super) struct Edit {
    pub id: DatasetId,
    /// The committed dataset; `None` for a new one.
    pub base: Option<DatasetSnapshot>,
    pub life: Life,
    pub database: DatabaseId,
    pub name: String,
    pub metadata: BTreeMap<String, String>,
    pub columns: Vec<Column>,
    pub next_column_id: u64,
    pub overlay: Overlay,
    pub appended: Appended,
    /// The committed rows are all deleted.
    pub truncated: bool,
    /// The rows are those of a snapshot.
    pub restored: Option<DatasetSnapshot>,
    /// The committed rows are written anew, since the catalog cannot have the value of a new column.
    pub writes_anew: bool,
    pub changes: Vec<&'static str>,
    pub change: Option<String>,
    pub lineage: Option<String>,
}

impl Edit {
    /// A committed dataset without changes.
    pub fn of(base: DatasetSnapshot) -> Edit {
        Edit {
            id: base.id(),
            life: Life::Kept,
            database: base.database(),
            name: base.name().to_string(),
            metadata: base.entry().metadata.clone(),
            columns: base.columns().to_vec(),
            next_column_id: base.next_column_id(),
            base: Some(base),
            overlay: Overlay::default(),
            appended: Appended::default(),
            truncated: false,
            restored: None,
            writes_anew: false,
            changes: Vec::new(),
            change: None,
            lineage: None,
        }
    }

    /// A new dataset.
    pub fn new(id: DatasetId, database: DatabaseId, name: &str, columns: Vec<Column>) -> Result<Edit> {
        let mut edit = Edit {
            id,
            base: None,
            life: Life::Created,
            database,
            name: name.to_string(),
            metadata: BTreeMap::new(),
            columns: Vec::new(),
            next_column_id: 1,
            overlay: Overlay::default(),
            appended: Appended::default(),
            truncated: false,
            restored: None,
            writes_anew: false,
            changes: vec!["create"],
            change: None,
            lineage: None,
        };
        edit.columns = edit.numbered(columns)?;
        Ok(edit)
    }

    /// Whether rows may go to the catalog.
    pub fn allows_inline(&self) -> bool {
        allows_inline(&self.columns)
    }

    /// Notes what happened, for the list of versions.
    pub fn note(&mut self, change: &'static str) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// The columns with numbers for those that have none.
    pub(super) fn numbered(&mut self, columns: Vec<Column>) -> Result<Vec<Column>> {
        let mut numbered = Vec::with_capacity(columns.len());
        for mut column in columns {
            check_stored(&column.field)?;
            // Names of columns stand in statements of SQLite, which end at it.
            if column.name().contains('\0') {
                let message = format!("a column of the dataset `{}` has a NUL in its name", self.name);
                return Err(StoreError::new(Code::BadArgument, message));
            }
            if numbered.iter().any(|other: &Column| same_name(other.name(), column.name())) {
                let message = format!("there is a column `{}` already", column.name());
                return Err(StoreError::new(Code::DuplicateColumn, message));
            }
            if column.id == 0 {
                column.id = self.next_column_id;
                self.next_column_id += id_count(&column.field);
            } else if !self
                .columns
                .iter()
                .any(|known| known.id == column.id && id_count(&known.field) == id_count(&column.field))
            {
                let message = format!("the dataset `{}` has no column number {}", self.name, column.id);
                return Err(StoreError::new(Code::UnknownColumn, message));
            }
            numbered.push(column);
        }
        Ok(numbered)
    }

    /// Takes over other columns; those without a number are new.
    pub fn set_columns(&mut self, columns: Vec<Column>) -> Result<()> {
        self.check_not_streamed()?;
        let mut columns = self.numbered(columns)?;
        for column in &mut columns {
            // What rows from before a column have in it stays, whatever its default is now.
            if let Some(known) = self.columns.iter().find(|known| known.id == column.id) {
                column.initial = known.initial.clone();
            }
        }
        self.overlay.set_columns(&self.columns, &columns)?;
        self.appended.set_columns(&self.columns, &columns)?;
        let mut known = self.columns.iter();
        let is_new = |column: &&Column| !known.any(|other| other.id == column.id);
        let added: Vec<&Column> = columns.iter().filter(is_new).collect();
        for column in added {
            let Some(initial) = &column.initial else { continue };
            self.writes_anew |= shared_text(initial)?.is_none();
        }
        if self.writes_anew && self.appended.has_segments() {
            let message =
                "a column with such a default is added in a transaction that has appended many rows";
            return Err(StoreError::new(Code::NotSupported, message).with_help("commit the rows first"));
        }
        self.columns = columns;
        self.note("alter");
        Ok(())
    }

    /// Appends rows; the result is the id of the first of them until the commit.
    pub fn append(
        &mut self,
        rows: &RecordBatch,
        writer: impl FnOnce(&[Column]) -> Result<SegmentWriter>,
    ) -> Result<u64> {
        let rows = fit(&self.name, rows, &self.columns)?;
        let first = PROVISIONAL_ROW_ID + self.appended.count();
        let inline = self.allows_inline();
        let columns = self.columns.clone();
        self.appended.push(rows, inline, || writer(&columns))?;
        self.note("insert");
        Ok(first)
    }

    /// Deletes rows by ascending ids.
    pub fn delete(&mut self, ids: &[u64]) -> Result<()> {
        self.check_not_streamed()?;
        check_ascending(ids)?;
        let (committed, appended) = split(ids);
        committed.iter().for_each(|&id| self.overlay.delete(id));
        if !appended.is_empty() {
            self.appended.delete(&appended)?;
        }
        self.note("delete");
        Ok(())
    }

    /// Gives rows other values, by ascending ids.
    pub fn update(&mut self, ids: &[u64], rows: &RecordBatch) -> Result<()> {
        self.check_not_streamed()?;
        check_ascending(ids)?;
        let rows = fit(&self.name, rows, &self.columns)?;
        if rows.num_rows() != ids.len() {
            return Err(StoreError::internal("an update has another number of rows than of row ids"));
        }
        let (committed, appended) = split(ids);
        self.overlay.update(&committed, &rows.slice(0, committed.len()));
        if !appended.is_empty() {
            self.appended.update(&appended, &rows.slice(committed.len(), appended.len()))?;
        }
        self.note("update");
        Ok(())
    }

    /// Gives committed rows other values, which are made when they are written; their ids ascend. What else changes in
    /// the dataset's committed rows and columns comes before.
    pub fn update_streamed(&mut self, ids: Vec<Range<u64>>, rows: UpdatedRows) -> Result<()> {
        if ids.iter().any(|range| range.end > PROVISIONAL_ROW_ID) {
            return Err(StoreError::internal("a streamed change is of rows that are not committed"));
        }
        let (name, columns) = (self.name.clone(), self.columns.clone());
        self.overlay.update_streamed(ids, Arc::new(move || fit(&name, &rows()?, &columns)))?;
        self.note("update");
        Ok(())
    }

    /// Rows that are made later have the columns of now, and are not deleted or changed again.
    fn check_not_streamed(&self) -> Result<()> {
        if self.overlay.is_streamed() {
            return Err(StoreError::internal("a change comes behind one whose rows are made later"));
        }
        Ok(())
    }

    /// Deletes all rows, those that were appended included.
    pub fn truncate(&mut self) {
        self.overlay = Overlay::default();
        self.appended = Appended::default();
        self.restored = None;
        self.truncated = true;
        self.note("delete");
    }

    /// Whether the columns differ from the committed ones.
    pub fn has_new_columns(&self) -> bool {
        self.base.as_ref().is_none_or(|base| base.columns() != self.columns.as_slice())
            || self.restored.is_some()
    }

    /// Whether the name or the entries differ from the committed ones.
    pub fn has_new_name(&self) -> bool {
        self.base.as_ref().is_none_or(|base| {
            base.database() != self.database
                || base.name() != self.name
                || base.entry().metadata != self.metadata
        }) || self.life == Life::Revived
    }

    /// The columns as the catalog gets them: without initial values that all stored rows have.
    pub fn catalog_columns(&self) -> Result<Vec<Column>> {
        let mut columns = self.columns.clone();
        for column in &mut columns {
            if let Some(initial) = &column.initial
                && shared_text(initial)?.is_none()
            {
                column.initial = None;
            }
        }
        Ok(columns)
    }

    /// Whether the only change is that rows were appended.
    pub fn is_append(&self) -> bool {
        self.life == Life::Kept
            && self.overlay.is_empty()
            && !self.truncated
            && self.restored.is_none()
            && !self.has_new_columns()
            && !self.has_new_name()
    }

    /// Whether anything changed.
    pub fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// The word for the list of versions.
    pub fn change_word(&self) -> String {
        if let Some(change) = &self.change {
            return change.clone();
        }
        match self.life {
            Life::Created => "create".to_string(),
            Life::Dropped => "drop".to_string(),
            _ => self.changes.join(", "),
        }
    }
}

fn check_ascending(ids: &[u64]) -> Result<()> {
    if ids.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(());
    }
    Err(StoreError::internal("row ids of a change do not ascend"))
}

/// The committed ids, and the numbers of appended rows.
fn split(ids: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let at = ids.partition_point(|&id| id < PROVISIONAL_ROW_ID);
    (ids[..at].to_vec(), ids[at..].iter().map(|id| id - PROVISIONAL_ROW_ID).collect())
}
