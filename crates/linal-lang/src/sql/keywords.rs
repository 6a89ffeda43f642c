//! The keywords of queries. Every other word is a name to sqlparser, whose grammar has a thousand keywords; ours has
//! a hundred.

pub(super) use crate::keywords::{Rule, cannot_start_operand, ends_operand};

/// The keyword that a word spells, and its rule; `None` for a word that is never a keyword of a query.
pub(super) fn rule(word: &str) -> Option<(&'static str, Rule)> {
    let keyword = crate::keywords::find(word).filter(|keyword| keyword.rule != Rule::Never)?;
    Some((keyword.word, keyword.rule))
}

/// Whether something must follow a word.
pub(super) fn needs_operand(word: &str) -> bool {
    rule(word).is_some_and(|(canonical, rule)| rule == Rule::Always && !ends_operand(canonical))
}

/// Keywords that separate clauses, whose depths do not add up.
pub(super) fn separates(word: &str) -> bool {
    cannot_start_operand(word)
        && !matches!(word, "UNION" | "EXCEPT" | "INTERSECT" | "IN" | "IS" | "LIKE" | "BETWEEN" | "DIV")
}
