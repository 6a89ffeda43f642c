//! Savepoints, which the engine does not have: going back to one works as long as nothing has changed since.
//!
//! Drivers set one around a question that may fail, such as that for a type.

use linal_error::Code;
use linal_server::http::{ApiError, ApiResult};

use crate::connection::{Connection, lock};

/// Savepoints that a transaction may have.
const MOST: usize = 1024;

/// A statement about savepoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Savepoint {
    /// `SAVEPOINT name`
    Set(String),
    /// `RELEASE [SAVEPOINT] name`
    Release(String),
    /// `ROLLBACK [WORK | TRANSACTION] TO [SAVEPOINT] name`
    Back(String),
}

impl Savepoint {
    /// Reads a statement; `None` for another one.
    pub fn read(statement: &str) -> Option<Savepoint> {
        let mut words = statement.split_whitespace().map(|word| word.trim_end_matches(';')).peekable();
        let is =
            |word: Option<&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        let first = words.next()?.to_ascii_uppercase();
        match first.as_str() {
            "SAVEPOINT" => {}
            "RELEASE" => {
                words.next_if(|word| word.eq_ignore_ascii_case("savepoint"));
            }
            "ROLLBACK" => {
                words.next_if(|word| {
                    word.eq_ignore_ascii_case("work") || word.eq_ignore_ascii_case("transaction")
                });
                if !is(words.next(), "to") {
                    return None;
                }
                words.next_if(|word| word.eq_ignore_ascii_case("savepoint"));
            }
            _ => return None,
        }
        let name = words.next()?.to_owned();
        Some(match first.as_str() {
            "SAVEPOINT" => Savepoint::Set(name),
            "RELEASE" => Savepoint::Release(name),
            _ => Savepoint::Back(name),
        })
    }

    /// Does it; returns its tag.
    ///
    /// # Errors
    /// 400 for an unknown savepoint, or one before a change.
    pub fn apply(&self, connection: &Connection) -> ApiResult<&'static str> {
        let mut all = lock(&connection.savepoints);
        match self {
            Savepoint::Set(_) if all.len() >= MOST => {
                Err(ApiError::bad_request("the transaction has too many savepoints"))
            }
            Savepoint::Set(name) => {
                all.push((name.clone(), false));
                Ok("SAVEPOINT")
            }
            Savepoint::Release(name) => {
                let at = find(&all, name)?;
                all.truncate(at);
                Ok("RELEASE")
            }
            Savepoint::Back(name) => {
                let at = find(&all, name)?;
                if all[at].1 {
                    let message = "a transaction cannot go back to a savepoint before a change";
                    return Err(
                        ApiError::new(Code::NotSupported, message).with_help("ROLLBACK undoes all of it")
                    );
                }
                all.truncate(at + 1);
                Ok("ROLLBACK")
            }
        }
    }
}

fn find(all: &[(String, bool)], name: &str) -> ApiResult<usize> {
    let found = all.iter().rposition(|(known, _)| known == name);
    found.ok_or_else(|| ApiError::bad_request(format!("there is no savepoint {name}")))
}

/// Notes that something has changed.
pub fn change(connection: &Connection) {
    lock(&connection.savepoints).iter_mut().for_each(|(_, changed)| *changed = true);
}

/// Forgets all of them at the end of a transaction.
pub fn clear(connection: &Connection) {
    lock(&connection.savepoints).clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read() {
        let set = |name: &str| Some(Savepoint::Set(name.to_owned()));
        let back = |name: &str| Some(Savepoint::Back(name.to_owned()));
        assert_eq!(Savepoint::read("SAVEPOINT \"_pg3_1\""), set("\"_pg3_1\""));
        assert_eq!(Savepoint::read("ROLLBACK TO a;"), back("a"));
        assert_eq!(Savepoint::read("rollback work to savepoint a"), back("a"));
        assert_eq!(Savepoint::read("RELEASE SAVEPOINT a"), Some(Savepoint::Release("a".to_owned())));
        assert_eq!(Savepoint::read("ROLLBACK"), None);
        assert_eq!(Savepoint::read("SELECT 1"), None);
    }
}
