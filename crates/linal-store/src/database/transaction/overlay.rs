//! The changes of committed rows in a transaction: deletions and other values.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;

use super::super::column::{Column, schema_of};
use super::super::error::Result;
use super::adapt::adapt;

/// Deletions and changes by row id.
#[derive(Clone, Debug, Default)]
pub(in crate::database) struct Overlay {
    deleted: BTreeSet<u64>,
    /// The batch and the row in it.
    updated: BTreeMap<u64, (usize, usize)>,
    batches: Vec<RecordBatch>,
}

impl Overlay {
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.updated.is_empty()
    }

    /// Deletes a row.
    pub fn delete(&mut self, id: u64) {
        self.updated.remove(&id);
        self.deleted.insert(id);
    }

    /// Gives rows other values.
    pub fn update(&mut self, ids: &[u64], rows: &RecordBatch) {
        let batch = self.batches.len();
        self.batches.push(rows.clone());
        for (row, &id) in ids.iter().enumerate().filter(|(_, id)| !self.deleted.contains(id)) {
            self.updated.insert(id, (batch, row));
        }
    }

    /// Takes over other columns.
    pub fn set_columns(&mut self, from: &[Column], to: &[Column]) -> Result<()> {
        for rows in &mut self.batches {
            *rows = adapt(rows, from, to)?;
        }
        Ok(())
    }

    /// The deleted rows.
    pub fn deleted(&self) -> &BTreeSet<u64> {
        &self.deleted
    }

    /// The rows with other values among the ids from `start` to before `end`.
    pub fn updated_in(&self, columns: &[Column], start: u64, end: u64) -> Result<(Vec<u64>, RecordBatch)> {
        let range = self.updated.range(start..end.max(start));
        let (ids, picks): (Vec<u64>, Vec<(usize, usize)>) = range.map(|(&id, &pick)| (id, pick)).unzip();
        if ids.is_empty() {
            return Ok((ids, RecordBatch::new_empty(schema_of(columns))));
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok((ids, interleave_record_batch(&batches, &picks)?))
    }

    /// The number of rows with other values.
    pub fn updated_count(&self) -> usize {
        self.updated.len()
    }

    /// The number of deleted rows and of rows with other values among ids.
    pub fn count_in(&self, start: u64, end: u64) -> (usize, usize) {
        let end = end.max(start);
        (self.deleted.range(start..end).count(), self.updated.range(start..end).count())
    }
}
