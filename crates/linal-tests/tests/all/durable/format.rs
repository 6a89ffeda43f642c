//! Directories that an earlier linal wrote, `format-1` and `format-2`, are opened by this one: a change of the format
//! that lacks a migration fails here. They are never made anew; a later format gets another beside them.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};
use crate::workspace;

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::format::reads_format_1", || reads(&copy(1)?, true)),
        test("durable::format::writes_format_1", || writes(1)),
        test("durable::format::reads_format_2", || reads(&copy(2)?, true)),
        test("durable::format::writes_format_2", || writes(2)),
    ]
}

/// Queries on what `made_by.lnl` of each made, with their rows.
const READS: &[(&str, &str)] = &[
    ("SELECT COUNT(*), SUM(id), SUM(level), COUNT(place), COUNT(at) FROM events", "39 782 186.0 32 38"),
    (
        "SELECT id, level, spectrum, grid, note FROM events WHERE id IN (1, 3, 41) ORDER BY id",
        "1 NULL [0.5, 0.25, 0.125] [[1, 2], [3, 4]] none; \
         3 0.75 [1, 2, 3] [[1, 2], [3, 4]] none; \
         41 1.5 [7, 8, 9] [[0, 1], [1, 0]] inline",
    ),
    ("SELECT DISTINCT at FROM events WHERE at IS NOT NULL", "2026-11-30 12:00:00"),
    ("SELECT COUNT(*), SUM(level) FROM events AT VERSION 2", "40 205.0"),
    ("SELECT COUNT(*), SUM(level) FROM events AT VERSION 3", "40 204.25"),
    ("SELECT id, x FROM other.t ORDER BY id", "1 a; 2 b"),
];

/// The directory in a place of its own.
fn copy(format: u32) -> Result<Directory, Failed> {
    let directory = Directory::new();
    copy_folder(&workspace().join(format!("crates/linal-tests/format-{format}")), directory.path())?;
    Ok(directory)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn reads(directory: &Directory, read_only: bool) -> Result<(), Failed> {
    let engine = if read_only { directory.open_to_read()? } else { directory.open()? };
    let mut session = engine.session();
    for (query, expected) in READS {
        let found: Vec<String> = rows(&mut session, query)?.iter().map(|row| row.join(" ")).collect();
        ensure(found.join("; ") == *expected, || format!("{query} gave {found:?}"))?;
    }
    run(&mut session, "LOAD TENSOR m")?;
    let mean = rows(&mut session, "SELECT ROUND(value, 6) FROM ROWS(m) ORDER BY row")?;
    ensure(mean == [["1.128205"], ["2.064103"], ["3.00641"]], || format!("the saved tensor: {mean:?}"))
}

fn writes(format: u32) -> Result<(), Failed> {
    let directory = copy(format)?;
    reads(&directory, false)?;
    let statements = "RESTORE DATASET gone\nAPPLY PIPELINE latest ON events INTO last\n\
        INSERT INTO events SELECT id + 100, place, level, at, spectrum, grid, note FROM events WHERE id = 41\n\
        CHECKPOINT";
    run(&mut directory.open()?.session(), statements)?;
    let mut session = directory.open()?.session();
    let cases = [
        ("SELECT SUM(x) FROM gone", "3"),
        ("SELECT id FROM last ORDER BY id", "38; 41"),
        ("SELECT COUNT(*), SUM(id) FROM events", "40 923"),
    ];
    for (query, expected) in cases {
        let found: Vec<String> = rows(&mut session, query)?.iter().map(|row| row.join(" ")).collect();
        ensure(found.join("; ") == expected, || format!("{query} gave {found:?}"))?;
    }
    directory.check()
}
