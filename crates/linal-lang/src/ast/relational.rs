//! Statements over datasets. Their queries and scalar expressions are sqlparser's trees, whose spans count bytes:
//! a location has line 1 and as its column one more than the byte offset that our spans count with; see [`crate::sql`].

use sqlparser::ast as sql;

use super::{Expr, Ident, NumberArray, ObjectName};
use crate::Span;

/// A `SELECT`, `WITH ... SELECT`, `VALUES` or a combination of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The tree.
    pub sql: Box<sql::Query>,
    /// Where the query stands.
    pub span: Span,
    /// The texts of the items of the first SELECT as written, without their aliases: what a column without a
    /// name of its own is called. Empty for `VALUES`.
    pub items: Vec<Box<str>>,
}

/// A scalar expression of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// The tree.
    pub sql: Box<sql::Expr>,
    /// Where it stands.
    pub span: Span,
}

/// The type of a column as written: `Int`, `Vector(128, f64)`, `DECIMAL(10, 2)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// The word, as written; words of several parts (`DOUBLE PRECISION`) have one blank between them.
    pub name: Box<str>,
    /// What stands in parentheses, each as written.
    pub args: Vec<Box<str>>,
    /// Where the type stands.
    pub span: Span,
}

/// A column of `DATASET ... COLUMNS` or `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSpec {
    /// The name.
    pub name: Ident,
    /// The type.
    pub type_name: TypeName,
    /// What was said of NULL: `?` and `NULL` are true, `NOT NULL` false.
    pub nullable: Option<bool>,
    /// `DEFAULT v`.
    pub default: Option<Scalar>,
}

/// How a statement that makes a dataset treats one of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// It is an error.
    Fail,
    /// `IF NOT EXISTS`: it stays.
    Keep,
    /// `OR REPLACE`: it goes.
    Replace,
}

/// What a new dataset is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum DatasetSource {
    /// `COLUMNS (...)`. `standard` is set for `CREATE TABLE`, whose columns are nullable unless they say NOT NULL.
    Columns {
        /// The columns.
        columns: Vec<ColumnSpec>,
        /// Whether a plain column is nullable.
        standard: bool,
    },
    /// `FROM source [FILTER ..] ...` or `CREATE TABLE t AS SELECT ...`.
    Query(Query),
}

/// `DATASET name ...`, `CREATE TABLE name ...`, `CREATE OR REPLACE DATASET name ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDataset {
    /// The new name.
    pub name: ObjectName,
    /// What happens when it is there.
    pub if_there: IfThere,
    /// What it is made of.
    pub source: DatasetSource,
}

/// A literal of an INSERT.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `DEFAULT`.
    Default,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, its sign included.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string.
    Str(Box<str>),
    /// A rectangular list of numbers.
    Numbers(Box<NumberArray>),
}

/// What an INSERT puts in.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertSource {
    /// `VALUES` of literals only, row after row.
    Literals {
        /// The values; every row has `width` of them.
        values: Vec<Literal>,
        /// Where each value stands.
        spans: Vec<Span>,
        /// Values in a row.
        width: usize,
    },
    /// `SELECT ...`, or `VALUES` with an expression among them.
    Query(Query),
    /// `DEFAULT VALUES`: one row.
    Defaults,
}

/// `INSERT INTO t [(columns)] ...`; `INSERT INTO t (a = 1, b = 2)` is one row with the columns named.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// The dataset.
    pub table: ObjectName,
    /// The columns that are given, in order; all of the dataset when `None`.
    pub columns: Option<Vec<Ident>>,
    /// What is put in.
    pub source: InsertSource,
}

/// `UPDATE t [[AS] u] SET a = e, ... [WHERE e]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The dataset.
    pub table: ObjectName,
    /// What its columns are qualified by, in place of its name.
    pub alias: Option<Ident>,
    /// Columns and their new values.
    pub assignments: Vec<(Ident, Scalar)>,
    /// Which rows; all when `None`.
    pub filter: Option<Scalar>,
}

/// `DELETE FROM t [[AS] u] [WHERE e]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The dataset.
    pub table: ObjectName,
    /// What its columns are qualified by, in place of its name.
    pub alias: Option<Ident>,
    /// Which rows; all when `None`.
    pub filter: Option<Scalar>,
}

/// What an `ALTER DATASET t` (or `ALTER TABLE t`) does.
#[derive(Debug, Clone, PartialEq)]
pub enum Alteration {
    /// `ADD [COLUMN] c: type [DEFAULT v]`.
    AddColumn(ColumnSpec),
    /// `ADD [COLUMN] c = expr [LAZY]`.
    AddComputed {
        /// The new column.
        name: Ident,
        /// Its value.
        value: Scalar,
        /// The value's text, which is stored.
        text: Box<str>,
        /// Whether it is computed at use.
        lazy: bool,
    },
    /// `DROP [COLUMN] c`.
    DropColumn(Ident),
    /// `RENAME [COLUMN] a TO b`.
    RenameColumn {
        /// The old name.
        from: Ident,
        /// The new name.
        to: Ident,
    },
    /// `RENAME TO u`.
    Rename(Ident),
}

/// The three forms of SEARCH as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The dataset that is searched.
    pub table: ObjectName,
    /// The vector column.
    pub column: Ident,
    /// The vector that is looked for.
    pub query: Scalar,
    /// `METRIC m`.
    pub metric: Option<Ident>,
    /// Conditions besides `col ~= v`.
    pub filter: Option<Scalar>,
    /// How many; an expression, and required.
    pub limit: Scalar,
    /// `INTO target`, or the target of `SEARCH target FROM t ...`.
    pub into: Option<ObjectName>,
}

/// `CREATE [VECTOR] INDEX [IF NOT EXISTS] [name] ON t(col) [METRIC m] [WITH (key = value, ...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// `VECTOR`.
    pub vector: bool,
    /// The index's name.
    pub name: Option<Ident>,
    /// The dataset.
    pub table: ObjectName,
    /// The column.
    pub column: Ident,
    /// `METRIC m`.
    pub metric: Option<Ident>,
    /// Options, each as written.
    pub options: Vec<(Ident, Box<str>)>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// A step of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum PipelineStep {
    /// `SELECT items`, and `GROUP BY keys SELECT items [HAVING e]`. A `SELECT *` tree without a FROM whose group
    /// and having are set; `items` are the texts of its items.
    Select {
        /// The tree, its FROM empty.
        select: Box<sql::Select>,
        /// The texts of its items.
        items: Vec<Box<str>>,
    },
    /// `WHERE e` or `FILTER e`.
    Where(Scalar),
    /// `ORDER BY ...`.
    OrderBy(Vec<sql::OrderByExpr>),
    /// `LIMIT n`.
    Limit(Scalar),
    /// `OFFSET n`.
    Offset(Scalar),
    /// `DISTINCT`.
    Distinct,
    /// `NORMALIZE col`.
    Normalize(Ident),
    /// `COMPUTE col = e`.
    Compute {
        /// The column.
        column: Ident,
        /// Its value.
        value: Scalar,
    },
}

impl PipelineStep {
    /// The words that open the step, in upper case.
    pub fn keyword(&self) -> &'static str {
        match self {
            PipelineStep::Select { select, .. } => match &select.group_by {
                sql::GroupByExpr::Expressions(keys, _) if keys.is_empty() => "SELECT",
                _ => "GROUP BY",
            },
            PipelineStep::Where(_) => "WHERE",
            PipelineStep::OrderBy(_) => "ORDER BY",
            PipelineStep::Limit(_) => "LIMIT",
            PipelineStep::Offset(_) => "OFFSET",
            PipelineStep::Distinct => "DISTINCT",
            PipelineStep::Normalize(_) => "NORMALIZE",
            PipelineStep::Compute { .. } => "COMPUTE",
        }
    }
}

/// A pipeline as text and as steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Its name.
    pub name: Ident,
    /// The steps as written, for storing: from the first to the last.
    pub text: Box<str>,
    /// The steps.
    pub steps: Vec<PipelineStep>,
    /// Each step as written.
    pub texts: Vec<Box<str>>,
}

/// What an export writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Exported {
    /// All of a dataset.
    Dataset(ObjectName),
    /// The rows of a query.
    Query(Query),
}

/// A file that stands as a dataset: `USE DATASET FROM`, `IMPORT DATASET FROM`, `IMPORT CSV FROM`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportFile {
    /// The path as written.
    pub path: Box<str>,
    /// Where the path stands.
    pub path_span: Span,
    /// `AS n`.
    pub name: Option<Ident>,
    /// `FIELDS (a, b)`.
    pub fields: Option<Vec<Ident>>,
    /// Options such as `header => true`, each as written.
    pub options: Vec<(Ident, Box<str>)>,
    /// Whether it is copied into the database (IMPORT) or read for this session (USE).
    pub copy: bool,
}

/// What SAVE, LOAD or EXPORT is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredKind {
    /// A dataset.
    Dataset,
    /// A tensor.
    Tensor,
    /// A pipeline.
    Pipeline,
}

/// Lists that are asked for by name only.
#[derive(Debug, Clone, PartialEq)]
pub enum Listing {
    /// `LIST DATASETS`, `SHOW ALL DATASETS`, `SHOW DATASETS`, `SHOW TABLES`.
    Datasets,
    /// `LIST TENSORS`.
    Tensors,
    /// `LIST PIPELINES`, `SHOW PIPELINES`.
    Pipelines,
    /// `SHOW INDEXES [t]`.
    Indexes(Option<ObjectName>),
    /// `SHOW SCHEMA t`, `DESCRIBE t`, `DESCRIBE DATASET t`.
    Schema(ObjectName),
    /// `SHOW DATASET METADATA t`.
    Metadata(ObjectName),
    /// `DESCRIBE PIPELINE p`.
    Pipeline(Ident),
    /// `LIST DATASET PACKAGES`.
    Packages,
    /// `LIST DATASET VERSIONS n`, `SHOW DATASET VERSIONS n`.
    Versions(ObjectName),
}

/// A statement over datasets. `COPY t (a, b) TO` is an export of a query, `COPY t FROM 'f'` an INSERT of
/// `SELECT * FROM 'f'`, and `TRUNCATE t` a DELETE of all rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Relational {
    /// A query.
    Query(Query),
    /// `DATASET`, `CREATE TABLE`.
    Create(CreateDataset),
    /// `DROP DATASET t`, `DROP TABLE t`, with `IF EXISTS` before or behind the name.
    Drop {
        /// The dataset.
        name: ObjectName,
        /// Whether a missing one is fine.
        if_exists: bool,
    },
    /// `INSERT`.
    Insert(Insert),
    /// `UPDATE`.
    Update(Update),
    /// `DELETE`.
    Delete(Delete),
    /// `ALTER DATASET`.
    Alter {
        /// The dataset.
        table: ObjectName,
        /// What happens to it.
        alteration: Alteration,
    },
    /// `MATERIALIZE t`.
    Materialize(ObjectName),
    /// `LET ds = dataset("name")`.
    LetDataset {
        /// The session's name for it.
        name: Ident,
        /// The dataset's name.
        dataset: Ident,
    },
    /// `ds.add_column("c", tensor)`, `ATTACH tensor TO ds.c`.
    Attach {
        /// The dataset.
        table: ObjectName,
        /// The new column.
        column: Ident,
        /// Its value: any tensor expression.
        value: Expr,
    },
    /// `SET DATASET t [METADATA] key = "value"`.
    SetMetadata {
        /// The dataset.
        table: ObjectName,
        /// The key.
        key: Ident,
        /// The value, as text.
        value: Box<str>,
    },
    /// `AUDIT DATASET t`.
    Audit(ObjectName),
    /// A list of what is there.
    List(Listing),
    /// `SEARCH`.
    Search(Search),
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `DROP INDEX name [IF EXISTS]`.
    DropIndex {
        /// The index.
        name: Ident,
        /// Whether a missing one is fine.
        if_exists: bool,
    },
    /// `DEFINE PIPELINE`.
    DefinePipeline(Pipeline),
    /// `APPLY PIPELINE p ON t [INTO u]`.
    ApplyPipeline {
        /// The pipeline.
        name: Ident,
        /// The source.
        table: ObjectName,
        /// The target; the source itself when `None`.
        into: Option<ObjectName>,
    },
    /// `DROP PIPELINE p [IF EXISTS]`.
    DropPipeline {
        /// The pipeline.
        name: Ident,
        /// Whether a missing one is fine.
        if_exists: bool,
    },
    /// `TRANSFORM t SELECT cols [WHERE e] [INTO u]`: the query has `FROM t` put in.
    Transform {
        /// The source.
        table: ObjectName,
        /// The query over it.
        query: Query,
        /// The target; the source itself when `None`.
        into: Option<ObjectName>,
    },
    /// `USE DATASET FROM`, `IMPORT ... FROM`.
    Import(ImportFile),
    /// `EXPORT [CSV] n TO path`, `COPY n TO path`, `COPY (SELECT ...) TO path`.
    Export {
        /// What is written.
        source: Exported,
        /// The path.
        path: Box<str>,
        /// The format's word, when one stands there.
        format: Option<Ident>,
    },
    /// `SAVE DATASET|TENSOR|PIPELINE n [TO path]`.
    Save {
        /// What.
        kind: StoredKind,
        /// Its name.
        name: Ident,
        /// The path.
        path: Option<Box<str>>,
    },
    /// `LOAD DATASET|TENSOR|PIPELINE n [FROM path]`.
    Load {
        /// What.
        kind: StoredKind,
        /// Its name.
        name: Ident,
        /// The path.
        path: Option<Box<str>>,
    },
    /// `DELIVER n [TO path]`.
    Deliver {
        /// The dataset.
        name: Ident,
        /// The path.
        path: Option<Box<str>>,
    },
}

impl Relational {
    /// The words that open the statement, in upper case, for messages and statistics.
    pub fn keyword(&self) -> &'static str {
        match self {
            Relational::Query(_) => "SELECT",
            Relational::Create(CreateDataset {
                source: DatasetSource::Columns { standard: true, .. },
                ..
            }) => "CREATE TABLE",
            Relational::Create(_) => "DATASET",
            Relational::Drop { .. } => "DROP DATASET",
            Relational::Insert(_) => "INSERT",
            Relational::Update(_) => "UPDATE",
            Relational::Delete(_) => "DELETE",
            Relational::Alter { .. } => "ALTER DATASET",
            Relational::Materialize(_) => "MATERIALIZE",
            Relational::LetDataset { .. } => "LET",
            Relational::Attach { .. } => "ATTACH",
            Relational::SetMetadata { .. } => "SET DATASET",
            Relational::Audit(_) => "AUDIT DATASET",
            Relational::List(_) => "LIST",
            Relational::Search(_) => "SEARCH",
            Relational::CreateIndex(_) => "CREATE INDEX",
            Relational::DropIndex { .. } => "DROP INDEX",
            Relational::DefinePipeline(_) => "DEFINE PIPELINE",
            Relational::ApplyPipeline { .. } => "APPLY PIPELINE",
            Relational::DropPipeline { .. } => "DROP PIPELINE",
            Relational::Transform { .. } => "TRANSFORM",
            Relational::Import(ImportFile { copy: true, .. }) => "IMPORT",
            Relational::Import(_) => "USE DATASET",
            Relational::Export { .. } => "EXPORT",
            Relational::Save { .. } => "SAVE",
            Relational::Load { .. } => "LOAD",
            Relational::Deliver { .. } => "DELIVER",
        }
    }
}
