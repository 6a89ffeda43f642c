//! Every function and operator against NumPy and SciPy, over every layout, run at once, from the cache and lazily.

use linal_engine::{Category, Error, Session};
use linal_tensor::Tensor;

use crate::reference::{Case, Expected, Reference, disagreement};
use crate::{session, workspace};

const REFERENCE: &str = include_str!("../../reference/numerics.txt");

/// How a case is run.
#[derive(Clone, Copy, Debug)]
enum Mode {
    Eager,
    /// Again: programs that were bound the first time run over views of the same shape.
    Cached,
    Lazy,
}

#[test]
fn every_case_agrees_with_numpy() {
    let reference = Reference::parse(REFERENCE);
    let mut session = session();
    session.set_variable("examples", &workspace("examples"));
    for (name, tensor) in &reference.inputs {
        session.bind_tensor(name, tensor.clone());
    }
    let mut failures = Vec::new();
    for case in &reference.cases {
        for mode in [Mode::Eager, Mode::Cached, Mode::Lazy] {
            if let Err(reason) = check(&mut session, case, mode) {
                failures.push(format!("{} ({mode:?}): {reason}", case.definitions.join("; ")));
                break;
            }
        }
    }
    assert!(reference.cases.len() > 1500, "only {} cases", reference.cases.len());
    let shown = failures.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} cases fail:\n{shown}", failures.len(), reference.cases.len());
}

fn check(session: &mut Session, case: &Case<'_>, mode: Mode) -> Result<(), String> {
    match (run(session, case, mode), &case.expected) {
        (Ok(found), Expected::Tensor(tolerance, expected)) => {
            disagreement(&found, expected, *tolerance).map_or(Ok(()), Err)
        }
        (Ok(found), Expected::Error(name)) => {
            Err(format!("{} {} instead of the error {name}", found.dtype(), found.shape()))
        }
        (Err(error), Expected::Error(name)) if error.code().name() == *name => Ok(()),
        (Err(error), _) => Err(format!("the error {}: {}", error.code().name(), error.message())),
    }
}

fn run(session: &mut Session, case: &Case<'_>, mode: Mode) -> Result<Tensor, Error> {
    let keyword = if matches!(mode, Mode::Lazy) { "LAZY LET" } else { "LET" };
    for definition in &case.definitions {
        session.execute(&format!("{keyword} {definition}"))?;
    }
    session.tensor("r")
}

/// A function without a case would be a function that nobody compared with anything.
#[test]
fn every_function_has_a_case() {
    let words: std::collections::HashSet<&str> =
        REFERENCE.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let missing: Vec<&str> = Session::functions()
        .iter()
        // What files hold is compared by the tests of the readers.
        .filter(|function| function.category != Category::Files && !words.contains(function.name))
        .map(|function| function.name)
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
