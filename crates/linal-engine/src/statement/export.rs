//! `EXPORT t TO path`, `COPY t TO path`, `COPY (SELECT ...) TO path`

use std::borrow::Cow;

use linal_bind::functions::read_error;
use linal_dataset::{Result, count};
use linal_lang::ast::relational::{ExportSource, Query};
use linal_query::Options;
use linal_query::frontend::whole_dataset;

use crate::outcome::Outcome;
use crate::session::Session;

/// The extension determines the format. The file is visible only when it is complete.
pub(super) fn run(session: &mut Session, source: &ExportSource, path: &str) -> Result<Outcome> {
    let target = session.files.locate(path)?;
    let query = query_of(session, source)?;
    let (schema, batches) = session.run_query(&query, Options::default())?;
    linal_store::write_table(&target, &schema, &batches).map_err(|error| read_error(error).at(query.span))?;
    let rows = batches.iter().map(|batch| batch.num_rows()).sum();
    Ok(Outcome::Done(format!("wrote {} to {path}", count(rows, "row"))))
}

/// The query of the rows to be written.
pub(super) fn query_of<'e>(session: &Session, source: &'e ExportSource) -> Result<Cow<'e, Query>> {
    let table = match source {
        ExportSource::Query(query) => return Ok(Cow::Borrowed(query)),
        ExportSource::Dataset(table) => table,
    };
    session.dataset(table)?;
    Ok(Cow::Owned(whole_dataset::of(table)))
}
