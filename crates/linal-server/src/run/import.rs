//! Rows of a client that become a dataset, by way of a file.

use linal::{Outcome, Session};
use tempfile::TempPath;

use crate::app::{App, literal, quoted};
use crate::http::{ApiError, ApiResult};
use crate::wire::UploadBody;

/// What becomes of a dataset of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is replaced.
    Replace,
    /// The rows go behind its own.
    Append,
}

/// Makes a dataset of the rows of a file, or adds them to one. They are read batch by batch, so that memory does not
/// depend on their number where datasets are on disk. Lists, versions and lineage name the body `upload` instead of the
/// file. Returns whether there was a dataset of the name. The session may read the file.
///
/// # Errors
/// 400 for a name that no dataset can have; those of the statements, without the name of the file.
pub fn import(
    app: &App,
    session: &mut Session,
    name: &str,
    path: &TempPath,
    mode: Mode,
) -> ApiResult<(bool, UploadBody)> {
    let target = quoted(name).ok_or_else(|| ApiError::bad_request("a dataset cannot have this name"))?;
    store(session, name, &target, path, mode).map_err(|error| hidden(app, path, &error))
}

fn store(
    session: &mut Session,
    name: &str,
    target: &str,
    path: &TempPath,
    mode: Mode,
) -> linal::Result<(bool, UploadBody)> {
    let is_there = session.dataset_info(name)?.is_some();
    let file = literal(path);
    let statement = if is_there && mode == Mode::Append {
        let columns = columns(session, &file)?;
        format!("INSERT INTO {target} ({columns}) SELECT {columns} FROM ")
    } else {
        format!("CREATE OR REPLACE DATASET {target} FROM ")
    };
    session.execute_shown(&format!("{statement}{file}"), &format!("{statement}`upload`"))?;
    let info = session.dataset_info(name)?;
    let body = UploadBody {
        rows: info.as_ref().map_or(0, |info| info.rows as u64),
        version: info.map_or(0, |info| info.version),
    };
    Ok((is_there, body))
}

/// The names of the columns of a dataset, quoted.
fn columns(session: &mut Session, source: &str) -> linal::Result<String> {
    let outcome = session.execute(&format!("SELECT * FROM {source} LIMIT 0"))?;
    let Outcome::Rows(rows) = outcome else { return Ok("*".to_owned()) };
    let names = rows.schema.fields().iter().map(|field| format!("`{}`", field.name()));
    Ok(names.collect::<Vec<_>>().join(", "))
}

/// An error of the import, without the name of the file.
fn hidden(app: &App, path: &TempPath, error: &linal::Error) -> ApiError {
    let path = path.display().to_string();
    let without = |text: &str| app.without_paths(&text.replace(&path, "the body"));
    let mut mapped = ApiError::of_engine(error);
    mapped.body.message = without(&mapped.body.message);
    mapped.body.help = mapped.body.help.map(|help| without(&help));
    mapped
}
