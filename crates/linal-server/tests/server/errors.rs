//! Statuses of errors, and what their bodies say.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn an_error_has_its_place_and_the_results_before_it() {
    let server = TestServer::start();
    let text = "DATASET t COLUMNS (a: Int)\nINSERT INTO t VALUES (7); SELECT a FROM t;\n  SELECT nosuch FROM t\nDROP DATASET t";
    let body = server.execute(text).send().expect(400);
    let error = &body["error"];
    assert_eq!(
        (&error["statement"], &error["line"], &error["column"]),
        (&json!(4), &json!(3), &json!(10)),
        "{error}"
    );
    assert_eq!((&error["code"], &error["name"]), (&json!("E0304"), &json!("unknown_name")));
    assert_eq!(body["results"].as_array().unwrap().len(), 3);
    assert_eq!(body["results"][2]["rows"], json!([[7]]));
    // What came before stays, and what comes after does not run.
    assert_eq!(server.results("SELECT COUNT(*) FROM t")[0]["rows"], json!([[1]]));
}

#[test]
fn the_nearest_name_is_offered() {
    let server = TestServer::start();
    let body = server.execute("LET alpha = 1\nSHOW alpah").send().expect(400);
    assert_eq!(body["error"]["name"], "unknown_name");
    assert!(body["error"]["help"].as_str().unwrap().contains("alpha"), "{body}");
}

#[test]
fn errors_of_other_formats_are_json() {
    let server = TestServer::start();
    for accept in ["text/csv", "application/vnd.apache.arrow.stream", "application/jsonl", "text/plain"] {
        let answer = server.execute("SELECT 1 AS a\nSELECT 1 DIV 0").header("Accept", accept).send();
        assert_eq!(answer.header("content-type"), "application/json");
        let body = answer.expect(400);
        assert_eq!(body["error"]["name"], "division_by_zero");
        assert_eq!(body["results"][0]["rows"], json!([[1]]), "{accept}");
    }
}

#[test]
fn mistakes_of_requests() {
    let server = TestServer::start();
    assert_eq!(server.get("/nosuch").send().error(404), "not_found");
    assert_eq!(server.get("/execute").send().error(405), "method_not_allowed");
    assert_eq!(server.call("DELETE", "/health/live").send().error(405), "method_not_allowed");
    let unacceptable = server.execute("SELECT 1").header("Accept", "application/xml").send();
    assert_eq!(unacceptable.error(406), "not_acceptable");
    let parquet = server.execute("SELECT 1").header("Accept", "application/vnd.apache.parquet").send();
    assert_eq!(parquet.error(406), "not_acceptable");
    let unread = server.execute("<a/>").header("Content-Type", "application/xml").send();
    assert_eq!(unread.error(415), "unsupported_media_type");
    let latin = server.execute("").body([0x53, 0xe4]).send();
    assert_eq!(latin.error(400), "bad_request");
    assert_eq!(server.get("/datasets/%FF").send().error(400), "bad_request");
    let unknown = server.execute("SELECT 1").header("X-Linal-Session", "nosuch").send();
    assert_eq!(unknown.error(404), "not_found");
}

#[test]
fn a_connection_goes_on_after_a_refused_body() {
    use std::io::{Read, Write};
    let server = TestServer::start();
    let mut stream = server.connect();
    let body = "x".repeat(1 << 20);
    let refused = format!(
        "POST /execute HTTP/1.1\r\nHost: localhost\r\nAccept: image/png\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(refused.as_bytes()).unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.starts_with("HTTP/1.1 406") && answers.contains("HTTP/1.1 200"), "{answers}");
}

#[test]
fn every_answer_has_an_id() {
    let server = TestServer::start();
    for (method, path) in [
        ("GET", "/nosuch"),
        ("PUT", "/execute"),
        ("GET", "/health/live"),
        ("GET", "/docs"),
        ("GET", "/metrics"),
    ] {
        let answer = server.call(method, path).send();
        assert_eq!(answer.header("x-linal-query-id").len(), 16, "{method} {path}");
    }
}

#[test]
fn large_bodies_are_refused() {
    let server = TestServer::with(|config| config.max_body = 1000);
    let fits = format!("SELECT 1 -- {}", "x".repeat(900));
    server.execute(&fits).send().expect(200);
    assert_eq!(server.execute(&"x".repeat(3_000_000)).send().error(413), "body_too_large");
    // The length is not known before.
    let mut chunked = String::from(
        "POST /execute HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    for _ in 0..20 {
        chunked.push_str(&format!("64\r\n{}\r\n", "y".repeat(100)));
    }
    chunked.push_str("0\r\n\r\n");
    let answer = server.raw(chunked.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn large_headers_are_refused() {
    let server = TestServer::start();
    let answer = server.execute("SELECT 1").header("X-Large", &"x".repeat(20_000)).send();
    assert_eq!(answer.error(431), "headers_too_large");
    let bomb =
        format!("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Large: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = server.raw(bomb.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.execute("SELECT 1").send().expect(200);
}

#[test]
fn garbage_harms_nobody() {
    let server = TestServer::start();
    for garbage in ["\0\u{1}\u{2}garbage\r\n\r\n", "GET\r\n\r\n", "POST /execute HTTP/9.9\r\n\r\n"] {
        let answer = server.raw(garbage.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    server.execute("SELECT 1").send().expect(200);
}

#[test]
fn headers_of_limits_are_checked() {
    let server = TestServer::with(|config| config.memory_limit = Some(1 << 30));
    for (name, value) in [
        ("X-Linal-Timeout", "soon"),
        ("X-Linal-Timeout", "-1s"),
        ("X-Linal-Timeout", "31s"),
        ("X-Linal-Memory-Limit", "much"),
        ("X-Linal-Memory-Limit", "2GB"),
    ] {
        let answer = server.execute("SELECT 1").header(name, value).send();
        assert_eq!(answer.status, 400, "{name}: {value}");
    }
    server
        .execute("SELECT 1")
        .header("X-Linal-Timeout", "30s")
        .header("X-Linal-Memory-Limit", "1GB")
        .send()
        .expect(200);
}
