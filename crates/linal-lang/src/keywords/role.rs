//! The roles of keywords.

/// A keyword and its roles.
#[derive(Debug)]
pub(crate) struct Keyword {
    /// The word in upper case.
    pub word: &'static str,
    roles: Role,
    /// Where it is a keyword of a query.
    pub rule: Rule,
}

/// A set of the roles below.
pub(crate) type Role = u16;

/// A row of the table.
pub(super) const fn keyword(word: &'static str, roles: Role, rule: Rule) -> Keyword {
    Keyword { word, roles, rule }
}

impl Keyword {
    /// Whether it has one of these roles.
    pub(super) fn has(&self, roles: Role) -> bool {
        self.roles & roles != 0
    }
}

/// A keyword of queries only.
pub(super) const NO_ROLE: Role = 0;
/// A name only in backticks, since expressions and clauses would be ambiguous.
pub(super) const RESERVED: Role = 1 << 0;
/// A reserved word that is a literal, so that a statement may end with it.
pub(super) const LITERAL: Role = 1 << 1;
/// Continues a CASE: within one no operand begins with it.
pub(super) const CASE_PART: Role = 1 << 2;
/// Opens a statement of the tensor part of the language.
pub(super) const OPENS_TENSOR: Role = 1 << 3;
/// Opens a statement of the relational part.
pub(super) const OPENS_RELATIONAL: Role = 1 << 4;
/// Opens statements of both parts.
pub(super) const OPENS_EITHER: Role = 1 << 5;
/// Is a whole statement by itself.
pub(super) const COMPLETE: Role = 1 << 6;
/// Cannot open a statement: a line that begins with it continues the statement of the line before.
pub(super) const CONTINUES: Role = 1 << 7;
/// Cannot end a relational statement. In other statements it may be a name.
pub(super) const CANNOT_END: Role = 1 << 8;
/// A name or a value must follow.
pub(super) const BEFORE_NAME: Role = 1 << 9;
/// Any other keyword of statements, for completion and highlighting.
pub(super) const OTHER: Role = 1 << 10;
/// In queries: ends an operand or a clause, so that no operand is expected after it.
pub(super) const ENDS_OPERAND: Role = 1 << 11;
/// In queries: no expression, table or alias begins with it.
pub(super) const NO_OPERAND: Role = 1 << 12;
/// In queries: continues a FROM clause after a table.
pub(super) const AFTER_TABLE: Role = 1 << 13;
/// In queries: a candidate for suggestions.
pub(super) const SUGGESTED: Role = 1 << 14;

/// Where a word is a keyword of a query. Elsewhere it is a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Nowhere.
    Never,
    /// Everywhere but after a dot.
    Always,
    /// After a complete operand: where an operand is expected it is a name.
    Clause,
    /// Before a parenthesis.
    Call,
    /// Before one of these words.
    Before(&'static [&'static str]),
    /// Directly after one of these words.
    After(&'static [&'static str]),
    /// The name of a type: before a string, in a cast, or after another word of a type.
    Type,
    /// A unit of time: after a literal, or first in EXTRACT.
    Unit,
    /// Within `CASE ... END`.
    Case,
    /// Decided by `PrevToken` and `Lookahead`: see `state`.
    Special,
}
