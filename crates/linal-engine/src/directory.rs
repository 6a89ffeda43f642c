//! Database directories from outside: verification, sizes, copies.

use std::fmt::Write;
use std::path::Path;

use linal_bind::functions::read_error;
use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_store::database::{DatasetInfo, Info, OpenOptions, Store, TokenEntry, TokenTable};
use linal_store::package;
use linal_tensor::Bytes;

use crate::durable::error;

fn open(directory: &Path) -> Result<Store> {
    Store::open(directory, &OpenOptions::read_only()).map_err(error)
}

/// Verifies every file of a directory. A sentence for each fault; none for one that is whole.
///
/// # Errors
/// A directory that cannot be opened at all.
pub fn check(directory: &Path) -> Result<Vec<String>> {
    open(directory)?.check().map_err(error)
}

/// Verifies a file of a package, such as `data.parquet`, and the manifest that has its SHA-256.
///
/// # Errors
/// `E0409 damaged_database` for a file that is missing or has other contents; `E0401 file_not_found` without a package.
pub fn verify_package(folder: &Path, file: &str) -> Result<()> {
    package::verify_file(folder, file).map_err(|failure| {
        let failure = read_error(failure);
        let code = if failure.is(Code::FileNotFound) { Code::FileNotFound } else { Code::DamagedDatabase };
        Error::new(code, format!("the file {file} of the package is damaged"))
            .with_help("DELIVER writes the package again; linal check names what is damaged")
    })
}

/// Describes a directory: sizes by dataset and version, and the statement that attaches it in DuckDB.
///
/// # Errors
/// A directory that cannot be opened or read.
pub fn info(directory: &Path) -> Result<String> {
    let info = open(directory)?.info().map_err(error)?;
    Ok(described(&info))
}

/// Copies a directory to a path that does not exist yet, while another process may write it. The copy has the
/// commits up to this one.
///
/// # Errors
/// A file that cannot be read or written; an incomplete copy is removed.
pub fn backup(directory: &Path, target: &Path) -> Result<()> {
    open(directory)?.backup(target).map_err(error)
}

/// The tokens of a directory's service, which may be open in any process.
#[derive(Debug)]
pub struct Tokens(TokenTable);

/// A token of a directory; its hash alone is kept.
pub type Token = TokenEntry;

impl Tokens {
    /// Opens the tokens of an existing directory.
    ///
    /// # Errors
    /// A directory without a catalog.
    pub fn open(directory: &Path) -> Result<Tokens> {
        TokenTable::open(directory).map(Tokens).map_err(error)
    }

    /// All tokens by name, also those that are not valid any more.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn all(&self) -> Result<Vec<Token>> {
        self.0.all().map_err(error)
    }

    /// Adds a token.
    ///
    /// # Errors
    /// `E0315 name_exists`; a catalog that cannot be written.
    pub fn add(&self, token: &Token) -> Result<()> {
        self.0.add(token).map_err(error)
    }

    /// Revokes a token at a time in microseconds since 1970.
    ///
    /// # Errors
    /// `E0304 unknown_name`; a catalog that cannot be written.
    pub fn revoke(&self, name: &str, now_us: i64) -> Result<()> {
        self.0.revoke(name, now_us).map_err(error)
    }
}

fn described(info: &Info) -> String {
    let mut text = format!(
        "directory       {}\nformat version  {}\nsnapshot        {}\ncatalog         {}\nfiles           {}\n",
        info.directory.display(),
        info.format_version,
        info.snapshot,
        size(info.catalog_bytes),
        size(info.file_bytes),
    );
    for dataset in &info.datasets {
        describe(dataset, &mut text);
    }
    let catalog = info.directory.join("catalog.sqlite");
    let quoted = catalog.display().to_string().replace('\'', "''");
    // Writing to a string cannot fail.
    let _ = write!(text, "\nin DuckDB: ATTACH 'ducklake:sqlite:{quoted}' AS linal (READ_ONLY)\n");
    text
}

fn describe(dataset: &DatasetInfo, text: &mut String) {
    let rows = count(dataset.rows as usize, "row");
    let (bytes, all) = (size(dataset.bytes), size(dataset.all_bytes));
    let _ = writeln!(
        text,
        "\n{}.{}: {rows}, {bytes} ({all} with all versions), {} of the rows in the catalog",
        dataset.database, dataset.name, dataset.inline_rows
    );
    for version in &dataset.versions {
        let (rows, bytes) = (count(version.rows as usize, "row"), size(version.bytes));
        let _ = writeln!(text, "  version {}: {rows}, {bytes}", version.version);
    }
}

fn size(bytes: u64) -> String {
    Bytes(bytes as usize).to_string()
}
