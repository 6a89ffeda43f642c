//! Globs: `*` and `?` within a name, `[abc]` and `[!a-c]`, and `**` for folders at any depth.
//!
//! A wildcard matches no leading dot, as in a shell. `**` follows no links to folders, so it ends; a wildcard
//! within a name does, which is one step down.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use walkdir::WalkDir;

use super::find::Found;
use super::walk::{charge, is_hidden, no_access};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;
use crate::table::budget::Budget;
use crate::zarr;

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// One component of a pattern.
enum Step {
    /// A name without wildcards.
    Name(OsString),
    /// The names of a folder that match.
    Match(Pattern),
    /// `**`: the folder and all below it.
    Descend,
}

/// Whether a path has wildcards.
pub(super) fn is_glob(path: &Path) -> bool {
    path.to_str().is_some_and(has_wildcard)
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The files that match, in no order.
///
/// # Errors
/// A pattern that is invalid or matches nothing; a folder that cannot be read.
pub(super) fn files(pattern: &Path, memory: &mut Budget, context: &ReadContext<'_>) -> Result<Found> {
    let place = quoted(&pattern.display().to_string());
    let (base, steps) = parse(pattern, &place)?;
    let mut paths = BTreeSet::from([base.clone()]);
    // Level by level, and as a set: several `**` reach a folder by several ways.
    for step in &steps {
        let mut matches = BTreeSet::new();
        for folder in &paths {
            context.poll()?;
            step.expand(folder, context, |path| {
                charge(memory, &path)?;
                matches.insert(path);
                Ok(())
            })?;
        }
        paths = matches;
    }
    paths.retain(|path| is_file(path));
    if paths.is_empty() {
        let missing = !base.as_os_str().is_empty() && !base.is_dir();
        let help = missing.then(|| format!("there is no folder {}", quoted(&base.display().to_string())));
        return Err(ReadError::file_not_found(format!("no file matches {place}")).with_help(help));
    }
    Ok(Found { paths: paths.into_iter().collect(), base, notices: Vec::new() })
}

/// Whether a match is read: a folder is not, unless it is a Zarr store; what cannot be looked at is, and fails.
fn is_file(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.is_file() || metadata.is_dir() && zarr::is_zarr(path))
}

/// The folder before the first wildcard, and what follows.
fn parse(pattern: &Path, place: &str) -> Result<(PathBuf, Vec<Step>)> {
    let (mut base, mut steps) = (PathBuf::new(), Vec::new());
    for component in pattern.components() {
        let text = match component {
            Component::Normal(name) => name.to_str().filter(|name| has_wildcard(name)),
            _ => None,
        };
        match text {
            None if steps.is_empty() => base.push(component),
            None => steps.push(Step::Name(component.as_os_str().to_os_string())),
            Some("**") if matches!(steps.last(), Some(Step::Descend)) => {}
            Some("**") => steps.push(Step::Descend),
            Some(text) => steps.push(Step::Match(compile(text, place)?)),
        }
    }
    if matches!(steps.last(), Some(Step::Descend)) {
        steps.push(Step::Match(compile("*", place)?));
    }
    Ok((base, steps))
}

fn compile(text: &str, place: &str) -> Result<Pattern> {
    Pattern::new(text).map_err(|error| {
        ReadError::unsupported(format!(
            "there is no file {place}, which is no valid glob either: {}",
            error.msg
        ))
    })
}

impl Step {
    /// Gives the paths that this step finds in a folder.
    fn expand(
        &self,
        folder: &Path,
        context: &ReadContext<'_>,
        mut found: impl FnMut(PathBuf) -> Result<()>,
    ) -> Result<()> {
        match self {
            Step::Name(name) => {
                let path = folder.join(name);
                if fs::symlink_metadata(&path).is_ok() { found(path) } else { Ok(()) }
            }
            Step::Match(pattern) => matches_in(folder, pattern, found),
            Step::Descend => {
                let visible = |entry: &walkdir::DirEntry| entry.depth() == 0 || !is_hidden(entry.file_name());
                for entry in WalkDir::new(listed(folder)).into_iter().filter_entry(visible) {
                    context.poll()?;
                    let entry = entry.map_err(|error| no_access(folder, &error))?;
                    if entry.file_type().is_dir() || entry.depth() == 0 {
                        // Without the `.` of an empty base.
                        let below = entry.path().strip_prefix(listed(folder)).unwrap_or(entry.path());
                        found(if below.as_os_str().is_empty() { folder.into() } else { folder.join(below) })?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn matches_in(folder: &Path, pattern: &Pattern, mut found: impl FnMut(PathBuf) -> Result<()>) -> Result<()> {
    let failed = |error: std::io::Error| {
        ReadError::io(format!("{} cannot be read: {}", quoted(&folder.display().to_string()), error.kind()))
    };
    let entries = match fs::read_dir(listed(folder)) {
        Ok(entries) => entries,
        // A file in place of a folder, or a name that is gone.
        Err(error) if matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::NotFound) => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if pattern.matches_with(&name.to_string_lossy(), OPTIONS) {
            found(folder.join(name))?;
        }
    }
    Ok(())
}

/// The folder to list: the current one for an empty path.
fn listed(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
