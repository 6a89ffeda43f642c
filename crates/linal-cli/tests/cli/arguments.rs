//! Command lines and exit codes.

use crate::support::{ScriptFile, run};

fn check(arguments: &[&str], code: i32, out: &str, err: &str) {
    let found = run(arguments);
    assert_eq!((found.code, found.out.as_str()), (Some(code), out), "{arguments:?}: {found:?}");
    assert!(found.err.contains(err), "{arguments:?}: {found:?}");
    assert_eq!(found.err.is_empty(), err.is_empty(), "{arguments:?}: {found:?}");
}

#[test]
fn statements_of_the_command_line() {
    check(&["-c", "SHOW 1.5"], 0, "1.5: f64 [] = 1.5\n", "");
    check(&["-c", "VECTOR v = [1, 2]; SHOW v"], 0, "v: f64 [2]\n[1, 2]\n", "");
    check(&["-c", "VECTOR v = [1, 2]"], 0, "", "");
    check(&["-c", ""], 0, "", "");
}

#[test]
fn the_version_is_that_of_the_build() {
    check(&["--version"], 0, concat!("linal ", env!("CARGO_PKG_VERSION"), "\n"), "");
}

#[test]
fn help_names_the_options() {
    let help = run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    for option in
        ["run", "-c", "--format", "--set", "--keep-going", "--timing", "--memory-limit", "--timeout"]
    {
        assert!(help.out.contains(option), "{option} in {}", help.out);
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    check(&["--nonsense"], 2, "", "unexpected argument '--nonsense'");
    check(&["-c", "SHOW 1", "--format", "xml"], 2, "", "table, csv, json, jsonl, markdown, arrow");
    check(&["-c", "SHOW 1", "--memory-limit", "much"], 2, "", "such as 64MB");
    check(&["run"], 2, "", "<FILE>");
    check(&["-c", "SHOW 1", "run", "x.lnl"], 2, "", "cannot be used together");
}

#[test]
fn a_missing_script_is_wrong_usage_before_anything_runs() {
    let first = ScriptFile::new("SHOW 1");
    let message = "linal: cannot read no/such.lnl: No such file or directory\n";
    check(&["run", first.name(), "no/such.lnl"], 2, "", message);
}

#[test]
fn scripts_share_a_session() {
    let (first, second) = (ScriptFile::new("VECTOR v = [1]"), ScriptFile::new("SHOW v"));
    check(&["run", first.name(), second.name()], 0, "v: f64 [1]\n[1]\n", "");
}

#[test]
fn the_first_error_ends_a_script() {
    let script = ScriptFile::new("SHOW 1\nSHOW nothing\nSHOW 2\n");
    let place = format!("{}:2:6", script.name());
    check(&["run", script.name()], 1, "1: i64 [] = 1\n", &place);
    let found = run(&["run", "--keep-going", script.name()]);
    assert_eq!((found.code, found.out.as_str()), (Some(1), "1: i64 [] = 1\n2: i64 [] = 2\n"));
    assert!(found.err.contains("2 | SHOW nothing") && found.err.contains("^^^^^^^"), "{}", found.err);
}

#[test]
fn keeping_going_shows_all_errors() {
    let script = ScriptFile::new("SHOW a\nSHOW (\nSHOW \"end\"\nSHOW b");
    for arguments in [["run", "--keep-going", script.name()], ["run", script.name(), "--keep-going"]] {
        let found = run(&arguments);
        assert_eq!((found.code, found.out.as_str()), (Some(1), "end\n"), "{found:?}");
        assert_eq!(found.err.matches("error[").count(), 3, "{}", found.err);
    }
}

#[test]
fn variables_and_limits() {
    check(&["-c", "SHOW \"${who} ${n}\"", "--set", "who=me", "--set", "n=2"], 0, "me 2\n", "");
    let large = ["-c", "LET x = RANDN [10000000] SEED 1", "--memory-limit"];
    check(&[&large[..], &["64MB"]].concat(), 1, "", "64 MB");
    check(&[&large[..], &["1GB"]].concat(), 0, "", "");
    let slow = "LET x = RANDN [4000, 4000] SEED 1\nLET y = MATMUL x x";
    check(&["-c", slow, "--timeout", "50ms"], 1, "", "50 ms");
}

#[test]
fn timing_goes_to_standard_error() {
    check(&["-c", "SHOW 1", "--timing"], 0, "1: i64 [] = 1\n", "time: ");
}
