//! Statements that only PostgreSQL has: its settings, and other words for transactions.

use linal::Session;

use crate::connection::{Connection, lock};
use crate::savepoints::Savepoint;

/// The version that clients are told: they ask a server of this version only for what [`crate::catalog`] has.
pub const VERSION: &str = "16.6";

/// What is done with a statement.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has this tag, and nothing is done.
    Tag(&'static str),
    /// It gives a row of one column.
    Row(String, String),
    /// It is about a savepoint.
    Savepoint,
    /// This is run instead.
    Run(String),
}

/// Settings of PostgreSQL and their values at first.
const SETTINGS: [(&str, &str); 27] = [
    ("application_name", ""),
    ("bytea_output", "hex"),
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("datestyle", "ISO, MDY"),
    ("default_transaction_isolation", "repeatable read"),
    ("default_transaction_read_only", "off"),
    ("extra_float_digits", "1"),
    ("idle_in_transaction_session_timeout", "0"),
    ("integer_datetimes", "on"),
    ("intervalstyle", "postgres"),
    ("jit", "off"),
    ("lc_collate", "C"),
    ("lc_ctype", "C"),
    ("lock_timeout", "0"),
    ("max_identifier_length", "63"),
    ("row_security", "off"),
    ("search_path", ""),
    ("server_encoding", "UTF8"),
    ("server_version", VERSION),
    ("server_version_num", "160006"),
    ("ssl", "off"),
    ("standard_conforming_strings", "on"),
    ("statement_timeout", "0"),
    ("timezone", "UTC"),
    ("transaction_isolation", "repeatable read"),
    ("transaction_read_only", "off"),
];

/// The value of a setting of PostgreSQL; `None` for an unknown one.
pub fn value(connection: &Connection, session: &Session, name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let (_, first) = SETTINGS.iter().find(|(known, _)| *known == name)?;
    let set = lock(&connection.settings).get(&name).cloned();
    Some(set.unwrap_or_else(|| match *first {
        "" if name == "search_path" => session.database().to_owned(),
        first => first.to_owned(),
    }))
}

/// The settings of PostgreSQL with their values.
pub fn all(connection: &Connection, session: &Session) -> Vec<(&'static str, String)> {
    let names = SETTINGS.iter().map(|(name, _)| *name);
    names.map(|name| (name, value(connection, session, name).unwrap_or_default())).collect()
}

/// What is done with a statement; `None` for one that runs as it is.
pub fn answer(connection: &Connection, session: &Session, statement: &str) -> Option<Answer> {
    let statement = statement.trim().trim_end_matches(';').trim();
    if Savepoint::read(statement).is_some() {
        return Some(Answer::Savepoint);
    }
    let words: Vec<String> = statement.split_whitespace().take(4).map(str::to_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["BEGIN", ..] | ["START", "TRANSACTION", ..] => Some(Answer::Run("BEGIN".to_owned())),
        ["COMMIT" | "END"] | ["COMMIT" | "END", "WORK" | "TRANSACTION", ..] => {
            Some(Answer::Run("COMMIT".to_owned()))
        }
        ["ROLLBACK" | "ABORT"] | ["ROLLBACK" | "ABORT", "WORK" | "TRANSACTION"] => {
            Some(Answer::Run("ROLLBACK".to_owned()))
        }
        ["DISCARD", ..] => Some(Answer::Tag("DISCARD ALL")),
        ["DEALLOCATE", "ALL"] | ["DEALLOCATE", "PREPARE", "ALL"] => Some(Answer::Tag("DEALLOCATE ALL")),
        ["UNLISTEN", ..] => Some(Answer::Tag("UNLISTEN")),
        ["CLOSE", "ALL"] => Some(Answer::Tag("CLOSE CURSOR ALL")),
        ["RESET", "SESSION"] => None,
        ["RESET", "ALL"] => {
            lock(&connection.settings).clear();
            Some(Answer::Tag("RESET"))
        }
        ["RESET", name] => {
            lock(&connection.settings).remove(&name.to_lowercase());
            Some(Answer::Tag("RESET"))
        }
        ["SHOW", "TRANSACTION", "ISOLATION", "LEVEL"] => value(connection, session, "transaction_isolation")
            .map(|value| Answer::Row("transaction_isolation".to_owned(), value)),
        ["SHOW", "TIME", "ZONE"] => {
            Some(Answer::Row("TimeZone".to_owned(), value(connection, session, "timezone")?))
        }
        ["SHOW", name] => {
            let name = name.to_lowercase();
            // The settings and tensors of the language come first.
            let is_own =
                session.setting(&name).is_some() || session.names().iter().any(|(known, _)| *known == name);
            if is_own {
                None
            } else {
                value(connection, session, &name).map(|value| Answer::Row(name, value))
            }
        }
        ["SET", ..] => set(connection, session, statement),
        _ => None,
    }
}

fn set(connection: &Connection, session: &Session, statement: &str) -> Option<Answer> {
    let rest = statement.get(3..)?.trim_start();
    let scope = |word: &str| {
        rest.get(..word.len())
            .filter(|start| start.eq_ignore_ascii_case(word))
            .map(|_| rest[word.len()..].trim_start())
    };
    let rest = scope("SESSION ").or_else(|| scope("LOCAL ")).unwrap_or(rest);
    let upper = rest.to_uppercase();
    if upper.starts_with("TRANSACTION")
        || upper.starts_with("CHARACTERISTICS")
        || upper.starts_with("AUTHORIZATION")
        || upper.starts_with("ROLE")
    {
        return Some(Answer::Tag("SET"));
    }
    if upper.starts_with("TIME ZONE") {
        keep(connection, "timezone", &rest["TIME ZONE".len()..]);
        return Some(Answer::Tag("SET"));
    }
    let end = rest.find(|sign: char| sign == '=' || sign.is_whitespace())?;
    let (name, value) = rest.split_at(end);
    let name = name.trim_matches('"').to_lowercase();
    let value = value.trim_start();
    let value = match value.get(..2) {
        Some(to) if to.eq_ignore_ascii_case("to") => value[2..].trim_start(),
        _ => value.strip_prefix('=')?.trim_start(),
    };
    if session.setting(&name).is_some() {
        return Some(Answer::Run(format!("SET {name} = {value}")));
    }
    if name.contains('.') || SETTINGS.iter().any(|(known, _)| *known == name) {
        keep(connection, &name, value);
        return Some(Answer::Tag("SET"));
    }
    None
}

/// Settings of extensions that a connection may have.
const MOST: usize = 256;

fn keep(connection: &Connection, name: &str, value: &str) {
    let value = value.trim().trim_matches(['\'', '"']).to_owned();
    let mut settings = lock(&connection.settings);
    if settings.len() < MOST && value.len() < 4096 {
        settings.insert(name.to_owned(), value);
    }
}

/// The tag of a statement that has run.
pub fn tag(statement: &str) -> String {
    let mut words = statement.split_whitespace().map(|word| word.trim_end_matches(';').to_uppercase());
    let first = words.next().unwrap_or_default();
    match first.as_str() {
        "INSERT" => "INSERT 0".to_owned(),
        "CREATE" | "DROP" | "ALTER" => match words.find(|word| word != "OR" && word != "REPLACE") {
            Some(kind) if kind == "DATASET" => format!("{first} TABLE"),
            Some(kind) => format!("{first} {kind}"),
            None => first,
        },
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_of_postgresql() {
        assert_eq!(tag("insert into t values (1)"), "INSERT 0");
        assert_eq!(tag("CREATE OR REPLACE TABLE t (a Int)"), "CREATE TABLE");
        assert_eq!(tag("DROP DATASET t"), "DROP TABLE");
        assert_eq!(tag("UPDATE t SET a = 1"), "UPDATE");
        assert_eq!(tag("COMMIT;"), "COMMIT");
    }
}
