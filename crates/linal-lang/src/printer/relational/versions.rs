//! Prints versions of datasets, in statements and in the FROM of a query.

use super::super::literal;
use crate::ast::{Retention, VersionPoint};
use sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, TableFactor, TableVersion};
use std::fmt::{self, Display, Formatter};

impl Display for VersionPoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            VersionPoint::Number(version) => write!(f, "VERSION {}", version.number),
            VersionPoint::Timestamp { text, .. } => {
                f.write_str("TIMESTAMP ")?;
                literal::quoted(f, text, '\'')
            }
        }
    }
}

impl Display for Retention {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Retention::Keep { count, .. } => write!(f, "KEEP {count}"),
            Retention::OlderThan { age, .. } => {
                f.write_str("OLDER THAN ")?;
                literal::quoted(f, age, '\'')
            }
        }
    }
}

/// Moves the version of a table into its name. sqlparser prints it after the alias, and in words of other
/// systems.
pub(super) fn join_to_name(table: &mut TableFactor) {
    if let TableFactor::Table { name, version, .. } = table
        && let Some(clause) = version.take().and_then(clause)
    {
        append(name, &clause);
    }
}

/// The clause of a version; `None` for the kinds that the grammar does not have.
fn clause(version: TableVersion) -> Option<String> {
    match version {
        TableVersion::VersionAsOf(number) => Some(format!(" AT VERSION {number}")),
        TableVersion::TimestampAsOf(literal @ Expr::TypedString(_)) => Some(format!(" AT ({literal})")),
        TableVersion::TimestampAsOf(Expr::Nested(value)) => Some(format!(" AT (TIMESTAMP => {value})")),
        TableVersion::TimestampAsOf(value) => Some(format!(" AT (TIMESTAMP => {value})")),
        _ => None,
    }
}

fn append(name: &mut ObjectName, clause: &str) {
    if let Some(ObjectNamePart::Identifier(last)) = name.0.last_mut() {
        // A name without a quote style prints as it is.
        *last = Ident { value: format!("{last}{clause}"), quote_style: None, span: last.span };
    }
}
