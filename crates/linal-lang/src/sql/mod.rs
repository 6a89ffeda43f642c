//! Queries and scalar expressions: our tokens, sqlparser's grammar.
//!
//! There is one lexer, ours. `convert` turns its tokens into sqlparser's and decides on the way which words are
//! keywords where they stand, so that all others may be names. `run` hands them to sqlparser's parser with a
//! dialect of our own and turns its errors into ours.
//!
//! A location of sqlparser has line 1, and its column is one more than the byte offset that our spans count with.
//!
//! Operators that sqlparser has no node for are written with these:
//!
//! | text | node |
//! | --- | --- |
//! | `a ^ b`, `a ** b` | `BinaryOperator::BitwiseXor`, which the language has no other use for |
//! | `a @ b` | `BinaryOperator::AtAt` |
//! | `a DIV b` | `BinaryOperator::MyIntegerDivide` |
//! | `a ~= b` | `BinaryOperator::Custom("~=")` |
//! | `a[0, 1:2, *]` | the function `__index(a, 0, __range(1, 2, NULL), __all())` |
//! | `t ASOF JOIN u ON ..`, `t POSITIONAL JOIN u` | `JoinOperator::StraightJoin`, with and without a constraint |
//! | `[1, inf]` | `Value::Number("inf")` among the numbers of a list |
//! | `OVER (.. EXCLUDE TIES)` | the key `__exclude('TIES')` of the partition |

mod assemble;
mod convert;
mod dialect;
mod exclusion;
mod infix;
mod interval;
mod items;
mod message;
mod numbers;
mod paths;

mod run;
mod signs;
mod state;
mod subscript;
mod words;

pub(crate) use assemble::Clauses;
pub(crate) use convert::{Converted, Converter, PrefixForm, word};
pub(crate) use infix::all_of;
pub(crate) use run::{Input, expression, order_by, query, select};

use crate::Span;
use sqlparser::tokenizer as sql;

/// The function that an index stands for.
pub const INDEX: &str = "__index";
/// The call that a range in an index stands for; what is left out is NULL.
pub const RANGE: &str = "__range";
/// The call that `*` or `:` in an index stands for.
pub const ALL: &str = "__all";

/// The call that the EXCLUDE of a frame stands for.
pub const EXCLUDE: &str = "__exclude";

/// Runs something that recurses over the tree of a text of so many bytes, on a stack that is deep enough for it.
pub fn on_enough_stack<T>(bytes: usize, action: impl FnOnce() -> T) -> T {
    /// A chain of operators is as deep as it has terms; one of this length is planned on the stack of any thread.
    const SHORT: usize = 1000;
    const STACK: usize = 128 << 20;
    if bytes < SHORT { action() } else { stacker::maybe_grow(STACK / 2, STACK, action) }
}

/// The span of our text that a span of sqlparser stands for; `None` when it has no place.
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

/// A place of our text as sqlparser carries it.
fn location(offset: usize) -> sql::Location {
    sql::Location::new(1, offset as u64 + 1)
}

fn sql_span(span: Span) -> sql::Span {
    sql::Span::new(location(span.start), location(span.end))
}
