//! Dispatches statements over datasets to their modules.

use linal_bind::QueryValue;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{DatasetSource, Listing, Relational};

use super::{
    alter, attach, audit, copy, create, delete, drop, export, import, index, insert, list, merge, metadata,
    objects, package, pipeline, query, saved, search, transform, update, version,
};
use crate::outcome::Outcome;
use crate::session::Session;

/// The dataset whose rows or columns a statement changes.
fn changed(statement: &Relational) -> Option<&ObjectName> {
    match statement {
        Relational::Insert(statement) => Some(&statement.table),
        Relational::Update(statement) => Some(&statement.table),
        Relational::Delete(statement) => Some(&statement.table),
        Relational::Merge(statement) => Some(&statement.table),
        Relational::Alter { table, .. } | Relational::Attach { table, .. } => Some(table),
        Relational::Materialize(table) => Some(table),
        _ => None,
    }
}

fn is_lent(session: &Session, table: &ObjectName) -> bool {
    table.as_single().is_some_and(|name| session.lent.contains(&name.name.to_lowercase()))
}

/// Executes a statement. Its spans are relative to `text`.
pub(super) fn run(
    session: &mut Session,
    statement: &Relational,
    values: &[QueryValue],
    text: &str,
) -> Result<Outcome> {
    if let Some(table) = changed(statement).filter(|table| is_lent(session, table)) {
        let message =
            format!("`{}` belongs to the program, and statements cannot change it", table.parts[0].name);
        let help = "CREATE TABLE .. AS SELECT makes a dataset of it";
        return Err(Error::new(Code::ReadOnly, message).with_help(help).at(table.span));
    }
    match statement {
        Relational::Query(statement) => query::run(session, statement, text),
        Relational::Create(statement) => match &statement.source {
            DatasetSource::Columns { columns, constraints, standard } => {
                create::columns(session, statement, columns, constraints, *standard)
            }
            DatasetSource::Query(query) => transform::create(session, statement, query),
        },
        Relational::Drop { name, if_exists, dependents } => {
            drop::dataset(session, name, *if_exists, *dependents)
        }
        Relational::Insert(statement) => insert::run(session, statement),
        Relational::Update(statement) => update::run(session, statement),
        Relational::Delete(statement) => delete::run(session, statement),
        Relational::Merge(statement) => merge::run(session, statement),
        Relational::Alter { table, if_exists, alteration } => {
            alter::run(session, table, *if_exists, alteration)
        }
        Relational::Materialize(table) => alter::materialize(session, table),
        Relational::LetDataset { name, dataset } => attach::let_dataset(session, name, dataset),
        Relational::Attach { table, column, value } => attach::run(session, table, column, value, values),
        Relational::SetMetadata { table, key, value } => metadata::set(session, table, key, value),
        Relational::Audit(table) => audit::run(session, table),
        Relational::List(listing) => show_list(session, listing),
        Relational::Search(statement) => search::run(session, statement),
        Relational::CreateIndex(statement) => index::create(session, statement),
        Relational::DropIndex { name, if_exists } => index::drop(session, name, *if_exists),
        Relational::DefinePipeline(definition) => pipeline::define(session, definition),
        Relational::ApplyPipeline { name, table, into } => {
            pipeline::apply(session, name, table, into.as_ref())
        }
        Relational::DropPipeline { name, if_exists } => pipeline::drop(session, name, *if_exists),
        Relational::Transform { table, query, into } => {
            transform::replace(session, into.as_ref().unwrap_or(table), query, into.is_none())
        }
        Relational::Import(statement) => import::run(session, statement),
        Relational::Export { source, path, options, .. } => {
            let options = copy::written(options)?;
            export::run(session, source, &path.text, &options)
        }
        Relational::Save { kind, name, path } => saved::save(session, *kind, name, path.as_ref()),
        Relational::Load { kind, name, path } => saved::load(session, *kind, name, path.as_ref()),
        Relational::Deliver { name, path } => package::save(session, name, path.as_ref()),
        Relational::Restore { table, to } => version::restore(session, table, to.as_ref(), text),
        Relational::Diff { table, from, to } => version::diff(session, table, *from, *to),
        Relational::ExpireVersions { table, retention } => version::expire(session, table, retention),
        Relational::Object(statement) => objects::run(session, statement, values, text),
    }
}

fn show_list(session: &mut Session, listing: &Listing) -> Result<Outcome> {
    match listing {
        Listing::Datasets => Ok(Outcome::Rows(list::datasets(session)?)),
        Listing::Tables => Ok(Outcome::Rows(list::tables(session)?)),
        Listing::AllTables => Ok(Outcome::Rows(list::all_tables(session))),
        Listing::Schema(table) => list::schema(session, table),
        Listing::Metadata(table) => metadata::show(session, table),
        Listing::Indexes(table) => index::list(session, table.as_ref()),
        Listing::Pipelines => Ok(pipeline::list(session)),
        Listing::Pipeline(name) => pipeline::describe(session, name),
        Listing::Tensors => super::show::all_tensors(session),
        Listing::Versions(table) => version::list(session, table),
        Listing::Packages => package::list(session),
    }
}
