//! Compares the output of scripts with their expected output, or rewrites it.

use std::env;
use std::fs;
use std::path::Path;

use similar::TextDiff;

use super::run::run;
use super::{Script, Variant};

/// Error lines depend on the length of the outputs before them, so rewriting is repeated until it is stable.
const ROUNDS: usize = 5;

/// Runs a golden script in all variants.
///
/// # Errors
/// A unified diff of the expected and the actual output, or another failure.
pub fn check(path: &Path, name: &str) -> Result<(), String> {
    let content = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let settled = settle(name, &content)?;
    let script = Script::parse(name, &settled)?;
    let default = run(&script, Variant::Default)?;
    for variant in Variant::ALL {
        if script.skips(variant) || variant == Variant::Lazy && default.failed {
            continue;
        }
        let printed =
            run(&script, variant).map_err(|message| format!("{}: {message}", variant.name()))?.printed;
        if printed != default.printed {
            let title = format!("variant {}", variant.name());
            return Err(diff(&settled, &script.weave(&printed), "default", &title));
        }
    }
    compare(path, name, &content, &settled)
}

/// The content of the file with its current output.
fn settle(name: &str, content: &str) -> Result<String, String> {
    let mut settled = content.to_string();
    for _ in 0..ROUNDS {
        let script = Script::parse(name, &settled)?;
        let next = script.weave(&run(&script, Variant::Default)?.printed);
        if next == settled {
            return Ok(settled);
        }
        settled = next;
    }
    Err(format!("{name}: the output changes with each run"))
}

/// Compares a generated file with the existing one.
///
/// # Errors
/// A unified diff of the two.
pub fn check_file(path: &Path, name: &str, generated: &str) -> Result<(), String> {
    let content = fs::read_to_string(path).unwrap_or_default();
    compare(path, name, &content, generated)
}

fn compare(path: &Path, name: &str, content: &str, generated: &str) -> Result<(), String> {
    if content == generated {
        return Ok(());
    }
    if env::var_os("UPDATE_GOLDENS").is_some_and(|value| value == "1") {
        return fs::write(path, generated).map_err(|error| format!("{name}: {error}"));
    }
    let hint = "UPDATE_GOLDENS=1 cargo nextest run -p linal-tests accepts the change";
    Err(format!("{}\n{hint}", diff(content, generated, name, "now")))
}

fn diff(old: &str, new: &str, old_name: &str, new_name: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    format!("\n{}", diff.unified_diff().context_radius(3).header(old_name, new_name))
}
