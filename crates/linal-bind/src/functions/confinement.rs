//! Paths that must be below certain directories.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use linal_dataset::{Error, Result};
use linal_error::Code;

/// The resolved path of a file below one of the roots: the given path, or, for a relative one, the path below
/// each root. A file that exists is preferred; for others the first path that is allowed is returned.
///
/// # Errors
/// `E0802 forbidden`, which does not tell whether the file exists.
pub(super) fn locate(path: &Path, roots: &[PathBuf]) -> Result<PathBuf> {
    let roots: Vec<PathBuf> = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let below = roots.iter().filter(|_| path.is_relative()).map(|root| root.join(path));
    let candidates = std::iter::once(path.to_path_buf()).chain(below);
    let is_inside = |resolved: &PathBuf| roots.iter().any(|root| resolved.starts_with(root));
    let allowed: Vec<PathBuf> = candidates.filter_map(|path| resolve(&path)).filter(is_inside).collect();
    let existing = allowed.iter().find(|path| path.exists());
    existing.or(allowed.first()).cloned().ok_or_else(|| {
        Error::new(Code::Forbidden, "the path is not below a directory that statements may use")
            .with_help("the server names these directories with --files")
    })
}

/// A path without links and `..`. The part that does not exist must not contain `..`.
fn resolve(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let mut missing: Vec<OsString> = Vec::new();
    for ancestor in absolute.ancestors() {
        match ancestor.canonicalize() {
            Ok(mut resolved) => {
                resolved.extend(missing.iter().rev());
                return Some(resolved);
            }
            // A link that leads nowhere could be followed when a file is created.
            Err(_) if ancestor.is_symlink() => return None,
            Err(_) => match ancestor.components().next_back()? {
                Component::Normal(name) => missing.push(name.to_os_string()),
                _ => return None,
            },
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A directory with `in/a.csv`, `out/b.csv` and the link `in/link` to `out`.
    fn directory(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("linal-confined-{name}-{}", std::process::id()));
        for folder in ["in/sub", "out", "in2"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["in/a.csv", "out/b.csv", "in2/c.csv"] {
            fs::write(root.join(file), "x\n1\n").unwrap();
        }
        root.canonicalize().unwrap()
    }

    #[test]
    fn paths_are_resolved_before_they_are_compared() {
        let root = directory("resolve");
        let roots = [root.join("in")];
        let found = |path: &str| {
            locate(&root.join(path), &roots).map(|path| path.strip_prefix(&root).unwrap().to_path_buf())
        };
        for (path, expected) in [
            ("in/a.csv", "in/a.csv"),
            ("in/sub/../a.csv", "in/a.csv"),
            ("in/new/b.csv", "in/new/b.csv"),
            ("out/../in/a.csv", "in/a.csv"),
        ] {
            assert_eq!(found(path).unwrap(), Path::new(expected), "{path}");
        }
        for path in
            ["out/b.csv", "in/../out/b.csv", "in2/c.csv", "in/new/../../out/b.csv", "in/../../x", "in/../new"]
        {
            assert_eq!(found(path).unwrap_err().code(), Code::Forbidden, "{path}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_else() {
        let root = directory("links");
        let roots = [root.join("in")];
        std::os::unix::fs::symlink(root.join("out"), root.join("in/link")).unwrap();
        std::os::unix::fs::symlink(root.join("out/new.csv"), root.join("in/new.csv")).unwrap();
        for path in ["in/link/b.csv", "in/link/other.csv", "in/new.csv"] {
            assert!(locate(&root.join(path), &roots).is_err(), "{path}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn relative_paths_are_below_the_roots() {
        let root = directory("relative");
        let roots = [root.join("in"), root.join("in2")];
        assert_eq!(locate(Path::new("c.csv"), &roots).unwrap(), root.join("in2/c.csv"));
        assert_eq!(locate(Path::new("new.csv"), &roots).unwrap(), root.join("in/new.csv"));
        assert!(locate(Path::new("../out/b.csv"), &roots).is_err());
        assert!(locate(Path::new("Cargo.toml"), &[]).is_err());
        fs::remove_dir_all(&root).unwrap();
    }
}
