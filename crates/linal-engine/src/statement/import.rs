//! `USE DATASET FROM path`, `IMPORT DATASET FROM path`, `IMPORT CSV FROM path`.

use std::sync::Arc;

use linal_error::Code;
use linal_lang::ast::relational::ImportFile;
use linal_store::TableOptions;

use super::create;
use crate::dataset::{Dataset, Snapshot};
use crate::error::{Error, Result, count};
use crate::outcome::{Outcome, RowSet};
use crate::relational::planner::files;
use crate::session::Session;

pub(super) fn run(session: &mut Session, statement: &ImportFile) -> Result<Outcome> {
    let table = files::read(session, &statement.path, &options(statement)?)
        .map_err(|error| error.at(statement.path_span))?;
    let name = match &statement.name {
        Some(name) => name.name.to_string(),
        None => name_of(&statement.path),
    };
    let span = statement.name.as_ref().map_or(statement.path_span, |name| name.span);
    // Also a dataset that the session reads has the name: the one of the database could not be reached.
    if let Some((_, known)) = session.lookup_dataset(None, &name)? {
        return Err(create::exists(&known.name()).at(span));
    }
    let snapshot = Snapshot::from_rows(&name, &table.schema, &table.batches, &session.engine.pool)
        .map_err(|error| error.at(span))?;
    let (rows, columns) = (snapshot.rows, snapshot.columns.len());
    let dataset = Dataset::new(snapshot);
    // A bundle's arrays are tensors too; those that are no column can be reached in no other way.
    for (field, tensor) in &table.tensors {
        session.bind_tensor(&format!("{name}_{field}"), tensor.clone());
    }
    publish(session, &name, dataset, statement.copy)?;
    let said = format!("{name} has {} and {}", count(rows, "row"), count(columns, "column"));
    Ok(done(said, (&name, rows, columns), table.notices))
}

/// What a statement says that made a dataset: a sentence, or its size as rows when there is more to tell.
pub(super) fn done(
    said: String,
    (name, rows, columns): (&str, usize, usize),
    notices: Vec<String>,
) -> Outcome {
    if notices.is_empty() {
        return Outcome::Done(said);
    }
    Outcome::Rows(summary(name, rows, columns).with_notices(notices))
}

/// IMPORT gives the database the dataset, USE the session alone.
fn publish(session: &mut Session, name: &str, dataset: Arc<Dataset>, copy: bool) -> Result<()> {
    let (database, own) = (session.database.clone(), session.own.clone());
    if copy {
        return session.change_catalog(|catalog| catalog.put(&database, name, dataset));
    }
    // What was planned or bound while the name led elsewhere is made anew.
    session.plans.clear();
    session.cache.clear();
    session.change_catalog(|catalog| {
        catalog.put_own(&own, name, dataset);
        Ok(())
    })
}

fn summary(name: &str, rows: usize, columns: usize) -> RowSet {
    use crate::outcome::Cell;
    use linal_store::ColumnType::{Int, String};
    let cells = vec![Cell::String(name.to_string()), Cell::Int(rows as i64), Cell::Int(columns as i64)];
    RowSet::from_rows(&[("name", String), ("rows", Int), ("columns", Int)], &[cells])
}

/// The name that a path gives: the file's, up to its first dot, with what no name holds as `_`.
fn name_of(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or("data");
    stem.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

fn options(statement: &ImportFile) -> Result<TableOptions> {
    let fields = statement.fields.as_ref();
    let mut options = TableOptions {
        fields: fields.map(|fields| fields.iter().map(|field| field.name.to_string()).collect()),
        ..TableOptions::default()
    };
    for (key, value) in &statement.options {
        match key.name.to_ascii_lowercase().as_str() {
            "header" => {
                options.header = Some(match value.to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(bad_option("header takes true or false").at(key.span)),
                });
            }
            "format" => {}
            other => return Err(bad_option(&format!("there is no option `{other}`")).at(key.span)),
        }
    }
    Ok(options)
}

fn bad_option(message: &str) -> Error {
    Error::new(Code::WrongArguments, message).with_help("the option of a CSV file is header")
}
