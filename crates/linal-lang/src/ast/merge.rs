//! `MERGE INTO`, and the clauses that change statements share.

use sqlparser::ast as sql;

use super::relational::{Query, Scalar};
use super::{Ident, ObjectName};
use crate::Span;

/// The relations of `UPDATE .. FROM` and `DELETE .. USING`, with their common table expressions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sources {
    /// `WITH x AS (..)` before the statement.
    pub with: Option<Box<sql::With>>,
    /// The relations besides the changed dataset.
    pub from: Vec<sql::TableWithJoins>,
}

impl Sources {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.with.is_none() && self.from.is_empty()
    }
}

/// `ON CONFLICT [(columns)] DO ..`, `INSERT OR REPLACE`, `INSERT OR IGNORE`.
#[derive(Debug, Clone, PartialEq)]
pub struct OnConflict {
    /// The columns of the key; any key when `None`.
    pub columns: Option<Vec<Ident>>,
    /// What is done with a row whose key is there.
    pub action: ConflictAction,
    /// Its span.
    pub span: Span,
}

/// What is done with a row whose key is there.
#[derive(Debug, Clone, PartialEq)]
pub enum ConflictAction {
    /// `DO NOTHING`: it is not inserted.
    Nothing,
    /// `DO UPDATE SET a = e, .. [WHERE e]`: the row that is there is updated.
    Update {
        /// The columns and their new values, over the row that is there and `excluded`.
        assignments: Vec<(Ident, Scalar)>,
        /// The rows that are updated; all when `None`.
        filter: Option<Scalar>,
    },
    /// `INSERT OR REPLACE`: all given columns are updated.
    Replace,
}

/// `MERGE INTO t [AS u] USING s ON e WHEN ..`.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// `WITH x AS (..)` before the statement.
    pub with: Option<Box<sql::With>>,
    /// The changed dataset.
    pub table: ObjectName,
    /// The qualifier of its columns, instead of its name.
    pub alias: Option<Ident>,
    /// The source.
    pub source: Box<sql::TableFactor>,
    /// The span of the source.
    pub source_span: Span,
    /// Which of its rows match which rows of the dataset.
    pub condition: MergeCondition,
    /// The clauses, of which the first that applies to a row is taken.
    pub clauses: Vec<MergeClause>,
    /// `RETURNING ..`.
    pub returning: Option<Query>,
}

/// Which rows match.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeCondition {
    /// `ON e`.
    On(Scalar),
    /// `USING (a, b)`.
    Using(Vec<Ident>),
}

/// The rows that a clause applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeWhen {
    /// `WHEN MATCHED`: pairs.
    Matched,
    /// `WHEN NOT MATCHED [BY TARGET]`: rows of the source.
    NotMatched,
    /// `WHEN NOT MATCHED BY SOURCE`: rows of the dataset.
    NotMatchedBySource,
}

/// `WHEN .. [AND e] THEN ..`.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeClause {
    /// The rows that it applies to.
    pub when: MergeWhen,
    /// `AND e`.
    pub condition: Option<Scalar>,
    /// What is done with them.
    pub action: MergeAction,
    /// Its span.
    pub span: Span,
}

/// What a clause does.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeAction {
    /// `UPDATE SET a = e, ..`.
    Update(Vec<(Ident, Scalar)>),
    /// `UPDATE [SET *] [BY NAME | BY POSITION]`: all columns of the source.
    UpdateAll {
        /// Whether columns are matched by name, and otherwise by position.
        by_name: bool,
    },
    /// `INSERT [(a, ..)] VALUES (e, ..)`.
    Insert {
        /// The columns; all when `None`.
        columns: Option<Vec<Ident>>,
        /// Their values.
        values: Vec<Scalar>,
    },
    /// `INSERT [*] [BY NAME | BY POSITION]`: all columns of the source.
    InsertAll {
        /// Whether columns are matched by name, and otherwise by position.
        by_name: bool,
    },
    /// `INSERT DEFAULT VALUES`.
    InsertDefaults,
    /// `DELETE`.
    Delete,
    /// `DO NOTHING`.
    Nothing,
    /// `ERROR [message]`.
    Error(Option<Scalar>),
}
