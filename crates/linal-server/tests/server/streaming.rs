//! Long answers: they are streamed, and break off when they cannot be completed.

use std::io::{Read, Write};

use arrow::ipc::reader::StreamReader;
use serde_json::Value;

use crate::support::{TestServer, wait};

const ROWS: usize = 200_000;

/// Makes rows whose answer is larger than what is kept before it is streamed.
fn fill(server: TestServer) -> TestServer {
    server.results(&format!("LET n = ARANGE 0, {ROWS}\nLET d = dataset(\"big\")\nd.add_column(\"n\", n)"));
    server
}

fn filled() -> TestServer {
    fill(TestServer::start())
}

#[test]
fn every_format_is_complete() {
    let server = filled();
    let body = server.execute("SELECT n FROM big").send().expect(200);
    assert_eq!(body["results"][0]["row_count"], ROWS);
    let rows = body["results"][0]["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[ROWS - 1][0]), (ROWS, &Value::from(ROWS - 1)));
    assert!(body["elapsed_ms"].is_number());
    for accept in ["text/csv", "application/jsonl"] {
        let answer = server.execute("SELECT n FROM big").header("Accept", accept).send();
        let lines = answer.text().lines().count();
        assert_eq!(lines, ROWS + usize::from(accept == "text/csv"), "{accept}");
    }
    let arrow =
        server.execute("SELECT n FROM big").header("Accept", "application/vnd.apache.arrow.stream").send();
    let batches: Vec<_> = StreamReader::try_new(std::io::Cursor::new(arrow.body), None)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(batches.len() > 1);
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), ROWS);
    let tensor = server.execute("SHOW big.n").send().expect(200);
    assert_eq!(tensor["results"][0]["data"].as_array().unwrap().len(), ROWS);
}

#[test]
fn an_error_after_the_first_byte_is_in_the_answer() {
    let server = filled();
    let body = server.execute("SELECT n FROM big\nSELECT 1 DIV 0").send().expect(200);
    assert_eq!(body["results"][0]["row_count"], ROWS);
    assert_eq!(body["error"]["name"], "division_by_zero");
    assert_eq!(body["error"]["statement"], 2);
}

#[test]
fn an_answer_in_another_format_breaks_off() {
    let server = filled();
    let call = server.execute("SELECT n FROM big\nSELECT 1 DIV 0").header("Accept", "application/jsonl");
    assert!(call.try_send().is_err());
}

/// Begins a request and reads only the beginning of its answer.
fn begin(server: &TestServer, accept: &str) -> std::net::TcpStream {
    let statements =
        "SELECT a.n, b.n AS m, a.n + b.n AS s FROM big a JOIN (SELECT n FROM big WHERE n < 20) b ON TRUE";
    let mut stream = server.connect();
    write!(
        stream,
        "POST /execute HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Length: {}\r\n\r\n{statements}",
        statements.len()
    )
    .unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    stream
}

#[test]
fn a_client_that_goes_away_stops_its_answer() {
    let server = filled();
    let stream = begin(&server, "application/jsonl");
    server.wait_for_query("JOIN", "running");
    drop(stream);
    server.wait_for_query("JOIN", "cancelled");
}

#[test]
fn a_slow_client_holds_no_place() {
    let server = fill(TestServer::with(|config| config.concurrency = 1));
    let _stream = begin(&server, "text/csv");
    // The answer is far larger than the buffers of the connection, and nobody reads it.
    let app = server.server.as_ref().unwrap().app();
    wait(|| (app.scheduler.counts().0 == 0).then_some(()));
    server.execute("SELECT 1").send().expect(200);
    server.wait_for_query("JOIN", "running");
}

#[test]
fn a_client_that_takes_too_long_is_given_up() {
    let wait = std::time::Duration::from_millis(200);
    let server = fill(TestServer::with(|config| config.send_timeout = wait));
    let _stream = begin(&server, "application/json");
    server.wait_for_query("JOIN", "cancelled");
}

#[test]
fn a_cancelled_answer_ends_with_an_error() {
    let server = filled();
    let mut stream = begin(&server, "application/json");
    let id = server.wait_for_query("JOIN", "running");
    assert_eq!(server.call("DELETE", &format!("/queries/{id}")).send().status, 202);
    // The answer must be consumed, since the server waits for its client before it looks.
    let mut rest = Vec::new();
    let mut part = [0; 1 << 16];
    while !String::from_utf8_lossy(&rest).contains("\"query_id\"") {
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "the connection ended");
        rest = rest.split_off(rest.len().saturating_sub(4000));
        rest.extend_from_slice(&part[..read]);
    }
    let end = String::from_utf8_lossy(&rest).into_owned();
    assert!(end.contains("\"error\"") && end.contains("E0503"), "{end}");
    server.wait_for_query("JOIN", "cancelled");
}
