//! Prints statements that change rows.

use super::create::options;
use super::{list, literal, option, sql};
use crate::ast::Ident;
use crate::ast::merge::{
    ConflictAction, Merge, MergeAction, MergeClause, MergeCondition, MergeWhen, OnConflict, Sources,
};
use crate::ast::relational::{Delete, Insert, InsertSource, Query, Scalar, Update};
use std::fmt::{self, Display, Formatter};

impl Display for Insert {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let InsertSource::File { path, options, .. } = &self.source {
            return copy_from(f, self, path, options);
        }
        f.write_str("INSERT ")?;
        let or_action = self.on_conflict.as_ref().filter(|conflict| conflict.is_or_replace());
        f.write_str(if or_action.is_some() { "OR REPLACE INTO " } else { "INTO " })?;
        write!(f, "{} ", self.table)?;
        if let Some(alias) = &self.alias {
            write!(f, "AS {alias} ")?;
        }
        if let Some(columns) = &self.columns {
            names(f, columns)?;
            f.write_str(" ")?;
        }
        f.write_str(if self.by_name { "BY NAME " } else { "" })?;
        source(f, &self.source)?;
        if or_action.is_none() {
            option(f, " ", self.on_conflict.as_ref())?;
        }
        returning(f, self.returning.as_ref())
    }
}

fn source(f: &mut Formatter<'_>, source: &InsertSource) -> fmt::Result {
    match source {
        InsertSource::Query(query) => query.fmt(f),
        InsertSource::Defaults => f.write_str("DEFAULT VALUES"),
        InsertSource::File { .. } => Ok(()),
        InsertSource::Literals { values, width, .. } => {
            f.write_str("VALUES ")?;
            let rows: Vec<_> = values.chunks((*width).max(1)).collect();
            list(f, &rows, |f, row| {
                f.write_str("(")?;
                list(f, row, |f, value| value.fmt(f))?;
                f.write_str(")")
            })
        }
    }
}

fn copy_from(f: &mut Formatter<'_>, insert: &Insert, path: &str, given: &[(Ident, Box<str>)]) -> fmt::Result {
    write!(f, "COPY {}", insert.table)?;
    if let Some(columns) = &insert.columns {
        f.write_str(" ")?;
        names(f, columns)?;
    }
    f.write_str(" FROM ")?;
    literal::quoted(f, path, '\'')?;
    options(f, given)
}

fn names(f: &mut Formatter<'_>, columns: &[Ident]) -> fmt::Result {
    f.write_str("(")?;
    list(f, columns, |f, column| column.fmt(f))?;
    f.write_str(")")
}

fn assignments(f: &mut Formatter<'_>, assignments: &[(Ident, Scalar)]) -> fmt::Result {
    list(f, assignments, |f, (column, value)| write!(f, "{column} = {value}"))
}

/// ` RETURNING items`; the query is a SELECT of them.
fn returning(f: &mut Formatter<'_>, query: Option<&Query>) -> fmt::Result {
    let Some(query) = query else { return Ok(()) };
    let text = query.to_string();
    write!(f, " RETURNING {}", text.strip_prefix("SELECT ").unwrap_or(&text))
}

impl OnConflict {
    fn is_or_replace(&self) -> bool {
        matches!(self.action, ConflictAction::Replace)
    }
}

impl Display for OnConflict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ON CONFLICT ")?;
        if let Some(columns) = &self.columns {
            names(f, columns)?;
            f.write_str(" ")?;
        }
        match &self.action {
            ConflictAction::Nothing | ConflictAction::Replace => f.write_str("DO NOTHING"),
            ConflictAction::Update { assignments: set, filter } => {
                f.write_str("DO UPDATE SET ")?;
                assignments(f, set)?;
                option(f, " WHERE ", filter.as_ref())
            }
        }
    }
}

/// `WITH .. ` before a statement.
fn with(f: &mut Formatter<'_>, sources: Option<&sqlparser::ast::With>) -> fmt::Result {
    let Some(with) = sources else { return Ok(()) };
    sql::with(f, with)?;
    f.write_str(" ")
}

fn relations(f: &mut Formatter<'_>, word: &str, sources: &Sources) -> fmt::Result {
    if sources.from.is_empty() {
        return Ok(());
    }
    write!(f, " {word} ")?;
    list(f, &sources.from, sql::relation)
}

impl Display for Update {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        with(f, self.sources.with.as_deref())?;
        write!(f, "UPDATE {}", self.table)?;
        option(f, " AS ", self.alias.as_ref())?;
        f.write_str(" SET ")?;
        assignments(f, &self.assignments)?;
        relations(f, "FROM", &self.sources)?;
        option(f, " WHERE ", self.filter.as_ref())?;
        returning(f, self.returning.as_ref())
    }
}

impl Display for Delete {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        with(f, self.sources.with.as_deref())?;
        write!(f, "DELETE FROM {}", self.table)?;
        option(f, " AS ", self.alias.as_ref())?;
        relations(f, "USING", &self.sources)?;
        option(f, " WHERE ", self.filter.as_ref())?;
        returning(f, self.returning.as_ref())
    }
}

impl Display for Merge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        with(f, self.with.as_deref())?;
        write!(f, "MERGE INTO {}", self.table)?;
        option(f, " AS ", self.alias.as_ref())?;
        f.write_str(" USING ")?;
        let source = sqlparser::ast::TableWithJoins { relation: (*self.source).clone(), joins: Vec::new() };
        sql::relation(f, &source)?;
        match &self.condition {
            MergeCondition::On(condition) => write!(f, " ON {condition}")?,
            MergeCondition::Using(columns) => {
                f.write_str(" USING ")?;
                names(f, columns)?;
            }
        }
        self.clauses.iter().try_for_each(|clause| write!(f, " {clause}"))?;
        returning(f, self.returning.as_ref())
    }
}

impl Display for MergeClause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.when {
            MergeWhen::Matched => "WHEN MATCHED",
            MergeWhen::NotMatched => "WHEN NOT MATCHED",
            MergeWhen::NotMatchedBySource => "WHEN NOT MATCHED BY SOURCE",
        })?;
        option(f, " AND ", self.condition.as_ref())?;
        f.write_str(" THEN ")?;
        match &self.action {
            MergeAction::Update(set) => {
                f.write_str("UPDATE SET ")?;
                assignments(f, set)
            }
            MergeAction::UpdateAll { by_name } => write!(f, "UPDATE {}", by(*by_name)),
            MergeAction::InsertAll { by_name } => write!(f, "INSERT {}", by(*by_name)),
            MergeAction::Insert { columns, values } => {
                f.write_str("INSERT ")?;
                if let Some(columns) = columns {
                    names(f, columns)?;
                    f.write_str(" ")?;
                }
                f.write_str("VALUES (")?;
                list(f, values, |f, value| value.fmt(f))?;
                f.write_str(")")
            }
            MergeAction::InsertDefaults => f.write_str("INSERT DEFAULT VALUES"),
            MergeAction::Delete => f.write_str("DELETE"),
            MergeAction::Nothing => f.write_str("DO NOTHING"),
            MergeAction::Error(message) => {
                f.write_str("ERROR")?;
                option(f, " ", message.as_ref())
            }
        }
    }
}

fn by(name: bool) -> &'static str {
    if name { "BY NAME" } else { "BY POSITION" }
}
