//! `EXPORT t TO path`, `COPY t TO path`, `COPY (SELECT ...) TO path`

use std::borrow::Cow;
use std::path::Path;

use linal_lang::ast::relational::{ExportSource, Query};

use crate::error::{Result, count};
use crate::functions::read_error;
use crate::outcome::Outcome;
use crate::relational::Options;
use crate::relational::frontend::ast_builder;
use crate::session::Session;

/// The extension determines the format. The file is visible only when it is complete.
pub(super) fn run(session: &mut Session, source: &ExportSource, path: &str) -> Result<Outcome> {
    let query = query_of(session, source)?;
    let (schema, batches) = session.run_query(&query, Options::default())?;
    linal_store::write_table(Path::new(path), &schema, &batches)
        .map_err(|error| read_error(error).at(query.span))?;
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
    let select = ast_builder::select(vec![ast_builder::everything()], ast_builder::table(table));
    Ok(Cow::Owned(ast_builder::spanned(ast_builder::query(select), table.span, Vec::new())))
}
