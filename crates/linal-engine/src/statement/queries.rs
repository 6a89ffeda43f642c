//! `SHOW QUERIES`, `KILL id`.

use linal_dataset::{Cell, Error, Result, RowSet};
use linal_error::{Code, suggest};
use linal_lang::ast::Ident;
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;

/// The columns of SHOW QUERIES.
const COLUMNS: [(&str, ColumnType); 7] = [
    ("id", ColumnType::String),
    ("database", ColumnType::String),
    ("statement", ColumnType::String),
    ("state", ColumnType::String),
    ("elapsed_ms", ColumnType::Float),
    ("memory_bytes", ColumnType::Int),
    ("rows", ColumnType::Int),
];

pub(super) fn show(session: &Session) -> RowSet {
    let queries = session.engine.query_list().queries(&session.asker);
    let count = |number: u64| Cell::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let rows: Vec<Vec<Cell>> = queries
        .into_iter()
        .map(|query| {
            vec![
                Cell::String(query.id),
                Cell::String(query.database),
                Cell::String(query.statement),
                Cell::String(query.state.to_owned()),
                Cell::Float(query.elapsed.as_secs_f64() * 1e3),
                count(query.memory_bytes),
                count(query.rows),
            ]
        })
        .collect();
    RowSet::from_rows(&COLUMNS, &rows)
}

pub(super) fn kill(session: &Session, id: &Ident) -> Result<Outcome> {
    let list = session.engine.query_list();
    match list.kill(&id.name, &session.asker) {
        Some("queued" | "running") => Ok(Outcome::Done(format!("query {} is being cancelled", id.name))),
        Some(state) => {
            let message = format!("query {} has ended: it is {state}", id.name);
            Err(Error::new(Code::NotFound, message).at(id.span))
        }
        None => {
            let known: Vec<String> = list.queries(&session.asker).into_iter().map(|query| query.id).collect();
            let help = suggest::did_you_mean(&id.name, known.iter().map(String::as_str));
            let error = Error::new(Code::NotFound, format!("there is no query {}", id.name)).at(id.span);
            Err(error.with_help(help.unwrap_or_else(|| "SHOW QUERIES lists them".to_owned())))
        }
    }
}
