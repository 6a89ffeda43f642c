//! Statements over datasets. Their queries and scalar expressions are sqlparser's trees, whose locations have
//! line 1 and a column of our byte offset plus one; see [`crate::sql`].

use sqlparser::ast as sql;

use super::constraint::{ConstraintSpec, Generated};
use super::merge::{Merge, OnConflict, Sources};
use super::objects::{Dependents, ObjectStatement};
use super::{Expr, FilePath, Ident, NumberArray, ObjectName, Retention, VersionNumber, VersionPoint};
use crate::Span;

/// A `SELECT`, `WITH ... SELECT`, `VALUES` or a set operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The tree.
    pub sql: Box<sql::Query>,
    /// Its span.
    pub span: Span,
    /// The texts of the projection of the first SELECT without aliases: the default names of its columns.
    /// Empty for `VALUES`.
    pub items: Vec<Box<str>>,
}

/// A scalar expression of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// The tree.
    pub sql: Box<sql::Expr>,
    /// Its span.
    pub span: Span,
}

/// The type of a column as written: `Int`, `Vector(128, f64)`, `DECIMAL(10, 2)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// The name as written; words of a longer name (`DOUBLE PRECISION`) are separated by one blank.
    pub name: Box<str>,
    /// The arguments in parentheses, each as written.
    pub args: Vec<Box<str>>,
    /// Its span.
    pub span: Span,
}

/// A column of `DATASET ... COLUMNS` or `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSpec {
    /// The name.
    pub name: Ident,
    /// The type.
    pub type_name: TypeName,
    /// Nullability when given: true for `?` and `NULL`, false for `NOT NULL`.
    pub nullable: Option<bool>,
    /// `DEFAULT v`.
    pub default: Option<Scalar>,
    /// Its constraints but NOT NULL.
    pub constraints: Vec<ConstraintSpec>,
    /// `AS (e)`.
    pub generated: Option<Generated>,
}

/// What a statement that creates a dataset does when the name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExisting {
    /// It fails.
    Fail,
    /// `IF NOT EXISTS`: the dataset is kept.
    Keep,
    /// `OR REPLACE`: the dataset is replaced.
    Replace,
}

/// The source of a new dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum DatasetSource {
    /// `COLUMNS (...)`. `standard` is set for `CREATE TABLE`, whose columns are nullable unless declared NOT
    /// NULL.
    Columns {
        /// The columns.
        columns: Vec<ColumnSpec>,
        /// The constraints of the table.
        constraints: Vec<ConstraintSpec>,
        /// Whether a column is nullable by default.
        standard: bool,
    },
    /// `FROM source [FILTER ..] ...` or `CREATE TABLE t AS SELECT ...`.
    Query(Query),
}

/// What stands between the names of an option that takes a list, such as `PARTITION_BY (a, b)`.
pub const NAME_SEPARATOR: &str = "\u{1f}";

/// `DATASET name ...`, `CREATE TABLE name ...`, `CREATE OR REPLACE DATASET name ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDataset {
    /// The new name.
    pub name: ObjectName,
    /// What happens when the name exists.
    pub on_existing: OnExisting,
    /// `TEMP`: whether it belongs to the session.
    pub temporary: bool,
    /// The source.
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
    /// An integer with its sign.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string.
    Str(Box<str>),
    /// A rectangular list of numbers.
    Numbers(Box<NumberArray>),
}

/// The rows of an INSERT.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertSource {
    /// `VALUES` of literals only, in row-major order.
    Literals {
        /// The values; every row has `width` of them.
        values: Vec<Literal>,
        /// The span of each value.
        spans: Vec<Span>,
        /// Number of values per row.
        width: usize,
    },
    /// `SELECT ...`, or `VALUES` with an expression in it.
    Query(Query),
    /// `DEFAULT VALUES`: one row.
    Defaults,
    /// `COPY t FROM 'path' (options)`: the rows of a file.
    File {
        /// The path as written.
        path: Box<str>,
        /// Its span.
        path_span: Span,
        /// Options such as `DELIMITER ';'`, each as written.
        options: Vec<(Ident, Box<str>)>,
    },
}

/// `INSERT INTO t [(columns)] ...`; `INSERT INTO t (a = 1, b = 2)` is one row with named columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// The dataset.
    pub table: ObjectName,
    /// The qualifier of its columns, instead of its name.
    pub alias: Option<Ident>,
    /// The target columns in order; `None` means all columns.
    pub columns: Option<Vec<Ident>>,
    /// `BY NAME`: the columns are those of the query.
    pub by_name: bool,
    /// The rows.
    pub source: InsertSource,
    /// `ON CONFLICT ..`.
    pub on_conflict: Option<OnConflict>,
    /// `RETURNING ..`: a SELECT without a FROM.
    pub returning: Option<Query>,
}

impl Insert {
    /// `INSERT INTO t [(columns)] ..` without other clauses.
    pub fn new(table: ObjectName, columns: Option<Vec<Ident>>, source: InsertSource) -> Insert {
        Insert { table, alias: None, columns, by_name: false, source, on_conflict: None, returning: None }
    }
}

/// `UPDATE t [[AS] u] SET a = e, ... [WHERE e]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The dataset.
    pub table: ObjectName,
    /// The qualifier of its columns, instead of its name.
    pub alias: Option<Ident>,
    /// The assigned columns and their new values.
    pub assignments: Vec<(Ident, Scalar)>,
    /// `FROM ..`.
    pub sources: Sources,
    /// The condition; all rows when `None`.
    pub filter: Option<Scalar>,
    /// `RETURNING ..`: a SELECT without a FROM.
    pub returning: Option<Query>,
}

/// `DELETE FROM t [[AS] u] [WHERE e]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The dataset.
    pub table: ObjectName,
    /// The qualifier of its columns, instead of its name.
    pub alias: Option<Ident>,
    /// `USING ..`.
    pub sources: Sources,
    /// The condition; all rows when `None`.
    pub filter: Option<Scalar>,
    /// `RETURNING ..`: a SELECT without a FROM.
    pub returning: Option<Query>,
}

/// The change of an `ALTER DATASET t` (or `ALTER TABLE t`).
#[derive(Debug, Clone, PartialEq)]
pub enum Alteration {
    /// `ADD [COLUMN] [IF NOT EXISTS] c: type [DEFAULT v]`.
    AddColumn {
        /// The column.
        spec: ColumnSpec,
        /// Whether a column that is there is no error.
        if_not_exists: bool,
    },
    /// `ADD [COLUMN] c = expr [LAZY]`.
    AddComputed {
        /// The new column.
        name: Ident,
        /// Its value.
        value: Scalar,
        /// The text of the value, which is stored.
        text: Box<str>,
        /// Whether the column is virtual.
        lazy: bool,
    },
    /// `DROP [COLUMN] [IF EXISTS] c`.
    DropColumn {
        /// The column.
        name: Ident,
        /// Whether a missing column is no error.
        if_exists: bool,
    },
    /// `RENAME [COLUMN] a TO b`.
    RenameColumn {
        /// The old name.
        from: Ident,
        /// The new name.
        to: Ident,
    },
    /// `RENAME TO u`.
    Rename(Ident),
    /// `ALTER [COLUMN] c ..`.
    AlterColumn {
        /// The column.
        name: Ident,
        /// Its change.
        change: ColumnChange,
    },
    /// `ADD [CONSTRAINT c] PRIMARY KEY | UNIQUE | CHECK | FOREIGN KEY ..`.
    AddConstraint(ConstraintSpec),
    /// `DROP CONSTRAINT [IF EXISTS] c`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// Whether a missing constraint is no error.
        if_exists: bool,
    },
}

/// A change of the definition of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnChange {
    /// `[SET DATA] TYPE t [USING e]`.
    Type {
        /// The new type.
        type_name: TypeName,
        /// The new values; those that are there when `None`.
        using: Option<Scalar>,
    },
    /// `SET DEFAULT e`.
    SetDefault(Scalar),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
}

/// A nearest-neighbour search; the three forms of SEARCH have one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The searched dataset.
    pub table: ObjectName,
    /// The vector column.
    pub column: Ident,
    /// The query vector.
    pub query: Scalar,
    /// `METRIC m`.
    pub metric: Option<Ident>,
    /// The condition without `col ~= v`.
    pub filter: Option<Scalar>,
    /// The number of results: an expression, and required.
    pub limit: Scalar,
    /// `INTO target`, or the target of `SEARCH target FROM t ...`.
    pub into: Option<ObjectName>,
}

/// `CREATE [VECTOR] INDEX [IF NOT EXISTS] [name] ON t(col) [METRIC m] [WITH (key = value, ...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// `VECTOR`.
    pub vector: bool,
    /// `UNIQUE`.
    pub unique: bool,
    /// The index's name.
    pub name: Option<Ident>,
    /// The dataset.
    pub table: ObjectName,
    /// The column.
    pub column: Ident,
    /// The columns after the first.
    pub more_columns: Vec<Ident>,
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
    /// `SELECT items`, or `GROUP BY keys SELECT items [HAVING e]`: a `SELECT` without a FROM, with its GROUP
    /// BY and HAVING. `items` are the texts of its projection.
    Select {
        /// The tree, without FROM.
        select: Box<sql::Select>,
        /// The texts of its projection.
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
    /// The keywords that open the step, in upper case.
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
    /// The text of all steps, which is stored.
    pub text: Box<str>,
    /// The steps.
    pub steps: Vec<PipelineStep>,
    /// The text of each step.
    pub texts: Vec<Box<str>>,
}

/// The source of an export.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportSource {
    /// A whole dataset.
    Dataset(ObjectName),
    /// The rows of a query.
    Query(Query),
}

/// A file opened as a dataset: `USE DATASET FROM`, `IMPORT DATASET FROM`, `IMPORT CSV FROM`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportFile {
    /// The path as written.
    pub path: Box<str>,
    /// The span of the path.
    pub path_span: Span,
    /// `AS n`.
    pub name: Option<Ident>,
    /// `FIELDS (a, b)`.
    pub fields: Option<Vec<Ident>>,
    /// Options such as `header => true`, each as written.
    pub options: Vec<(Ident, Box<str>)>,
    /// Whether it is copied into the database (IMPORT) or opened for this session (USE).
    pub copy: bool,
}

/// The kind of object of SAVE and LOAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredKind {
    /// A dataset.
    Dataset,
    /// A tensor.
    Tensor,
    /// A pipeline.
    Pipeline,
}

/// The listings: statements that name what they list and take no other argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Listing {
    /// `LIST DATASETS`, `SHOW ALL DATASETS`, `SHOW DATASETS`.
    Datasets,
    /// `SHOW TABLES`, `LIST TABLES`: the names of the datasets.
    Tables,
    /// `SHOW ALL TABLES`: the datasets of all databases with their columns.
    AllTables,
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
    /// `DROP DATASET t`, `DROP TABLE t`, with `IF EXISTS` before or after the name.
    Drop {
        /// The dataset.
        name: ObjectName,
        /// Whether a missing dataset is no error.
        if_exists: bool,
        /// What is dropped with it.
        dependents: Dependents,
    },
    /// `INSERT`.
    Insert(Insert),
    /// `UPDATE`.
    Update(Update),
    /// `DELETE`.
    Delete(Delete),
    /// `MERGE INTO`.
    Merge(Merge),
    /// `ALTER DATASET`.
    Alter {
        /// The dataset.
        table: ObjectName,
        /// `IF EXISTS`: whether a missing dataset is no error.
        if_exists: bool,
        /// The change.
        alteration: Alteration,
    },
    /// `MATERIALIZE t`.
    Materialize(ObjectName),
    /// `LET ds = dataset("name")`.
    LetDataset {
        /// The name of the variable.
        name: Ident,
        /// The name of the dataset.
        dataset: Ident,
    },
    /// `ds.add_column("c", tensor)`, `ATTACH tensor TO ds.c`.
    Attach {
        /// The dataset.
        table: ObjectName,
        /// The new column.
        column: Ident,
        /// Its value: a tensor expression.
        value: Expr,
    },
    /// `SET DATASET t [METADATA] key = "value"`.
    SetMetadata {
        /// The dataset.
        table: ObjectName,
        /// The key.
        key: Ident,
        /// The value as text.
        value: Box<str>,
    },
    /// `AUDIT DATASET t`.
    Audit(ObjectName),
    /// A listing.
    List(Listing),
    /// `SEARCH`.
    Search(Search),
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `DROP INDEX name [IF EXISTS]`.
    DropIndex {
        /// The index.
        name: Ident,
        /// Whether a missing index is no error.
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
        /// Whether a missing pipeline is no error.
        if_exists: bool,
    },
    /// `TRANSFORM t SELECT cols [WHERE e] [INTO u]`: `FROM t` is inserted into the query.
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
        /// The source.
        source: ExportSource,
        /// The path.
        path: FilePath,
        /// The name of the format.
        format: Option<Ident>,
        /// The options of COPY, each as written.
        options: Vec<(Ident, Box<str>)>,
    },
    /// `SAVE DATASET|TENSOR|PIPELINE n [TO path]`.
    Save {
        /// The kind of object.
        kind: StoredKind,
        /// Its name.
        name: Ident,
        /// The path.
        path: Option<FilePath>,
    },
    /// `LOAD DATASET|TENSOR|PIPELINE n [FROM path]`.
    Load {
        /// The kind of object.
        kind: StoredKind,
        /// Its name.
        name: Ident,
        /// The path.
        path: Option<FilePath>,
    },
    /// `DELIVER n [TO path]`.
    Deliver {
        /// The dataset.
        name: Ident,
        /// The path.
        path: Option<FilePath>,
    },
    /// `RESTORE DATASET t [TO VERSION 3 | TO TIMESTAMP '..']`.
    Restore {
        /// The dataset.
        table: ObjectName,
        /// The version whose rows become the newest version; the dropped dataset itself when `None`.
        to: Option<VersionPoint>,
    },
    /// `DIFF DATASET t VERSION 2 5`.
    Diff {
        /// The dataset.
        table: ObjectName,
        /// The version whose rows may have been removed.
        from: VersionNumber,
        /// The version whose rows may have been added.
        to: VersionNumber,
    },
    /// `EXPIRE VERSIONS t KEEP 10`, `EXPIRE VERSIONS t OLDER THAN '30d'`.
    ExpireVersions {
        /// The dataset.
        table: ObjectName,
        /// The versions that are kept.
        retention: Retention,
    },
    /// A statement about a view, a macro, a sequence, a type or a comment.
    Object(Box<ObjectStatement>),
}

impl Relational {
    /// The keywords that open the statement, in upper case, for messages and statistics.
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
            Relational::Merge(_) => "MERGE",
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
            Relational::Restore { .. } => "RESTORE DATASET",
            Relational::Diff { .. } => "DIFF DATASET",
            Relational::ExpireVersions { .. } => "EXPIRE VERSIONS",
            Relational::Object(statement) => statement.keyword(),
        }
    }
}
