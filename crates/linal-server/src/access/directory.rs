//! The tokens of a database directory.

use std::path::Path;

use linal::directory;
use linal_error::Code;

use super::rights::Right;
use super::token::{TokenError, TokenRecord, Tokens, now_us};

/// The tokens of a directory, which may be open in any process.
#[derive(Debug)]
pub struct DirectoryTokens(directory::Tokens);

impl DirectoryTokens {
    /// Opens the tokens of an existing directory.
    ///
    /// # Errors
    /// A directory without a catalog.
    pub fn open(path: &Path) -> Result<DirectoryTokens, TokenError> {
        directory::Tokens::open(path).map(DirectoryTokens).map_err(failed)
    }
}

impl Tokens for DirectoryTokens {
    fn all(&self) -> Result<Vec<TokenRecord>, TokenError> {
        let entries = self.0.all().map_err(failed)?;
        entries.into_iter().map(record).collect()
    }

    fn add(&self, record: &TokenRecord) -> Result<(), TokenError> {
        let entry = directory::Token {
            name: record.name.clone(),
            hash: record.hash,
            rights: record.right.name().to_owned(),
            databases: record.databases.clone(),
            created_us: record.created_us,
            expires_us: record.expires_us,
            revoked_us: None,
            rate: record.rate,
        };
        self.0.add(&entry).map_err(failed)
    }

    fn revoke(&self, name: &str) -> Result<(), TokenError> {
        self.0.revoke(name, now_us()).map_err(failed)
    }
}

fn record(entry: directory::Token) -> Result<TokenRecord, TokenError> {
    let right = Right::parse(&entry.rights).ok_or_else(|| {
        TokenError(format!("the token `{}` has the unknown right `{}`", entry.name, entry.rights))
    })?;
    Ok(TokenRecord {
        name: entry.name,
        hash: entry.hash,
        right,
        databases: entry.databases,
        created_us: entry.created_us,
        expires_us: entry.expires_us,
        is_revoked: entry.revoked_us.is_some(),
        rate: entry.rate,
    })
}

fn failed(error: linal::Error) -> TokenError {
    if error.is(Code::InternalError) {
        tracing::error!(%error, "the tokens cannot be read or written");
    }
    TokenError(error.message().to_owned())
}
