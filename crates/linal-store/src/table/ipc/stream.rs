//! A file as a stream of batches: a first reading for the types, a second for the rows.

use std::io::{BufRead, Read, Seek};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::blocks::{Blocks, OpenFile};
use super::message::{Decoded, StreamLimits};
use super::sequence::{FilePieces, Messages};
use super::{FILE_MAGIC, check_version};
use crate::error::{ReadError, Result};
use crate::progress::{ReadContext, ReadGuard};
use crate::source::{Source, quoted};
use crate::table::TableOptions;
use crate::table::budget::Budget;
use crate::table::input::Input;
use crate::table::normalize::{Plan, Survey, catch_failure};
use crate::table::stream::{BatchSource, ChargedBatch, TableStream};

/// Opens a file after the types of its columns are known.
pub(in crate::table) fn open<'a>(
    path: &Path,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let source = Source::open(path)?;
    let place = quoted(&source.label);
    if start_of(&source)?.starts_with(FILE_MAGIC) {
        return open_blocks(&source, &place, options, context);
    }
    let mut input = Input::again(&source, " (types)", context)?;
    let start = input.fill_buf().map_err(|error| ReadError::from_io(&place, &error))?;
    check_version(&place, start)?;
    if start.starts_with(FILE_MAGIC) {
        // Its footer is at the end of what is compressed.
        drop(input);
        return Ok(TableStream::of_table(super::read(path, options, context)?, context));
    }
    let mut first = Reading::new(&place, Messages::new(FilePieces(input)), context);
    let (schema, survey) = first.survey(Messages::schema)?;
    let mut notices = Vec::new();
    let plan = Plan::new(&place, &schema, &survey, options, &mut notices)?;
    let messages = Messages::new(FilePieces(Input::again(&source, "", context)?));
    let reading = Reading::new(&place, messages, context);
    let (schema, untyped) = (plan.schema.clone(), plan.untyped.clone());
    Ok(TableStream::new(schema, notices, IpcStream { reading, plan, _watch: None }).with_untyped(untyped))
}

fn open_blocks<'a>(
    source: &Source,
    place: &str,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let failed = |error| ReadError::from_io(place, &error);
    let length = usize::try_from(source.length).unwrap_or(usize::MAX);
    let bytes = OpenFile { file: source.file.try_clone().map_err(failed)?, length };
    let mut dictionaries = Budget::new(context)?;
    let blocks = catch_failure(place, || Blocks::open(bytes, &mut dictionaries))?;
    let watch = context.start_read(&format!("{} (types)", source.label), Some(source.length));
    let mut reading = Reading::new(place, Watched { blocks, context: *context }, context);
    reading.kept.push(dictionaries);
    let (schema, survey) = reading.survey(|watched| Ok(watched.blocks.schema.clone()))?;
    drop(watch);
    let mut notices = Vec::new();
    let plan = Plan::new(place, &schema, &survey, options, &mut notices)?;
    reading.batches.blocks.rewind();
    let watch = Some(context.start_read(&source.label, Some(source.length)));
    let (schema, untyped) = (plan.schema.clone(), plan.untyped.clone());
    Ok(TableStream::new(schema, notices, IpcStream { reading, plan, _watch: watch }).with_untyped(untyped))
}

/// The first bytes of a file, as they are.
fn start_of(source: &Source) -> Result<Vec<u8>> {
    let failed = |error| ReadError::from_io(&quoted(&source.label), &error);
    let mut file = source.file.try_clone().map_err(failed)?;
    file.rewind().map_err(failed)?;
    let mut start = Vec::new();
    file.take(FILE_MAGIC.len() as u64).read_to_end(&mut start).map_err(failed)?;
    Ok(start)
}

/// The batches of a file, in either format.
trait Batches: Send {
    fn next(&mut self, limits: &mut StreamLimits<'_>) -> Decoded<Option<RecordBatch>>;
}

impl Batches for Messages<FilePieces<Input<'_>>> {
    fn next(&mut self, limits: &mut StreamLimits<'_>) -> Decoded<Option<RecordBatch>> {
        Messages::next(self, limits)
    }
}

/// Blocks, whose bytes are reported as they are read.
struct Watched<'a> {
    blocks: Blocks<OpenFile>,
    context: ReadContext<'a>,
}

impl Batches for Watched<'_> {
    fn next(&mut self, limits: &mut StreamLimits<'_>) -> Decoded<Option<RecordBatch>> {
        let length = self.blocks.next_length();
        let batch = self.blocks.next(limits)?;
        self.context.progress.advance(length as u64);
        Ok(batch)
    }
}

/// One reading of a file.
struct Reading<'a, B> {
    place: String,
    batches: B,
    /// The memory of dictionaries.
    kept: Vec<Budget>,
    context: ReadContext<'a>,
}

impl<'a, B: Batches> Reading<'a, B> {
    fn new(place: &str, batches: B, context: &ReadContext<'a>) -> Reading<'a, B> {
        Reading { place: place.to_string(), batches, kept: Vec::new(), context: *context }
    }

    fn next(&mut self) -> Result<Option<(RecordBatch, Budget)>> {
        self.context.poll()?;
        let batch = Budget::new(&self.context)?;
        let mut limits = StreamLimits { batch, kept: &mut self.kept, context: self.context };
        let batches = &mut self.batches;
        let next = catch_failure(&self.place, || batches.next(&mut limits))?;
        Ok(next.map(|batch| (batch, limits.batch)))
    }

    /// The facts of all columns.
    fn survey(&mut self, schema: impl Fn(&B) -> Decoded<SchemaRef>) -> Result<(SchemaRef, Survey)> {
        let mut survey: Option<Survey> = None;
        while let Some((batch, _charged)) = self.next()? {
            survey.get_or_insert_with(|| Survey::new(batch.num_columns())).inspect(&batch);
        }
        let schema = catch_failure(&self.place, || schema(&self.batches))?;
        let survey = survey.unwrap_or_else(|| Survey::new(schema.fields().len()));
        Ok((schema, survey))
    }
}

struct IpcStream<'a, B> {
    reading: Reading<'a, B>,
    plan: Plan,
    _watch: Option<ReadGuard<'a>>,
}

impl<B: Batches> BatchSource for IpcStream<'_, B> {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        let Some((batch, mut budget)) = self.reading.next()? else { return Ok(None) };
        let batch = self.plan.convert(&batch, &mut budget)?;
        // Columns share the block, which is charged with what it decompresses to and with the casts.
        Ok(Some(ChargedBatch { batch, memory: budget.keep() }))
    }
}
