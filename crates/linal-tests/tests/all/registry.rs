//! Every function definition is valid: its pattern, its help, its example, its place in the book.

use libtest_mimic::{Failed, Trial};
use linal::render::{Format, RenderOptions, render};
use linal::{Outcome, Session};
use linal_engine::{FunctionDef, QueryFunction, Registry};
use linal_lang::CallPattern;
use linal_tests::{check_file, function_reference};

use crate::harness::{ensure, session, test};
use crate::workspace;

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for definition in Registry::global().all() {
        let name = definition.name.to_lowercase();
        trials.push(test(format!("function::{name}::definition"), move || sound(definition)));
        trials.push(test(format!("function::{name}::example"), move || example(definition)));
    }
    for function in QueryFunction::all() {
        trials.push(test(format!("query_function::{}", function.name), move || query_function(function)));
    }
    trials.push(test("query_function::names_are_unique", query_names_are_unique));
    trials.push(test("function::names_are_unique", names_are_unique));
    trials.push(test("function::reference_page", || {
        let path = workspace().join("docs/src/functions.md");
        Ok(check_file(&path, "docs/src/functions.md", &function_reference())?)
    }));
    trials
}

/// The pattern parses and begins with the name, and HELP finds the function by each of its names.
fn sound(definition: &'static FunctionDef) -> Result<(), Failed> {
    let form = CallPattern::parse(definition.pattern)?;
    ensure(form.name() == definition.name, || format!("the pattern is of {}", form.name()))?;
    ensure(definition.doc.ends_with('.'), || "the doc is no sentence".into())?;
    let (_engine, mut session) = session();
    for name in std::iter::once(&definition.name).chain(definition.aliases) {
        match session.execute(&format!("HELP {name}"))? {
            Outcome::Text(text) => {
                ensure(text.starts_with(definition.pattern), || {
                    format!("HELP {name} shows another pattern")
                })?;
                ensure(text.contains(definition.doc), || format!("HELP {name} lacks the doc"))?;
            }
            other => return Err(format!("HELP {name} gave {other:?}").into()),
        }
    }
    Ok(())
}

fn example(definition: &'static FunctionDef) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    let mut printed = Vec::new();
    for statement in definition.example.script.lines() {
        printed.extend(lines(&mut session, statement)?);
    }
    let printed = printed.join("\n");
    ensure(printed == definition.example.output, || {
        format!("{}\nprints\n{printed}\nand not\n{}", definition.example.script, definition.example.output)
    })
}

/// The example has its answer, and HELP finds the function by each of its names.
fn query_function(function: &'static QueryFunction) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    let Outcome::Rows(rows) = session.execute(function.example)? else {
        return Err("the example has no rows".into());
    };
    let answer = rows.text(0, 0).unwrap_or_else(|| "NULL".to_string());
    ensure(answer == function.output, || {
        format!("{}\nis {answer}\nand not {}", function.example, function.output)
    })?;
    ensure(function.doc.ends_with('.'), || "the doc is no sentence".into())?;
    for name in function.names() {
        match session.execute(&format!("HELP {name}"))? {
            Outcome::Text(text) => {
                ensure(text.contains(function.doc), || format!("HELP {name} lacks the doc"))?;
            }
            other => return Err(format!("HELP {name} gave {other:?}").into()),
        }
    }
    Ok(())
}

fn query_names_are_unique() -> Result<(), Failed> {
    let mut names: Vec<&str> = QueryFunction::all().flat_map(QueryFunction::names).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is defined twice", pair[0]).into()),
        None => Ok(()),
    }
}

/// The output of a statement, without the header that names the value and its type.
fn lines(session: &mut Session, statement: &str) -> Result<Vec<String>, Failed> {
    let outcome = session.execute(statement)?;
    let mut out = Vec::new();
    render(&outcome, Format::Table, &RenderOptions::default(), &mut out)?;
    let text = String::from_utf8(out)?;
    let Outcome::Tensor { tensor, .. } = &outcome else {
        return Ok(text.lines().map(String::from).collect());
    };
    let (header, body) = text.split_once('\n').ok_or("there is no header")?;
    Ok(match tensor.shape().rank() {
        // `name: f64 [] = 5.0`; the name may contain these symbols too.
        0 => header
            .rsplit_once("[] = ")
            .map(|(_, value)| vec![value.to_string()])
            .ok_or("there is no value")?,
        _ => body.lines().map(String::from).collect(),
    })
}

fn names_are_unique() -> Result<(), Failed> {
    let mut names: Vec<&str> = Registry::global().names().collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is defined twice", pair[0]).into()),
        None => Ok(()),
    }
}
