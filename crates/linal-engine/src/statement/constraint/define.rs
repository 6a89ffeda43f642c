//! From the constraints of a statement to those of a dataset.

use std::sync::Arc;

use linal_dataset::{ColumnDef, Constraint, Error, KeyKind, Result, Rule, Snapshot, same_name, supports_key};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::constraint::{ConstraintRule, ConstraintSpec, Reference};
use linal_lang::tokens;
use linal_query::frontend::changes::check;
use linal_query::frontend::generated_columns;

use crate::session::Session;
use crate::statement::computed;

/// A dataset with further constraints. Its rows are not checked; the columns of a primary key become NOT NULL.
///
/// # Errors
/// An unknown column; `E0619 bad_constraint`; those of the condition of a CHECK.
pub(crate) fn with_constraints<'s>(
    session: &mut Session,
    database: &str,
    mut snapshot: Snapshot,
    specs: impl IntoIterator<Item = &'s ConstraintSpec>,
) -> Result<Snapshot> {
    for spec in specs {
        let constraint = constraint(session, database, &snapshot, spec)?;
        if constraint.is_primary() {
            snapshot = without_nulls(&snapshot, &constraint)?;
        }
        let mut all = snapshot.constraints.to_vec();
        all.push(constraint);
        snapshot = snapshot.with_constraints(all);
    }
    Ok(snapshot)
}

fn constraint(
    session: &mut Session,
    database: &str,
    snapshot: &Snapshot,
    spec: &ConstraintSpec,
) -> Result<Constraint> {
    let rule = match &spec.rule {
        ConstraintRule::PrimaryKey(columns) => {
            if let Some(known) = snapshot.primary_key() {
                let message = format!("`{}` has the primary key `{}` already", snapshot.name, known.name);
                return Err(bad(message).at(spec.span));
            }
            Rule::Key { kind: KeyKind::Primary, columns: key_columns(snapshot, columns)? }
        }
        ConstraintRule::Unique(columns) => {
            Rule::Key { kind: KeyKind::Unique, columns: key_columns(snapshot, columns)? }
        }
        ConstraintRule::Check { condition, text } => {
            let text = computed::kept_condition(session, snapshot, condition, text)
                .map_err(|error| error.at(condition.span))?;
            let kept = generated_columns::parse(&text)?;
            // Plans the condition over no rows, so that a mistake is found now.
            check::first_violation(&mut session.query_context(), &snapshot.without_all_rows(), &kept)
                .map_err(|error| error.without_span().at(condition.span))?;
            Rule::Check { text: text.into() }
        }
        ConstraintRule::References(reference) => referring(session, database, snapshot, reference)?,
    };
    let name: Arc<str> = match &spec.name {
        Some(name) => (&*name.name).into(),
        None => default_name(snapshot, &rule),
    };
    if let Some(known) = snapshot.constraint(&name) {
        let message = format!("`{}` has a constraint `{}` already", snapshot.name, known.name);
        return Err(
            Error::new(Code::NameExists, message).at(spec.name.as_ref().map_or(spec.span, |n| n.span))
        );
    }
    Ok(Constraint { name, rule })
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Code::BadConstraint, message)
}

/// The columns of a key, as they are spelled in the dataset.
pub(super) fn key_columns(snapshot: &Snapshot, names: &[Ident]) -> Result<Vec<Arc<str>>> {
    let mut columns: Vec<Arc<str>> = Vec::with_capacity(names.len());
    for name in names {
        let column = column(snapshot, name)?;
        if columns.iter().any(|known| same_name(known, &column.name)) {
            let message = format!("the key names the column `{}` twice", column.name);
            return Err(Error::new(Code::DuplicateColumn, message).at(name.span));
        }
        if column.computed.as_ref().is_some_and(|computed| computed.lazy) {
            let message = format!("the column `{}` is computed at use, and no key can have it", column.name);
            return Err(bad(message).at(name.span).with_help("a STORED column can be part of a key"));
        }
        if !supports_key(&column.column_type.data_type()) {
            let message =
                format!("the column `{}` is {}, which no key can have", column.name, column.type_name());
            return Err(bad(message).at(name.span));
        }
        columns.push(column.name.clone());
    }
    Ok(columns)
}

fn column<'s>(snapshot: &'s Snapshot, name: &Ident) -> Result<&'s ColumnDef> {
    let at = snapshot.column(&name.name).map_err(|error| error.at(name.span))?;
    Ok(&snapshot.columns[at])
}

/// A foreign key: the columns that it refers to are a key of the other dataset, and have the same types.
fn referring(session: &Session, database: &str, snapshot: &Snapshot, reference: &Reference) -> Result<Rule> {
    let span = reference.table.span;
    let columns = key_columns(snapshot, &reference.columns)?;
    let parts = &reference.table.parts;
    let table = parts.last().map_or("", |part| &part.name);
    if parts.len() > 1 && !same_name(&parts[0].name, database) {
        let message = "a foreign key refers to a dataset of the same database";
        return Err(bad(message).at(span));
    }
    let other = if same_name(table, &snapshot.name) {
        snapshot.clone()
    } else {
        let Some((_, found)) = session.lookup_dataset(Some(database), table)? else {
            let message = format!("there is no dataset `{table}` to refer to");
            return Err(Error::new(Code::UnknownName, message).at(span));
        };
        Snapshot::clone(&found.definition())
    };
    let referenced = match &reference.referenced {
        Some(names) => key_columns(&other, names)?,
        None => match other.primary_key().and_then(Constraint::key) {
            Some(key) => key.to_vec(),
            None => {
                let message = format!("`{}` has no primary key", other.name);
                return Err(bad(message).at(span).with_help("name the columns: REFERENCES t (a)"));
            }
        },
    };
    if referenced.len() != columns.len() {
        let message =
            format!("{} columns refer to {} columns of `{}`", columns.len(), referenced.len(), other.name);
        return Err(bad(message).at(span));
    }
    if other.key_of(&referenced).is_none() {
        let message = format!("({}) is no key of `{}`", referenced.join(", "), other.name);
        let help = "a foreign key refers to a PRIMARY KEY or to UNIQUE columns";
        return Err(bad(message).at(span).with_help(help));
    }
    for (own, theirs) in columns.iter().zip(&referenced) {
        let own = &snapshot.columns[snapshot.column(own)?];
        let theirs = &other.columns[other.column(theirs)?];
        if own.column_type != theirs.column_type {
            let message = format!(
                "`{}` is {} and `{}` of `{}` is {}; a foreign key has the types of what it refers to",
                own.name,
                own.type_name(),
                theirs.name,
                other.name,
                theirs.type_name()
            );
            return Err(bad(message).at(span));
        }
    }
    Ok(Rule::Reference { columns, table: other.name.clone(), referenced })
}

/// The name of a constraint that is given none, as DuckDB has it: `t_a_b_key`.
pub(super) fn default_name(snapshot: &Snapshot, rule: &Rule) -> Arc<str> {
    let (columns, ending): (Vec<&str>, &str) = match rule {
        Rule::Key { kind: KeyKind::Primary, columns } => (spelled(columns), "pkey"),
        Rule::Key { columns, .. } => (spelled(columns), "key"),
        Rule::Reference { columns, .. } => (spelled(columns), "fkey"),
        Rule::Check { text } => {
            let uses =
                |name: &str| tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), name));
            let used = snapshot.columns.iter().map(|column| &*column.name).filter(|name| uses(name));
            (used.collect(), "check")
        }
    };
    let mut parts = vec![&*snapshot.name];
    parts.extend(columns);
    parts.push(ending);
    let name = parts.join("_");
    let mut number = 0;
    loop {
        let candidate = if number == 0 { name.clone() } else { format!("{name}{number}") };
        if snapshot.constraint(&candidate).is_none() {
            return candidate.into();
        }
        number += 1;
    }
}

fn spelled(columns: &[Arc<str>]) -> Vec<&str> {
    columns.iter().map(|name| &**name).collect()
}

/// A dataset in which the columns of a key are NOT NULL.
fn without_nulls(snapshot: &Snapshot, key: &Constraint) -> Result<Snapshot> {
    let mut next = snapshot.clone();
    for at in snapshot.positions(key.columns())? {
        if next.columns[at].nullable && next.columns[at].computed.is_none() {
            next = super::set_nullable(&next, at, false, Span::default())
                .map_err(|error| error.without_span())?;
        }
    }
    Ok(next)
}
