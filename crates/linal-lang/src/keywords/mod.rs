//! The keywords of the language: one table with the roles of each word, and the questions that are asked of it.

mod role;
mod table;

use role::{
    BEFORE_NAME, CANNOT_END, CASE_PART, COMPLETE, CONTINUES, ENDS_OPERAND, LITERAL, NO_OPERAND, OPENS_EITHER,
    OPENS_RELATIONAL, OPENS_TENSOR, OTHER, RESERVED, SUGGESTED,
};
pub(crate) use role::{Keyword, Role, Rule};
use table::KEYWORDS;

const OPENS: Role = OPENS_TENSOR | OPENS_RELATIONAL;
const IN_STATEMENTS: Role = RESERVED | OPENS | CONTINUES | OTHER;

/// The keyword that a word spells, case-insensitive.
pub(crate) fn find(word: &str) -> Option<&'static Keyword> {
    // Every word of every statement is looked up a few times: first letter and length exclude most keywords.
    let letter = usize::from(word.as_bytes().first()?.to_ascii_uppercase().checked_sub(b'A')?);
    let (start, end) = (*table::STARTS.get(letter)?, *table::STARTS.get(letter + 1)?);
    let fits =
        |keyword: &&Keyword| keyword.word.len() == word.len() && keyword.word.eq_ignore_ascii_case(word);
    KEYWORDS[start..end].iter().find(fits)
}

fn has(word: &str, roles: Role) -> bool {
    find(word).is_some_and(|keyword| keyword.has(roles))
}

fn with(roles: Role) -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().filter(move |keyword| keyword.has(roles)).map(|keyword| keyword.word)
}

/// Whether a list contains a word, case-insensitive.
pub(crate) fn contains(list: &[&str], word: &str) -> bool {
    list.iter().any(|entry| entry.eq_ignore_ascii_case(word))
}

/// Whether a bare word cannot be a name.
pub fn is_reserved(word: &str) -> bool {
    has(word, RESERVED)
}

/// Whether a word opens a statement.
pub fn opens_statement(word: &str) -> bool {
    has(word, OPENS)
}

/// Whether a word is a keyword of some statement, for highlighting.
pub fn is_keyword(word: &str) -> bool {
    has(word, IN_STATEMENTS)
}

/// Every keyword, sorted, for completion.
pub fn all() -> Vec<&'static str> {
    with(IN_STATEMENTS | CANNOT_END).collect()
}

/// Every keyword that opens a statement, for suggestions.
pub(crate) fn statement_keywords() -> impl Iterator<Item = &'static str> {
    with(OPENS_TENSOR).chain(with(OPENS_RELATIONAL)).chain(with(OPENS_EITHER))
}

/// Every keyword of queries that a misspelt word may stand for.
pub(crate) fn suggested() -> impl Iterator<Item = &'static str> {
    with(SUGGESTED)
}

/// Whether a word is `TRUE`, `FALSE` or `NULL`.
pub(crate) fn is_literal(word: &str) -> bool {
    has(word, LITERAL)
}

/// Whether a keyword continues a CASE, so that no operand begins with it there.
pub(crate) fn continues_case(word: &str) -> bool {
    has(word, CASE_PART)
}

/// Whether a statement that this keyword opens belongs to the tensor part of the language.
pub(crate) fn opens_tensor_statement(word: &str) -> bool {
    has(word, OPENS_TENSOR)
}

/// Whether a statement that this keyword opens may be relational.
pub(crate) fn may_open_relational(word: &str) -> bool {
    has(word, OPENS_RELATIONAL | OPENS_EITHER)
}

/// Whether the keyword is a whole statement by itself.
pub(crate) fn is_statement(word: &str) -> bool {
    has(word, COMPLETE)
}

/// Whether a line that begins with this keyword continues the statement of the line before.
pub(crate) fn continues_statement(word: &str) -> bool {
    has(word, CONTINUES)
}

/// Whether a name or a value must follow this keyword.
pub(crate) fn requires_name(word: &str) -> bool {
    has(word, BEFORE_NAME)
}

/// Whether a statement may end with this word. In a query more words are keywords and fewer are names.
pub(crate) fn may_end(word: &str, query: bool) -> bool {
    let reserved = is_reserved(word) && !is_literal(word);
    !(reserved || query && has(word, CANNOT_END))
}

/// Whether a keyword of queries ends an operand or a clause, so that no operand is expected after it.
pub(crate) fn ends_operand(word: &str) -> bool {
    find(word)
        .is_some_and(|keyword| keyword.has(ENDS_OPERAND) || matches!(keyword.rule, Rule::Type | Rule::Unit))
}

/// Whether no expression, table or alias of a query begins with this keyword.
pub(crate) fn cannot_start_operand(word: &str) -> bool {
    has(word, NO_OPERAND)
}
