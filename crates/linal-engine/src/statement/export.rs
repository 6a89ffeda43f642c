//! `EXPORT t TO path`, `COPY t TO path`, `COPY (SELECT ...) TO path`

use std::borrow::Cow;

use linal_bind::functions::read_error;
use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_lang::ast::relational::{ExportSource, Query};
use linal_query::Options;
use linal_query::frontend::whole_dataset;
use linal_store::{ExistingFiles, PartitionedWriter, TableWriter};

use super::copy;
use super::copy::WriteOptions;
use crate::outcome::Outcome;
use crate::session::Session;

/// The extension determines the format. The file is visible only when it is complete.
pub(super) fn run(
    session: &mut Session,
    source: &ExportSource,
    path: &str,
    options: &WriteOptions,
) -> Result<Outcome> {
    let target = session.files.locate(path)?;
    let query = query_of(session, source)?;
    let failed = |error| read_error(error).at(query.span);
    let goes_to_folders = !options.partitions.is_empty();
    if !goes_to_folders && options.existing == Some(ExistingFiles::Refuse) && target.exists() {
        let message = format!("`{path}` is there already");
        return Err(Error::new(Code::NameExists, message).with_help("OVERWRITE true replaces it"));
    }
    let (format, style) = copy::style(&target, options).map_err(|error| error.at(query.span))?;
    let planned = session.plan_query(&query, Options::default())?;
    let rows = if goes_to_folders {
        let extension = copy::extension(format).map_err(|error| error.at(query.span))?;
        let schema = &planned.schema;
        let existing = options.existing.unwrap_or(ExistingFiles::Refuse);
        let files = (format, style, extension);
        let begun = PartitionedWriter::create(&target, existing, files, schema, &options.partitions);
        let mut writer = begun.map_err(failed)?;
        let mut rows = 0;
        session.query_context().stream_planned(&planned, &mut |batch| {
            rows += batch.num_rows();
            writer.write(&batch).map_err(failed)
        })?;
        writer.finish().map_err(failed)?;
        rows
    } else if format.is_streamed() {
        let mut writer = TableWriter::create_with(&target, format, &planned.schema, style).map_err(failed)?;
        let mut rows = 0;
        session.query_context().stream_planned(&planned, &mut |batch| {
            rows += batch.num_rows();
            writer.write(&batch).map_err(failed)
        })?;
        writer.finish().map_err(failed)?;
        rows
    } else {
        let (schema, batches) = session.run_planned(&planned)?;
        linal_store::write_table(&target, &schema, &batches).map_err(failed)?;
        batches.iter().map(|batch| batch.num_rows()).sum()
    };
    Ok(Outcome::Done(format!("wrote {} to {path}", count(rows, "row"))))
}

/// The query of the rows to be written.
pub(super) fn query_of<'e>(session: &Session, source: &'e ExportSource) -> Result<Cow<'e, Query>> {
    let table = match source {
        ExportSource::Query(query) => return Ok(Cow::Borrowed(query)),
        ExportSource::Dataset(table) => table,
    };
    if let Err(error) = session.dataset(table)
        && !error.is(Code::IsAView)
    {
        return Err(error);
    }
    Ok(Cow::Owned(whole_dataset::of(table)))
}
