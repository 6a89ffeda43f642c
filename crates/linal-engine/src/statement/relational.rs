//! Statements over datasets, each with its module.

use linal_lang::ast::relational::{DatasetSource, InsertSource, Listing, Relational};

use super::{alter, attach, audit, create, drop, insert, list, metadata};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, statement: &Relational, _text: &str) -> Result<Outcome> {
    match statement {
        Relational::Create(create) => match &create.source {
            DatasetSource::Columns { columns, standard } => {
                create::columns(session, create, columns, *standard)
            }
            DatasetSource::Query(_) => Err(not_yet(statement)),
        },
        Relational::Drop { name, if_exists } => drop::dataset(session, name, *if_exists),
        Relational::Insert(insert) => match &insert.source {
            InsertSource::Literals { values, spans, width } => {
                insert::literals(session, insert, values, spans, *width)
            }
            InsertSource::Query(_) => Err(not_yet(statement)),
        },
        Relational::Alter { table, alteration } => alter::run(session, table, alteration),
        Relational::LetDataset { name, dataset } => attach::let_dataset(session, name, dataset),
        Relational::Attach { table, column, value } => attach::run(session, table, column, value),
        Relational::SetMetadata { table, key, value } => metadata::set(session, table, key, value),
        Relational::Audit(table) => audit::run(session, table),
        Relational::List(Listing::Datasets) => Ok(Outcome::Rows(list::datasets(session)?)),
        Relational::List(Listing::Schema(table)) => list::schema(session, table),
        Relational::List(Listing::Metadata(table)) => metadata::show(session, table),
        _ => Err(not_yet(statement)),
    }
}

fn not_yet(statement: &Relational) -> Error {
    Error::not_yet(statement.keyword())
}
