//! Running the command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The result of a run of the command.
#[derive(Debug, PartialEq)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The command with its arguments.
pub fn linal(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linal"));
    command.args(arguments).env_remove("NO_COLOR");
    command
}

/// Runs the command with nothing on standard input.
pub fn run(arguments: &[&str]) -> Run {
    finished(linal(arguments).stdin(Stdio::null()).output().expect("the command starts"))
}

/// Runs the command with a script on standard input.
pub fn feed(arguments: &[&str], script: &[u8]) -> Run {
    let mut command = linal(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    // The command may end before it has read everything.
    let _ = child.stdin.take().expect("a pipe").write_all(script);
    finished(child.wait_with_output().expect("the command ends"))
}

fn finished(output: Output) -> Run {
    Run {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A script file that is removed when the value is dropped.
pub struct ScriptFile(PathBuf);

impl ScriptFile {
    pub fn new(text: &str) -> ScriptFile {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("linal-cli-{}-{number}.lnl", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).expect("the temporary folder takes files");
        ScriptFile(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn name(&self) -> &str {
        self.0.to_str().expect("a path of plain characters")
    }
}

impl Drop for ScriptFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
