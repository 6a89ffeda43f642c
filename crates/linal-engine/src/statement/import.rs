//! `USE DATASET FROM path`, `IMPORT DATASET FROM path`, `IMPORT CSV FROM path`.

use std::sync::Arc;

use linal_dataset::{Dataset, Error, Result, RowConversion, RowSet, Snapshot, count};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::ImportFile;
use linal_query::files;
use linal_store::TableOptions;

use super::create;
use crate::durable::BulkLoad;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, statement: &ImportFile) -> Result<Outcome> {
    if statement.copy
        && session.engine.durable.is_some()
        && let Some(outcome) = streamed(session, statement)?
    {
        return Ok(outcome);
    }
    let table = files::read(&session.query_context(), &statement.path, &options(statement)?)
        .map_err(|error| error.at(statement.path_span))?;
    let (name, span) = new_name(session, statement)?;
    let snapshot = Snapshot::from_rows(&name, &table.schema, &table.batches, &session.engine.pool)
        .map_err(|error| error.at(span))?;
    let (rows, columns) = (snapshot.rows, snapshot.columns.len());
    let dataset = Dataset::new(snapshot);
    // The arrays of an archive are bound as tensors, too, since those that cannot be a column are not
    // accessible otherwise.
    for (field, tensor) in &table.tensors {
        session.bind_tensor(&format!("{name}_{field}"), tensor.clone());
    }
    publish(session, &name, dataset, statement.copy)?;
    let said = format!("{name} has {} and {}", count(rows, "row"), count(columns, "column"));
    Ok(done(said, (&name, rows, columns), table.notices))
}

/// Imports a file batch by batch into the directory, so that it may be larger than memory; `None` for a file whose columns
/// have types that depend on all of its rows.
fn streamed(session: &mut Session, statement: &ImportFile) -> Result<Option<Outcome>> {
    let engine = session.engine.clone();
    let options = options(statement)?;
    let mut given = None;
    // Before anything is written, and after the file was found: that it is missing says more.
    let named = new_name(session, statement);
    let mut refused = None;
    let context = session.query_context();
    let execution = context.execution;
    let loaded = files::stream(&context, &statement.path, &options, |rows| {
        if let Err(error) = &named {
            refused = Some(error.clone());
            return Err(error.clone());
        }
        let Some(conversion) = RowConversion::of_schema(rows.schema())? else { return Ok(None) };
        given = Some((rows.notices().to_vec(), rows.tensors().to_vec()));
        let empty = conversion.empty("", &engine.pool);
        let mut load = BulkLoad::new(engine.durable.as_ref(), &empty, execution);
        rows.try_for_each(|batch| {
            conversion.convert(&batch).and_then(|batch| load.push(batch)).inspect_err(|error| {
                refused = Some(error.clone());
            })
        })?;
        Ok(Some((conversion, load.finish()?)))
    });
    let loaded = match (loaded, refused) {
        (Err(_), Some(refused)) => return Err(refused.at(named?.1)),
        (loaded, _) => loaded.map_err(|error| error.at(statement.path_span))?,
    };
    let Some((conversion, chunks)) = loaded else { return Ok(None) };
    let (name, _) = named?;
    let snapshot = conversion.empty(&name, &session.engine.pool).with_shared_rows(chunks);
    let (rows, columns) = (snapshot.rows, snapshot.columns.len());
    let (notices, tensors) = given.unwrap_or_default();
    for (field, tensor) in &tensors {
        session.bind_tensor(&format!("{name}_{field}"), tensor.clone());
    }
    publish(session, &name, Dataset::new(snapshot), statement.copy)?;
    let said = format!("{name} has {} and {}", count(rows, "row"), count(columns, "column"));
    Ok(Some(done(said, (&name, rows, columns), notices)))
}

/// The name of the new dataset, and its place in the text.
///
/// # Errors
/// `E0315 name_exists`. The name may also belong to a dataset that only this session reads, which would hide the new one.
fn new_name(session: &Session, statement: &ImportFile) -> Result<(String, Span)> {
    let name = match &statement.name {
        Some(name) => name.name.to_string(),
        None => name_of(&statement.path),
    };
    let span = statement.name.as_ref().map_or(statement.path_span, |name| name.span);
    match session.lookup_dataset(None, &name)? {
        Some((_, known)) => Err(create::exists(&known.name()).at(span)),
        None => Ok((name, span)),
    }
}

/// The outcome of a statement that has created a dataset: a message, or a row with its size when there are
/// notices.
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

/// Publishes the dataset: IMPORT in the current database, USE for this session only.
fn publish(session: &mut Session, name: &str, dataset: Arc<Dataset>, copy: bool) -> Result<()> {
    let (database, own) = (session.database.clone(), session.own.clone());
    if copy {
        return session.change_catalog(|catalog| catalog.put(&database, name, dataset));
    }
    // Plans and programs in which the name has another meaning are discarded.
    session.plans.clear();
    session.cache.clear();
    session.change_catalog(|catalog| {
        catalog.put_own(&own, name, dataset);
        Ok(())
    })
}

fn summary(name: &str, rows: usize, columns: usize) -> RowSet {
    use linal_dataset::Cell;
    use linal_store::ColumnType::{Int, String};
    let cells = vec![Cell::String(name.to_string()), Cell::Int(rows as i64), Cell::Int(columns as i64)];
    RowSet::from_rows(&[("name", String), ("rows", Int), ("columns", Int)], &[cells])
}

/// The name of a dataset from a path: the file name up to its first dot, with `_` for characters that names
/// cannot have. A glob has the name of the last folder before its first wildcard.
fn name_of(path: &str) -> String {
    let is_fixed = |part: &&str| !part.contains(['*', '?', '[']);
    let parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    let file = parts.take_while(is_fixed).last().unwrap_or_default();
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
            "header" => options.header = Some(flag(key, value)?),
            "filename" => options.filename = flag(key, value)?,
            "format" => {}
            other => return Err(bad_option(&format!("there is no option `{other}`")).at(key.span)),
        }
    }
    Ok(options)
}

fn flag(key: &Ident, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => {
            let message = format!("{} takes true or false", key.name.to_ascii_lowercase());
            Err(bad_option(&message).at(key.span))
        }
    }
}

fn bad_option(message: &str) -> Error {
    Error::new(Code::WrongArguments, message)
        .with_help("the options are filename and, for a CSV file, header")
}
