//! Lists of datasets and columns: `SHOW ALL DATASETS`, `SHOW SCHEMA t`, `SHOW t`.

use std::sync::Arc;

use arrow::datatypes::FieldRef;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::{Expr, ExprKind, Ident, ObjectName};
use linal_query::Options;
use linal_query::frontend::whole_dataset;

use linal_dataset::catalog::is_own;
use linal_dataset::objects::{Definition, Object};
use linal_dataset::{Cell, ColumnDef, Constraint, Dataset, Limit, Result, RowSet, Rule, Snapshot, same_name};
use linal_lang::tokens;
use linal_store::ColumnType;

use super::objects;

use crate::outcome::Outcome;
use crate::session::Session;

/// The datasets and views of this session only, and those of the current database.
pub(super) fn datasets(session: &Session) -> Result<RowSet> {
    let columns = [("name", ColumnType::String), ("rows", ColumnType::Int), ("columns", ColumnType::Int)];
    let mut rows = Vec::new();
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).into_iter();
    for database in own.chain([catalog.database(&session.database)?]) {
        for dataset in database.datasets() {
            let snapshot = dataset.snapshot();
            rows.push(vec![
                Cell::String(snapshot.name.to_string()),
                Cell::Int(snapshot.rows as i64),
                Cell::Int(snapshot.columns.len() as i64),
            ]);
        }
        // How many rows a view has is known when it is read.
        for view in database.objects_of(ObjectKind::View) {
            let columns = match &view.definition {
                Definition::View(view) => view.columns.len() as i64,
                _ => 0,
            };
            rows.push(vec![Cell::String(view.name.to_string()), Cell::Null, Cell::Int(columns)]);
        }
    }
    Ok(RowSet::from_rows(&columns, &rows))
}

/// The names of the datasets that the session sees without naming a database, in their order.
pub(super) fn tables(session: &Session) -> Result<RowSet> {
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).into_iter().flat_map(|own| own.datasets());
    let all = own.chain(catalog.database(&session.database)?.datasets());
    let mut names: Vec<String> = all.map(|dataset| dataset.name().to_string()).collect();
    names.sort_unstable();
    names.dedup();
    let rows: Vec<Vec<Cell>> = names.into_iter().map(|name| vec![Cell::String(name)]).collect();
    Ok(RowSet::from_rows(&[("name", ColumnType::String)], &rows))
}

/// The datasets of all databases with their columns; those of the session are temporary.
pub(super) fn all_tables(session: &Session) -> RowSet {
    let columns = [
        ("database", ColumnType::String),
        ("name", ColumnType::String),
        ("column_names", ColumnType::String),
        ("column_types", ColumnType::String),
        ("temporary", ColumnType::Bool),
    ];
    let catalog = session.catalog_view().catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(&session.own) {
        let is_own = is_own(&database.name);
        let schema = if is_own { "session" } else { &*database.name };
        for dataset in database.datasets() {
            let definition = dataset.definition();
            let names: Vec<&str> = definition.columns.iter().map(|column| &*column.name).collect();
            let types: Vec<String> = definition.columns.iter().map(ColumnDef::type_name).collect();
            rows.push(vec![
                Cell::String(schema.to_string()),
                Cell::String(definition.name.to_string()),
                Cell::String(names.join(", ")),
                Cell::String(types.join(", ")),
                Cell::Bool(is_own),
            ]);
        }
    }
    RowSet::from_rows(&columns, &rows)
}

/// The columns of a dataset.
pub(super) fn schema(session: &mut Session, table: &ObjectName) -> Result<Outcome> {
    if let Some(view) = super::named_view(session, table)?
        && session.dataset(table).is_err()
    {
        return view_schema(session, table, &view);
    }
    let target = session.dataset(table)?;
    let definition = target.dataset.definition();
    let comments: Vec<Cell> = definition
        .columns
        .iter()
        .map(|column| {
            let comment = objects::comment_of_column(&definition, &column.name);
            comment.map_or(Cell::Null, |comment| Cell::String(comment.to_string()))
        })
        .collect();
    // Most datasets have no comments.
    let has_comments = comments.iter().any(|comment| !matches!(comment, Cell::Null));
    let mut columns = vec![
        ("column", ColumnType::String),
        ("type", ColumnType::String),
        ("nullable", ColumnType::Bool),
        ("default", ColumnType::String),
        ("computed", ColumnType::String),
    ];
    if definition.is_constrained() {
        columns.push(("constraints", ColumnType::String));
    }
    let mut rows = Vec::new();
    for (column, comment) in definition.columns.iter().zip(comments) {
        let mut row = vec![
            Cell::String(column.name.to_string()),
            Cell::String(column.type_name()),
            Cell::Bool(column.nullable),
            column.default.as_ref().map_or(Cell::Null, |default| Cell::String(default.text.to_string())),
            computed(column),
        ];
        if definition.is_constrained() {
            row.push(constraints(&definition, column));
        }
        row.extend(has_comments.then_some(comment));
        rows.push(row);
    }
    let columns: Vec<_> =
        columns.into_iter().chain(has_comments.then_some(("comment", ColumnType::String))).collect();
    let rows = RowSet::from_rows(&columns, &rows);
    let comment =
        objects::comment_of_dataset(&definition).map(|comment| format!("{}: {comment}", definition.name));
    Ok(Outcome::Rows(rows.with_notices(comment.into_iter().collect())))
}

/// The columns that a view has now: its query is planned.
fn view_schema(session: &mut Session, table: &ObjectName, view: &Object) -> Result<Outcome> {
    let planned = session.plan_query(&whole_dataset::of(table), Options::default());
    let planned = planned.map_err(|error| error.at(table.span))?;
    let columns = [
        ("column", ColumnType::String),
        ("type", ColumnType::String),
        ("nullable", ColumnType::Bool),
        ("default", ColumnType::String),
        ("computed", ColumnType::String),
    ];
    let row = |field: &FieldRef| {
        let shown = Limit::of_field(field).map(|limit| limit.to_string());
        let shown = shown.unwrap_or_else(|| ColumnType::of(field).to_string());
        vec![
            Cell::String(field.name().to_string()),
            Cell::String(shown),
            Cell::Bool(field.is_nullable()),
            Cell::Null,
            Cell::Null,
        ]
    };
    let rows: Vec<Vec<Cell>> = planned.schema.fields().iter().map(row).collect();
    let rows = RowSet::from_rows(&columns, &rows);
    let comment = view.comment.as_deref().map(|comment| format!("{}: {comment}", view.name));
    Ok(Outcome::Rows(rows.with_notices(comment.into_iter().collect())))
}

/// The name of the view of `SHOW v` or `SHOW db.v`, when no tensor and no dataset has the name.
pub(super) fn shown_view(session: &Session, expr: &Expr) -> Result<Option<ObjectName>> {
    let span = expr.span();
    let part = |name: &str| Ident { name: name.into(), span };
    let parts = match &expr.root().kind {
        ExprKind::Name(name) if session.variables.find(name).is_none() => vec![part(name)],
        ExprKind::Member { database: None, base, field }
            if session.catalog_view().catalog().find(base).is_some() =>
        {
            vec![part(base), part(field)]
        }
        _ => return Ok(None),
    };
    let name = ObjectName { parts, span };
    Ok(super::named_view(session, &name)?.map(|_| name))
}

/// The constraints that name a column. Those of the column alone do not repeat its name.
fn constraints(definition: &Snapshot, column: &ColumnDef) -> Cell {
    let is_named = |constraint: &&Constraint| match &constraint.rule {
        Rule::Check { text } => {
            tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), &column.name))
        }
        _ => constraint.columns().iter().any(|name| same_name(name, &column.name)),
    };
    let text = |constraint: &Constraint| match (&constraint.rule, constraint.columns()) {
        (Rule::Key { .. }, [_]) if constraint.is_primary() => "PRIMARY KEY".to_owned(),
        (Rule::Key { .. }, [_]) => "UNIQUE".to_owned(),
        (Rule::Reference { table, referenced, .. }, [_]) => {
            format!("REFERENCES {table} ({})", referenced.join(", "))
        }
        _ => constraint.text(),
    };
    let all: Vec<String> = definition.constraints.iter().filter(is_named).map(text).collect();
    if all.is_empty() { Cell::Null } else { Cell::String(all.join(", ")) }
}

fn computed(column: &ColumnDef) -> Cell {
    match &column.computed {
        None => Cell::Null,
        Some(computed) if computed.lazy => Cell::String(format!("{} (lazy)", computed.text)),
        Some(computed) => Cell::String(computed.text.to_string()),
    }
}

/// The dataset of `SHOW t` or `SHOW db.t`, when no tensor has the name.
pub(super) fn shown(session: &Session, expr: &Expr) -> Result<Option<Arc<Dataset>>> {
    let found = match &expr.root().kind {
        ExprKind::Name(name) => match session.variables.find(name) {
            Some(_) if session.variables.dataset_alias(name).is_none() => None,
            _ => session.lookup_dataset(None, name)?,
        },
        // `a.b` is a column of the dataset `a` if there is one, and otherwise the dataset `b` of the database
        // `a`.
        ExprKind::Member { database: None, base, field } if session.lookup_dataset(None, base)?.is_none() => {
            let catalog = session.catalog_view().catalog();
            match catalog.find(base) {
                Some(_) => session.lookup_dataset(Some(base), field)?,
                None => None,
            }
        }
        _ => None,
    };
    Ok(found.map(|(_, dataset)| dataset))
}
