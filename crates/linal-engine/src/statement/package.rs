//! Packages of datasets: `SAVE DATASET`, `LOAD DATASET`, `DELIVER`, `LIST DATASET PACKAGES`.

mod describe;

use std::path::{Path, PathBuf};

use linal_bind::functions::read_error;
use linal_dataset::{Cell, Error, Result, RowSet, Snapshot, count};
use linal_error::Code;
use linal_lang::ast::FilePath;
use linal_lang::ast::{Ident, ObjectName};
use linal_store::{ColumnType, NoProgress, ReadContext, ReadError, package};

use crate::outcome::Outcome;
use crate::session::Session;

/// Where objects are saved that name no path, in an engine without a directory.
const FOLDER: &str = "linal_data";

/// The folder of what a database saves: below the database directory, or below the working directory.
pub(super) fn folder(session: &Session) -> PathBuf {
    let root = match &session.engine.durable {
        Some(durable) => durable.store.directory().join("packages"),
        None => PathBuf::from(FOLDER),
    };
    root.join(file_name(&session.database))
}

/// A name as the name of a file: other characters than letters, digits, `-` and `_` are written as `%` and the
/// hexadecimal digits of their bytes, so that no name leads out of its folder.
pub(super) fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for byte in name.to_lowercase().bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02x}"));
        }
    }
    safe
}

/// `SAVE DATASET n [TO path]`, `DELIVER n [TO path]`: writes the package of a dataset.
pub(super) fn save(session: &mut Session, name: &Ident, path: Option<&FilePath>) -> Result<Outcome> {
    let table = ObjectName { parts: vec![name.clone()], span: name.span };
    let target = session.dataset(&table)?;
    let snapshot = target.dataset.snapshot();
    let folder = path_of(session, name, path)?;
    if let Some(parent) = folder.parent() {
        let failed = |error: std::io::Error| {
            Error::new(Code::Io, format!("the folder '{}' cannot be made: {error}", parent.display()))
        };
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let place = path.map_or(name.span, |path| path.span);
    let (values, _) = super::alter::with_lazy_values(session, &table, &snapshot)?;
    let described = describe::package(&snapshot, &values)?;
    let mut refused = None;
    let rows = values.batches().map(|batch| {
        batch.map_err(|error| {
            let text = error.to_string();
            refused = Some(error);
            ReadError::of_rows(text)
        })
    });
    let written = package::write_rows(&folder, &described, rows);
    written.map_err(|error| refused.unwrap_or_else(|| read_error(error).at(place)))?;
    Ok(Outcome::Done(format!(
        "wrote {} with {} to {}",
        snapshot.name,
        count(snapshot.rows, "row"),
        shown(&folder)
    )))
}

/// `LOAD DATASET n [FROM path]`: the dataset of a package, which replaces one of the name.
pub(super) fn load(session: &mut Session, name: &Ident, path: Option<&FilePath>) -> Result<Outcome> {
    let folder = path_of(session, name, path)?;
    let place = path.map_or(name.span, |path| path.span);
    let read = package::read(&folder, &ReadContext::new(&session.pool, &NoProgress));
    let package = read.map_err(|error| read_error(error).at(place))?;
    let snapshot = describe::snapshot(&package, &name.name, &session.engine.pool, &session.settings.timezone);
    let snapshot: Snapshot = snapshot.map_err(|error| error.at(place))?;
    let rows = snapshot.rows;
    session.put_dataset(&ObjectName { parts: vec![name.clone()], span: name.span }, snapshot)?;
    Ok(Outcome::Done(format!("{} has {} of {}", name.name, count(rows, "row"), shown(&folder))))
}

/// `LIST DATASET PACKAGES`: those of the current database.
pub(super) fn list(session: &Session) -> Result<Outcome> {
    let columns = [
        ("name", ColumnType::String),
        ("version", ColumnType::Int),
        ("rows", ColumnType::Int),
        ("bytes", ColumnType::Int),
    ];
    let packages = package::list(&folder(session).join("datasets")).map_err(read_error)?;
    let row = |entry: package::PackageEntry| {
        let numbers = [entry.version, entry.rows, entry.bytes].map(|number| Cell::Int(number as i64));
        std::iter::once(Cell::String(entry.name)).chain(numbers).collect()
    };
    let rows: Vec<Vec<Cell>> = packages.into_iter().map(row).collect();
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}

fn path_of(session: &Session, name: &Ident, path: Option<&FilePath>) -> Result<PathBuf> {
    match path {
        Some(path) => session.files.locate(&path.text).map_err(|error| error.at(path.span)),
        None => Ok(of_dataset(session, &name.name)),
    }
}

/// The folder of the package of a dataset, when no other is named.
pub(crate) fn of_dataset(session: &Session, name: &str) -> PathBuf {
    folder(session).join("datasets").join(file_name(name))
}

fn shown(folder: &Path) -> String {
    // The name of the server's directory is of no use to a client.
    folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
