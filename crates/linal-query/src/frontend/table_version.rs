//! `t AT VERSION 3`, `t AT (TIMESTAMP '..')`: tables as they were.
//!
//! A table at a version becomes a table under a name that no text of a query can contain, with the written name
//! as its alias; the dataset is given with the query.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result, instant};
use linal_error::Code;
use linal_lang::ast::relational::Query;
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::ast_builder;
use crate::context::{QueryContext, VersionOf};
use crate::planner::plan::Given;

/// A query without versions, and the datasets that it reads instead; `None` for a query that has none.
///
/// # Errors
/// An engine without a database directory, an unknown dataset, version or time.
pub(crate) fn resolved(context: &QueryContext<'_>, query: &Query) -> Result<Option<(Query, Vec<Given>)>> {
    if !has_versions(&query.sql) {
        return Ok(None);
    }
    let mut query = query.clone();
    let mut resolver = Resolver { context, given: Vec::new() };
    match query.sql.walk_mut(&mut resolver) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(Some((query, resolver.given))),
    }
}

fn has_versions(query: &sql::Query) -> bool {
    struct Versions;
    impl sql::Visitor for Versions {
        type Break = ();

        fn pre_visit_table_factor(&mut self, table: &sql::TableFactor) -> ControlFlow<()> {
            match table {
                sql::TableFactor::Table { version: Some(_), .. } => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    Walk::walk(query, &mut Versions).is_break()
}

struct Resolver<'c, 's> {
    context: &'c QueryContext<'s>,
    given: Vec<Given>,
}

impl VisitorMut for Resolver<'_, '_> {
    type Break = Error;

    fn pre_visit_table_factor(&mut self, table: &mut sql::TableFactor) -> ControlFlow<Error> {
        let sql::TableFactor::Table { name, alias, version, .. } = table else {
            return ControlFlow::Continue(());
        };
        let Some(at) = version.take() else { return ControlFlow::Continue(()) };
        match self.given(name, &at) {
            Ok(given) => {
                let written = name.0.last().and_then(|part| part.as_ident()).cloned();
                let written = written.unwrap_or_else(|| ast_builder::ident(&given.name));
                alias.get_or_insert_with(|| sql::TableAlias {
                    explicit: true,
                    name: written,
                    columns: Vec::new(),
                    at: None,
                });
                *name =
                    sql::ObjectName(vec![sql::ObjectNamePart::Identifier(ast_builder::ident(&given.name))]);
                self.given.push(given);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(placed(error, name)),
        }
    }
}

impl Resolver<'_, '_> {
    /// The dataset of a table at a version, under a new name.
    fn given(&self, name: &sql::ObjectName, at: &sql::TableVersion) -> Result<Given> {
        let Some(history) = self.context.history else {
            return Err(Error::new(
                Code::NoDirectory,
                "versions are kept in a database directory, and there is none",
            )
            .with_help("linal --data DIR opens one"));
        };
        let parts: Vec<&str> =
            name.0.iter().filter_map(|part| part.as_ident()).map(|part| &*part.value).collect();
        let (database, table) = match parts.as_slice() {
            [table] => (None, *table),
            [database, table] => (Some(*database), *table),
            _ => return Err(Error::new(Code::UnknownName, "a dataset is named `name` or `database.name`")),
        };
        let target = self.context.catalog.find(self.context.variables, database, table)?;
        let dataset = history.dataset_at(&target.dataset, self.version(at)?)?;
        Ok(Given { name: format!("{table}'{}", self.given.len()).into(), dataset })
    }

    fn version(&self, at: &sql::TableVersion) -> Result<VersionOf> {
        match at {
            sql::TableVersion::VersionAsOf(sql::Expr::Value(value)) => match &value.value {
                sql::Value::Number(number, _) => number.parse().map(VersionOf::Number).map_err(|_| wrong()),
                _ => Err(wrong()),
            },
            sql::TableVersion::TimestampAsOf(value) => self.time(value),
            _ => Err(wrong()),
        }
    }

    fn time(&self, value: &sql::Expr) -> Result<VersionOf> {
        let text = match value {
            sql::Expr::Nested(inner) => return self.time(inner),
            sql::Expr::TypedString(typed) => &typed.value.value,
            sql::Expr::Value(value) => &value.value,
            _ => return Err(wrong()),
        };
        match text {
            sql::Value::SingleQuotedString(text) | sql::Value::DoubleQuotedString(text) => {
                let micros = instant(text, &self.context.settings.timezone);
                let unread = || Error::new(Code::BadCast, format!("`{text}` is no timestamp"));
                micros.map(VersionOf::Time).ok_or_else(unread)
            }
            _ => Err(wrong()),
        }
    }
}

fn wrong() -> Error {
    Error::new(
        Code::BadQuery,
        "a version is written `AT VERSION 3` or `AT (TIMESTAMP '2026-11-29 12:00:00')`",
    )
}

/// An error at the name of a table.
fn placed(error: Error, name: &sql::ObjectName) -> Error {
    let part = name.0.last().and_then(|part| part.as_ident());
    match part.and_then(|part| linal_lang::sql::span(part.span)) {
        Some(place) => error.at(place),
        None => error,
    }
}
