//! `SHOW VIEWS`, `SHOW MACROS`, `SHOW SEQUENCES`, `SHOW TYPES`.

use linal_bind::QueryValue;
use linal_bind::functions::Registry;
use linal_dataset::objects::{Definition, Object};
use linal_dataset::{Cell, Result, RowSet};
use linal_lang::ast::Show;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::{Span, parse_expression};
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;
use crate::statement::show;

/// The objects of a kind in the session and in its database; the value where the session has something of the word's name.
pub(super) fn run(
    session: &mut Session,
    kind: ObjectKind,
    values: &[QueryValue],
    text: &str,
) -> Result<Outcome> {
    let word = text.split_whitespace().last().unwrap_or_default().trim_end_matches(';');
    if session.variables.find(word).is_some() || session.lookup_dataset(None, word)?.is_some() {
        let name = parse_expression(word, Span::new(0, word.len()), Registry::global())?;
        return show::run(session, &Show::Value(name), values, text);
    }
    let columns = ["name", "database", "definition", "comment"];
    let mut rows = Vec::new();
    let catalog = session.catalog_view().catalog();
    let databases = [&session.own, &session.database].into_iter().filter_map(|name| catalog.find(name));
    for database in databases {
        let shown = if database.name == session.own { "session" } else { &*database.name };
        for object in database.objects().filter(|object| is_listed(object, kind)) {
            rows.push(vec![
                Cell::String(object.name.to_string()),
                Cell::String(shown.to_string()),
                Cell::String(object.written()),
                object.comment.as_deref().map_or(Cell::Null, |comment| Cell::String(comment.to_string())),
            ]);
        }
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns.map(|name| (name, ColumnType::String)), &rows)))
}

/// Macros of both kinds are listed together.
fn is_listed(object: &Object, kind: ObjectKind) -> bool {
    match &object.definition {
        Definition::TableMacro(_) => kind == ObjectKind::Macro,
        _ => object.kind() == kind,
    }
}
