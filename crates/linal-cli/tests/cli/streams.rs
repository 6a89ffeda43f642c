//! Standard input, output and error.

use std::process::Stdio;

use crate::support::{ScriptFile, feed, linal, run};

#[test]
fn a_script_on_standard_input() {
    let found = feed(&[], b"VECTOR v = [1,\n  2]\nSHOW v\n");
    assert_eq!((found.code, found.out.as_str(), found.err.as_str()), (Some(0), "v: f64 [2]\n[1, 2]\n", ""));
    let found = feed(&["run", "-", "--format", "csv"], b"SHOW 1");
    assert_eq!((found.code, found.out.as_str()), (Some(0), "1\n1\n"));
    let found = feed(&[], b"SHOW 1\nSHOW nothing");
    assert_eq!((found.code, found.out.as_str()), (Some(1), "1: i64 [] = 1\n"));
    assert!(found.err.contains("<stdin>:2:6"), "{}", found.err);
}

#[test]
fn foreign_bytes_are_named() {
    let found = feed(&[], b"SHOW 1\nSHOW \"\xff\"");
    assert_eq!((found.code, found.out.as_str()), (Some(2), ""));
    assert_eq!(found.err, "linal: <stdin>: line 2 is not UTF-8\n");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let script = ScriptFile::new("LET x = ARANGE 0, 2000000\nSHOW x\nSHOW x\n");
    let mut command = linal(&["run", script.name(), "--format", "csv"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut head = [0; 16];
    let mut pipe = child.stdout.take().expect("a pipe");
    std::io::Read::read_exact(&mut pipe, &mut head).expect("some output");
    drop(pipe);
    let end = child.wait_with_output().expect("the command ends");
    assert_eq!((end.status.code(), String::from_utf8_lossy(&end.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_full_disk_is_an_error() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let end = linal(&["-c", "SHOW 1"]).stdout(full).output().expect("the command starts");
    assert_eq!(end.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&end.stderr).contains("the output cannot be written"));
}

#[test]
fn output_comes_before_the_error_after_it() {
    let script = ScriptFile::new("SHOW \"first\"\nSHOW nothing\nSHOW \"last\"");
    let command =
        format!("'{}' run '{}' --keep-going 2>&1", env!("CARGO_BIN_EXE_linal"), script.path().display());
    let end = std::process::Command::new("sh").args(["-c", &command]).output().expect("a shell");
    let text = String::from_utf8_lossy(&end.stdout).into_owned();
    let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word} in {text}"));
    assert!(place("first") < place("error[") && place("error[") < place("last"), "{text}");
}

#[test]
fn no_colours_without_a_terminal() {
    let found = run(&["-c", "SHOW nothing"]);
    assert!(!found.err.contains('\u{1b}') && found.err.starts_with("error["), "{}", found.err);
}

/// `script` provides a terminal when it is installed.
#[cfg(target_os = "linux")]
#[test]
fn colours_on_a_terminal_unless_refused() {
    let coloured = |refusal: &str| {
        let command = format!("{refusal} TERM=xterm '{}' -c 'SHOW nothing'", env!("CARGO_BIN_EXE_linal"));
        let mut script = std::process::Command::new("script");
        let end = script.args(["-qec", &command, "/dev/null"]).stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&end.stdout).into_owned();
        text.contains("error").then(|| text.contains('\u{1b}'))
    };
    if coloured("NO_COLOR=").is_some() {
        assert_eq!([coloured("NO_COLOR="), coloured("NO_COLOR=1")], [Some(true), Some(false)]);
    }
}

/// What the reader of a file says of it comes to standard error in every format, whatever becomes of the rows.
#[test]
fn notices_of_files_in_every_format() {
    let file = ScriptFile::new("city,country\nOslo,Norway\nLima,Peru\n");
    let csv = file.path().with_extension("csv");
    let copy = file.path().with_extension("copy.csv");
    std::fs::rename(file.path(), &csv).expect("a file beside it");
    let (csv, copy) = (csv.display().to_string(), copy.display().to_string());
    let table = "CREATE TABLE c (a String, b String);";
    for statement in [
        format!("SELECT COUNT(*) FROM '{csv}'"),
        format!("{table} INSERT INTO c SELECT * FROM '{csv}'"),
        format!("COPY (SELECT * FROM '{csv}') TO '{copy}'"),
        format!("LET n = (SELECT COUNT(*) FROM '{csv}')"),
    ] {
        for format in ["table", "csv", "json", "jsonl", "markdown", "arrow"] {
            let found = run(&["--format", format, "-c", &statement]);
            assert_eq!(found.code, Some(0), "{statement}: {}", found.err);
            let notes = found.err.lines().filter(|line| line.starts_with("note: ")).count();
            assert_eq!(notes, 1, "{format}: {statement}: {}", found.err);
        }
    }
    let _ = (std::fs::remove_file(&csv), std::fs::remove_file(&copy));
}
