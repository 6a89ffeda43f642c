//! Jobs of a directory: submitted by scripts, worked off by processes that are killed.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::support::{ScriptFile, linal, run};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("linal-jobs-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().expect("a path of plain characters")
    }

    /// Runs statements in the directory; returns their CSV.
    fn run(&self, statements: &str) -> String {
        let script = ScriptFile::new(statements);
        let done = run(&["run", script.name(), "--data", self.name(), "--format", "csv"]);
        assert_eq!(done.code, Some(0), "{statements}: {}", done.err);
        done.out
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_script_submits_and_jobs_run_works_off() {
    let folder = Folder::new("run");
    let submitted = folder.run(
        "DATASET t COLUMNS (id: Int)\n\
         SUBMIT JOB KEY 'k' PRIORITY 3 DO (\n  INSERT INTO t VALUES (1);\n  SELECT * FROM t\n)\n\
         SUBMIT JOB KEY 'k' DO (SELECT 2)\n\
         SUBMIT JOB DO (SELECT * FROM nosuch)\n\
         SUBMIT JOB DO (SELECT 4)\n\
         CANCEL JOB '3'",
    );
    assert_eq!(submitted.matches("1,pending").count(), 2, "{submitted}");
    let done = run(&["jobs", "run", "--data", folder.name()]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), "1 succeeded, 1 failed\n"), "{}", done.err);
    let listed = folder.run("SHOW JOBS");
    for expected in ["1,succeeded", "2,failed", "3,cancelled", "E0304 unknown_name"] {
        assert!(listed.contains(expected), "{expected}: {listed}");
    }
    assert_eq!(folder.run("SELECT * FROM t"), "id\n1\n");
    assert_eq!(run(&["jobs", "run", "--data", folder.name()]).out, "0 succeeded, 0 failed\n");
    assert_eq!(run(&["jobs", "run"]).code, Some(2));
    // Another process reads the queue, and changes nothing.
    let script = ScriptFile::new("SHOW JOB '1'\nCANCEL JOB '1'");
    let read = run(&["run", script.name(), "--data", folder.name(), "--read-only"]);
    assert!(read.err.contains("E0408"), "{}", read.err);
}

/// Jobs whose statements are one transaction: each is done once, however often the process that runs them is killed.
#[test]
#[cfg(unix)]
fn jobs_survive_kills_and_are_done_once() {
    const JOBS: usize = 200;
    const KILLS: u64 = 8;
    let folder = Folder::new("kill");
    let mut script = "DATASET t COLUMNS (id: Int)\n".to_owned();
    for id in 0..JOBS {
        let statements = match id % 3 {
            0 => format!("INSERT INTO t VALUES ({id})"),
            1 => format!("BEGIN; INSERT INTO t VALUES ({id}); COMMIT"),
            // A second time it would fail, since the name exists.
            _ => format!("CREATE TABLE u{id} AS SELECT {id} AS id"),
        };
        script.push_str(&format!("SUBMIT JOB RETRIES 100 DO ({statements})\n"));
    }
    let submitted = folder.run(&script);
    assert_eq!(submitted.matches(",pending").count(), JOBS, "every submission is acknowledged");
    for kill in 0..KILLS {
        let mut command = linal(&["jobs", "run", "--workers", "3", "--data", folder.name()]);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command starts");
        std::thread::sleep(Duration::from_millis(100 + 137 * kill % 500));
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
    }
    let done = run(&["jobs", "run", "--data", folder.name()]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let listed = folder.run("SHOW JOBS");
    assert_eq!(listed.matches(",succeeded,").count(), JOBS, "{listed}");
    let inserts = (0..JOBS).filter(|id| id % 3 < 2).count();
    let counted = folder.run("SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS d FROM t");
    assert_eq!(counted, format!("n,d\n{inserts},{inserts}\n"));
    assert_eq!(run(&["check", folder.name()]).out, "no faults\n");
}
