//! Every code's example fails with the code, and the book lists all codes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use linal::{Code, Error, Session, split};
use linal_error::Example;
use linal_tests::{check_file, error_reference};

use crate::harness::{ensure, session, test};
use crate::workspace;

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = Code::ALL
        .iter()
        .filter_map(|&code| match code.example() {
            Example::Fails(script) => {
                Some(test(format!("error::{}::example", code.name()), move || fails(code, script)))
            }
            Example::Untested(_) => None,
        })
        .collect();
    trials.push(test("error::all_codes_are_raised", all_are_raised));
    trials.push(test("error::reference_page", || {
        let path = workspace().join("docs/src/errors.md");
        Ok(check_file(&path, "docs/src/errors.md", &error_reference())?)
    }));
    trials
}

/// The last statement of a script fails with a code, and no other fails.
fn fails(code: Code, script: &str) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    let mut results = run(&mut session, script);
    let last = results.pop().ok_or("there is no statement")?;
    if let Some(error) = results.into_iter().find_map(Result::err) {
        return Err(format!("a statement before the last one fails: {error}").into());
    }
    match last {
        Ok(()) => Err("it does not fail".into()),
        Err(error) => ensure(error.is(code), || format!("it fails with {error}")),
    }
}

fn run(session: &mut Session, script: &str) -> Vec<Result<(), Error>> {
    let each = |fragment: Result<linal::Fragment, linal::SyntaxError>| {
        session.execute_fragment(script, fragment?.span).map(|_| ())
    };
    split(script).map(each).collect()
}

/// A code that no crate names is none: the table is not ahead of the program.
fn all_are_raised() -> Result<(), Failed> {
    let mut sources = String::new();
    for member in ["tensor", "lang", "store", "dataset", "bind", "query", "engine", "server"] {
        read_all(&workspace().join(format!("crates/linal-{member}/src")), &mut sources)?;
    }
    let raised: BTreeSet<&str> = sources.split("Code::").skip(1).map(identifier).collect();
    for code in Code::ALL {
        ensure(raised.contains(&*format!("{code:?}")), || format!("nothing raises {code}"))?;
    }
    Ok(())
}

/// The letters and digits that a text begins with.
fn identifier(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

fn read_all(folder: &Path, text: &mut String) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, text)?;
        } else {
            text.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
