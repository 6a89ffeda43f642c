//! Views, macros, sequences and types: what a database keeps beside datasets, pipelines and indexes.
//!
//! A query, an expression and a type are kept as text, as they were written, and parsed when they are used. Names in them
//! that have no qualifier are those of the database that the object belongs to.

use std::sync::Arc;

use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;

use crate::definition::same_name;
use crate::error::{Error, Result, count};
use crate::sequence::Sequence;

/// An object under its name.
#[derive(Debug)]
pub struct Object {
    /// The name as it was written.
    pub name: Arc<str>,
    /// COMMENT ON.
    pub comment: Option<Box<str>>,
    /// What it is.
    pub definition: Definition,
}

/// What an object is.
#[derive(Clone, Debug)]
pub enum Definition {
    /// A query.
    View(View),
    /// Expressions with parameters.
    Macro(Macro),
    /// Queries with parameters.
    TableMacro(Macro),
    /// Numbers that are each given once.
    Sequence(Arc<Sequence>),
    /// A type of columns.
    Type(NamedType),
}

/// The definition of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The query, with its comments.
    pub query: Box<str>,
    /// Names of its first columns.
    pub names: Vec<Box<str>>,
    /// The columns when it was created.
    pub columns: Vec<ViewColumn>,
}

/// A column of a view when it was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewColumn {
    /// The name.
    pub name: Box<str>,
    /// The type as the language writes it.
    pub type_name: Box<str>,
    /// COMMENT ON COLUMN.
    pub comment: Option<Box<str>>,
}

/// The overloads of a macro, which differ by their number of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// At least one.
    pub overloads: Vec<Overload>,
}

/// An overload of a macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overload {
    /// The parameters; those with a default come last.
    pub parameters: Vec<Parameter>,
    /// The expression or the query, with its comments.
    pub body: Box<str>,
}

/// A parameter of a macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: Box<str>,
    /// The type that its value is cast to.
    pub type_name: Option<Box<str>>,
    /// The expression of its value where a call has none.
    pub default: Option<Box<str>>,
}

/// The definition of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedType {
    /// Texts, in their order.
    Enum(Arc<[Box<str>]>),
    /// Another type, as it was written.
    Alias(Box<str>),
}

impl Object {
    /// An object without a comment.
    pub fn new(name: &str, definition: Definition) -> Object {
        Object { name: name.into(), comment: None, definition }
    }

    /// The kind.
    pub fn kind(&self) -> ObjectKind {
        match &self.definition {
            Definition::View(_) => ObjectKind::View,
            Definition::Macro(_) => ObjectKind::Macro,
            Definition::TableMacro(_) => ObjectKind::TableMacro,
            Definition::Sequence(_) => ObjectKind::Sequence,
            Definition::Type(_) => ObjectKind::Type,
        }
    }

    /// The same object under another name.
    pub fn renamed(&self, name: &str) -> Object {
        Object { name: name.into(), comment: self.comment.clone(), definition: self.definition.clone() }
    }

    /// The same object with another comment.
    pub fn commented(&self, comment: Option<Box<str>>) -> Object {
        Object { name: self.name.clone(), comment, definition: self.definition.clone() }
    }

    /// The view with another comment of a column; `None` for an object without such a column.
    pub fn column_commented(&self, column: &str, comment: Option<Box<str>>) -> Option<Object> {
        let Definition::View(view) = &self.definition else { return None };
        let mut view = view.clone();
        view.columns.iter_mut().find(|known| same_name(&known.name, column))?.comment = comment;
        let definition = Definition::View(view);
        Some(Object { name: self.name.clone(), comment: self.comment.clone(), definition })
    }

    /// The texts of the language in its definition: what it reads is named in them.
    pub fn texts(&self) -> Vec<&str> {
        match &self.definition {
            Definition::View(view) => vec![&view.query],
            Definition::Macro(definition) | Definition::TableMacro(definition) => definition
                .overloads
                .iter()
                .flat_map(|overload| {
                    let defaults =
                        overload.parameters.iter().filter_map(|parameter| parameter.default.as_deref());
                    std::iter::once(&*overload.body).chain(defaults)
                })
                .collect(),
            Definition::Sequence(_) | Definition::Type(NamedType::Enum(_)) => Vec::new(),
            Definition::Type(NamedType::Alias(text)) => vec![text],
        }
    }

    /// The definition as a statement would have it, after the name.
    pub fn written(&self) -> String {
        match &self.definition {
            Definition::View(view) => view.query.to_string(),
            Definition::Macro(definition) => definition.written(""),
            Definition::TableMacro(definition) => definition.written("TABLE "),
            Definition::Sequence(sequence) => sequence.options().to_string(),
            Definition::Type(NamedType::Alias(text)) => text.to_string(),
            Definition::Type(NamedType::Enum(labels)) => format!("ENUM({})", quoted(labels)),
        }
    }
}

impl Macro {
    /// `(a, b := 1) AS a + b`, each overload after the other.
    fn written(&self, table: &str) -> String {
        let overloads: Vec<String> = self
            .overloads
            .iter()
            .map(|overload| format!("({}) AS {table}{}", overload.signature(), overload.body))
            .collect();
        overloads.join(", ")
    }
}

impl Macro {
    /// The overload that takes so many positional arguments and these named ones; of several the one with the fewest
    /// parameters. `name` is that of messages.
    ///
    /// # Errors
    /// `E0310 wrong_arguments` with the overloads.
    pub fn overload(&self, name: &str, positional: usize, named: &[&str]) -> Result<&Overload> {
        let fits = |overload: &&Overload| overload.takes(positional, named);
        let fitting = self.overloads.iter().filter(fits).min_by_key(|overload| overload.parameters.len());
        fitting.ok_or_else(|| self.wrong_arguments(name, positional, named))
    }

    fn wrong_arguments(&self, name: &str, positional: usize, named: &[&str]) -> Error {
        let form = |overload: &Overload| format!("`{name}({})`", overload.signature());
        let forms: Vec<String> = self.overloads.iter().map(form).collect();
        let is_known = |named: &str| {
            let mut parameters = self.overloads.iter().flat_map(|overload| &overload.parameters);
            parameters.any(|parameter| same_name(&parameter.name, named))
        };
        let message = match named.iter().find(|named| !is_known(named)) {
            Some(unknown) => format!("the macro `{name}` has no parameter `{unknown}`"),
            None => {
                format!("the macro `{name}` does not take {}", count(positional + named.len(), "argument"))
            }
        };
        Error::new(Code::WrongArguments, message).with_help(format!("it is called as {}", forms.join(" or ")))
    }
}

impl Overload {
    fn takes(&self, positional: usize, named: &[&str]) -> bool {
        let Some(rest) = self.parameters.get(positional..) else { return false };
        let is_named = |parameter: &Parameter| named.iter().any(|named| same_name(named, &parameter.name));
        let known = rest.iter().filter(|parameter| is_named(parameter)).count();
        known == named.len()
            && rest.iter().all(|parameter| parameter.default.is_some() || is_named(parameter))
    }

    /// The parameters with their types and defaults: `a, b INTEGER, c := 1`.
    pub fn signature(&self) -> String {
        let written = |parameter: &Parameter| {
            let mut text = parameter.name.to_string();
            if let Some(type_name) = &parameter.type_name {
                text.push_str(&format!(" {type_name}"));
            }
            if let Some(default) = &parameter.default {
                text.push_str(&format!(" := {default}"));
            }
            text
        };
        let parameters: Vec<String> = self.parameters.iter().map(written).collect();
        parameters.join(", ")
    }
}

/// Labels in quotes, separated by commas.
pub fn quoted(labels: &[Box<str>]) -> String {
    let quoted: Vec<String> = labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect();
    quoted.join(", ")
}

/// The key of an object among those of its database.
pub(crate) fn key_of(kind: ObjectKind, name: &str) -> Arc<str> {
    format!("{} {}", kind.word(), name.to_lowercase()).into()
}
