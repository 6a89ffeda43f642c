//! Lists of datasets and columns: `SHOW ALL DATASETS`, `SHOW SCHEMA t`, `SHOW t`.

use std::sync::Arc;

use linal_lang::ast::{Expr, ExprKind, ObjectName};

use linal_dataset::{Cell, ColumnDef, Constraint, Dataset, Result, RowSet, Rule, Snapshot, same_name};
use linal_lang::tokens;
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;

/// The datasets of this session only, and those of the current database.
pub(super) fn datasets(session: &Session) -> Result<RowSet> {
    let columns = [("name", ColumnType::String), ("rows", ColumnType::Int), ("columns", ColumnType::Int)];
    let mut rows = Vec::new();
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).into_iter().flat_map(|own| own.datasets());
    for dataset in own.chain(catalog.database(&session.database)?.datasets()) {
        let snapshot = dataset.snapshot();
        rows.push(vec![
            Cell::String(snapshot.name.to_string()),
            Cell::Int(snapshot.rows as i64),
            Cell::Int(snapshot.columns.len() as i64),
        ]);
    }
    Ok(RowSet::from_rows(&columns, &rows))
}

/// The columns of a dataset.
pub(super) fn schema(session: &Session, table: &ObjectName) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let mut columns = vec![
        ("column", ColumnType::String),
        ("type", ColumnType::String),
        ("nullable", ColumnType::Bool),
        ("default", ColumnType::String),
        ("computed", ColumnType::String),
    ];
    let definition = target.dataset.definition();
    if definition.is_constrained() {
        columns.push(("constraints", ColumnType::String));
    }
    let mut rows = Vec::new();
    for column in definition.columns.iter() {
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
        rows.push(row);
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
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
