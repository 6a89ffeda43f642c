//! Statements, one variant per kind.

use super::relational::Relational;
use super::{Expr, JobStatement, NumberArray};
use crate::Span;

/// A name and its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The name without its quotes, case as written. Names compare case-insensitively.
    pub name: Box<str>,
    /// The span, including the quotes.
    pub span: Span,
}

/// A name of one or more parts, such as `ds.column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// The parts, outermost first; never empty.
    pub parts: Vec<Ident>,
    /// The span of the whole name.
    pub span: Span,
}

impl ObjectName {
    /// The name when it has one part.
    pub fn as_single(&self) -> Option<&Ident> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// The path of a file or a directory, a string of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath {
    /// The path without its quotes, not checked.
    pub text: Box<str>,
    /// The span, including the quotes.
    pub span: Span,
}

/// A statement.
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
        /// The target of the alias.
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
    /// `EXPLAIN [ANALYZE] [VERBOSE] [PLAN] statement`; the name of a dataset means `SELECT *` from it.
    Explain {
        /// Whether the statement is run and profiled.
        analyze: bool,
        /// Whether the changes of each rule are shown.
        verbose: bool,
        /// The explained statement; never another EXPLAIN.
        statement: Box<Statement>,
    },
    /// `DROP TENSOR x [IF EXISTS]`.
    DropTensor {
        /// The tensor.
        name: Ident,
        /// Whether a missing tensor is no error.
        if_exists: bool,
    },
    /// `SET name = value`.
    Set(Set),
    /// `RESET SESSION`.
    ResetSession,
    /// `HELP [topic]`.
    Help {
        /// The topic: the rest of the statement as written.
        topic: Option<Ident>,
    },
    /// `CREATE DATABASE [IF NOT EXISTS] d`.
    CreateDatabase {
        /// The database.
        name: Ident,
        /// Whether an existing database is no error.
        if_not_exists: bool,
    },
    /// `DROP DATABASE [IF EXISTS] d`.
    DropDatabase {
        /// The database.
        name: Ident,
        /// Whether a missing database is no error.
        if_exists: bool,
    },
    /// `BACKUP DATABASE d TO 'path'`.
    BackupDatabase {
        /// The database.
        name: Ident,
        /// The path of the copy.
        path: FilePath,
    },
    /// `EXPORT DATABASE d TO DUCKLAKE 'path'`.
    ExportDatabase {
        /// The database.
        name: Ident,
        /// The path of the lake.
        path: FilePath,
    },
    /// `CHECKPOINT`.
    Checkpoint,
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
    /// `ALTER DATABASE d SET name = value`.
    AlterDatabase {
        /// The database.
        name: Ident,
        /// The limit that is set for all of its sessions.
        set: Set,
    },
    /// `PREPARE p AS statement`.
    Prepare {
        /// The new name.
        name: Ident,
        /// The statement as written.
        text: Box<str>,
        /// The statement.
        statement: Box<Statement>,
    },
    /// `EXECUTE p`, `EXECUTE p(1, 'a')` or `EXECUTE p(name => 1)`.
    Execute {
        /// The prepared statement.
        name: Ident,
        /// The values of its parameters.
        arguments: Vec<Argument>,
    },
    /// `DEALLOCATE [PREPARE] p` or `DEALLOCATE ALL`.
    Deallocate {
        /// The prepared statement; `None` for all of them.
        name: Option<Ident>,
    },
    /// `KILL id`.
    Kill {
        /// The query's id as SHOW QUERIES has it, without quotes.
        id: Ident,
    },
    /// A statement about jobs or schedules.
    Job(Box<JobStatement>),
    /// A statement over datasets.
    Relational(Box<Relational>),
}

/// The value of a parameter of EXECUTE.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// The parameter's name; `None` for a positional one.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// The kind of a declaration.
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
    /// The kind; it agrees with the rank of `values`.
    pub kind: DeclareKind,
    /// The dtype as written.
    pub dtype: Option<Ident>,
    /// The new name.
    pub name: Ident,
    /// The elements.
    pub values: NumberArray,
    /// The span of the elements.
    pub values_span: Span,
}

/// `DEFINE t AS [STRICT] TENSOR [dtype] [dims] VALUES [...]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Define {
    /// The new name.
    pub name: Ident,
    /// Whether broadcasting with a non-scalar of another shape is an error.
    pub strict: bool,
    /// The dtype as written.
    pub dtype: Option<Ident>,
    /// The length of each axis. Execution checks that their product is the number of values.
    pub dims: Vec<usize>,
    /// The span of the dims.
    pub dims_span: Span,
    /// The values in row-major order, whatever their nesting.
    pub values: NumberArray,
    /// The span of the values.
    pub values_span: Span,
}

/// `LET x = e`.
#[derive(Debug, Clone, PartialEq)]
pub struct Let {
    /// The new name.
    pub name: Ident,
    /// Whether only the graph is stored until the first use.
    pub lazy: bool,
    /// The value.
    pub value: Expr,
}

/// The argument of `SHOW`.
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
    /// `SHOW QUERIES`.
    Queries,
}

/// `SET name = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The setting.
    pub name: Ident,
    /// The new value.
    pub value: SettingValue,
    /// The span of the value.
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
    /// The keywords that open the statement, in upper case, for messages and statistics.
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
            Statement::BackupDatabase { .. } => "BACKUP DATABASE",
            Statement::ExportDatabase { .. } => "EXPORT DATABASE",
            Statement::Checkpoint => "CHECKPOINT",
            Statement::Use { .. } => "USE",
            Statement::Begin => "BEGIN",
            Statement::Commit => "COMMIT",
            Statement::Rollback => "ROLLBACK",
            Statement::AlterDatabase { .. } => "ALTER DATABASE",
            Statement::Prepare { .. } => "PREPARE",
            Statement::Execute { .. } => "EXECUTE",
            Statement::Deallocate { .. } => "DEALLOCATE",
            Statement::Kill { .. } => "KILL",
            Statement::Job(statement) => statement.keyword(),
            Statement::Relational(statement) => statement.keyword(),
        }
    }
}
