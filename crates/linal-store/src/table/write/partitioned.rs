//! Writes a table as files in folders `key=value`, one for each combination of values of some columns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::TableFormat;
use super::super::files::NULL_PARTITION;
use super::existing::{ExistingFiles, remove_others};
use super::writer::{TableWriter, WriteStyle};
use crate::error::{ReadError, Result};
use crate::source::quoted;

/// The most folders: the file of each is open until the end.
const MOST_FOLDERS: usize = 500;

/// What a name of a folder has encoded.
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.').remove(b' ');

/// A table that is written batch by batch to folders. The files have the columns that make no folders, and each is visible
/// under its name when all of its rows are there.
pub struct PartitionedWriter {
    folder: PathBuf,
    format: TableFormat,
    style: WriteStyle,
    extension: String,
    /// The columns that make folders, by their index.
    keys: Vec<usize>,
    /// The other columns.
    rest: Vec<usize>,
    schema: SchemaRef,
    writers: BTreeMap<PathBuf, TableWriter>,
    /// Files that go when all others are complete.
    old: Vec<PathBuf>,
}

impl PartitionedWriter {
    /// Begins in a folder, which is made when it is not there. `extension` is that of the files.
    ///
    /// # Errors
    /// A name that is no column; no column for the files; a path that is a file; a folder whose files are refused.
    pub fn create(
        folder: &Path,
        existing: ExistingFiles,
        (format, style, extension): (TableFormat, WriteStyle, &str),
        schema: &SchemaRef,
        keys: &[String],
    ) -> Result<PartitionedWriter> {
        let place = quoted(&folder.display().to_string());
        let mut places = Vec::with_capacity(keys.len());
        for key in keys {
            let at = schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(key));
            let Some(at) = at else {
                return Err(ReadError::unsupported(format!("there is no column `{key}` to make folders of")));
            };
            if places.contains(&at) {
                return Err(ReadError::unsupported(format!("the column `{key}` is named twice")));
            }
            places.push(at);
        }
        let rest: Vec<usize> = (0..schema.fields().len()).filter(|at| !places.contains(at)).collect();
        if rest.is_empty() {
            return Err(ReadError::unsupported("no column is left for the files, since all make folders"));
        }
        if folder.is_file() {
            return Err(ReadError::unsupported(format!("{place} is a file, and folders go into a folder")));
        }
        let fields: Vec<_> = rest.iter().map(|at| schema.fields()[*at].clone()).collect();
        Ok(PartitionedWriter {
            folder: folder.to_path_buf(),
            format,
            style,
            extension: extension.to_string(),
            keys: places,
            rest,
            schema: Arc::new(Schema::new(fields)),
            writers: BTreeMap::new(),
            old: existing.to_remove(folder)?,
        })
    }

    /// Writes the rows of a batch.
    ///
    /// # Errors
    /// As [`TableWriter::write`]; more than 500 folders; a column whose values have no text.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut folders: BTreeMap<PathBuf, Vec<u64>> = BTreeMap::new();
        let texts = self.keys.iter().map(|at| {
            cast(batch.column(*at), &DataType::Utf8View).map_err(|error| {
                let name = batch.schema_ref().field(*at).name();
                ReadError::unsupported(format!("the column `{name}` makes no folders: {error}"))
            })
        });
        let texts: Vec<ArrayRef> = texts.collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let mut folder = PathBuf::new();
            for (at, values) in self.keys.iter().zip(&texts) {
                let name = utf8_percent_encode(batch.schema_ref().field(*at).name(), &ENCODED).to_string();
                let value = if values.is_null(row) {
                    NULL_PARTITION.to_string()
                } else {
                    utf8_percent_encode(values.as_string_view().value(row), &ENCODED).to_string()
                };
                folder.push(format!("{name}={value}"));
            }
            folders.entry(folder).or_default().push(row as u64);
        }
        for (folder, rows) in folders {
            let part = self.part(batch, rows)?;
            self.writer(folder)?.write(&part)?;
        }
        Ok(())
    }

    /// Ends all files, and removes those that they replace.
    ///
    /// # Errors
    /// As [`TableWriter::finish`]; an old file that cannot be removed.
    pub fn finish(self) -> Result<()> {
        let new: Vec<PathBuf> = self.writers.keys().map(|folder| self.file_in(folder)).collect();
        self.writers.into_values().try_for_each(TableWriter::finish)?;
        remove_others(&self.folder, &self.old, &new)
    }

    /// The file of a folder.
    fn file_in(&self, folder: &Path) -> PathBuf {
        self.folder.join(folder).join(format!("data_0.{}", self.extension))
    }

    /// Some rows, without the columns that make folders.
    fn part(&self, batch: &RecordBatch, rows: Vec<u64>) -> Result<RecordBatch> {
        let count = rows.len();
        let rows = UInt64Array::from(rows);
        let failed = |error| ReadError::unsupported(format!("rows cannot be chosen: {error}"));
        let columns = self.rest.iter().map(|at| take(batch.column(*at), &rows, None).map_err(failed));
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(failed)
    }

    fn writer(&mut self, folder: PathBuf) -> Result<&mut TableWriter> {
        if !self.writers.contains_key(&folder) {
            if self.writers.len() == MOST_FOLDERS {
                return Err(ReadError::unsupported(format!(
                    "the rows have more than {MOST_FOLDERS} folders; write them in several statements"
                )));
            }
            let full = self.folder.join(&folder);
            let place = quoted(&full.display().to_string());
            std::fs::create_dir_all(&full).map_err(|error| ReadError::from_io(&place, &error))?;
            let file = self.file_in(&folder);
            let writer = TableWriter::create_with(&file, self.format, &self.schema, self.style.clone())?;
            self.writers.insert(folder.clone(), writer);
        }
        match self.writers.get_mut(&folder) {
            Some(writer) => Ok(writer),
            None => Err(ReadError::unsupported("a folder without a file")),
        }
    }
}
