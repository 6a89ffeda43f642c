//! The examples for newcomers print what `scripts/examples` says.

use std::fs;
use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use linal::render::{Format, RenderOptions, render};
use linal::split;
use linal_tests::check_file;

use crate::harness::{session, test};
use crate::workspace;

/// The folder of the gravitational wave recordings, when available: they are too large for the repository.
const RECORDINGS: &str = "../shared/data/gw";

pub fn trials() -> Vec<Trial> {
    ["tour", "digits", "seasons", "gravitational_wave", "digits_sql", "weather", "catalogue", "formats"]
        .into_iter()
        .map(|name| {
            let needs_recordings = matches!(name, "gravitational_wave" | "catalogue");
            let missing = needs_recordings && !workspace().join(RECORDINGS).is_dir();
            test(format!("example::{name}"), move || example(name)).with_ignored_flag(missing)
        })
        .collect()
}

fn example(name: &str) -> Result<(), Failed> {
    let file = format!("examples/{name}.lnl");
    let script = fs::read_to_string(workspace().join(&file))?;
    let (_engine, mut session) = session();
    session.set_variable("data", RECORDINGS);
    let written = std::env::temp_dir().join(format!("linal-example-{name}-{}", std::process::id()));
    fs::create_dir_all(&written)?;
    session.set_variable("out", &written.to_string_lossy());
    let mut out = Vec::new();
    for fragment in split(&script) {
        let outcome = fragment
            .map_err(linal::Error::from)
            .and_then(|fragment| session.execute_fragment(&script, fragment.span))
            .map_err(|error| error.render(&script, Some(&file), false))?;
        render(&outcome, Format::Table, &RenderOptions::default(), &mut out)?;
    }
    fs::remove_dir_all(&written)?;
    let expected: PathBuf =
        workspace().join("crates/linal-tests/scripts/examples").join(format!("{name}.txt"));
    Ok(check_file(&expected, &file, &rounded(&String::from_utf8(out)?))?)
}

/// Rounds long numbers to nine decimals: the last digits depend on the machine's vector unit.
fn rounded(text: &str) -> String {
    let separators = [' ', ',', '[', ']', '\n'];
    let piece = |piece: &str| {
        let number = piece.trim_end_matches(separators);
        match number.parse::<f64>() {
            Ok(value) if number.contains('.') && number.len() > 11 => {
                format!("{:.9}{}", value, &piece[number.len()..])
            }
            _ => piece.to_string(),
        }
    };
    text.split_inclusive(separators).map(piece).collect()
}
