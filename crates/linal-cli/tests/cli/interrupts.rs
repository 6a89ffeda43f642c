//! Ctrl-C, as a signal.
#![cfg(unix)]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::linal;

/// Starts a script that prints when it has begun, and waits for that.
fn begin(script: &str, options: &[&str]) -> Child {
    let script = format!("SHOW \"begun\"\n{script}");
    let mut command = linal(&[&["-c", &script], options].concat());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut begun = [0; 6];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut begun).expect("the first line");
    assert_eq!(&begun, b"begun\n");
    std::thread::sleep(Duration::from_millis(100));
    child
}

/// Interrupts a script; returns its exit code, its output, and the time until it ended.
fn interrupt(mut child: Child) -> (Option<i32>, String, String, Duration) {
    assert_eq!(child.try_wait().expect("the state of the command"), None, "the script ended by itself");
    let start = Instant::now();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let end = child.wait_with_output().expect("the command ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (end.status.code(), text(&end.stdout), text(&end.stderr), start.elapsed())
}

fn check(script: &str, options: &[&str]) {
    let (code, out, err, elapsed) = interrupt(begin(&format!("{script}\nSHOW \"end\""), options));
    assert_eq!((code, out.as_str()), (Some(130), ""), "{script}: {err}");
    assert!(err.contains("cancelled"), "{script}: {err}");
    // A statement stops within 100 ms; the rest is a margin for a busy machine.
    assert!(elapsed < Duration::from_millis(1500), "{script} took {elapsed:?} to stop");
}

#[test]
fn a_long_statement_stops() {
    check("LET x = SORT (RANDN [50000000] SEED 1)", &[]);
}

#[test]
fn a_long_product_stops() {
    check("LET m = ONES [6000, 6000]\nLET x = MATMUL m m", &[]);
}

#[test]
fn keeping_going_does_not_go_on() {
    check("LET x = SORT (RANDN [50000000] SEED 1)", &["--keep-going"]);
}

#[test]
fn long_output_stops() {
    let mut child = begin("LET x = ARANGE 0, 20000000\nSHOW x\nSHOW \"end\"", &["--format", "csv"]);
    let mut first = [0; 4];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut first).expect("output");
    let (code, out, _, _) = interrupt(child);
    assert_eq!(code, Some(130));
    assert!(!out.contains("end") && !out.contains("19999999"));
}

#[test]
fn waiting_for_a_script_ends() {
    let mut command = linal(&[]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the command starts");
    std::thread::sleep(Duration::from_millis(300));
    let (code, _, _, _) = interrupt(child);
    // The script is read before the handler is installed: the signal itself ends the process.
    assert_eq!(code, None);
}
