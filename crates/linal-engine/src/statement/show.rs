//! `SHOW ...`.

use linal_bind::functions::Registry;
use linal_bind::{QueryValue, Target, Value};
use linal_dataset::lineage::{Lineage, LineageRef};
use linal_dataset::{Cell, Error, Result, RowSet, same_name};
use linal_lang::ast::{Expr, Ident, ObjectName, Show};
use linal_lang::{Span, TokenClass, parse_expression, tokens};
use linal_query::Options;
use linal_query::frontend::whole_dataset;
use linal_store::ColumnType;
use linal_tensor::graph;

use super::{database, list, queries, saved};
use crate::durable::SavedEntry;
use crate::outcome::Outcome;
use crate::session::Session;

/// The maximum number of lineage steps shown.
const LINEAGE_STEPS: usize = 40;

pub(super) fn run(session: &mut Session, show: &Show, values: &[QueryValue], text: &str) -> Result<Outcome> {
    match show {
        Show::Value(expr) => value(session, expr, values, text),
        Show::Text(text) => Ok(Outcome::Text(text.to_string())),
        Show::Shape(expr) => shape(session, expr, values),
        Show::Lineage(name) => lineage(session, name),
        Show::All | Show::AllTensors => Ok(Outcome::Rows(tensors(session))),
        Show::Settings => Ok(Outcome::Rows(session.settings.rows())),
        Show::Databases => Ok(Outcome::Rows(database::show(session))),
        Show::Queries => queries_or_name(session, values, text),
    }
}

/// `SHOW QUERIES`; the value where the session has something of that name.
fn queries_or_name(session: &mut Session, values: &[QueryValue], text: &str) -> Result<Outcome> {
    const NAME: &str = "queries";
    let is_name = session.variables.find(NAME).is_some() || session.lookup_dataset(None, NAME)?.is_some();
    if !is_name {
        return Ok(Outcome::Rows(queries::show(session)));
    }
    let name = parse_expression(NAME, Span::new(0, NAME.len()), Registry::global())?;
    value(session, &name, values, text)
}

fn value(session: &mut Session, expr: &Expr, values: &[QueryValue], text: &str) -> Result<Outcome> {
    if let Some(dataset) = list::shown(session, expr)? {
        return super::query::everything(session, &dataset, expr.span());
    }
    if let Some(view) = list::shown_view(session, expr)? {
        let planned = session.plan_query(&whole_dataset::of(&view), Options::default())?;
        return super::query::run_planned(session, &planned);
    }
    let node = session.binder(values, false).expression(expr)?;
    let tensor =
        graph::evaluate(&node, &session.context).map_err(|error| Error::from(error).at(expr.span()))?;
    Ok(Outcome::Tensor { name: shown_text(text), tensor: Box::new(tensor) })
}

/// The text of the statement after `SHOW`, on one line and without comments, with long literals truncated.
fn shown_text(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown = String::new();
    let mut end = 0;
    for (span, _) in tokens(text).filter(|(_, class)| *class != TokenClass::Comment).skip(1) {
        if shown.len() > LONGEST {
            shown.push_str(" ...");
            break;
        }
        if span.start > end && !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(span.text(text));
        end = span.end;
    }
    shown
}

/// Shows the shape of an expression. Nothing is evaluated, not even lazy names.
fn shape(session: &mut Session, expr: &Expr, values: &[QueryValue]) -> Result<Outcome> {
    let node = session.binder(values, true).expression(expr)?;
    Ok(Outcome::Text(node.shape().to_string()))
}

fn lineage(session: &Session, name: &ObjectName) -> Result<Outcome> {
    let lineage = match name.as_single() {
        Some(single) => tensor_lineage(session, single).or_else(|error| {
            let target = session.dataset(name).map_err(|_| error)?;
            Ok::<_, Error>(dataset_lineage(session, &target))
        })?,
        None => column_lineage(session, name)?,
    };
    Ok(Outcome::Rows(Lineage::rows(&lineage, LINEAGE_STEPS)))
}

fn tensor_lineage(session: &Session, name: &Ident) -> Result<LineageRef> {
    session.variables.resolve(&name.name).map_err(|error| error.at(name.span))?;
    match session.variables.find(&name.name) {
        Some((_, variable)) => Ok(variable.lineage.clone()),
        None => unreachable!("the name was resolved"),
    }
}

/// The lineage of `dataset.column`, `database.dataset` or `database.dataset.column`.
fn column_lineage(session: &Session, name: &ObjectName) -> Result<LineageRef> {
    if let Ok(target) = session.dataset(name) {
        return Ok(dataset_lineage(session, &target));
    }
    let Some((column, table)) = name.parts.split_last() else { unreachable!("a name has parts") };
    let span = table.iter().fold(name.span, |_, part| Span::new(name.span.start, part.span.end));
    let target = session.dataset(&ObjectName { parts: table.to_vec(), span })?;
    let snapshot = target.dataset.snapshot();
    let at = snapshot.column(&column.name).map_err(|error| error.at(column.span))?;
    Ok(snapshot.column_lineage(at, session.catalog_view().qualifier(&target.database)))
}

fn dataset_lineage(session: &Session, target: &Target) -> LineageRef {
    target.dataset.snapshot().lineage(session.catalog_view().qualifier(&target.database))
}

/// `LIST TENSORS`: those of the session, and the saved ones of the database. `saved` says which are saved under the
/// name.
pub(super) fn all_tensors(session: &Session) -> Result<Outcome> {
    let mut saved = saved::list(session)?;
    let mut rows = Vec::new();
    for mut row in tensor_rows(session) {
        let is_it =
            |entry: &SavedEntry| matches!(&row[0], Cell::String(name) if same_name(name, &entry.name));
        let at = saved.iter().position(is_it);
        row.push(Cell::Bool(at.is_some()));
        at.map(|at| saved.remove(at));
        rows.push(row);
    }
    for entry in saved {
        let (dtype, shape) = entry
            .kind
            .map_or((Cell::Null, Cell::Null), |(dtype, shape)| (Cell::String(dtype), Cell::String(shape)));
        rows.push(vec![
            Cell::String(entry.name),
            dtype,
            shape,
            Cell::String("saved".into()),
            Cell::Bool(true),
        ]);
    }
    let columns = TENSOR_COLUMNS.map(|name| (name, ColumnType::String));
    let columns: Vec<_> = columns.into_iter().chain([("saved", ColumnType::Bool)]).collect();
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}

/// The columns of `SHOW ALL TENSORS`.
const TENSOR_COLUMNS: [&str; 4] = ["name", "dtype", "shape", "state"];

/// `SHOW ALL TENSORS`: those of the session.
fn tensors(session: &Session) -> RowSet {
    let columns = TENSOR_COLUMNS.map(|name| (name, ColumnType::String));
    RowSet::from_rows(&columns, &tensor_rows(session))
}

fn tensor_rows(session: &Session) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for variable in session.variables.iter() {
        let state = match &variable.value {
            Value::Tensor(_) if variable.strict => "strict".to_string(),
            Value::Tensor(_) => "value".to_string(),
            Value::Lazy(lazy) if lazy.value.get().is_some() => "value".to_string(),
            Value::Lazy(_) => "lazy".to_string(),
            Value::Alias(target) => format!("alias of {target}"),
            Value::Dataset(dataset) => format!("dataset {}", dataset.name),
            Value::Column(dataset, column) => format!("column {}.{column}", dataset.name),
        };
        let resolved = session.variables.resolve(&variable.name).ok().and_then(|(_, v)| v.kind());
        let (dtype, shape) = match resolved {
            Some((shape, dtype)) => (Cell::String(dtype.to_string()), Cell::String(shape.to_string())),
            None => (Cell::Null, Cell::Null),
        };
        rows.push(vec![Cell::String(variable.name.to_string()), dtype, shape, Cell::String(state)]);
    }
    rows
}
