//! When a word is a keyword of a query. Every word that is none here is a name to sqlparser, whatever it makes
//! of it elsewhere: its grammar knows a thousand words, ours a hundred.

/// Where a word is a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Everywhere but after a dot.
    Always,
    /// Behind something complete: where an operand is expected it is a name.
    Clause,
    /// Before a parenthesis.
    Call,
    /// Before one of these words.
    Before(&'static [&'static str]),
    /// Right behind one of these words.
    After(&'static [&'static str]),
    /// The name of a type: before a string, in a cast, or behind another word of a type.
    Type,
    /// A unit of time: behind a literal, or first in EXTRACT.
    Unit,
    /// In `CASE ... END` only.
    Case,
    /// It needs a rule of its own.
    Special,
}

/// The sorted table of the words.
const WORDS: &[(&str, Rule)] = &[
    ("ALL", Rule::Special),
    ("AND", Rule::Always),
    ("ANTI", Rule::Special),
    ("ANY", Rule::Special),
    ("ARRAY", Rule::Special),
    ("AS", Rule::Always),
    ("ASC", Rule::Clause),
    ("AT", Rule::Before(&["TIME"])),
    ("BETWEEN", Rule::Always),
    ("BIGINT", Rule::Type),
    ("BOOL", Rule::Type),
    ("BOOLEAN", Rule::Type),
    ("BOTH", Rule::Special),
    ("BY", Rule::Always),
    ("BYTEA", Rule::Type),
    ("CASE", Rule::Always),
    ("CAST", Rule::Call),
    ("CEIL", Rule::Call),
    ("CHAR", Rule::Type),
    ("CHARACTER", Rule::Type),
    ("CROSS", Rule::Clause),
    ("CUBE", Rule::Call),
    ("CURRENT", Rule::Before(&["ROW"])),
    ("CURRENT_DATE", Rule::Always),
    ("CURRENT_TIME", Rule::Always),
    ("CURRENT_TIMESTAMP", Rule::Always),
    ("DATE", Rule::Type),
    ("DATETIME", Rule::Type),
    ("DAY", Rule::Unit),
    ("DAYS", Rule::Unit),
    ("DEC", Rule::Type),
    ("DECIMAL", Rule::Type),
    ("DESC", Rule::Clause),
    ("DISTINCT", Rule::Special),
    ("DIV", Rule::Always),
    ("DOUBLE", Rule::Type),
    ("ELSE", Rule::Case),
    ("END", Rule::Case),
    ("ESCAPE", Rule::Clause),
    ("EXCEPT", Rule::Clause),
    ("EXCLUDE", Rule::Special),
    ("EXISTS", Rule::Call),
    ("EXTRACT", Rule::Call),
    ("FALSE", Rule::Always),
    ("FETCH", Rule::Clause),
    ("FILTER", Rule::Special),
    ("FIRST", Rule::After(&["NULLS", "FETCH"])),
    ("FLOAT", Rule::Type),
    ("FLOAT4", Rule::Type),
    ("FLOAT8", Rule::Type),
    ("FLOOR", Rule::Call),
    ("FOLLOWING", Rule::Clause),
    ("FOR", Rule::Clause),
    ("FROM", Rule::Always),
    ("FULL", Rule::Clause),
    ("GROUP", Rule::Special),
    ("GROUPING", Rule::Before(&["SETS"])),
    ("GROUPS", Rule::Special),
    ("HAVING", Rule::Clause),
    ("HOUR", Rule::Unit),
    ("HOURS", Rule::Unit),
    ("IGNORE", Rule::Before(&["NULLS"])),
    ("ILIKE", Rule::Always),
    ("IN", Rule::Always),
    ("INNER", Rule::Clause),
    ("INT", Rule::Type),
    ("INT2", Rule::Type),
    ("INT4", Rule::Type),
    ("INT8", Rule::Type),
    ("INTEGER", Rule::Type),
    ("INTERSECT", Rule::Clause),
    ("INTERVAL", Rule::Special),
    ("IS", Rule::Always),
    ("JOIN", Rule::Clause),
    ("LAST", Rule::After(&["NULLS"])),
    ("LATERAL", Rule::Special),
    ("LEADING", Rule::Special),
    ("LEFT", Rule::Clause),
    ("LIKE", Rule::Always),
    ("LIMIT", Rule::Clause),
    ("LOCALTIME", Rule::Always),
    ("LOCALTIMESTAMP", Rule::Always),
    ("MINUTE", Rule::Unit),
    ("MINUTES", Rule::Unit),
    ("MONTH", Rule::Unit),
    ("MONTHS", Rule::Unit),
    ("NATURAL", Rule::Clause),
    ("NEXT", Rule::After(&["FETCH"])),
    ("NOT", Rule::Always),
    ("NULL", Rule::Always),
    ("NULLS", Rule::Special),
    ("NUMERIC", Rule::Type),
    ("OFFSET", Rule::Clause),
    ("ON", Rule::Special),
    ("ONLY", Rule::After(&["ROW", "ROWS"])),
    ("OR", Rule::Always),
    ("ORDER", Rule::Before(&["BY"])),
    ("ORDINALITY", Rule::After(&["WITH"])),
    ("OUTER", Rule::Clause),
    ("OVER", Rule::Clause),
    ("OVERLAY", Rule::Call),
    ("PARTITION", Rule::Before(&["BY"])),
    ("PLACING", Rule::Clause),
    ("POSITION", Rule::Call),
    ("PRECEDING", Rule::Clause),
    ("PRECISION", Rule::After(&["DOUBLE"])),
    ("QUALIFY", Rule::Clause),
    ("RANGE", Rule::Special),
    ("REAL", Rule::Type),
    ("RECURSIVE", Rule::After(&["WITH"])),
    ("REPLACE", Rule::Special),
    ("RESPECT", Rule::Before(&["NULLS"])),
    ("RIGHT", Rule::Clause),
    ("ROLLUP", Rule::Call),
    ("ROW", Rule::Special),
    ("ROWS", Rule::Special),
    ("SECOND", Rule::Unit),
    ("SECONDS", Rule::Unit),
    ("SELECT", Rule::Always),
    ("SEMI", Rule::Special),
    ("SETS", Rule::After(&["GROUPING"])),
    ("SIMILAR", Rule::Before(&["TO"])),
    ("SMALLINT", Rule::Type),
    ("SOME", Rule::Special),
    ("STRING", Rule::Type),
    ("SUBSTR", Rule::Call),
    ("SUBSTRING", Rule::Call),
    ("TEXT", Rule::Type),
    ("THEN", Rule::Case),
    ("TIME", Rule::Special),
    ("TIMESTAMP", Rule::Type),
    ("TINYINT", Rule::Type),
    ("TO", Rule::After(&["SIMILAR"])),
    ("TRAILING", Rule::Special),
    ("TRIM", Rule::Call),
    ("TRUE", Rule::Always),
    ("TRY_CAST", Rule::Call),
    ("UNBOUNDED", Rule::Before(&["PRECEDING", "FOLLOWING"])),
    ("UNION", Rule::Clause),
    ("UNKNOWN", Rule::After(&["IS", "NOT"])),
    ("USING", Rule::Clause),
    ("VALUES", Rule::Always),
    ("VARCHAR", Rule::Type),
    ("VARYING", Rule::After(&["CHARACTER", "CHAR"])),
    ("WEEK", Rule::Unit),
    ("WEEKS", Rule::Unit),
    ("WHEN", Rule::Case),
    ("WHERE", Rule::Special),
    ("WINDOW", Rule::Special),
    ("WITH", Rule::Always),
    ("WITHIN", Rule::Before(&["GROUP"])),
    ("WITHOUT", Rule::After(&["TIMESTAMP", "TIME"])),
    ("YEAR", Rule::Unit),
    ("YEARS", Rule::Unit),
    ("ZONE", Rule::After(&["TIME"])),
];

/// The canonical spelling of a word and where it is a keyword; `None` for a word that never is one.
pub(super) fn rule(word: &str) -> Option<(&'static str, Rule)> {
    let upper = |byte: u8| byte.to_ascii_uppercase();
    let order = |entry: &(&'static str, Rule)| entry.0.bytes().cmp(word.bytes().map(upper));
    WORDS.binary_search_by(order).ok().map(|at| WORDS[at])
}

/// Whether something complete stands behind a keyword, so that no operand is expected.
pub(super) fn completes(word: &str) -> bool {
    const COMPLETE: &[&str] = &[
        "ALL",
        "ANTI",
        "ASC",
        "CROSS",
        "CURRENT",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "DESC",
        "END",
        "FALSE",
        "FETCH",
        "FIRST",
        "FOLLOWING",
        "FULL",
        "IGNORE",
        "INNER",
        "LAST",
        "LEFT",
        "LOCALTIME",
        "LOCALTIMESTAMP",
        "NATURAL",
        "NEXT",
        "NULL",
        "NULLS",
        "ONLY",
        "ORDINALITY",
        "OUTER",
        "PRECEDING",
        "GROUPS",
        "RANGE",
        "RESPECT",
        "RIGHT",
        "ROW",
        "ROWS",
        "SEMI",
        "TRUE",
        "UNBOUNDED",
        "UNKNOWN",
        "WITHIN",
        "ZONE",
    ];
    let unit_or_type = matches!(rule(word), Some((_, Rule::Type | Rule::Unit)));
    unit_or_type || COMPLETE.contains(&word)
}

/// Whether no expression, table or alias begins with this keyword.
pub(super) fn begins_nothing(word: &str) -> bool {
    const NOTHING: &[&str] = &[
        "AND",
        "AS",
        "ASC",
        "BETWEEN",
        "BY",
        "CROSS",
        "DESC",
        "DIV",
        "ELSE",
        "END",
        "ESCAPE",
        "EXCEPT",
        "FETCH",
        "FILTER",
        "FROM",
        "FULL",
        "GROUP",
        "HAVING",
        "ILIKE",
        "IN",
        "INNER",
        "INTERSECT",
        "IS",
        "JOIN",
        "LEFT",
        "LIKE",
        "LIMIT",
        "NATURAL",
        "NULLS",
        "OFFSET",
        "ON",
        "OR",
        "ORDER",
        "OUTER",
        "OVER",
        "PARTITION",
        "QUALIFY",
        "RIGHT",
        "SELECT",
        "THEN",
        "UNION",
        "USING",
        "VALUES",
        "WHEN",
        "WHERE",
        "WINDOW",
        "WITH",
    ];
    NOTHING.contains(&word)
}

/// Whether something must follow a word.
pub(super) fn is_open(word: &str) -> bool {
    rule(word).is_some_and(|(canonical, rule)| rule == Rule::Always && !completes(canonical))
}

/// Words that separate parts of a query whose depths do not add up.
pub(super) fn separates(word: &str) -> bool {
    begins_nothing(word)
        && !matches!(word, "UNION" | "EXCEPT" | "INTERSECT" | "IN" | "IS" | "LIKE" | "BETWEEN" | "DIV")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::WORDS.is_sorted_by_key(|entry| entry.0));
        assert!(super::rule("select").is_some() && super::rule("rank").is_none());
    }
}
