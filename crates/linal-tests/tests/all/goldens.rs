//! Each script below `scripts` is a test.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use linal_tests::{Script, check, scripts};

use crate::harness::{ensure, test};
use crate::workspace;

/// At least this many invalid statements have their exact error text as goldens.
const WRONG_STATEMENTS: usize = 150;

pub fn trials() -> Vec<Trial> {
    let root = workspace().join("crates/linal-tests/scripts");
    let mut trials: Vec<Trial> = scripts(&root).into_iter().map(|path| script(&root, path)).collect();
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

fn script(root: &Path, path: PathBuf) -> Trial {
    let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
    let title = format!("golden::{}", name.trim_end_matches(".lnl"));
    test(title, move || Ok(check(&path, &name)?))
}

fn count_errors(folder: &Path) -> usize {
    let texts = scripts(folder).into_iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.map(|text| text.lines().filter(|line| line.starts_with("#> error[")).count()).sum()
}
