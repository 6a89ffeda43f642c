//! `COMMENT ON`.
//!
//! The comment of a dataset is its metadata `comment`, that of a column is `comment.` and the name: they are versioned with
//! the dataset, and go into its packages. The comments of a view and of its columns belong to the view.

use std::collections::BTreeMap;
use std::sync::Arc;

use linal_dataset::objects::Definition;
use linal_dataset::{Error, Result, Snapshot};
use linal_error::Code;
use linal_lang::ast::objects::{CommentTarget, ObjectKind};

use super::{dependents, place};
use crate::outcome::Outcome;
use crate::session::Session;

/// The key of the comment of a dataset.
const COMMENT: &str = "comment";

pub(super) fn run(session: &mut Session, target: &CommentTarget, text: Option<&str>) -> Result<Outcome> {
    let what = match target {
        CommentTarget::Dataset(name) => {
            let dataset = session.dataset(name)?.dataset;
            dataset.change(|snapshot| with_metadata(snapshot, COMMENT, text))?;
            format!("dataset {}", dataset.name())
        }
        CommentTarget::Column(view, column) if place::find(session, ObjectKind::View, view)?.is_some() => {
            let known = place::known(session, ObjectKind::View, view)?;
            let commented = known.object.column_commented(&column.name, text.map(Box::from));
            let Some(commented) = commented else {
                let Definition::View(definition) = &known.object.definition else {
                    return Err(Error::new(Code::InternalError, "a bug in linal: a view without a query"));
                };
                let names = definition.columns.iter().map(|known| &*known.name);
                return Err(Error::unknown(Code::UnknownName, "column", &column.name, names).at(column.span));
            };
            session.change_catalog(|catalog| catalog.put_object(&known.database, Arc::new(commented)))?;
            format!("column {} of {}", column.name, dependents::written(view))
        }
        CommentTarget::Column(table, column) => {
            let dataset = session.dataset(table)?.dataset;
            dataset.change(|snapshot| {
                let at = snapshot.column(&column.name).map_err(|error| error.at(column.span))?;
                with_metadata(snapshot, &key_of_column(&snapshot.columns[at].name), text)
            })?;
            format!("column {} of {}", column.name, dataset.name())
        }
        CommentTarget::Object(kind, name) => {
            let known = place::known(session, *kind, name)?;
            let commented = Arc::new(known.object.commented(text.map(Box::from)));
            session.change_catalog(|catalog| catalog.put_object(&known.database, commented))?;
            format!("{} {}", kind.word(), dependents::written(name))
        }
    };
    let done = if text.is_some() { "commented on" } else { "removed the comment of" };
    Ok(Outcome::Done(format!("{done} {what}")))
}

/// The comment of a dataset.
pub(in crate::statement) fn of_dataset(snapshot: &Snapshot) -> Option<&str> {
    snapshot.metadata.get(COMMENT).map(String::as_str)
}

/// The comment of a column.
pub(in crate::statement) fn of_column<'s>(snapshot: &'s Snapshot, name: &str) -> Option<&'s str> {
    snapshot.metadata.get(&key_of_column(name)).map(String::as_str)
}

/// The key of the comment of a column.
pub(super) fn key_of_column(name: &str) -> String {
    format!("{COMMENT}.{}", name.to_lowercase())
}

/// The snapshot with an entry, or without it.
pub(super) fn with_metadata(snapshot: &Snapshot, key: &str, value: Option<&str>) -> Result<Snapshot> {
    let mut metadata: BTreeMap<String, String> = snapshot.metadata.as_ref().clone();
    match value {
        Some(value) => metadata.insert(key.to_string(), value.to_string()),
        None => metadata.remove(key),
    };
    Ok(Snapshot { metadata: Arc::new(metadata), ..snapshot.clone() })
}
