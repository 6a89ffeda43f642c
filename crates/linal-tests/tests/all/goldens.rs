//! Every script below `scripts` is a test of its own.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use linal_tests::{Script, check};

use crate::harness::{ensure, test};
use crate::workspace;

/// At least this many wrong statements have their exact error text as goldens.
const WRONG_STATEMENTS: usize = 150;

pub fn trials() -> Vec<Trial> {
    let root = workspace().join("crates/linal-tests/scripts");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut trials: Vec<Trial> = files.into_iter().map(|path| script(&root, path)).collect();
    trials.push(test("golden::wrong_statements_are_many", move || {
        let count = count_errors(&root.join("errors"));
        ensure(count >= WRONG_STATEMENTS, || format!("{count} wrong statements are too few"))
    }));
    trials.push(test("golden::mistakes_in_scripts_are_told", || {
        ensure(Script::parse("x", "#! skip twice -- why").is_ok(), || "a good directive".into())?;
        ensure(Script::parse("x", "#! skip twice").is_err(), || "no reason".into())?;
        ensure(Script::parse("x", "#! skip thrice -- why").is_err(), || "no such variant".into())?;
        ensure(Script::parse("x", "#! run twice").is_err(), || "no such directive".into())
    }));
    trials
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "lnl") {
            files.push(path);
        }
    }
}

fn script(root: &Path, path: PathBuf) -> Trial {
    let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
    let title = format!("golden::{}", name.trim_end_matches(".lnl"));
    test(title, move || Ok(check(&path, &name)?))
}

fn count_errors(folder: &Path) -> usize {
    let mut files = Vec::new();
    collect(folder, &mut files);
    let texts = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.map(|text| text.lines().filter(|line| line.starts_with("#> error[")).count()).sum()
}
