//! `linal serve`, and the commands that belong to it, as processes.
#![cfg(all(unix, feature = "server"))]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Run, linal, run};

const ENDLESS: &str = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) \
     SELECT COUNT(*) FROM r";

/// A folder that is removed when the value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("linal-serve-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder takes folders");
        Folder(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn name(&self) -> &str {
        self.0.to_str().expect("a path of plain characters")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server.
struct Serving {
    child: Child,
    url: String,
    _errors: BufReader<ChildStderr>,
}

impl Serving {
    fn start(arguments: &[&str]) -> Serving {
        let mut command = linal(&[&["serve", "--bind", "127.0.0.1:0"], arguments].concat());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the command starts");
        let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
        let url = loop {
            let mut line = String::new();
            assert!(errors.read_line(&mut line).expect("a line") > 0, "the server has ended");
            if let Some(url) = line.trim_end().strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        Serving { child, url, _errors: errors }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill").success());
    }

    fn code(&mut self) -> Option<i32> {
        self.child.wait().expect("the command ends").code()
    }

    fn query(&self, arguments: &[&str]) -> Run {
        run(&[&["query", "--url", &self.url], arguments].concat())
    }

    /// Runs a statement that does not end, and waits until it runs.
    fn endless(&self) -> Client {
        let mut command = linal(&["query", "--url", &self.url, ENDLESS]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let client = Client(command.spawn().expect("the command starts"));
        let start = Instant::now();
        while !self.get("/metrics").lines().any(|line| line == "linal_statements_running 1") {
            assert!(start.elapsed() < Duration::from_secs(20), "it does not run");
        }
        client
    }

    /// The answer of a GET, headers and all.
    fn get(&self, path: &str) -> String {
        use std::io::{Read, Write};
        let address = self.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

/// A client that is ended when the value is dropped.
struct Client(Child);

impl Client {
    fn code(&mut self) -> Option<i32> {
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_signal_ends_the_server() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Serving::start(&[]);
        assert_eq!(server.query(&["--format", "csv", "SELECT 1 AS a"]).out, "a\n1\n");
        server.signal(signal);
        assert_eq!(server.code(), Some(0), "{signal}");
    }
}

#[test]
fn running_statements_are_cancelled_after_the_drain() {
    let mut server = Serving::start(&["--drain", "100ms", "--timeout", "none"]);
    let mut client = server.endless();
    server.signal("-TERM");
    assert_eq!(server.code(), Some(0));
    assert_eq!(client.code(), Some(1));
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut server = Serving::start(&["--drain", "1h", "--timeout", "none"]);
    let client = server.endless();
    server.signal("-TERM");
    let start = Instant::now();
    while !server.get("/health/ready").starts_with("HTTP/1.1 503") {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not drain");
    }
    server.signal("-TERM");
    assert_eq!(server.code(), Some(130));
    drop(client);
}

#[test]
fn a_query_prints_as_a_local_run() {
    let server = Serving::start(&[]);
    let script = "SELECT 1 AS a, 'x' AS b\nSHOW [1, 2] * 2";
    assert_eq!(server.query(&[script]), run(&["-c", script]));
    let script =
        "SELECT 1 AS a, 'x' AS b, 1.5 AS a\nSELECT 1 AS a WHERE FALSE\nLET x = [[1, 2], [3, 4]]\nSHOW x";
    let objects = server.query(&["--format", "json", script]);
    assert_eq!(objects, run(&["--format", "json", "-c", script]));
    assert!(objects.out.starts_with("[{\"a\":1,"), "{}", objects.out);
    let failed = server.query(&["SHOW 1\nSHOW nosuch"]);
    assert_eq!((failed.code, failed.out.as_str()), (Some(1), "1: i64 [] = 1\n"));
    assert!(failed.err.contains("E0304") && failed.err.contains("2 | SHOW nosuch"), "{}", failed.err);
    assert_eq!(server.query(&["--database", "nosuch", "SELECT 1"]).code, Some(1));
    let repl = crate::support::feed(&["repl", "--url", &server.url], b"LET x = 2\nSHOW x + 1\n");
    assert_eq!((repl.code, repl.out.as_str()), (Some(0), "x + 1: i64 [] = 3\n"));
}

#[test]
fn a_server_that_is_not_there() {
    let gone = run(&["query", "--url", "http://127.0.0.1:9", "SELECT 1"]);
    assert_eq!(gone.code, Some(3), "{}", gone.err);
    assert!(gone.err.contains("cannot be reached"), "{}", gone.err);
    for wrong in [
        &["query", "SELECT 1"][..],
        &["query", "--url", "nonsense", "SELECT 1"],
        &["query", "--url", "ftp://a", "X"],
    ] {
        assert_eq!(run(wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn tokens_change_beside_a_running_server() {
    let folder = Folder::new();
    let server = Serving::start(&["--data", folder.name()]);
    assert_eq!(server.query(&["DATASET t COLUMNS (a: Int)"]).code, Some(0));
    let made = run(&[
        "token",
        "create",
        "--data",
        folder.name(),
        "--name",
        "ci",
        "--rights",
        "read",
        "--expires",
        "30d",
    ]);
    let token = made.out.trim_end();
    assert_eq!((made.code, token.len(), token.starts_with("linal_")), (Some(0), 49, true), "{}", made.err);
    assert_eq!(server.query(&["SELECT 1"]).code, Some(1));
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{token}\n")).expect("a file");
    let file = file.to_str().expect("a path of plain characters");
    assert_eq!(server.query(&["--token-file", file, "--format", "csv", "SELECT 1 AS a"]).out, "a\n1\n");
    let denied = server.query(&["--token-file", file, "DROP DATASET t"]);
    assert!(denied.code == Some(1) && denied.err.contains("forbidden"), "{}", denied.err);
    let list = run(&["token", "list", "--data", folder.name()]);
    assert!(list.out.contains("ci\tread\tall\tvalid") && !list.out.contains(token), "{}", list.out);
    assert_eq!(
        run(&["token", "create", "--data", folder.name(), "--name", "ci", "--rights", "read"]).code,
        Some(1)
    );
    assert_eq!(run(&["token", "revoke", "--data", folder.name(), "ci"]).code, Some(0));
    assert_eq!(server.query(&["--token-file", file, "SELECT 1"]).code, Some(1));
    let log = std::fs::read_to_string(folder.path().join("audit.jsonl")).expect("the log");
    assert!(log.contains("\"token\":\"ci\"") && !log.contains(token));
}

#[test]
fn other_machines_take_a_token() {
    let folder = Folder::new();
    let refused = run(&["serve", "--bind", "0.0.0.0:0", "--data", folder.name()]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("linal token create"), "{}", refused.err);
}

#[test]
fn the_configuration_has_its_order() {
    let folder = Folder::new();
    let file = folder.path().join("linal.toml");
    std::fs::write(&file, "queue = 1\nconcurrency = 1\ntimeout = '1s'\n").expect("a file");
    let file = file.to_str().expect("a path of plain characters");
    let mut command = linal(&["config", "--config", file, "--queue", "3", "--files", "/a", "--files", "/b"]);
    let output = command.env("LINAL_QUEUE", "2").env("LINAL_CONCURRENCY", "2").output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    for line in
        ["queue = 3", "concurrency = 2", "timeout = \"1s\"", "files = [\"/a\", \"/b\"]", "drain = \"10s\""]
    {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
    std::fs::write(file, "quueue = 1\n").expect("a file");
    let wrong = run(&["serve", "--config", file]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("did you mean `queue`?"), "{}", wrong.err);
    assert_eq!(run(&["serve", "--timeout", "soon"]).code, Some(2));
}

#[test]
fn a_server_without_a_directory_says_so() {
    let mut command = linal(&["serve", "--bind", "127.0.0.1:0"]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let _ = child.kill();
    let _ = child.wait();
    assert!(line.contains("in memory"), "{line}");
}
