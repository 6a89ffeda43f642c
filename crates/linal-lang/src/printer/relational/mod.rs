//! Prints statements over datasets, so that the text parses to the same tree.

mod change;
mod create;
mod files;
mod objects;
mod sql;
mod table_clauses;
mod versions;

use super::literal;
use super::statement::exists;
use crate::ast::relational::{Listing, Literal, Query, Relational, Scalar, Search};
use std::fmt::{self, Display, Formatter};

impl Display for Relational {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Relational::Query(query) => query.fmt(f),
            Relational::Create(create) => create.fmt(f),
            Relational::Drop { name, if_exists, dependents } => {
                write!(f, "DROP DATASET {}{name}{dependents}", exists(*if_exists))
            }
            Relational::Insert(insert) => insert.fmt(f),
            Relational::Update(update) => update.fmt(f),
            Relational::Delete(delete) => delete.fmt(f),
            Relational::Merge(merge) => merge.fmt(f),
            Relational::Alter { table, if_exists, alteration } => {
                write!(f, "ALTER DATASET {}{table} {alteration}", exists(*if_exists))
            }
            Relational::Materialize(name) => write!(f, "MATERIALIZE {name}"),
            Relational::LetDataset { name, dataset } => write!(f, "LET {name} = dataset({dataset})"),
            Relational::Attach { table, column, value } => write!(f, "ATTACH {value} TO {table}.{column}"),
            Relational::SetMetadata { table, key, value } => {
                write!(f, "SET DATASET {table} METADATA {key} = ")?;
                literal::quoted(f, value, '\'')
            }
            Relational::Audit(name) => write!(f, "AUDIT DATASET {name}"),
            Relational::List(listing) => listing.fmt(f),
            Relational::Search(search) => search.fmt(f),
            Relational::CreateIndex(index) => index.fmt(f),
            Relational::DropIndex { name, if_exists } => write!(f, "DROP INDEX {}{name}", exists(*if_exists)),
            Relational::DefinePipeline(pipeline) => {
                write!(f, "DEFINE PIPELINE {} AS {}", pipeline.name, pipeline.text)
            }
            Relational::ApplyPipeline { name, table, into } => {
                write!(f, "APPLY PIPELINE {name} ON {table}")?;
                option(f, " INTO ", into.as_ref())
            }
            Relational::DropPipeline { name, if_exists } => {
                write!(f, "DROP PIPELINE {}{name}", exists(*if_exists))
            }
            Relational::Transform { table, query, into } => {
                write!(f, "TRANSFORM {table} {}", sql::WithoutFrom(query))?;
                option(f, " INTO ", into.as_ref())
            }
            Relational::Import(_)
            | Relational::Export { .. }
            | Relational::Save { .. }
            | Relational::Load { .. }
            | Relational::Deliver { .. } => files::write(f, self),
            Relational::Restore { table, to } => {
                write!(f, "RESTORE DATASET {table}")?;
                option(f, " TO ", to.as_ref())
            }
            Relational::Diff { table, from, to } => {
                write!(f, "DIFF DATASET {table} VERSION {} {}", from.number, to.number)
            }
            Relational::ExpireVersions { table, retention } => {
                write!(f, "EXPIRE VERSIONS {table} {retention}")
            }
            Relational::Object(statement) => statement.fmt(f),
        }
    }
}

/// Prints an optional part.
fn option(f: &mut Formatter<'_>, before: &str, part: Option<&impl Display>) -> fmt::Result {
    part.map_or(Ok(()), |part| write!(f, "{before}{part}"))
}

/// Prints parts separated by commas.
fn list<T>(
    f: &mut Formatter<'_>,
    parts: &[T],
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    parts.iter().enumerate().try_for_each(|(at, part)| {
        f.write_str(if at > 0 { ", " } else { "" })?;
        write(f, part)
    })
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        sql::query(f, &self.sql)
    }
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        sql::expression(f, &self.sql)
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Default => f.write_str("DEFAULT"),
            Literal::Bool(value) => value.fmt(f),
            Literal::Int(value) => value.fmt(f),
            Literal::Float(value) => literal::float(f, *value),
            Literal::Str(text) => literal::quoted(f, text, '\''),
            Literal::Numbers(array) => array.fmt(f),
        }
    }
}

impl Display for Search {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "SEARCH {} ON {} QUERY {}", self.table, self.column, self.query)?;
        option(f, " METRIC ", self.metric.as_ref())?;
        option(f, " WHERE ", self.filter.as_ref())?;
        write!(f, " LIMIT {}", self.limit)?;
        option(f, " INTO ", self.into.as_ref())
    }
}

impl Display for Listing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Listing::Datasets => f.write_str("LIST DATASETS"),
            Listing::Tables => f.write_str("SHOW TABLES"),
            Listing::AllTables => f.write_str("SHOW ALL TABLES"),
            Listing::Tensors => f.write_str("LIST TENSORS"),
            Listing::Pipelines => f.write_str("LIST PIPELINES"),
            Listing::Indexes(table) => {
                f.write_str("SHOW INDEXES")?;
                option(f, " ", table.as_ref())
            }
            Listing::Schema(name) => write!(f, "SHOW SCHEMA {name}"),
            Listing::Metadata(name) => write!(f, "SHOW DATASET METADATA {name}"),
            Listing::Pipeline(name) => write!(f, "DESCRIBE PIPELINE {name}"),
            Listing::Packages => f.write_str("LIST DATASET PACKAGES"),
            Listing::Versions(name) => write!(f, "LIST DATASET VERSIONS {name}"),
        }
    }
}
