//! Reads a file as a whole.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;

use super::blocks::Blocks;
use super::message::{Decoded, Limits, Uncompressed, Unpacked};
use super::sequence::Messages;
use super::{FILE_MAGIC, check_version};
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::budget::Budget;
use crate::table::input::Input;
use crate::table::normalize::{catch_failure, normalize};
use crate::table::{Table, TableOptions};

/// Reads a file. Uncompressed columns share the memory of the file.
pub(in crate::table) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    let mut budget = Budget::new(context)?;
    let bytes = input.read_all(&mut budget)?;
    let place = &input.place;
    check_version(place, &bytes)?;
    let bytes = Buffer::from(bytes);
    // Its bytes are charged already.
    let mut unpacked = Unpacked(&mut budget);
    let (schema, batches) = if bytes.starts_with(FILE_MAGIC) {
        catch_failure(place, || read_blocks(bytes, &mut unpacked))?
    } else {
        catch_failure(place, || read_messages(bytes, &mut unpacked))?
    };
    let mut notices = Vec::new();
    let (schema, batches) = normalize(place, &schema, batches, options, &mut budget, &mut notices)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory: budget.keep() })
}

/// Reads a file without compression; its columns share the memory of `bytes`.
///
/// # Errors
/// A file that is damaged or compressed.
pub(crate) fn read_mapped(bytes: &Buffer) -> Decoded<(SchemaRef, Vec<RecordBatch>)> {
    read_blocks(bytes.clone(), &mut Uncompressed)
}

fn read_blocks(bytes: Buffer, limits: &mut impl Limits) -> Decoded<(SchemaRef, Vec<RecordBatch>)> {
    let mut blocks = Blocks::open(bytes, limits)?;
    let mut batches = Vec::new();
    while let Some(batch) = blocks.next(limits)? {
        batches.push(batch);
    }
    Ok((blocks.schema, batches))
}

fn read_messages(bytes: Buffer, limits: &mut Unpacked<'_>) -> Decoded<(SchemaRef, Vec<RecordBatch>)> {
    let mut messages = Messages::new(bytes);
    let mut batches = Vec::new();
    while let Some(batch) = messages.next(limits)? {
        batches.push(batch);
    }
    Ok((messages.schema()?, batches))
}
