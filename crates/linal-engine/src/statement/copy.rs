//! The options of COPY, and the rows of `COPY t FROM`.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options, nullif};
use arrow::datatypes::{Field, Schema, SchemaRef};
use linal_bind::functions::read_error;
use linal_dataset::{Error, Result, Snapshot, arrow_error, cast_value, is_nested_cast};
use linal_error::{Code, suggest};
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::NAME_SEPARATOR;
use linal_query::files;
use linal_store::temporal::Zone;
use linal_store::{ColumnType, ExistingFiles, PageCodec, TableFormat, TableOptions, WriteStyle};

use crate::session::Session;

/// The options of `COPY .. TO`.
#[derive(Default)]
pub(super) struct WriteOptions {
    /// `FORMAT`, in lower case.
    pub format: Option<(String, Span)>,
    /// `HEADER`.
    pub header: Option<bool>,
    /// `DELIMITER`.
    pub delimiter: Option<u8>,
    /// `COMPRESSION`, in lower case.
    pub compression: Option<(String, Span)>,
    /// `OVERWRITE` and `OVERWRITE_OR_IGNORE`: what becomes of what is there already.
    pub existing: Option<ExistingFiles>,
    /// `QUOTE`, `ESCAPE`, `NULL` and `FORCE_QUOTE *` of a CSV file.
    pub quote: Option<u8>,
    pub escape: Option<u8>,
    pub null: Option<Box<str>>,
    pub quotes_all: bool,
    /// `PARTITION_BY`: the columns that make folders.
    pub partitions: Vec<String>,
}

const WRITTEN: &[&str] = &[
    "format",
    "header",
    "delimiter",
    "quote",
    "escape",
    "null",
    "force_quote",
    "partition_by",
    "compression",
    "overwrite",
    "overwrite_or_ignore",
];
const READ: &[&str] = &["format", "header", "delimiter", "quote", "escape", "skip", "null"];

/// Reads the options of `COPY .. TO`.
///
/// # Errors
/// `E0305` for an unknown option or a value that it does not take.
pub(super) fn written(options: &[(Ident, Box<str>)]) -> Result<WriteOptions> {
    let mut read = WriteOptions::default();
    for (key, value) in options {
        match word(key).as_str() {
            "format" => read.format = Some((value.to_ascii_lowercase(), key.span)),
            "header" => read.header = Some(flag(key, value)?),
            "delimiter" => read.delimiter = Some(delimiter(key, value)?),
            "compression" => read.compression = Some((value.to_ascii_lowercase(), key.span)),
            "overwrite" => read.existing = Some(existing(flag(key, value)?, ExistingFiles::Replace)),
            "overwrite_or_ignore" => read.existing = Some(existing(flag(key, value)?, ExistingFiles::Keep)),
            "quote" => read.quote = Some(one_byte(key, value)?),
            "escape" => read.escape = Some(one_byte(key, value)?),
            "null" => read.null = Some(value.clone()),
            "partition_by" => read.partitions = value.split(NAME_SEPARATOR).map(str::to_string).collect(),
            "force_quote" if &**value == "*" => read.quotes_all = true,
            "force_quote" => {
                return Err(bad("FORCE_QUOTE takes `*`, which quotes all columns").at(key.span));
            }
            other => return Err(unknown(other, WRITTEN).at(key.span)),
        }
    }
    Ok(read)
}

/// The format of a file that is written, and its style.
///
/// # Errors
/// An option that the format does not have.
pub(super) fn style(path: &Path, options: &WriteOptions) -> Result<(TableFormat, WriteStyle)> {
    let mut format = match &options.format {
        // A folder does not tell the format of its files.
        None if !options.partitions.is_empty() => TableFormat::Csv(b','),
        None => TableFormat::from_path(path).map_err(read_error)?,
        Some((word, span)) => named_format(word).ok_or_else(|| {
            let message = format!("no format `{word}` can be written");
            bad(message)
                .at(*span)
                .with_help("formats are csv, tsv, parquet, json, jsonl, arrow, npy, npz, hdf5")
        })?,
    };
    if let (TableFormat::Csv(own), Some(given)) = (&mut format, options.delimiter) {
        *own = given;
    }
    let is_csv = matches!(format, TableFormat::Csv(_));
    let has_quotes = options.quote.is_some() || options.escape.is_some() || options.quotes_all;
    let has_csv =
        options.delimiter.is_some() || options.header.is_some() || options.null.is_some() || has_quotes;
    if !is_csv && has_csv {
        return Err(bad("HEADER, DELIMITER, QUOTE, ESCAPE, NULL and FORCE_QUOTE are options of CSV files"));
    }
    let mut style = WriteStyle {
        header: options.header.unwrap_or(true),
        escape: options.escape,
        null: options.null.clone(),
        quotes_all: options.quotes_all,
        ..WriteStyle::default()
    };
    style.quote = options.quote.unwrap_or(style.quote);
    if let Some((compression, span)) = &options.compression {
        let known = match (format, compression.as_str()) {
            (TableFormat::Parquet, "zstd") => Some(PageCodec::Zstd),
            (TableFormat::Parquet, "snappy") => Some(PageCodec::Snappy),
            (TableFormat::Parquet, "uncompressed" | "none") => Some(PageCodec::None),
            _ => None,
        };
        let extension = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let is_by_name = matches!(
            (compression.as_str(), extension),
            ("gzip" | "gz", "gz") | ("zstd" | "zst", "zst") | ("auto" | "auto_detect", _)
        ) || compression == "none" && !["gz", "zst"].contains(&extension);
        match known {
            Some(codec) => style.codec = codec,
            None if is_by_name => {}
            None => {
                let help = "a Parquet file takes zstd, snappy or uncompressed; a text file is compressed by its extension \
                            .gz or .zst";
                let message = format!("the compression `{compression}` is none of this file");
                return Err(bad(message).at(*span).with_help(help));
            }
        }
    }
    Ok((format, style))
}

/// The extension of files of a format in folders.
pub(super) fn extension(format: TableFormat) -> Result<&'static str> {
    match format {
        TableFormat::Csv(b'\t') => Ok("tsv"),
        TableFormat::Csv(_) => Ok("csv"),
        TableFormat::Json => Ok("json"),
        TableFormat::JsonLines => Ok("jsonl"),
        TableFormat::Parquet => Ok("parquet"),
        TableFormat::Arrow => Ok("arrow"),
        _ => Err(bad("PARTITION_BY writes csv, tsv, json, jsonl, parquet and arrow")),
    }
}

fn named_format(word: &str) -> Option<TableFormat> {
    Some(match word {
        "csv" => TableFormat::Csv(b','),
        "tsv" => TableFormat::Csv(b'\t'),
        "parquet" => TableFormat::Parquet,
        "json" => TableFormat::Json,
        "jsonl" | "ndjson" => TableFormat::JsonLines,
        "arrow" | "feather" | "ipc" => TableFormat::Arrow,
        "npy" => TableFormat::Npy,
        "npz" => TableFormat::Npz,
        "hdf5" | "h5" => TableFormat::Hdf5,
        _ => return None,
    })
}

/// Gives the rows of `COPY t FROM 'path' (options)` to `sink` batch by batch, with the columns that the statement gives in
/// their order.
///
/// # Errors
/// An unknown option; a file that cannot be read, or has other columns; those of `sink`.
pub(super) fn read(
    session: &mut Session,
    (path, span): (&str, Span),
    options: &[(Ident, Box<str>)],
    before: &Snapshot,
    columns: &[usize],
    mut sink: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let mut read = TableOptions::default();
    let mut null = None;
    for (key, value) in options {
        match word(key).as_str() {
            "format" => check_format(path, value).map_err(|error| error.at(key.span))?,
            "header" => read.header = Some(flag(key, value)?),
            "delimiter" => read.delimiter = Some(delimiter(key, value)?),
            "skip" => {
                let message = "SKIP takes a number of lines";
                read.skip = value.parse().map_err(|_| bad(message).at(key.span))?;
            }
            "quote" => read.quote = Some(one_byte(key, value)?),
            "escape" => read.escape = Some(one_byte(key, value)?),
            "null" => null = Some(value.clone()),
            other => return Err(unknown(other, READ).at(key.span)),
        }
    }
    let zone = session.settings.timezone.clone();
    let mut notices = Vec::new();
    // An error of the rows has no place in the text of the statement, one of the file has that of its path.
    let mut refused = None;
    let ended = files::stream(&session.query_context(), path, &read, |rows| {
        notices = rows.notices().to_vec();
        rows.try_for_each(|batch| {
            let batch = match &null {
                Some(null) => with_nulls(&batch, null, before, columns)?,
                None => batch,
            };
            let batch = with_parts(&batch, before, columns, &zone)?;
            sink(&batch).inspect_err(|error| {
                refused = Some(error.clone());
            })
        })
    });
    session.note(&notices);
    match (ended, refused) {
        (Err(_), Some(refused)) => Err(refused),
        (ended, _) => ended.map_err(|error| error.at(span)),
    }
}

/// A batch of a file in which texts are vectors, lists and structs where the dataset has such columns: a CSV file has no other form of
/// them.
///
/// # Errors
/// A text that is no such value.
pub(super) fn with_parts(
    batch: &RecordBatch,
    before: &Snapshot,
    columns: &[usize],
    zone: &Zone,
) -> Result<RecordBatch> {
    let schema = batch.schema();
    let target = |at: usize| {
        let own = schema.field(at).data_type();
        let field = before.schema.field(*columns.get(at)?);
        (own.is_string() && is_nested_cast(own, field.data_type())).then_some(field)
    };
    if (0..batch.num_columns()).all(|at| target(at).is_none()) {
        return Ok(batch.clone());
    }
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut arrays = Vec::with_capacity(batch.num_columns());
    for (at, own) in schema.fields().iter().enumerate() {
        let (field, values) = match target(at) {
            None => (own.clone(), batch.column(at).clone()),
            Some(wanted) => {
                let values = cast_value(batch.column(at), own, wanted, zone, false)?;
                (Arc::new(wanted.clone().with_name(own.name()).with_nullable(true)), values)
            }
        };
        fields.push(field);
        arrays.push(values);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(arrow_error)
}

/// A batch in which the text of NULL is NULL. A column that was text because of it has the type of the dataset's column.
fn with_nulls(batch: &RecordBatch, null: &str, before: &Snapshot, columns: &[usize]) -> Result<RecordBatch> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut arrays = Vec::with_capacity(batch.num_columns());
    for (at, field) in batch.schema().fields().iter().enumerate() {
        let target = columns.get(at).map(|column| &before.columns[*column].column_type);
        let (values, field) = column_with_nulls(batch.column(at), field, null, target)?;
        fields.push(field);
        arrays.push(values);
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    RecordBatch::try_new(schema, arrays).map_err(arrow_error)
}

fn column_with_nulls(
    values: &ArrayRef,
    field: &Field,
    null: &str,
    target: Option<&ColumnType>,
) -> Result<(ArrayRef, Field)> {
    let Some(texts) = values.as_string_view_opt() else { return Ok((values.clone(), field.clone())) };
    let is_null: BooleanArray = texts.iter().map(|text| Some(text == Some(null))).collect();
    let values = nullif(values, &is_null).map_err(arrow_error)?;
    let field = field.clone().with_nullable(true);
    match target {
        Some(target @ (ColumnType::Int | ColumnType::Float | ColumnType::Real | ColumnType::Bool)) => {
            let options = CastOptions { safe: false, ..CastOptions::default() };
            let cast = cast_with_options(&values, &target.data_type(), &options);
            let cast = cast.map_err(|error| Error::new(Code::TypeMismatch, error.to_string()))?;
            Ok((cast, target.field(field.name(), true)))
        }
        _ => Ok((values, field)),
    }
}

/// A file is read by its extension; FORMAT may say the same.
fn check_format(path: &str, format: &str) -> Result<()> {
    let inner = path.trim_end_matches(".gz").trim_end_matches(".zst").to_ascii_lowercase();
    let given = format.to_ascii_lowercase();
    let is_same = match given.as_str() {
        "csv" => [".csv", ".txt", ".dat", ".tsv", ".tab"].iter().any(|ending| inner.ends_with(ending)),
        "json" => [".json", ".jsonl", ".ndjson"].iter().any(|ending| inner.ends_with(ending)),
        "parquet" => [".parquet", ".pq"].iter().any(|ending| inner.ends_with(ending)),
        "arrow" => [".arrow", ".ipc", ".feather", ".arrows"].iter().any(|ending| inner.ends_with(ending)),
        other => inner.ends_with(&format!(".{other}")),
    };
    if is_same {
        return Ok(());
    }
    let message = format!("the file `{path}` is read by its extension, which is not that of {given}");
    Err(bad(message))
}

/// The name of an option, with the names that others give it.
fn word(key: &Ident) -> String {
    let word = key.name.to_ascii_lowercase();
    match word.as_str() {
        "delim" | "sep" => "delimiter".to_owned(),
        "nullstr" | "null_str" => "null".to_owned(),
        "codec" => "compression".to_owned(),
        _ => word,
    }
}

/// What becomes of files that are there when an option that allows something is set, or is not.
fn existing(is_set: bool, allowed: ExistingFiles) -> ExistingFiles {
    if is_set { allowed } else { ExistingFiles::Refuse }
}

fn flag(key: &Ident, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        _ => Err(bad(format!("{} takes true or false", key.name.to_uppercase())).at(key.span)),
    }
}

fn delimiter(key: &Ident, value: &str) -> Result<u8> {
    if value == "\\t" { Ok(b'\t') } else { one_byte(key, value) }
}

fn one_byte(key: &Ident, value: &str) -> Result<u8> {
    match value.as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(bad(format!("{} takes one ASCII character", key.name.to_uppercase())).at(key.span)),
    }
}

fn unknown(name: &str, known: &[&'static str]) -> Error {
    let error = bad(format!("COPY has no option `{name}` here"));
    match suggest::did_you_mean(name, known.iter().copied()) {
        Some(help) => error.with_help(help),
        None => error.with_help(format!("the options are {}", known.join(", "))),
    }
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Code::WrongArguments, message)
}
