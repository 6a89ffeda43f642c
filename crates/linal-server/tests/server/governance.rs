//! Limits, the queue, and statements that are stopped.

use std::time::Duration;

use serde_json::json;

use crate::support::{ENDLESS, TestServer, wait};

#[test]
fn a_statement_past_its_time_is_stopped() {
    let server = TestServer::start();
    let answer = server.execute(ENDLESS).header("X-Linal-Timeout", "100ms").send();
    assert_eq!(answer.error(408), "timeout");
    assert_eq!(answer.json()["error"]["statement"], 1);
    server.wait_for_query("RECURSIVE", "failed");
    let server = TestServer::with(|config| config.timeout = Some(Duration::from_millis(100)));
    assert_eq!(server.execute(ENDLESS).send().error(408), "timeout");
    // A session cannot allow itself more.
    assert_eq!(server.execute(&format!("SET timeout = '1h'\n{ENDLESS}")).send().error(408), "timeout");
    server.execute("SELECT 1").send().expect(200);
}

#[test]
fn a_statement_beyond_its_memory_is_stopped() {
    let server = TestServer::start();
    let large = "LET a = RANDOM [2000000] SEED 1";
    let answer = server.execute(large).header("X-Linal-Memory-Limit", "4MB").send();
    assert_eq!(answer.error(507), "memory_limit");
    let more = format!("SET memory_limit = '1GB'\n{large}");
    let answer = server.execute(&more).header("X-Linal-Memory-Limit", "4MB").send();
    assert_eq!(answer.error(507), "memory_limit");
    server.execute(large).send().expect(200);
    wait(|| (server.server.as_ref().unwrap().app().engine.memory_used() < 1 << 20).then_some(()));
}

#[test]
fn a_delete_cancels() {
    let server = TestServer::start();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.execute(ENDLESS).send());
        let id = server.wait_for_query("RECURSIVE", "running");
        let listed = server.get("/queries").send().expect(200);
        let first = &listed[0];
        assert_eq!(
            (&first["id"], &first["state"], &first["database"]),
            (&json!(id), &json!("running"), &json!("default"))
        );
        for key in ["statement", "elapsed_ms", "memory_bytes", "rows"] {
            assert!(!first[key].is_null(), "{key}");
        }
        assert_eq!(server.call("DELETE", &format!("/queries/{id}")).send().status, 202);
        let answer = running.join().unwrap();
        assert_eq!(answer.error(409), "cancelled");
        assert_eq!(answer.header("x-linal-query-id"), id);
        server.wait_for_query("RECURSIVE", "cancelled");
        // It has ended, and that is no error.
        assert_eq!(server.call("DELETE", &format!("/queries/{id}")).send().status, 202);
    });
    assert_eq!(server.call("DELETE", "/queries/nosuch").send().error(404), "not_found");
}

#[test]
fn a_client_that_goes_away_stops_its_statement() {
    use std::io::Write;
    let server = TestServer::start();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{ENDLESS}",
        ENDLESS.len()
    )
    .unwrap();
    server.wait_for_query("RECURSIVE", "running");
    drop(stream);
    server.wait_for_query("RECURSIVE", "cancelled");
}

#[test]
fn a_full_queue_refuses() {
    let server = TestServer::with(|config| (config.concurrency, config.queue) = (1, 1));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.execute(ENDLESS).send());
        let first = server.wait_for_query("RECURSIVE", "running");
        let waiting = scope.spawn(|| server.execute("SELECT 'waiting'").send());
        let second = server.wait_for_query("waiting", "queued");
        let full = server.execute("SELECT 1").send();
        assert_eq!(full.error(429), "queue_full");
        assert!(full.header("retry-after").parse::<u64>().is_ok());
        // A request that waits is cancelled, too, and one with a limit does not wait longer.
        server.call("DELETE", &format!("/queries/{second}")).send();
        assert_eq!(waiting.join().unwrap().error(409), "cancelled");
        let late = server.execute("SELECT 1").header("X-Linal-Timeout", "50ms").send();
        assert_eq!(late.error(408), "timeout");
        server.call("DELETE", &format!("/queries/{first}")).send();
        assert_eq!(running.join().unwrap().error(409), "cancelled");
    });
    server.execute("SELECT 1").send().expect(200);
}

#[test]
fn a_result_may_have_so_many_rows() {
    let server = TestServer::with(|config| config.max_rows_returned = Some(2));
    server.execute("SELECT * FROM (VALUES (1), (2)) t(a)").send().expect(200);
    let answer = server.execute("SELECT * FROM (VALUES (1), (2), (3)) t(a)").send();
    assert_eq!(answer.error(400), "row_limit");
}

#[test]
fn many_clients_at_once() {
    let server = TestServer::start();
    server.results("DATASET t COLUMNS (a: Int)");
    std::thread::scope(|scope| {
        for client in 0..16 {
            let server = &server;
            scope.spawn(move || {
                for number in 0..5 {
                    server.execute(&format!("INSERT INTO t VALUES ({client}{number})")).send().expect(200);
                }
            });
        }
    });
    assert_eq!(server.results("SELECT COUNT(*), COUNT(DISTINCT a) FROM t")[0]["rows"], json!([[80, 80]]));
}
