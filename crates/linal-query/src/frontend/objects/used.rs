//! What an expanded query uses of the catalog.

use std::sync::Arc;

use linal_dataset::Error;
use linal_dataset::sequence::Sequence;
use linal_lang::Span;

/// The objects of a query.
#[derive(Clone, Default)]
pub struct UsedObjects {
    /// Sequences, by the number in their function's name.
    pub(crate) sequences: Vec<UsedSequence>,
    /// Enum types, by the number in their function's name.
    pub(crate) types: Vec<UsedType>,
    /// Views and macros, and their places in the query.
    pub(crate) expansions: Vec<Expansion>,
}

/// A sequence and its name.
#[derive(Clone)]
pub(crate) struct UsedSequence {
    pub name: Arc<str>,
    pub sequence: Arc<Sequence>,
}

/// An enum type and its name.
#[derive(Clone)]
pub(crate) struct UsedType {
    pub name: Arc<str>,
    pub labels: Arc<[Box<str>]>,
}

/// Something that was written out.
#[derive(Clone)]
pub(crate) struct Expansion {
    /// `the view `v``.
    pub what: String,
    /// Its name in the query.
    pub place: Span,
}

impl UsedObjects {
    /// An error of an expanded query; one that lies in the body of a view or a macro names it.
    pub(crate) fn explained(&self, error: Error) -> Error {
        let Some(place) = error.span() else { return error };
        // The last one at a place is the outermost, since bodies are expanded first.
        match self.expansions.iter().rev().find(|expansion| expansion.place == place) {
            Some(expansion) => within(error, &expansion.what),
            None => error,
        }
    }
}

/// An error in a view or a macro.
pub(super) fn within(error: Error, what: &str) -> Error {
    error.map_message(|message| {
        let is_named = message.starts_with("in the ");
        if is_named { message.to_string() } else { format!("in {what}: {message}") }
    })
}
