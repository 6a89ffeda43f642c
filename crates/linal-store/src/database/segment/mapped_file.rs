//! A file of tensor columns in memory, whose blocks are verified when they are used.

use std::ops::Range;

use arrow::array::{Array, AsArray};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::datatypes::DataType;

use super::super::error::{Result, StoreError};
use super::blocks::VerifiedBlocks;
use super::files::Files;
use super::open::FileEntry;
use crate::file_layer::FileMap;

/// A mapped file. Arrays that were decoded from it are slices of its memory, so that the place of their
/// values in the file follows from their addresses.
#[derive(Debug)]
pub(in crate::database) struct MappedFile {
    map: FileMap,
    /// `None` when the whole file is verified, or nothing is to be.
    blocks: Option<VerifiedBlocks>,
}

impl MappedFile {
    /// Maps a file of the directory.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a file that is missing, or of another size.
    pub fn open(files: &Files, file: &FileEntry, blocks: Option<VerifiedBlocks>) -> Result<MappedFile> {
        let full = files.full_path(&file.path)?;
        let map =
            files.layer.map(&full).map_err(|error| StoreError::io(&full, "cannot be mapped", &error))?;
        files.check_size(&full, map.bytes().len() as u64, file.bytes)?;
        Ok(MappedFile { map, blocks })
    }

    /// The contents, as an Arrow buffer over the mapped memory.
    pub fn buffer(&self) -> Buffer {
        Buffer::from(self.map.bytes().clone())
    }

    /// Verifies the blocks of a range of the file.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn verify_range(&self, range: &Range<usize>) -> Result<()> {
        match &self.blocks {
            Some(blocks) => blocks.verify_in(self.map.bytes(), &(range.start as u64..range.end as u64)),
            None => Ok(()),
        }
    }

    /// Verifies all blocks.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn verify_all(&self) -> Result<()> {
        self.verify_range(&(0..self.map.bytes().len()))
    }

    /// Verifies the blocks behind memory of the map. Memory elsewhere is not concerned.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn verify(&self, memory: &[u8]) -> Result<()> {
        self.place(memory).map_or(Ok(()), |range| self.verify_range(&range))
    }

    /// Verifies the blocks behind the values of an array.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn verify_array(&self, array: &dyn Array) -> Result<()> {
        each_buffer(array, &mut |memory| self.verify(memory))
    }

    /// Whether an array has all of its values in the map.
    pub fn holds(&self, array: &dyn Array) -> bool {
        let outside = |memory: &[u8]| match self.place(memory) {
            Some(_) => Ok(()),
            None if memory.is_empty() => Ok(()),
            None => Err(StoreError::internal("a buffer is outside of its file")),
        };
        each_buffer(array, &mut { outside }).is_ok()
    }

    /// Tells the system that the pages behind memory of the map may leave the memory of the process.
    pub fn release(&self, memory: &[u8]) {
        if let Some(range) = self.place(memory) {
            self.map.release(range);
        }
    }

    /// The same for the values of an array.
    pub fn release_array(&self, array: &dyn Array) {
        let release = |memory: &[u8]| {
            self.release(memory);
            Ok(())
        };
        // The function never fails.
        let _ = each_buffer(array, &mut { release });
    }

    /// The place of memory in the file; `None` for memory that is not within the map.
    fn place(&self, memory: &[u8]) -> Option<Range<usize>> {
        let base = self.map.bytes().as_ptr() as usize;
        let start = (memory.as_ptr() as usize).checked_sub(base)?;
        let end = start.checked_add(memory.len())?;
        (end <= self.map.bytes().len() && !memory.is_empty()).then_some(start..end)
    }
}

/// Calls a function with the memory of the validity and of the values of a tensor column.
fn each_buffer(array: &dyn Array, visit: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    if let Some(nulls) = array.nulls() {
        visit(bytes_of_bits(nulls.inner()))?;
    }
    match array.data_type() {
        DataType::FixedSizeList(_, _) => each_buffer(array.as_fixed_size_list().values(), visit),
        DataType::Boolean => visit(bytes_of_bits(array.as_boolean().values())),
        other => each_value_buffer(array, other.primitive_width(), visit),
    }
}

/// The buffers of a flat array: of numbers the slice of it, of other types all.
fn each_value_buffer(
    array: &dyn Array,
    width: Option<usize>,
    visit: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let data = array.to_data();
    data.buffers().iter().try_for_each(|buffer| {
        let all = buffer.as_slice();
        let values = width.and_then(|width| {
            let start = data.offset() * width;
            all.get(start..start + data.len() * width)
        });
        visit(values.unwrap_or(all))
    })
}

/// The bytes that hold bits.
fn bytes_of_bits(bits: &BooleanBuffer) -> &[u8] {
    let (start, end) = (bits.offset(), bits.offset() + bits.len());
    bits.inner().as_slice().get(start / 8..end.div_ceil(8)).unwrap_or(bits.inner().as_slice())
}
