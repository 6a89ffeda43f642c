//! Statements about views, macros, sequences, types and comments.

use super::relational::{OnExisting, Query, Scalar, TypeName};
use super::{Ident, ObjectName};
use crate::Span;

/// The kinds of objects that a database keeps beside datasets, pipelines and indexes. Names of different kinds do not
/// collide, except that a view shares the names of datasets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A query under a name.
    View,
    /// An expression with parameters.
    Macro,
    /// A query with parameters.
    TableMacro,
    /// A source of ascending or descending numbers.
    Sequence,
    /// A type of columns.
    Type,
}

impl ObjectKind {
    /// All kinds.
    pub const ALL: [ObjectKind; 5] =
        [ObjectKind::View, ObjectKind::Macro, ObjectKind::TableMacro, ObjectKind::Sequence, ObjectKind::Type];

    /// The word for it in messages, and in a database directory.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::View => "view",
            ObjectKind::Macro => "macro",
            ObjectKind::TableMacro => "table macro",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Type => "type",
        }
    }

    /// The keywords after DROP and COMMENT ON.
    pub fn keywords(self) -> &'static str {
        match self {
            ObjectKind::View => "VIEW",
            ObjectKind::Macro => "MACRO",
            ObjectKind::TableMacro => "MACRO TABLE",
            ObjectKind::Sequence => "SEQUENCE",
            ObjectKind::Type => "TYPE",
        }
    }
}

/// What is dropped with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dependents {
    /// Neither word: an object of this crate's kinds is kept while others use it, a dataset is dropped without them.
    #[default]
    Unsaid,
    /// `RESTRICT`: nothing is dropped while something uses it.
    Restrict,
    /// `CASCADE`: what uses it is dropped as well.
    Cascade,
}

/// `CREATE [OR REPLACE] [TEMP] VIEW [IF NOT EXISTS] v [(names)] AS query`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// The new name.
    pub name: ObjectName,
    /// What happens when the name exists.
    pub on_existing: OnExisting,
    /// Whether it belongs to the session.
    pub temporary: bool,
    /// Names of the first columns.
    pub columns: Vec<Ident>,
    /// The query.
    pub query: Query,
    /// The query as written, with its comments.
    pub text: Box<str>,
}

/// A parameter of a macro.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroParameter {
    /// The name.
    pub name: Ident,
    /// The type that an argument is cast to.
    pub type_name: Option<TypeName>,
    /// `:= e`: the value where the call has none, and its text.
    pub default: Option<(Scalar, Box<str>)>,
}

/// The body of a macro.
#[derive(Debug, Clone, PartialEq)]
pub enum MacroBody {
    /// `AS e`.
    Scalar(Scalar),
    /// `AS TABLE q`.
    Table(Query),
}

/// `(parameters) AS body`.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroOverload {
    /// The parameters; those with a default come last.
    pub parameters: Vec<MacroParameter>,
    /// The body.
    pub body: MacroBody,
    /// The body as written, with its comments.
    pub text: Box<str>,
    /// The span of the body.
    pub span: Span,
}

/// `CREATE [OR REPLACE] [TEMP] MACRO f(a, b := 1) AS e, (a, b, c) AS e`, and `CREATE FUNCTION` likewise.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateMacro {
    /// The new name.
    pub name: ObjectName,
    /// What happens when the name exists.
    pub on_existing: OnExisting,
    /// Whether it belongs to the session.
    pub temporary: bool,
    /// The overloads, which differ by their number of parameters; all scalar or all tables. Never empty.
    pub overloads: Vec<MacroOverload>,
}

impl CreateMacro {
    /// Whether calls stand in FROM.
    pub fn is_table(&self) -> bool {
        self.overloads.iter().any(|overload| matches!(overload.body, MacroBody::Table(_)))
    }
}

/// An option of a sequence with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceNumber {
    /// The number.
    pub value: i64,
    /// Its span.
    pub span: Span,
}

/// `CREATE [OR REPLACE] [TEMP] SEQUENCE s [START n] [INCREMENT n] [MINVALUE n] [MAXVALUE n] [CYCLE]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSequence {
    /// The new name.
    pub name: ObjectName,
    /// What happens when the name exists.
    pub on_existing: OnExisting,
    /// Whether it belongs to the session.
    pub temporary: bool,
    /// `START [WITH] n`.
    pub start: Option<SequenceNumber>,
    /// `INCREMENT [BY] n`.
    pub increment: Option<SequenceNumber>,
    /// `MINVALUE n`.
    pub minimum: Option<SequenceNumber>,
    /// `MAXVALUE n`.
    pub maximum: Option<SequenceNumber>,
    /// `CYCLE`.
    pub cycles: bool,
}

/// The definition of a type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeDefinition {
    /// `AS ENUM ('a', 'b')`: each label with its span.
    Labels(Vec<(Box<str>, Span)>),
    /// `AS ENUM (SELECT ...)`.
    Query(Query),
    /// `AS INTEGER`.
    Alias(TypeName),
}

/// `CREATE [OR REPLACE] [TEMP] TYPE t AS ENUM (...)`, `CREATE TYPE t AS INTEGER`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateType {
    /// The new name.
    pub name: ObjectName,
    /// What happens when the name exists.
    pub on_existing: OnExisting,
    /// Whether it belongs to the session.
    pub temporary: bool,
    /// What it stands for.
    pub definition: TypeDefinition,
}

/// What a comment is on.
#[derive(Debug, Clone, PartialEq)]
pub enum CommentTarget {
    /// `TABLE t` or `DATASET t`.
    Dataset(ObjectName),
    /// `COLUMN t.c`: the dataset and its column.
    Column(ObjectName, Ident),
    /// `VIEW v`, `MACRO f`, ...
    Object(ObjectKind, ObjectName),
}

/// A statement about an object.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectStatement {
    /// `CREATE VIEW`.
    CreateView(CreateView),
    /// `CREATE MACRO`.
    CreateMacro(CreateMacro),
    /// `CREATE SEQUENCE`.
    CreateSequence(CreateSequence),
    /// `CREATE TYPE`.
    CreateType(CreateType),
    /// `DROP VIEW [IF EXISTS] v [CASCADE | RESTRICT]` and the like.
    Drop {
        /// The kind.
        kind: ObjectKind,
        /// The object.
        name: ObjectName,
        /// Whether a missing object is no error.
        if_exists: bool,
        /// What is dropped with it.
        dependents: Dependents,
    },
    /// `ALTER VIEW v RENAME TO w` and the like.
    Rename {
        /// The kind.
        kind: ObjectKind,
        /// The object.
        name: ObjectName,
        /// Whether a missing object is no error.
        if_exists: bool,
        /// Its new name.
        to: Ident,
    },
    /// `COMMENT ON TABLE t IS 'text'`; NULL removes the comment.
    Comment {
        /// What the comment is on.
        target: CommentTarget,
        /// The text.
        text: Option<Box<str>>,
    },
    /// `SHOW VIEWS`, `SHOW MACROS`, `SHOW SEQUENCES`, `SHOW TYPES`.
    List(ObjectKind),
    /// `DROP SCHEMA [IF EXISTS] s [CASCADE | RESTRICT]`: a schema is a database.
    DropSchema {
        /// The database.
        name: Ident,
        /// Whether a missing database is no error.
        if_exists: bool,
        /// Whether it may have something in it.
        dependents: Dependents,
    },
}

impl ObjectStatement {
    /// The keywords that open the statement.
    pub fn keyword(&self) -> &'static str {
        match self {
            ObjectStatement::CreateView(_) => "CREATE VIEW",
            ObjectStatement::CreateMacro(_) => "CREATE MACRO",
            ObjectStatement::CreateSequence(_) => "CREATE SEQUENCE",
            ObjectStatement::CreateType(_) => "CREATE TYPE",
            ObjectStatement::Drop { .. } => "DROP",
            ObjectStatement::Rename { .. } => "ALTER",
            ObjectStatement::Comment { .. } => "COMMENT ON",
            ObjectStatement::List(_) => "SHOW",
            ObjectStatement::DropSchema { .. } => "DROP SCHEMA",
        }
    }

    /// Whether the statement creates something that only its session sees.
    pub fn is_temporary(&self) -> bool {
        match self {
            ObjectStatement::CreateView(create) => create.temporary,
            ObjectStatement::CreateMacro(create) => create.temporary,
            ObjectStatement::CreateSequence(create) => create.temporary,
            ObjectStatement::CreateType(create) => create.temporary,
            _ => false,
        }
    }
}
