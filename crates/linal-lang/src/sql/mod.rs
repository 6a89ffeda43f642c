//! Queries and scalar expressions: our lexer, sqlparser's grammar.
//!
//! There is one lexer. `convert` turns its tokens into sqlparser's and decides which words are keywords by
//! their position, so that all others may be names. `parse` gives the tokens to sqlparser's parser with a
//! dialect of our own and translates its errors.
//!
//! A location of sqlparser has line 1, and its column is our byte offset plus one.
//!
//! Operators for which sqlparser has no node are represented by these:
//!
//! | text | node |
//! | --- | --- |
//! | `a ^ b`, `a ** b` | `BinaryOperator::BitwiseXor`, which the language does not have |
//! | `a @ b` | `BinaryOperator::AtAt` |
//! | `a DIV b` | `BinaryOperator::MyIntegerDivide` |
//! | `a ~= b` | `BinaryOperator::Custom("~=")` |
//! | `a[0, 1:2, *]` | the call `__index(a, 0, __range(1, 2, NULL), __all())` |
//! | `t ASOF LEFT JOIN u ON ..` | the join without ASOF, with `global` set |
//! | `t POSITIONAL JOIN u` | `JoinOperator::StraightJoin` |
//! | `PIVOT`, `UNPIVOT`, `SUMMARIZE`, `DESCRIBE`, `TABLESAMPLE`, `USING SAMPLE` | clauses of a SELECT that the language does not have: see `table_clauses` |
//! | `[1, inf]` | `Value::Number("inf")` in a list of numbers |
//! | `t AT VERSION 3` | `TableFactor::Table` with the `version` `TableVersion::VersionAsOf(3)`; a parameter instead of the number is a `Value::Placeholder` |
//! | `t AT (TIMESTAMP '..')` | the `version` `TableVersion::TimestampAsOf(e)`, where `e` is an `Expr::TypedString` |
//! | `t AT (TIMESTAMP => e)` | the same with `Expr::Nested(e)` |
//! | `OVER (.. EXCLUDE TIES)` | the partition key `__exclude('TIES')` |
//! | `a GLOB b` | `BinaryOperator::Custom("GLOB")` |
//! | `* LIKE 'x%'` | `COLUMNS(__column LIKE 'x%')`, and the same for ILIKE, SIMILAR TO and GLOB |
//! | `f(*COLUMNS(..))` | `f(__unpacked(..))` |
//! | `LIMIT e PERCENT`, `LIMIT e%` | `LIMIT __percent(e)` |
//! | `a IN b` without parentheses | `Expr::AnyOp` with `=` |
//! | `(SHOW TABLES)` | `(SELECT * FROM __shown('tables'))` |
//! | `{'a': 1, 'b': x}` | the call `__struct('a', 1, 'b', x)` |
//! | `MAP {'k': 1}` | the call `__map('k', 1)` |
//! | `x -> e`, `(x, i) -> e`, `lambda x: e` in the call of a function that takes a lambda | `Expr::Lambda` |
//! | `[e FOR x IN l IF c]` | the call `list_transform(list_filter(l, x -> c), x -> e)` |
//! | `a -> b`, `a ->> b` | `BinaryOperator::Custom("->")`, `Custom("->>")` |
//! | `a[0].b` | the call `__index(__index(a, 0), 'b')` |

mod clause_order;
mod convert;
mod dialect;
mod errors;
mod exclusion;
mod from_first;
mod infix;
mod interval;
mod nested;
mod nested_tokens;
mod numbers;
mod paths;
mod percentage;
mod projection_text;

mod keywords;
mod operators;
mod parse;
mod select_words;
mod star_options;
mod state;
mod subscript;
mod table_clauses;
mod table_version;
mod walk;

pub(crate) use clause_order::Clauses;
pub(crate) use convert::{Converted, Converter, PrefixForm, keyword};
pub(crate) use infix::conjunction;
pub use nested::{MAP, STRUCT};
pub use nested_tokens::{JSON_ARROW, JSON_LONG_ARROW, LAMBDA_FUNCTIONS};
pub(crate) use parse::{Input, expression, order_by, query, select};

use crate::Span;
use sqlparser::tokenizer as sql;

/// The function that represents an index.
pub const INDEX: &str = "__index";
/// The call that represents a range in an index; an omitted bound is NULL.
pub const RANGE: &str = "__range";
/// The call that represents `*` or `:` in an index.
pub const ALL: &str = "__all";

/// The call that represents the EXCLUDE of a frame.
pub const EXCLUDE: &str = "__exclude";

/// The name of the operator that represents GLOB.
pub const GLOB: &str = "GLOB";
/// The name that stands for the name of a column in the condition of COLUMNS.
pub const COLUMN_NAME: &str = "__column";
/// The call that represents `*COLUMNS(..)`.
pub const UNPACKED_COLUMNS: &str = "__unpacked";
/// The call that represents the percentage of a LIMIT.
pub const PERCENT: &str = "__percent";
pub use table_clauses::{DESCRIBE, NAMED, SAMPLE, SHOWN, SUMMARIZE, UNPIVOT};
pub use walk::{Walk, WalkMut, has_expression};

/// Runs `action`, which recurses over the tree of a text of `bytes` bytes, on a stack that suffices.
pub fn ensure_sufficient_stack<T>(bytes: usize, action: impl FnOnce() -> T) -> T {
    /// A chain of operators is as deep as it has terms; one of this length fits on the stack of any thread.
    const SHORT: usize = 1000;
    const STACK: usize = 128 << 20;
    if bytes < SHORT { action() } else { stacker::maybe_grow(STACK / 2, STACK, action) }
}

/// Converts a span of sqlparser; `None` when it has no location.
pub fn span(span: sql::Span) -> Option<Span> {
    let start = offset(span.start)?;
    Some(Span::new(start, offset(span.end).unwrap_or(start)))
}

fn offset(location: sql::Location) -> Option<usize> {
    match location.line {
        0 => None,
        _ => usize::try_from(location.column).ok()?.checked_sub(1),
    }
}

/// Converts a byte offset to a location of sqlparser.
fn location(offset: usize) -> sql::Location {
    sql::Location::new(1, offset as u64 + 1)
}

pub(crate) fn sql_span(span: Span) -> sql::Span {
    sql::Span::new(location(span.start), location(span.end))
}
