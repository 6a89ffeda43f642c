//! Which files a path stands for.

use std::path::Path;

use linal_store::{TableFormat, TableOptions, table_files};

use super::{check_files, check_shown, folder};
use crate::support::{describe, read};
use crate::tables::{show, table};

#[test]
fn wildcards() {
    let files = ["a.csv", "b.csv", "ab.csv", ".h.csv", "_u.csv", "s/c.csv", "s/t/d.csv", ".g/e.csv", "z.txt"];
    let folder = folder("wildcards", &files.map(|name| (name, "x\n1\n")));
    let found = |pattern: &str| {
        let found = read(|context| table_files(&folder.join(pattern), context));
        let paths = found.map(|files| files.paths).unwrap_or_default();
        paths.iter().map(|path| path.strip_prefix(&folder).unwrap().display().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("*.csv"), ["_u.csv", "a.csv", "ab.csv", "b.csv"]);
    assert_eq!(found("?.csv"), ["a.csv", "b.csv"]);
    assert_eq!(found("[b-z].csv"), ["b.csv"]);
    assert_eq!(found("[!b].csv"), ["a.csv"]);
    assert_eq!(found("*/*.csv"), ["s/c.csv"]);
    let below = ["_u.csv", "a.csv", "ab.csv", "b.csv", "s/c.csv", "s/t/d.csv"];
    assert_eq!(found("**/*.csv"), below);
    assert_eq!(found("**/**/*.csv"), below);
    assert_eq!(found("**/t/../**/[!abc]*.csv"), ["_u.csv", "s/t/../t/d.csv"].map(str::to_string)[1..]);
    assert_eq!(found("s/**"), ["s/c.csv", "s/t/d.csv"]);
    assert_eq!(found(".*.csv"), [".h.csv"]);
    assert_eq!(found("a.csv/*.csv"), [""; 0]);
    assert_eq!(found("nosuch/*.csv"), [""; 0]);
    // A name is what it is.
    std::fs::write(folder.join("a*.csv"), "y\n2\n").unwrap();
    assert_eq!(found("a*.csv"), ["a*.csv"]);
    std::fs::create_dir(folder.join("[s]")).unwrap();
    std::fs::write(folder.join("[s]/q.csv"), "y\n2\n").unwrap();
    assert_eq!(found("[s]"), ["[s]/q.csv"]);
}

#[test]
fn patterns_without_a_file() {
    let folder = folder("unmatched", &[("a.csv", "x\n1\n")]);
    let plain = TableOptions::default();
    check_shown(&folder, "*.parquet", &plain, "E0401 file_not_found: no file matches `~/*.parquet`");
    check_shown(
        &folder,
        "s/*.csv",
        &plain,
        "E0401 file_not_found: no file matches `~/s/*.csv` (there is no folder `~/s`)",
    );
    check_shown(
        &folder,
        "[a.csv",
        &plain,
        "E0405 unsupported: there is no file `~/[a.csv`, which is no valid glob either: invalid range pattern",
    );
    check_shown(
        &folder,
        "a**.csv",
        &plain,
        "E0405 unsupported: there is no file `~/a**.csv`, which is no valid glob either: recursive wildcards must form a single path component",
    );
    std::fs::remove_file(folder.join("a.csv")).unwrap();
    check_shown(&folder, "", &plain, "E0401 file_not_found: the folder `~` has no file to read");
}

#[test]
fn the_working_directory() {
    // Tests run in the folder of the crate.
    let found = |pattern: &str| read(|context| table_files(Path::new(pattern), context)).unwrap();
    let codecs = found("fixtures/codec_*.parquet").paths;
    assert_eq!(codecs[0], Path::new("fixtures/codec_brotli.parquet"));
    assert_eq!(found("fixture?/python_v?.zarr").format, TableFormat::Zarr);
    assert_eq!(found("**/codec_*.parquet").paths, codecs);
    assert_eq!(found("./fix*/codec_[a-b]*").paths, [Path::new("./fixtures/codec_brotli.parquet")]);
}

#[test]
fn mixed_formats() {
    let help = "(a glob such as 'folder/*.csv' reads some of the files)";
    let text = [("a.csv", "x\n1\n"), ("b/c.json", "{}"), ("z.csv", "x\n1\n")];
    check_files(
        "mixed",
        &text,
        "",
        &format!(
            "E0405 unsupported: `~/a.csv` and `~/b/c.json` are of different formats, and one table has files of one format {help}"
        ),
    );
    let unknown = folder("unknown", &[("a.csv", "x\n1\n"), ("README.md", "")]);
    let error = describe(table(&unknown, &TableOptions::default()));
    assert!(error.contains("README.md` does not tell a format") && error.ends_with(help), "{error}");
    let delta = [("a.csv", "x\n1\n"), ("_delta_log/0.json", "{}")];
    let error =
        "E0405 unsupported: `~` is a Delta table, whose log tells which of its files have the current rows";
    check_files("delta", &delta, "", error);
}

#[cfg(unix)]
#[test]
fn links() {
    use std::os::unix::fs::symlink;
    let folder = folder("links", &[("d/a.csv", "x\n1\n"), ("e/b.csv", "x\n2\n")]);
    symlink(folder.join("d"), folder.join("d/loop")).unwrap();
    symlink("..", folder.join("d/up")).unwrap();
    symlink(folder.join("e/b.csv"), folder.join("d/c.csv")).unwrap();
    let rows = "x: Int\n1\n2";
    let plain = TableOptions::default();
    let note = "note: `~/d`: links to folders are not followed: `~/d/";
    let shown = show(&table(&folder.join("d"), &plain).unwrap()).replace(&folder.display().to_string(), "~");
    assert!(shown.starts_with(&format!("{rows}\n{note}")) && shown.ends_with("` and 1 more"), "{shown}");
    check_shown(&folder, "d/**/*.csv", &plain, rows);
    check_shown(&folder, "d/*/*.csv", &plain, rows);
    // What is not there is not left out.
    symlink("nosuch", folder.join("d/z.csv")).unwrap();
    for path in ["d", "d/*.csv"] {
        let error = describe(table(&folder.join(path), &plain));
        assert!(
            error.starts_with("E0401 file_not_found: there is no file") && error.contains("d/z.csv"),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("unreadable", &[("a.csv", "x\n1\n"), ("b.csv", "x\n2\n"), ("s/c.csv", "x\n3\n")]);
    // A name that is no text.
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xff.csv")), "x\n4\n").unwrap();
    check_shown(&folder, "", &TableOptions::default(), "x: Int\n1\n2\n3\n4");
    check_shown(&folder, "*.csv", &TableOptions::default(), "x: Int\n1\n2\n4");
    for (path, kind) in [("b.csv", "opened"), ("s", "read")] {
        std::fs::set_permissions(folder.join(path), std::fs::Permissions::from_mode(0o000)).unwrap();
        let is_root =
            std::fs::read_dir(folder.join("s")).is_ok() && std::fs::read(folder.join("b.csv")).is_ok();
        for pattern in ["", "**/*.csv", "*/*.csv"] {
            if !is_root && (path == "s" || pattern != "*/*.csv") {
                let error = describe(table(&folder.join(pattern), &TableOptions::default()));
                let expected = format!(
                    "E0402 io: `{}` cannot be {kind}: permission denied",
                    folder.join(path).display()
                );
                assert_eq!(error.replace("s/`", "s`"), expected);
            }
        }
        std::fs::set_permissions(folder.join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    // A root reads everything, but no damaged file.
    std::fs::write(folder.join("b.csv"), b"x\n\xff\n").unwrap();
    let error = describe(table(&folder.join("*.csv"), &TableOptions::default()));
    assert!(error.starts_with("E0403 bad_format: `") && error.contains("b.csv`, line 2"), "{error}");
}
