//! `EXPORT t TO path`

use std::path::Path;

use linal_lang::ast::{Ident, ObjectName};

use crate::error::{Result, count};
use crate::functions::read_error;
use crate::outcome::Outcome;
use crate::relational::{Options, tree};
use crate::session::Session;

/// The format follows the extension. The file appears when it is whole.
pub(super) fn run(
    session: &mut Session,
    table: &ObjectName,
    path: &str,
    _format: Option<&Ident>,
) -> Result<Outcome> {
    session.dataset(table)?;
    let select = tree::select(vec![tree::everything()], tree::table(table));
    let query = tree::spanned(tree::query(select), table.span, Vec::new());
    let (schema, batches) = session.run_query(&query, Options::default())?;
    linal_store::write_table(Path::new(path), &schema, &batches)
        .map_err(|error| read_error(error).at(table.span))?;
    let rows = batches.iter().map(|batch| batch.num_rows()).sum();
    Ok(Outcome::Done(format!("wrote {} to {path}", count(rows, "row"))))
}
