//! Statements, one variant each.

use super::relational::Relational;
use super::{Expr, NumberArray};
use crate::Span;

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The name as written, quotes removed. Names match without regard to case.
    pub name: Box<str>,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// A name of one or more parts, such as `ds.column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// The parts, outermost first; never empty.
    pub parts: Vec<Ident>,
    /// Where the whole stands.
    pub span: Span,
}

impl ObjectName {
    /// The name when it has one part only.
    pub fn as_single(&self) -> Option<&Ident> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `VECTOR v = [...]` or `MATRIX m = [...]`.
    Declare(Declare),
    /// `DEFINE t AS TENSOR [dims] VALUES [...]`.
    Define(Define),
    /// `LET x = e`, `LAZY LET x = e`.
    Let(Let),
    /// `BIND alias TO target`.
    Bind {
        /// The new name.
        alias: Ident,
        /// What it follows.
        target: ObjectName,
    },
    /// `DERIVE x FROM e`.
    Derive {
        /// The new name.
        name: Ident,
        /// Its value.
        value: Expr,
    },
    /// `SHOW ...`.
    Show(Show),
    /// `EXPLAIN [ANALYZE] [PLAN] statement`, or of a dataset's name as `SELECT *` from it.
    Explain {
        /// Whether what is explained is run and measured.
        analyze: bool,
        /// What is explained; never another EXPLAIN.
        statement: Box<Statement>,
    },
    /// `DROP TENSOR x [IF EXISTS]`.
    DropTensor {
        /// The tensor.
        name: Ident,
        /// Whether a missing tensor is fine.
        if_exists: bool,
    },
    /// `SET name = value`.
    Set(Set),
    /// `RESET SESSION`.
    ResetSession,
    /// `HELP [topic]`.
    Help {
        /// What help is asked for: the rest of the statement as written.
        topic: Option<Ident>,
    },
    /// `CREATE DATABASE [IF NOT EXISTS] d`.
    CreateDatabase {
        /// The database.
        name: Ident,
        /// Whether one that is there already is fine.
        if_not_exists: bool,
    },
    /// `DROP DATABASE [IF EXISTS] d`.
    DropDatabase {
        /// The database.
        name: Ident,
        /// Whether a missing database is fine.
        if_exists: bool,
    },
    /// `USE d`.
    Use {
        /// The database.
        name: Ident,
    },
    /// `BEGIN`.
    Begin,
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// A statement over datasets.
    Relational(Box<Relational>),
}

/// Which of the two declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeclareKind {
    /// `VECTOR`: a list of rank 1.
    Vector,
    /// `MATRIX`: a list of rank 2.
    Matrix,
}

/// `VECTOR [dtype] v = [...]` or `MATRIX [dtype] m = [...]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Declare {
    /// Which of the two; the rank of `values` agrees with it.
    pub kind: DeclareKind,
    /// The dtype word as written.
    pub dtype: Option<Ident>,
    /// The new name.
    pub name: Ident,
    /// The elements.
    pub values: NumberArray,
    /// Where the elements stand.
    pub values_span: Span,
}

/// `DEFINE t AS [STRICT] TENSOR [dtype] [dims] VALUES [...]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Define {
    /// The new name.
    pub name: Ident,
    /// Whether broadcasting with another non-scalar shape is forbidden.
    pub strict: bool,
    /// The dtype word as written.
    pub dtype: Option<Ident>,
    /// Length of each axis. Whether their product is the number of values is checked when it runs.
    pub dims: Vec<usize>,
    /// Where the dims stand.
    pub dims_span: Span,
    /// The values in row-major order, however they were nested.
    pub values: NumberArray,
    /// Where the values stand.
    pub values_span: Span,
}

/// `LET x = e`.
#[derive(Debug, Clone, PartialEq)]
pub struct Let {
    /// The new name.
    pub name: Ident,
    /// Whether only the graph is kept until the first use.
    pub lazy: bool,
    /// The value.
    pub value: Expr,
}

/// What a `SHOW` asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    /// `SHOW e`.
    Value(Expr),
    /// `SHOW "text"`.
    Text(Box<str>),
    /// `SHOW SHAPE e`.
    Shape(Expr),
    /// `SHOW LINEAGE x`.
    Lineage(ObjectName),
    /// `SHOW ALL`.
    All,
    /// `SHOW ALL TENSORS`.
    AllTensors,
    /// `SHOW SETTINGS`.
    Settings,
    /// `SHOW DATABASES`.
    Databases,
}

/// `SET name = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The setting.
    pub name: Ident,
    /// The new value.
    pub value: SettingValue,
    /// Where the value stands.
    pub value_span: Span,
}

/// The value of a setting as written.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// An integer.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `NULL`.
    Null,
    /// A string literal.
    Str(Box<str>),
    /// A bare word such as `f32` or `on`.
    Word(Box<str>),
}

impl Statement {
    /// The words that open the statement, in upper case, for messages and statistics.
    pub fn keyword(&self) -> &str {
        match self {
            Statement::Declare(Declare { kind: DeclareKind::Vector, .. }) => "VECTOR",
            Statement::Declare(_) => "MATRIX",
            Statement::Define(_) => "DEFINE",
            Statement::Let(Let { lazy: true, .. }) => "LAZY LET",
            Statement::Let(_) => "LET",
            Statement::Bind { .. } => "BIND",
            Statement::Derive { .. } => "DERIVE",
            Statement::Show(_) => "SHOW",
            Statement::Explain { .. } => "EXPLAIN",
            Statement::DropTensor { .. } => "DROP TENSOR",
            Statement::Set(_) => "SET",
            Statement::ResetSession => "RESET SESSION",
            Statement::Help { .. } => "HELP",
            Statement::CreateDatabase { .. } => "CREATE DATABASE",
            Statement::DropDatabase { .. } => "DROP DATABASE",
            Statement::Use { .. } => "USE",
            Statement::Begin => "BEGIN",
            Statement::Commit => "COMMIT",
            Statement::Rollback => "ROLLBACK",
            Statement::Relational(statement) => statement.keyword(),
        }
    }
}
