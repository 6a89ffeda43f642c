//! The tokens of a directory's service. They are in the catalog, beside its snapshots: a change is a transaction
//! of SQLite of its own, so that a command changes them while a server has the directory open.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use linal_error::Code;
use rusqlite::{Connection, ErrorCode, Row, params};

use super::catalog::{open_reader, open_writer};
use super::error::{Result, StoreError};
use super::layout::Layout;

/// The table is made with the first token: a directory without a service has none.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS linal_token (
    name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE CHECK (name <> ''),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    rights TEXT NOT NULL CHECK (rights IN ('read', 'write', 'admin')),
    databases TEXT NOT NULL CHECK (json_valid(databases)),
    created_us INTEGER NOT NULL,
    expires_us INTEGER,
    revoked_us INTEGER,
    rate REAL CHECK (rate > 0)
) STRICT, WITHOUT ROWID";

/// A token. The catalog has its hash alone.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenEntry {
    /// Its name.
    pub name: String,
    /// The SHA-256 of the token.
    pub hash: [u8; 32],
    /// `read`, `write` or `admin`.
    pub rights: String,
    /// The databases that it may use; empty for all.
    pub databases: Vec<String>,
    /// When it was made, in microseconds since 1970.
    pub created_us: i64,
    /// When it ends to be valid.
    pub expires_us: Option<i64>,
    /// When it was revoked.
    pub revoked_us: Option<i64>,
    /// Requests a second.
    pub rate: Option<f64>,
}

/// The tokens of a directory.
#[derive(Debug)]
pub struct TokenTable {
    layout: Layout,
    reader: Mutex<Reader>,
}

/// The connection that reads tokens, and what it has read last.
#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// The version of the catalog that SQLite counts for a connection, and the tokens in it: each request of a service
    /// asks for them, and few commits come in between.
    last: Option<(i64, Vec<TokenEntry>)>,
}

impl TokenTable {
    /// Opens the tokens of an existing directory, which a store may have open, in this process or another.
    ///
    /// # Errors
    /// A directory without a catalog.
    pub fn open(directory: &Path) -> Result<TokenTable> {
        let layout = Layout::new(directory);
        let connection = open_reader(&layout.catalog())?;
        let reader = Mutex::new(Reader { connection, last: None });
        Ok(TokenTable { layout, reader })
    }

    /// All tokens by name, also those that are not valid any more. A change of another process is seen at once.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn all(&self) -> Result<Vec<TokenEntry>> {
        let mut reader = self.lock();
        let version =
            reader.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if let Some((known, tokens)) = &reader.last
            && *known == version
        {
            return Ok(tokens.clone());
        }
        // What is read is of this version or a later one, which then has another number.
        let tokens = read(&reader.connection)?;
        reader.last = Some((version, tokens.clone()));
        Ok(tokens)
    }

    /// Adds a token. It is on disk when this returns.
    ///
    /// # Errors
    /// `E0315 name_exists`; a catalog that cannot be written.
    pub fn add(&self, token: &TokenEntry) -> Result<()> {
        let databases = serde_json::to_string(&token.databases).map_err(|_| damaged())?;
        let writer = self.writer()?;
        writer.execute_batch(TABLE)?;
        let added = writer.execute(
            "INSERT INTO linal_token VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7)",
            params![
                token.name,
                &token.hash[..],
                token.rights,
                databases,
                token.created_us,
                token.expires_us,
                token.rate
            ],
        );
        match added {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let message = format!("there is a token `{}` already", token.name);
                Err(StoreError::new(Code::NameExists, message))
            }
            added => Ok(added.map(drop)?),
        }
    }

    /// Revokes a token. Its name stays taken.
    ///
    /// # Errors
    /// `E0304 unknown_name`; a catalog that cannot be written.
    pub fn revoke(&self, name: &str, now_us: i64) -> Result<()> {
        let writer = self.writer()?;
        writer.execute_batch(TABLE)?;
        let revoked = writer.execute(
            "UPDATE linal_token SET revoked_us = coalesce(revoked_us, ?2) WHERE name = ?1",
            params![name, now_us],
        )?;
        if revoked == 0 {
            return Err(StoreError::new(Code::UnknownName, format!("there is no token `{name}`")));
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> Result<Connection> {
        open_writer(&self.layout.catalog())
    }
}

/// The tokens that a catalog has.
fn read(reader: &Connection) -> Result<Vec<TokenEntry>> {
    let mut exists =
        reader.prepare_cached("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'linal_token')")?;
    if !exists.query_row([], |row| row.get::<_, bool>(0))? {
        return Ok(Vec::new());
    }
    let mut select = reader.prepare_cached(
        "SELECT name, hash, rights, databases, created_us, expires_us, revoked_us, rate FROM linal_token ORDER BY name",
    )?;
    let rows = select.query_map([], entry)?.collect::<rusqlite::Result<Vec<_>>>()?;
    rows.into_iter().collect()
}

/// A row of the table. The outer error is SQLite's; the inner one is a value that nothing of ours has written.
fn entry(row: &Row<'_>) -> rusqlite::Result<Result<TokenEntry>> {
    let (hash, databases): (Vec<u8>, String) = (row.get(1)?, row.get(3)?);
    let (Ok(hash), Ok(databases)) = (hash.try_into(), serde_json::from_str(&databases)) else {
        return Ok(Err(damaged()));
    };
    Ok(Ok(TokenEntry {
        name: row.get(0)?,
        hash,
        rights: row.get(2)?,
        databases,
        created_us: row.get(4)?,
        expires_us: row.get(5)?,
        revoked_us: row.get(6)?,
        rate: row.get(7)?,
    }))
}

fn damaged() -> StoreError {
    StoreError::damaged("the catalog: a token cannot be read")
}

#[cfg(test)]
mod tests {
    use super::super::{OpenOptions, Store};
    use super::*;

    fn token(name: &str, byte: u8) -> TokenEntry {
        TokenEntry {
            name: name.to_owned(),
            hash: [byte; 32],
            rights: "read".to_owned(),
            databases: vec!["a".to_owned(), "ä\"".to_owned()],
            created_us: 1,
            expires_us: Some(2),
            revoked_us: None,
            rate: Some(0.5),
        }
    }

    #[test]
    fn tokens_change_beside_an_open_store() {
        let folder = std::env::temp_dir().join(format!("linal-tokens-{}", std::process::id()));
        let store = Store::open(&folder, &OpenOptions::default()).unwrap();
        let (here, there) = (TokenTable::open(&folder).unwrap(), TokenTable::open(&folder).unwrap());
        assert_eq!(here.all().unwrap(), []);
        let (a, b) = (token("a", 1), token("B", 2));
        there.add(&a).unwrap();
        there.add(&b).unwrap();
        assert_eq!(here.all().unwrap(), [a.clone(), b.clone()]);
        assert_eq!(there.add(&token("A", 3)).unwrap_err().code(), Code::NameExists);
        assert_eq!(there.revoke("nosuch", 9).unwrap_err().code(), Code::UnknownName);
        there.revoke("b", 9).unwrap();
        there.revoke("b", 10).unwrap();
        let revoked = TokenEntry { revoked_us: Some(9), ..b };
        assert_eq!(here.all().unwrap(), [a.clone(), revoked.clone()]);
        // The store commits as before, and opens with the table.
        let mut transaction = store.begin().unwrap();
        transaction.create_database("d").unwrap();
        transaction.commit(None).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        drop((store, here, there));
        let store = Store::open(&folder, &OpenOptions::default()).unwrap();
        assert!(store.snapshot().unwrap().database("d").unwrap().is_some());
        assert_eq!(TokenTable::open(&folder).unwrap().all().unwrap(), [a, revoked]);
        drop(store);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
