//! Statements over datasets: which module runs which.

use linal_lang::ast::relational::{DatasetSource, Relational};

use super::{delete, query, search, transform, update};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::Session;

/// Runs a statement. `text` is the text that its spans count in.
pub(super) fn run(session: &mut Session, statement: &Relational, text: &str) -> Result<Outcome> {
    match statement {
        Relational::Query(query) => query::run(session, query, text),
        Relational::Create(create) => match &create.source {
            DatasetSource::Query(query) => transform::create(session, &create.name, create.if_there, query),
            DatasetSource::Columns { .. } => Err(Error::not_yet(statement.keyword())),
        },
        Relational::Update(statement) => update::run(session, statement),
        Relational::Delete(statement) => delete::run(session, statement),
        Relational::Search(statement) => search::run(session, statement),
        Relational::Transform { table, query, into } => {
            transform::replace(session, into.as_ref().unwrap_or(table), query)
        }
        Relational::ApplyPipeline { name, table, into } => {
            transform::apply_pipeline(session, name, table, into.as_ref())
        }
        other => Err(Error::not_yet(other.keyword())),
    }
}
