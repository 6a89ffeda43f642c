//! Globs and folders: the table of several files is that of their rows in one.

use std::path::{Path, PathBuf};

use linal_store::{Code, MemoryPool, Progress, ReadContext, Table, TableFormat, TableOptions, write_table};
use linal_store::{open_table, table_files};
use proptest::prelude::*;

use crate::streams::{check, collected};
use crate::support::{describe, fixture, read, read_within};
use crate::tables::{show, table};

/// A new folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linal-files-{}", std::process::id())).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("folder");
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
    folder
}

fn with_filename() -> TableOptions {
    TableOptions { filename: true, ..TableOptions::default() }
}

fn fields(names: &[&str]) -> TableOptions {
    TableOptions {
        fields: Some(names.iter().map(|name| name.to_string()).collect()),
        ..TableOptions::default()
    }
}

/// The table at a path within a folder, whole and as a stream; `~` stands for the folder in what is shown.
#[track_caller]
fn check_shown(folder: &Path, path: &str, options: &TableOptions, expected: &str) {
    let path = if path.is_empty() { folder.to_path_buf() } else { folder.join(path) };
    check(&path, options);
    let shown = match table(&path, options) {
        Ok(table) => show(&table),
        Err(error) => describe::<Table>(Err(error)),
    };
    assert_eq!(shown.replace(&folder.display().to_string(), "~"), expected);
}

#[track_caller]
fn check_files(name: &str, files: &[(&str, &str)], path: &str, expected: &str) {
    check_shown(&folder(name, files), path, &TableOptions::default(), expected);
}

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
    check_shown(&folder, "*.parquet", &plain, "E0401: no file matches `~/*.parquet`");
    check_shown(&folder, "s/*.csv", &plain, "E0401: no file matches `~/s/*.csv` (there is no folder `~/s`)");
    check_shown(
        &folder,
        "[a.csv",
        &plain,
        "E0405: there is no file `~/[a.csv`, which is no valid glob either: invalid range pattern",
    );
    check_shown(
        &folder,
        "a**.csv",
        &plain,
        "E0405: there is no file `~/a**.csv`, which is no valid glob either: recursive wildcards must form a single path component",
    );
    std::fs::remove_file(folder.join("a.csv")).unwrap();
    check_shown(&folder, "", &plain, "E0401: the folder `~` has no file to read");
}

#[test]
fn the_working_directory() {
    // Tests run in the folder of the crate.
    let found = |pattern: &str| read(|context| table_files(Path::new(pattern), context)).unwrap();
    assert!(found("fixtures/tables/*.parquet").paths[0].starts_with("fixtures/tables"));
    assert_eq!(found("fixture?/python_v?.zarr").format, TableFormat::Zarr);
    let below = found("**/tables/*.parquet").paths;
    assert!(below.contains(&found("fixtures/tables/*.parquet").paths[0]), "{below:?}");
}

#[test]
fn columns_are_matched_by_name() {
    check_files(
        "names",
        &[("a.csv", "x,y\n1,u\n2,v\n"), ("b.csv", "Y,X\nw,3\n")],
        "*.csv",
        "x: Int | y: String\n1 | u\n2 | v\n3 | w",
    );
    let text = [("a.csv", "x,y\n1,2\n"), ("b.csv", "x\n1\n")];
    check_files("missing", &text, "*.csv", "E0404: `~/b.csv` has no column `y`, unlike `~/a.csv`");
    let text = [("a.csv", "x\n1\n"), ("b.csv", "y,x\n1,2\n")];
    check_files("surplus", &text, "", "E0404: `~/a.csv` has no column `y`, unlike `~/b.csv`");
    let text = [("a.json", r#"{"x": 1}"#), ("b.json", r#"{"y": 1}"#)];
    check_files("json", &text, "", "E0404: `~/a.json` has no column `y`, unlike `~/b.json`");
}

#[test]
fn types_are_those_of_all_rows() {
    check_files(
        "types",
        &[
            ("a.csv", "i,z,d,n,b\n1,12345,2020-01-01,,true\n"),
            ("b.csv", "i,z,d,n,b\n0.5,00501,2020-01-01 10:00,7,x\n"),
        ],
        "*.csv",
        "i: Float | z: String | d: Timestamp | n: Int? | b: String\n\
         1.0 | 12345 | 2020-01-01 00:00:00 | NULL | true\n\
         0.5 | 00501 | 2020-01-01 10:00:00 | 7 | x",
    );
    check_files(
        "json-types",
        &[
            ("a.jsonl", "{\"i\": 1, \"v\": [1, 2], \"n\": null, \"s\": 1}\n"),
            ("b.jsonl", "{\"v\": [0.5, 3], \"i\": 2.5, \"n\": \"2020-01-01\", \"s\": \"t\"}\n{\"i\": 3}"),
            ("c.jsonl", ""),
        ],
        "*.jsonl",
        "i: Float | v: Vector(2, f64)? | n: Date? | s: String?\n\
         1.0 | [1.0, 2.0] | NULL | 1\n\
         2.5 | [0.5, 3.0] | 2020-01-01 | t\n\
         3.0 | NULL | NULL | NULL",
    );
    check_files(
        "json-conflict",
        &[("a.json", r#"{"x": null}"#), ("b.json", r#"{"x": [1]}"#), ("c.json", r#"{"x": 1}"#)],
        "",
        "E0405: column `x` is Vector(1, f64) in `~/b.json` and Int in `~/c.json`",
    );
    check_files("blank", &[("a.json", ""), ("b.json", "[]")], "", "");
}

/// Writes the table of a CSV text.
fn write(path: &Path, csv: &str) {
    let source = path.with_extension("source.csv");
    std::fs::write(&source, csv).expect("file");
    let rows =
        table(&source, &TableOptions { header: Some(true), ..TableOptions::default() }).expect("a table");
    write_table(path, &rows.schema, &rows.batches).expect("written");
    std::fs::remove_file(source).expect("removed");
}

#[test]
fn declared_types() {
    for format in ["parquet", "arrow"] {
        let folder = folder(&format!("declared-{format}"), &[]);
        let plain = TableOptions::default();
        write(&folder.join(format!("a.{format}")), "i,f,s\n1,1.5,u\n");
        write(&folder.join(format!("b.{format}")), "s,f,i\nv,2,2.5\nw,,3\n");
        let expected = "i: Float | f: Float? | s: String\n1.0 | 1.5 | u\n2.5 | 2.0 | v\n3.0 | NULL | w";
        check_shown(&folder, &format!("*.{format}"), &plain, expected);
        write(&folder.join(format!("c.{format}")), "i,f,s\n1,1.5,2020-01-01\n");
        let expected = format!("E0405: column `s` is String in `~/a.{format}` and Date in `~/c.{format}`");
        check_shown(&folder, "", &plain, &expected);
    }
}

#[test]
fn a_column_of_nulls_takes_a_type() {
    use arrow::array::{ArrayRef, Int64Array, NullArray, RecordBatch};
    use std::sync::Arc;
    let folder = folder("nulls", &[]);
    let columns: [ArrayRef; 2] = [Arc::new(NullArray::new(2)), Arc::new(Int64Array::from(vec![7, 8]))];
    for (order, expected) in [([0, 1], "NULL\nNULL\n7\n8"), ([1, 0], "7\n8\nNULL\nNULL")] {
        for (name, at) in ["a.parquet", "b.parquet"].into_iter().zip(order) {
            let batch = RecordBatch::try_from_iter([("x", columns[at].clone())]).unwrap();
            let file = std::fs::File::create(folder.join(name)).unwrap();
            let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        }
        check_shown(&folder, "", &TableOptions::default(), &format!("x: Int?\n{expected}"));
    }
}

#[test]
fn arrays() {
    let folder = folder("arrays", &[]);
    for name in ["a.npy", "b.npy"] {
        write(&folder.join(name), "value\n1\n2\n");
    }
    check_shown(&folder, "", &TableOptions::default(), "value: Int\n1\n2\n1\n2");
    // A Zarr store is itself, and one file among others.
    let one = table(&fixture("python_v2.zarr"), &TableOptions::default()).unwrap();
    assert!(!one.tensors.is_empty());
    let store = folder.join("stores/k=1/s.zarr");
    write(&store, "x\n1\n2\n");
    check_shown(&folder, "stores", &TableOptions::default(), "x: Int | k: Int\n1 | 1\n2 | 1");
    check_shown(&folder, "stores/*/*.zarr", &TableOptions::default(), "x: Int | k: Int\n1 | 1\n2 | 1");
    check_shown(&folder, "stores/k=1/s.zarr", &TableOptions::default(), "x: Int\n1\n2");
}

#[test]
fn partitions_are_columns() {
    let files = [
        ("y=2020/m=01/a.csv", "v\n1\n"),
        ("y=2020/m=10/b.csv", "v\n2\n"),
        ("y=2020/m=2/c.csv", "v\n3\n"),
        ("y=__HIVE_DEFAULT_PARTITION__/m=3/d.csv", "v\n4\n"),
        ("y=2020/m=2/_SUCCESS", ""),
        ("_temporary/x.csv", "w\n1\n"),
        (".hidden/x.csv", "w\n1\n"),
    ];
    let folder = folder("partitions", &files);
    let all = "v: Int | y: Int? | m: Int\n1 | 2020 | 1\n2 | 2020 | 10\n3 | 2020 | 2\n4 | NULL | 3";
    let plain = TableOptions::default();
    check_shown(&folder, "", &plain, all);
    check_shown(&folder, "y=*/*/*.csv", &plain, all);
    check_shown(&folder, "y=2020/m=?/*", &plain, "v: Int | m: Int\n3 | 2");
    check_shown(&folder, "y=2020", &fields(&["M", "v"]), "m: Int | v: Int\n1 | 1\n10 | 2\n2 | 3");
    check_shown(&folder, "y=2020", &fields(&["m"]), "m: Int\n1\n10\n2");
    check_shown(&folder, "y=2020", &fields(&["m", "v", "M"]), "E0404: FIELDS names `m` twice");
    let both = TableOptions { filename: true, ..fields(&["filename", "v"]) };
    check_shown(&folder, "y=2020/m=2", &both, "filename: String | v: Int\n~/y=2020/m=2/c.csv | 3");
    let error = "E0404: `~/y=2020/m=1/a.csv` has no field `w`; it has v";
    check_shown(&folder, "y=2020", &fields(&["w"]), &error.replace("m=1", "m=01"));
}

#[test]
fn a_folder_wins_over_the_column_of_its_name() {
    let note = "note: columns of the files that their folders name, too, have the value of the folder";
    check_files(
        "both",
        &[("K=1/a.csv", "k,v\nx,1\n,2\n"), ("K=2/b.csv", "v,k\n3,y\n")],
        "",
        &format!("v: Int | K: Int\n1 | 1\n2 | 1\n3 | 2\n{note}"),
    );
    check_files(
        "both-json",
        &[("k=1/a.json", r#"{"k": [1], "v": 1}"#), ("k=2/b.json", r#"{"v": 2, "k": 7}"#)],
        "",
        &format!("v: Int | k: Int\n1 | 1\n2 | 2\n{note}"),
    );
}

#[test]
fn the_path_is_a_column() {
    let folder = folder("filename", &[("a.csv", "x\n1\n2\n"), ("k=v/b.csv", "x\n3\n")]);
    let rows = "x: Int | filename: String\n1 | ~/a.csv\n2 | ~/a.csv";
    check_shown(&folder, "a.csv", &with_filename(), rows);
    check_shown(&folder, "*.csv", &with_filename(), rows);
    check_shown(
        &folder,
        "*/*",
        &with_filename(),
        "x: Int | k: String | filename: String\n3 | v | ~/k=v/b.csv",
    );
    let error = "E0404: `~/a.csv` is in no folder `k=..`, unlike `~/k=v/b.csv`";
    check_shown(&folder, "", &with_filename(), error);
    std::fs::write(folder.join("c.csv"), "FileName\n1\n").unwrap();
    let error =
        "E0405: there is a column `filename` already, so the path of a file cannot be a column of this name";
    check_shown(&folder, "c.csv", &with_filename(), error);
    check_shown(&folder, "c.csv", &TableOptions::default(), "FileName: Int\n1");
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
            "E0405: `~/a.csv` and `~/b/c.json` are of different formats, and one table has files of one format {help}"
        ),
    );
    let unknown = folder("unknown", &[("a.csv", "x\n1\n"), ("README.md", "")]);
    let error = describe(table(&unknown, &TableOptions::default()));
    assert!(error.contains("README.md` does not tell a format") && error.ends_with(help), "{error}");
    let delta = [("a.csv", "x\n1\n"), ("_delta_log/0.json", "{}")];
    let error = "E0405: `~` is a Delta table, whose log tells which of its files have the current rows";
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
        assert!(error.starts_with("E0401: there is no file") && error.contains("d/z.csv"), "{error}");
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
        std::fs::set_permissions(folder.join(path), std::fs::Permissions::from_mode(0)).unwrap();
        let is_root =
            std::fs::read_dir(folder.join("s")).is_ok() && std::fs::read(folder.join("b.csv")).is_ok();
        for pattern in ["", "**/*.csv", "*/*.csv"] {
            if !is_root && (path == "s" || pattern != "*/*.csv") {
                let error = describe(table(&folder.join(pattern), &TableOptions::default()));
                let expected =
                    format!("E0402: `{}` cannot be {kind}: permission denied", folder.join(path).display());
                assert_eq!(error.replace("s/`", "s`"), expected);
            }
        }
        std::fs::set_permissions(folder.join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    // A root reads everything, but no damaged file.
    std::fs::write(folder.join("b.csv"), b"x\n\xff\n").unwrap();
    let error = describe(table(&folder.join("*.csv"), &TableOptions::default()));
    assert!(error.starts_with("E0403: `") && error.contains("b.csv`, line 2"), "{error}");
}

#[test]
fn ten_thousand_files() {
    let folder = folder("many", &[]);
    for at in 0..10_000 {
        std::fs::write(folder.join(format!("{at:04}.csv")), "").unwrap();
    }
    let error = describe(table(&folder, &TableOptions::default()));
    assert_eq!(error, format!("E0403: `{}` is empty", folder.join("0000.csv").display()));
    // Paths are charged.
    let (result, _) = read_within(300_000, |context| table_files(&folder, context));
    assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
    for at in 0..10_000 {
        std::fs::write(folder.join(format!("{at:04}.csv")), format!("a,b\n{at},x{at}\n")).unwrap();
    }
    let all = table(&folder, &TableOptions::default()).unwrap();
    assert_eq!((all.num_rows(), all.batches.len()), (10_000, 1));
    let rows = read(|context| {
        open_table(&folder, &TableOptions::default(), context)?.map(|batch| Ok(batch?.num_rows())).sum()
    });
    assert_eq!(rows.unwrap(), 10_000);
    // All columns of text: notices are bounded.
    for at in 0..10_000 {
        std::fs::write(folder.join(format!("{at:04}.csv")), "a,b\n").unwrap();
    }
    let none = table(&folder, &TableOptions::default()).unwrap();
    assert_eq!((none.num_rows(), none.notices.len()), (0, 6));
    assert_eq!(none.notices[5], "9995 more notices of other files");
}

#[test]
fn memory_and_cancellation() {
    let rows: String =
        (0..30_000).map(|at| format!("{at},a text that is longer than a view {at}\n")).collect();
    let text = format!("i,t\n{rows}");
    let names: Vec<String> = (0..8).map(|at| format!("{at}.csv")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*text)).collect();
    let folder = folder("memory", &files);
    let sum = |context: &ReadContext<'_>| -> Result<usize, _> {
        open_table(&folder, &with_filename(), context)?.map(|batch| Ok(batch?.num_rows())).sum()
    };
    let (rows, one) = read_within(usize::MAX, |context| {
        open_table(&folder.join("0.csv"), &with_filename(), context)?
            .map(|batch| Ok(batch?.num_rows()))
            .sum::<Result<usize, _>>()
    });
    assert_eq!(rows.unwrap(), 30_000);
    let (rows, all) = read_within(usize::MAX, sum);
    assert_eq!(rows.unwrap(), 240_000);
    assert!(all < one + 100_000, "{all} bytes for all files, {one} for one");
    let (whole, peak) =
        read_within(usize::MAX, |context| linal_store::read_table(&folder, &with_filename(), context));
    let whole = whole.unwrap();
    assert!(whole.memory.bytes() > 240_000 * 40 && peak < 4 * whole.memory.bytes(), "{peak}");
    let (failed, _) = read_within(whole.memory.bytes() / 2, |context| {
        linal_store::read_table(&folder, &with_filename(), context).map(|_| ())
    });
    assert_eq!(failed.unwrap_err().code(), Code::MemoryLimit);

    struct Stop;
    impl Progress for Stop {
        fn start(&self, _: &str, _: Option<u64>) {}
        fn advance(&self, _: u64) {}
        fn finish(&self) {}
        fn should_stop(&self) -> bool {
            true
        }
    }
    let pool = MemoryPool::new(usize::MAX);
    let stopped = table_files(&folder.join("*.csv"), &ReadContext::new(&pool, &Stop));
    assert_eq!(stopped.unwrap_err().code(), Code::Cancelled);
}

#[test]
fn a_file_that_changes() {
    let folder = folder("changes", &[("a.csv", "x\n1\n"), ("b.csv", "x\n2\n")]);
    let next = |text: &str| {
        std::fs::write(folder.join("b.csv"), "x\n2\n").unwrap();
        read(|context| {
            let mut stream = open_table(&folder, &TableOptions::default(), context)?;
            std::fs::write(folder.join("b.csv"), text).unwrap();
            stream.try_for_each(|batch| batch.map(|_| ()))
        })
    };
    assert_eq!(next("x\n3\n"), Ok(()));
    for text in ["x\n", "x\n1\n2\n", "x\ny\n", "x\n\"\"\n"] {
        assert_eq!(next(text).unwrap_err().code(), Code::Io, "{text}");
    }
}

/// A cell of a column that infers to various types.
fn cell() -> impl Strategy<Value = &'static str> {
    let cells = [
        "1",
        "-7",
        "2.5",
        "",
        "true",
        "2020-01-01",
        "2020-01-01 10:00",
        "x",
        "007",
        "9223372036854775808",
        "nan",
    ];
    prop::sample::select(cells.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Rows in several files are the rows of one file: same types, same values, in the same order.
    #[test]
    fn files_are_their_concatenation(
        kinds in prop::collection::vec(prop::collection::vec(cell(), 1..3), 3),
        rows in prop::collection::vec((0usize..4, prop::array::uniform3(any::<prop::sample::Index>())), 0..12),
        swapped in prop::collection::vec(any::<bool>(), 4),
    ) {
        let folder = folder("property", &[]);
        let names = ["a", "b", "c"];
        let line = |cells: &[&str], swap: bool| {
            let mut cells = cells.to_vec();
            if swap {
                cells.reverse();
            }
            format!("{}\n", cells.join(","))
        };
        let mut texts: Vec<String> = swapped.iter().map(|&swap| line(&names, swap)).collect();
        let mut all = line(&names, false);
        for file in 0..4 {
            for (_, at) in rows.iter().filter(|(to, _)| *to == file) {
                let cells: Vec<&str> = kinds.iter().zip(at).map(|(kind, at)| *at.get(kind)).collect();
                texts[file] += &line(&cells, swapped[file]);
                all += &line(&cells, false);
            }
        }
        std::fs::write(folder.join("all.csv"), &all).unwrap();
        let options = TableOptions { header: Some(true), fields: Some(names.map(str::to_string).to_vec()), ..TableOptions::default() };
        let expected = show(&table(&folder.join("all.csv"), &options).unwrap());
        std::fs::create_dir(folder.join("parts")).unwrap();
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.join(format!("parts/{at}.csv")), text).unwrap();
        }
        let path = folder.join("parts/*.csv");
        prop_assert_eq!(&show(&table(&path, &options).unwrap()), &expected);
        prop_assert_eq!(&show(&collected(&path, &options).unwrap()), &expected);
    }

    /// The same for JSON.
    #[test]
    fn files_of_objects_are_their_concatenation(
        rows in prop::collection::vec((0usize..3, prop::sample::select(vec![
            "1", "2.5", "null", "true", "\"x\"", "\"2020-01-01\"", "\"NaN\"", "18446744073709551615",
        ])), 1..10),
    ) {
        let folder = folder("property-json", &[]);
        let mut texts = vec![String::new(); 3];
        for (file, value) in &rows {
            texts[*file] += &format!("{{\"k\": 1, \"v\": {value}}}\n");
        }
        std::fs::write(folder.join("all.jsonl"), texts.concat()).unwrap();
        std::fs::create_dir(folder.join("parts")).unwrap();
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.join(format!("parts/{at}.jsonl")), text).unwrap();
        }
        let options = TableOptions::default();
        let expected = show(&table(&folder.join("all.jsonl"), &options).unwrap());
        prop_assert_eq!(&show(&table(&folder.join("parts"), &options).unwrap()), &expected);
        prop_assert_eq!(&show(&collected(&folder.join("parts"), &options).unwrap()), &expected);
    }
}
