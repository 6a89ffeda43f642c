//! The keywords of the language, one sorted table for each question that is asked about them.

/// Reserved words: names only in backticks, since expressions and clauses would be ambiguous.
pub const RESERVED: &[&str] = &[
    "AND", "AS", "BETWEEN", "BY", "CASE", "DIV", "FALSE", "FROM", "IN", "IS", "LET", "LIKE", "NOT", "NULL",
    "OR", "SELECT", "TO", "TRUE", "VALUES", "WHERE", "WITH",
];

/// Keywords that continue a CASE: within one no operand begins with them.
pub const CASE_KEYWORDS: &[&str] = &["ELSE", "END", "THEN", "WHEN"];

/// Keywords that open a statement of the tensor part of the language.
pub const TENSOR_STATEMENTS: &[&str] = &[
    "BEGIN", "BIND", "COMMIT", "CREATE", "DEFINE", "DERIVE", "DROP", "EXPLAIN", "HELP", "LAZY", "LET",
    "MATRIX", "RESET", "ROLLBACK", "SET", "SHOW", "USE", "VECTOR",
];

/// Keywords that open a statement of the relational part.
pub const RELATIONAL_STATEMENTS: &[&str] = &[
    "ALTER",
    "APPLY",
    "ATTACH",
    "AUDIT",
    "COPY",
    "DATASET",
    "DELETE",
    "DELIVER",
    "DESCRIBE",
    "EXPORT",
    "IMPORT",
    "INSERT",
    "LIST",
    "LOAD",
    "MATERIALIZE",
    "SAVE",
    "SEARCH",
    "SELECT",
    "TRANSFORM",
    "TRUNCATE",
    "UPDATE",
    "WITH",
];

/// Keywords that are a whole statement by themselves.
pub(crate) const COMPLETE_STATEMENTS: &[&str] = &["BEGIN", "COMMIT", "HELP", "ROLLBACK"];

/// Keywords that cannot open a statement: a line that begins with one continues the statement of the line
/// before.
pub const CONTINUATIONS: &[&str] = &[
    "AND",
    "ANTI",
    "AS",
    "ASC",
    "ASOF",
    "AXIS",
    "BETWEEN",
    "BINS",
    "BY",
    "CASE",
    "COLUMNS",
    "CROSS",
    "DEFAULT",
    "DESC",
    "DIV",
    "ELSE",
    "END",
    "EXCEPT",
    "FETCH",
    "FIELDS",
    "FILTER",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "HOP",
    "IF",
    "IN",
    "INNER",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "K",
    "LEFT",
    "LENGTH",
    "LIKE",
    "LIMIT",
    "METHOD",
    "METRIC",
    "MODE",
    "NATURAL",
    "NOT",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "OVERLAP",
    "PARTITION",
    "POSITIONAL",
    "QUALIFY",
    "QUERY",
    "RATE",
    "RETURNING",
    "RIGHT",
    "SEED",
    "SEMI",
    "STRICT",
    "TAPER",
    "THEN",
    "TO",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
];

/// Reserved words that are literals, so that a statement may end with them.
const VALUES: &[&str] = &["FALSE", "NULL", "TRUE"];

/// Keywords that cannot end a relational statement. In other statements they may be names.
const CANNOT_END_QUERY: &[&str] = &[
    "ALL",
    "ANALYZE",
    "CASE",
    "COLUMN",
    "COLUMNS",
    "COMPUTE",
    "CROSS",
    "DEFAULT",
    "DISTINCT",
    "ELSE",
    "EXCEPT",
    "FILTER",
    "FULL",
    "GROUP",
    "HAVING",
    "INDEX",
    "INNER",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LEFT",
    "LIMIT",
    "METRIC",
    "NATURAL",
    "OFFSET",
    "ON",
    "ORDER",
    "OUTER",
    "PLAN",
    "QUALIFY",
    "QUERY",
    "RIGHT",
    "SET",
    "TABLE",
    "THEN",
    "UNION",
    "USING",
    "WHEN",
    "WINDOW",
];

/// Further keywords, for completion and highlighting.
const CLAUSES: &[&str] = &[
    "ADD",
    "ALL",
    "ANALYZE",
    "COLUMN",
    "CSV",
    "DATABASE",
    "DATABASES",
    "DATASETS",
    "DISTINCT",
    "EXISTS",
    "INDEX",
    "INDEXES",
    "LAZY",
    "LINEAGE",
    "METADATA",
    "PACKAGES",
    "PIPELINE",
    "PIPELINES",
    "PLAN",
    "RENAME",
    "REPLACE",
    "SCHEMA",
    "SESSION",
    "SETTINGS",
    "SHAPE",
    "TABLE",
    "TENSOR",
    "TENSORS",
    "VERSIONS",
];

/// Whether a table contains a word, case-insensitive.
pub fn contains(table: &[&str], word: &str) -> bool {
    // Every word of every statement is looked up a few times: length and first letter decide most look-ups.
    let Some(first) = word.as_bytes().first().map(u8::to_ascii_uppercase) else {
        return false;
    };
    let fits = |entry: &str| entry.len() == word.len() && entry.as_bytes()[0] == first;
    table.iter().any(|entry| fits(entry) && entry.eq_ignore_ascii_case(word))
}

/// Whether a bare word cannot be a name.
pub fn is_reserved(word: &str) -> bool {
    contains(RESERVED, word)
}

/// Whether a word opens a statement.
pub fn opens_statement(word: &str) -> bool {
    contains(TENSOR_STATEMENTS, word) || contains(RELATIONAL_STATEMENTS, word)
}

/// Whether a word is a keyword of some statement, for highlighting.
pub fn is_keyword(word: &str) -> bool {
    [RESERVED, CONTINUATIONS, CLAUSES].iter().any(|table| contains(table, word)) || opens_statement(word)
}

/// Every keyword, sorted, for completion.
pub fn all() -> Vec<&'static str> {
    let tables =
        [RESERVED, TENSOR_STATEMENTS, RELATIONAL_STATEMENTS, CONTINUATIONS, CANNOT_END_QUERY, CLAUSES];
    let mut words: Vec<_> = tables.into_iter().flatten().copied().collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Every keyword that opens a statement, for suggestions.
pub(crate) fn statement_keywords() -> impl Iterator<Item = &'static str> {
    TENSOR_STATEMENTS.iter().chain(RELATIONAL_STATEMENTS).copied()
}

/// Whether a statement may end with this word. In a query more words are keywords and fewer are names.
pub(crate) fn may_end(word: &str, query: bool) -> bool {
    let reserved = is_reserved(word) && !contains(VALUES, word);
    !(reserved || query && contains(CANNOT_END_QUERY, word))
}
