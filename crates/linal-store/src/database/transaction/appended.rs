//! The rows that a transaction has appended to a dataset.

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch, interleave_record_batch};

use super::super::column::{Column, schema_of};
use super::super::error::Result;
use super::super::segment::{SegmentWriter, WrittenSegment};
use super::adapt::adapt;
use super::stage::StagedRows;

/// Most rows of a commit that go to the catalog rather than to a segment. A row in SQLite costs a few
/// microseconds where a segment costs three synced files and renames, some milliseconds.
pub(super) const INLINE_ROWS: usize = 1000;

/// Greatest size of these rows in bytes: the WAL is synced with each commit, and the catalog stays small.
pub(super) const INLINE_BYTES: usize = 256 << 10;

/// Whether rows may go to the catalog.
pub(super) fn is_small(rows: &RecordBatch) -> bool {
    rows.num_rows() <= INLINE_ROWS && crate::table::row_bytes(rows) <= INLINE_BYTES
}

/// Appended rows. The first ones are in memory; when they are many, all go to a writer of segments.
///
/// Rows are counted in the order of appending, those in memory that are deleted again included.
#[derive(Default)]
pub(super) struct Appended {
    /// Rows in memory, with their numbers.
    memory: Vec<RecordBatch>,
    numbers: Vec<u64>,
    next: u64,
    writer: Option<SegmentWriter>,
    segments: Vec<WrittenSegment>,
    /// The staged rows that some of the segments are of, and whose files are theirs.
    staged: Vec<StagedRows>,
    /// The numbers of the rows that were in memory when the first went to a segment.
    spilled: Option<Vec<u64>>,
    /// The number of the first row after these.
    spilled_next: u64,
    pub late_deletes: Vec<u64>,
    pub late_updates: Vec<(u64, RecordBatch)>,
}

impl Appended {
    /// Whether rows went to segments.
    pub fn has_segments(&self) -> bool {
        self.spilled.is_some()
    }

    /// The number of rows that were appended.
    pub fn count(&self) -> u64 {
        self.next
    }

    /// Appends rows with all columns. `writer` makes a writer of segments.
    pub fn push(
        &mut self,
        rows: RecordBatch,
        inline: bool,
        writer: impl FnOnce() -> Result<SegmentWriter>,
    ) -> Result<()> {
        let count = rows.num_rows() as u64;
        if self.spilled.is_none() {
            self.numbers.extend(self.next..self.next + count);
            self.next += count;
            self.memory.push(rows);
            let bytes: usize = self.memory.iter().map(crate::table::row_bytes).sum();
            if !inline || self.numbers.len() > INLINE_ROWS || bytes > INLINE_BYTES {
                self.spill(writer()?)?;
            }
            return Ok(());
        }
        self.next += count;
        if self.writer.is_none() {
            self.writer = Some(writer()?);
        }
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write(&rows, None))
    }

    /// Appends rows that are in segments already. `writer` makes a writer of segments, for those in memory.
    pub fn push_staged(
        &mut self,
        rows: StagedRows,
        writer: impl FnOnce() -> Result<SegmentWriter>,
    ) -> Result<()> {
        rows.take()?;
        let count = rows.rows();
        let segments = rows.0.segments().to_vec();
        self.staged.push(rows);
        if self.spilled.is_none() && self.numbers.is_empty() {
            self.spilled = Some(Vec::new());
            self.spilled_next = self.next;
            self.memory.clear();
        } else if self.spilled.is_none() {
            self.spill(writer()?)?;
        }
        self.finish_writer()?;
        self.segments.extend(segments);
        self.next += count;
        Ok(())
    }

    /// The staged rows among those that were appended.
    pub fn staged(&self) -> &[StagedRows] {
        &self.staged
    }

    fn spill(&mut self, mut writer: SegmentWriter) -> Result<()> {
        let mut written = Ok(());
        for rows in self.memory.drain(..) {
            written = written.and_then(|()| writer.write(&rows, None));
        }
        self.writer = Some(writer);
        self.spilled = Some(std::mem::take(&mut self.numbers));
        self.spilled_next = self.next;
        written
    }

    /// Deletes rows by their numbers, which ascend. Returns how many there were.
    pub fn delete(&mut self, numbers: &[u64]) -> Result<u64> {
        if self.spilled.is_some() {
            let places: Vec<u64> = numbers.iter().filter_map(|&number| self.place(number)).collect();
            let before = self.late_deletes.len();
            self.late_updates.retain(|(place, _)| !places.contains(place));
            let new =
                places.into_iter().filter(|place| !self.late_deletes.contains(place)).collect::<Vec<_>>();
            self.late_deletes.extend(new);
            return Ok((self.late_deletes.len() - before) as u64);
        }
        let keep: Vec<bool> =
            self.numbers.iter().map(|number| numbers.binary_search(number).is_err()).collect();
        let deleted = keep.iter().filter(|keep| !**keep).count() as u64;
        if deleted > 0 {
            let rows = self.in_memory()?;
            self.memory = vec![filter_record_batch(&rows, &BooleanArray::from(keep.clone()))?];
            let mut keep = keep.into_iter();
            self.numbers.retain(|_| keep.next().unwrap_or(true));
        }
        Ok(deleted)
    }

    /// Gives rows other values. Returns how many there were.
    pub fn update(&mut self, numbers: &[u64], rows: &RecordBatch) -> Result<u64> {
        if self.spilled.is_some() {
            let mut found = 0;
            for (at, &number) in numbers.iter().enumerate() {
                let Some(place) = self.place(number).filter(|place| !self.late_deletes.contains(place))
                else {
                    continue;
                };
                self.late_updates.retain(|(other, _)| *other != place);
                self.late_updates.push((place, rows.slice(at, 1)));
                found += 1;
            }
            return Ok(found);
        }
        let current = self.in_memory()?;
        let mut found = 0;
        let mut pick = |(at, number): (usize, &u64)| match numbers.binary_search(number) {
            Ok(new) => {
                found += 1;
                (1, new)
            }
            Err(_) => (0, at),
        };
        let picks: Vec<(usize, usize)> = self.numbers.iter().enumerate().map(&mut pick).collect();
        if found > 0 {
            self.memory = vec![interleave_record_batch(&[&current, rows], &picks)?];
        }
        Ok(found)
    }

    /// The place of a row among those that are in segments.
    fn place(&self, number: u64) -> Option<u64> {
        let spilled = self.spilled.as_ref()?;
        if number < self.spilled_next {
            return spilled.binary_search(&number).ok().map(|at| at as u64);
        }
        (number < self.next).then(|| spilled.len() as u64 + number - self.spilled_next)
    }

    fn in_memory(&self) -> Result<RecordBatch> {
        match self.memory.as_slice() {
            [one] => Ok(one.clone()),
            [] => Ok(RecordBatch::new_empty(schema_of(&[]))),
            [first, ..] => Ok(concat_batches(&first.schema(), &self.memory)?),
        }
    }

    /// Takes over other columns. Segments keep theirs, and are read by the numbers of the columns.
    pub fn set_columns(&mut self, from: &[Column], to: &[Column]) -> Result<()> {
        self.finish_writer()?;
        for rows in &mut self.memory {
            *rows = adapt(rows, from, to)?;
        }
        for (_, rows) in &mut self.late_updates {
            *rows = adapt(rows, from, to)?;
        }
        Ok(())
    }

    fn finish_writer(&mut self) -> Result<()> {
        if let Some(writer) = &mut self.writer {
            let written = writer.finish();
            self.segments.extend(writer.done().iter().cloned());
            self.writer = None;
            written?;
        }
        Ok(())
    }

    /// The segments, and the rows that go to the catalog.
    pub fn finish(&mut self) -> Result<(Vec<WrittenSegment>, Option<RecordBatch>)> {
        self.finish_writer()?;
        let rows = self.in_memory()?;
        Ok((self.segments.clone(), (rows.num_rows() > 0).then_some(rows)))
    }

    /// The segments that are written so far, to remove them when the transaction fails. Those of staged rows
    /// are removed with these.
    pub fn written(&self) -> impl Iterator<Item = &WrittenSegment> {
        let open = self.writer.iter().flat_map(|writer| writer.done());
        let is_own = |segment: &&WrittenSegment| {
            !self.staged.iter().any(|rows| rows.0.statistics(segment.id).is_some())
        };
        self.segments.iter().filter(is_own).chain(open)
    }
}
