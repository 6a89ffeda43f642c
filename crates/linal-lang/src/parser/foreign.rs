//! Statements of other systems, and what does the same here.

/// The opening words, and the help for them.
const STATEMENTS: [(&str, &str); 17] = [
    (
        "PRAGMA",
        "linal has no pragmas: SET changes a setting, SHOW SETTINGS lists them, DESCRIBE t shows the columns of a dataset",
    ),
    (
        "ATTACH",
        "a database is part of the directory that `--data` names: USE d changes to one, IMPORT DATASET FROM 'file' reads a file, \
      and FROM 'file.parquet' reads it in a query",
    ),
    ("DETACH", "nothing is attached: USE d changes to another database, DROP DATABASE d removes one"),
    ("INSTALL", "linal has no extensions: what it reads and writes is built in"),
    ("VACUUM", "a directory is compacted in the background; CHECKPOINT folds its changes now"),
    ("REINDEX", "an index follows every change by itself"),
    ("CLUSTER", "rows keep their order; CREATE TABLE u AS SELECT * FROM t ORDER BY k sorts them"),
    ("CALL", "SELECT f(..) or FROM f(..) calls a function"),
    ("GRANT", "the rights of the service belong to tokens: see `linal token`"),
    ("REVOKE", "the rights of the service belong to tokens: see `linal token`"),
    ("SAVEPOINT", "a transaction is taken back as a whole: BEGIN, COMMIT, ROLLBACK"),
    ("RELEASE", "a transaction is taken back as a whole: BEGIN, COMMIT, ROLLBACK"),
    ("DECLARE", "there are no cursors: the rows of a query are streamed; LIMIT and OFFSET read a part"),
    ("FETCH", "there are no cursors: the rows of a query are streamed; LIMIT and OFFSET read a part"),
    ("LISTEN", "there are no notifications"),
    ("NOTIFY", "there are no notifications"),
    ("LOCK", "readers do not wait for writers, and a conflict is an error of COMMIT"),
];

/// The help for a statement that another system has.
pub(super) fn help(opening: &str) -> Option<&'static str> {
    STATEMENTS.iter().find(|(word, _)| word.eq_ignore_ascii_case(opening)).map(|(_, help)| *help)
}

#[cfg(test)]
mod tests {
    use super::{STATEMENTS, help};

    #[test]
    fn each_word_has_a_help() {
        for (word, _) in STATEMENTS {
            assert!(help(&word.to_lowercase()).is_some());
        }
        assert_eq!(help("SELECT"), None);
    }
}
