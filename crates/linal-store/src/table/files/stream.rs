//! The rows of several files, one after the other.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::arrow::ArrowFiles;
use super::columns::Columns;
use super::constant;
use super::find::FileSet;
use super::layout::{Layouts, SurveyedFile};
use super::notices::Notices;
use super::partitions::Partitions;
use super::reader::FileReader;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;
use crate::table::budget::Budget;
use crate::table::normalize::cast;
use crate::table::stream::{BatchSource, ChargedBatch, TableStream, changed};
use crate::table::{TableFormat, TableOptions, csv, json, names};

/// The name of the column with the path.
const FILENAME: &str = "filename";

/// The memory of a name in a layout beside its text.
const NAME_BYTES: usize = 64;

/// Opens the files of a set, after the types of their columns are known.
pub(in crate::table) fn open<'a>(
    set: FileSet,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    match set.format {
        TableFormat::Csv(delimiter) => {
            // That of the first file is the one of all.
            let delimiter = match set.paths.first() {
                Some(path) => csv::delimiter(path, delimiter, options, context)?,
                None => options.delimiter.unwrap_or(delimiter),
            };
            open_with(csv::CsvFiles { delimiter }, set, options, context)
        }
        TableFormat::Json | TableFormat::JsonLines => open_with(json::JsonFiles, set, options, context),
        format => open_with(ArrowFiles(format), set, options, context),
    }
}

/// Where the values of a column come from.
#[derive(Clone, Copy)]
enum Origin {
    /// A column of the files, by its name.
    File,
    /// A key of folders, by its index.
    Partition(usize),
    /// The path.
    Path,
}

fn open_with<'a, R: FileReader + 'a>(
    reader: R,
    set: FileSet,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let partitions = Partitions::find(&set.paths, set.fixed, context)?;
    let in_files = options_of_files(options, &partitions);
    let (mut memory, mut notices) = (set._memory, Notices::default());
    notices.add(set.notices);
    let mut columns: Option<Columns<R::Facts>> = None;
    let mut layouts = Layouts::new();
    let mut hidden = false;
    for path in set.paths {
        context.poll()?;
        let mut found = reader.survey(&path, &in_files, context)?;
        notices.add(found.notices);
        if found.is_blank {
            continue;
        }
        let bytes = found.columns.iter().map(|(name, _)| 2 * (name.len() + NAME_BYTES)).sum();
        let count = found.columns.len();
        found.columns.retain(|(name, _)| partitions.place(name).is_none());
        hidden |= found.columns.len() < count;
        match &mut columns {
            Some(columns) => columns.add(&path, found.columns)?,
            None => columns = Some(Columns::new(&path, found.columns)),
        }
        layouts.add((path, found.rows), (found.layout, bytes), &mut memory)?;
    }
    if hidden {
        notices.add(vec![
            "columns of the files that their folders name, too, have the value of the folder".into(),
        ]);
    }
    let columns = columns.unwrap_or_else(|| Columns::new(Path::new(""), Vec::new()));
    let (fields, origins) = output(&columns, &partitions, options)?;
    let schema = Arc::new(Schema::new(fields));
    let stream = FilesStream {
        reader,
        columns,
        partitions,
        files: layouts.into_files(),
        options: in_files,
        schema: schema.clone(),
        origins,
        current: None,
        context: *context,
        _memory: memory,
    };
    Ok(TableStream::new(schema, notices.finish(), stream))
}

/// The options with those fields that are columns of the files. Of files without such a field the rows are
/// counted by all columns.
fn options_of_files(options: &TableOptions, partitions: &Partitions) -> TableOptions {
    let is_other = |field: &String| {
        partitions.place(field).is_some() || options.filename && field.eq_ignore_ascii_case(FILENAME)
    };
    let fields =
        options.fields.iter().flatten().filter(|field| !is_other(field)).cloned().collect::<Vec<_>>();
    let fields = Some(fields).filter(|fields| !fields.is_empty());
    TableOptions { fields, filename: false, ..options.clone() }
}

/// The columns of the table: those of the files, of the folders, and the path; or the selected ones.
fn output<F: super::ColumnFacts>(
    columns: &Columns<F>,
    partitions: &Partitions,
    options: &TableOptions,
) -> Result<(Vec<Field>, Vec<Origin>)> {
    let of_files = columns.fields().into_iter().map(|field| (field, Origin::File));
    let keys = partitions.fields().into_iter().enumerate().map(|(at, field)| (field, Origin::Partition(at)));
    let mut all: Vec<(Field, Origin)> = of_files.chain(keys).collect();
    let named = |all: &[(Field, Origin)], name: &str| {
        all.iter().position(|(field, _)| field.name().to_lowercase() == name.to_lowercase())
    };
    if options.filename {
        if named(&all, FILENAME).is_some() {
            return Err(ReadError::unsupported(format!(
                "there is a column `{FILENAME}` already, so the path of a file cannot be a column of this name"
            )));
        }
        all.push((Field::new(FILENAME, DataType::Utf8View, false), Origin::Path));
    }
    let Some(fields) = &options.fields else { return Ok(all.into_iter().unzip()) };
    let mut places = Vec::with_capacity(fields.len());
    let mut of_files = all.iter().enumerate().filter(|(_, (_, origin))| matches!(origin, Origin::File));
    for field in fields {
        let other = named(&all, field).filter(|&at| !matches!(all[at].1, Origin::File));
        // The readers give the selected columns in order: a field may be named by its index.
        places.extend(other.or_else(|| of_files.next().map(|(at, _)| at)));
    }
    let path = all.len() - 1;
    if options.filename && !places.contains(&path) {
        places.push(path);
    }
    if let Some(at) = (1..places.len()).find(|&at| places[..at].contains(&places[at])) {
        let name = all[places[at]].0.name();
        return Err(ReadError::name_not_found(format!("FIELDS names `{name}` twice")));
    }
    Ok(places.into_iter().map(|at| all[at].clone()).unzip())
}

/// The second reading.
struct FilesStream<'a, R: FileReader> {
    reader: R,
    columns: Columns<R::Facts>,
    partitions: Partitions,
    /// Those that were not opened yet.
    files: std::vec::IntoIter<SurveyedFile<R::Layout>>,
    options: TableOptions,
    schema: SchemaRef,
    origins: Vec<Origin>,
    current: Option<OpenedFile<'a>>,
    context: ReadContext<'a>,
    _memory: Budget,
}

/// A file that is read.
struct OpenedFile<'a> {
    place: String,
    stream: TableStream<'a>,
    columns: Vec<Values>,
}

/// The values of a column within a file.
enum Values {
    /// A column of the file, by its index.
    Column(usize),
    /// This element in all rows.
    Constant(ArrayRef),
}

impl<R: FileReader> BatchSource for FilesStream<'_, R> {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        loop {
            self.context.poll()?;
            if let Some(file) = &mut self.current {
                if let Some(charged) = file.stream.next_charged()? {
                    return file.convert(charged, &self.schema, &self.context).map(Some);
                }
                self.current = None;
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            self.current = Some(self.open(&file)?);
        }
    }
}

impl<'a, R: FileReader> FilesStream<'a, R> {
    fn open(&self, file: &SurveyedFile<R::Layout>) -> Result<OpenedFile<'a>> {
        let SurveyedFile { path, layout, rows } = file;
        let stream = self.reader.open(path, (layout, *rows), &self.columns, &self.options, &self.context)?;
        let place = quoted(&path.display().to_string());
        let known: Vec<String> = stream.schema().fields().iter().map(|field| field.name().clone()).collect();
        let partitions = self.partitions.values(path);
        let mut columns = Vec::with_capacity(self.origins.len());
        for (origin, field) in self.origins.iter().zip(self.schema.fields()) {
            columns.push(match origin {
                Origin::File => {
                    Values::Column(names::find(&known, field.name()).ok_or_else(|| changed(&place))?)
                }
                Origin::Partition(at) => Values::Constant(partitions[*at].clone()),
                Origin::Path => Values::Constant(constant::path_element(path)),
            });
        }
        Ok(OpenedFile { place, stream, columns })
    }
}

impl OpenedFile<'_> {
    /// The rows in the columns of the table.
    fn convert(
        &self,
        charged: ChargedBatch,
        schema: &SchemaRef,
        context: &ReadContext<'_>,
    ) -> Result<ChargedBatch> {
        let ChargedBatch { batch, mut memory } = charged;
        let rows = batch.num_rows();
        let mut budget = Budget::new(context)?;
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (values, field) in self.columns.iter().zip(schema.fields()) {
            arrays.push(match values {
                Values::Column(at) => self.converted(batch.column(*at), field, &mut budget)?,
                Values::Constant(element) => {
                    budget.add(constant::memory(element, rows))?;
                    constant::repeat(element, rows).map_err(|_| changed(&self.place))?
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        // The schema says where there is no NULL.
        let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
            .map_err(|_| changed(&self.place))?;
        memory.grow(crate::table::OPERATION, budget.bytes())?;
        Ok(ChargedBatch { batch, memory })
    }

    fn converted(&self, array: &ArrayRef, field: &Field, budget: &mut Budget) -> Result<ArrayRef> {
        if array.data_type() == field.data_type() {
            return Ok(array.clone());
        }
        // A column without a type in the file.
        if array.logical_null_count() == array.len() {
            return Ok(new_null_array(field.data_type(), array.len()));
        }
        cast(&format!("{}, column `{}`", self.place, field.name()), array, field.data_type(), budget)
    }
}
