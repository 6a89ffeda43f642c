//! A file as a stream of batches.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::TimeUnit;
use linal_tensor::Reservation;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::file::ParquetFile;
use super::{int96, memory, size};
use crate::error::Result;
use crate::progress::{ReadContext, ReadGuard};
use crate::table::budget::Budget;
use crate::table::normalize::{Plan, catch_failure};
use crate::table::stream::{BatchSource, ChargedBatch, TableStream};
use crate::table::{OPERATION, TableOptions};

/// Opens a file after the types of its columns are known.
pub(in crate::table) fn open<'a>(
    path: &Path,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let mut file = ParquetFile::open(path, options)?;
    let mut survey = file.survey(context)?;
    if let Some(columns) = file.int96.take() {
        let exact = columns.exact(&file.place, &file.schema)?;
        let roots: Vec<usize> = exact.iter().map(|&at| file.places[at]).collect();
        file.metadata =
            catch_failure(&file.place, || int96::with_unit(&file.metadata, &roots, TimeUnit::Nanosecond))?;
        file.schema = Arc::new(catch_failure(&file.place, || file.metadata.schema().project(&file.places))?);
        exact.iter().for_each(|&at| survey.columns[at].losses.keep_nanoseconds());
    }
    let mut notices = Vec::new();
    let plan = Plan::new(&file.place, &file.schema, &survey, options, &mut notices)?;
    let watch = context.start_read(&file.source.label, Some(file.source.length));
    let (schema, untyped) = (plan.schema.clone(), plan.untyped.clone());
    let stream = ParquetStream { file, plan, group: 0, reader: None, context: *context, _watch: watch };
    Ok(TableStream::new(schema, notices, stream).with_untyped(untyped))
}

struct ParquetStream<'a> {
    file: ParquetFile,
    plan: Plan,
    /// The next row group.
    group: usize,
    reader: Option<GroupReader>,
    context: ReadContext<'a>,
    _watch: ReadGuard<'a>,
}

/// The reader of a row group, and the reservation of the memory that it works with.
struct GroupReader {
    reader: ParquetRecordBatchReader,
    _working: Reservation,
    /// Bytes of the group in the file.
    bytes: u64,
}

impl BatchSource for ParquetStream<'_> {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        loop {
            self.context.poll()?;
            if self.reader.is_none() && !self.open_group()? {
                return Ok(None);
            }
            let Some(open) = &mut self.reader else { return Ok(None) };
            let place = &self.file.place;
            if let Some(batch) = catch_failure(place, || open.reader.next().transpose())? {
                let mut budget = Budget::new(&self.context)?;
                budget.add(memory(&batch))?;
                let batch = self.plan.convert(&batch, &mut budget)?;
                let memory = budget.resize(memory(&batch), &self.context)?;
                return Ok(Some(ChargedBatch { batch, memory }));
            }
            self.context.progress.advance(open.bytes);
            self.reader = None;
        }
    }
}

impl ParquetStream<'_> {
    /// Opens the next row group; returns whether there is one.
    fn open_group(&mut self) -> Result<bool> {
        let Some(group) = self.file.groups().get(self.group) else { return Ok(false) };
        let chunks = || {
            let read = |(root, _): &(usize, _)| self.file.places.contains(root);
            self.file.chunks(group).filter(read).map(|(_, chunk)| chunk)
        };
        let rows = size::batch_rows(chunks(), usize::try_from(group.num_rows()).unwrap_or(0));
        let _working = self.context.pool.reserve(OPERATION, size::working(chunks()))?;
        let reader = self.file.reader(self.group, &self.file.metadata, &self.file.mask(), rows)?;
        let bytes = u64::try_from(group.compressed_size()).unwrap_or(0);
        self.reader = Some(GroupReader { reader, _working, bytes });
        self.group += 1;
        Ok(true)
    }
}
