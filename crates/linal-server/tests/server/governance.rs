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

/// The work that a recursion does, in a database.
fn endless_in<'s>(server: &'s TestServer, database: &str) -> crate::support::Call<'s> {
    server.execute(ENDLESS).header("X-Linal-Database", database)
}

#[test]
fn a_database_has_places_of_its_own() {
    let server = TestServer::with(|config| (config.concurrency, config.queue) = (4, 8));
    server.results("CREATE DATABASE small; CREATE DATABASE large");
    server.results("ALTER DATABASE small SET concurrency = 1; ALTER DATABASE small SET queue = 1");
    for wrong in ["concurrency = 0", "queue = -1", "queue = 'many'", "places = 3"] {
        let answer = server.execute(&format!("ALTER DATABASE small SET {wrong}")).send();
        assert_eq!(answer.status, 400, "{wrong}");
    }
    std::thread::scope(|scope| {
        let running = scope.spawn(|| endless_in(&server, "small").send());
        let first = server.wait_for_query("RECURSIVE", "running");
        let waiting =
            scope.spawn(|| server.execute("SELECT 'waits'").header("X-Linal-Database", "SMALL").send());
        let second = server.wait_for_query("waits", "queued");
        let full = server.execute("SELECT 1").header("X-Linal-Database", "small").send();
        assert_eq!(full.error(429), "queue_full");
        // The places of the server are free for the others.
        server.execute("SELECT 1").header("X-Linal-Database", "large").send().expect(200);
        server.execute("SELECT 1").send().expect(200);
        server.call("DELETE", &format!("/queries/{second}")).send();
        assert_eq!(waiting.join().unwrap().error(409), "cancelled");
        // A limit that is lifted counts at once.
        server.results("ALTER DATABASE small SET concurrency = none");
        server.execute("SELECT 1").header("X-Linal-Database", "small").send().expect(200);
        server.call("DELETE", &format!("/queries/{first}")).send();
        assert_eq!(running.join().unwrap().error(409), "cancelled");
    });
}

#[test]
fn the_sessions_of_a_database_share_its_memory() {
    let server = TestServer::start();
    server.results("CREATE DATABASE d; ALTER DATABASE d SET memory_limit = '24MB'");
    let session = |database: &str| {
        let body = server.call("POST", "/sessions").header("X-Linal-Database", database).send().expect(201);
        body["id"].as_str().unwrap().to_owned()
    };
    let run = |id: &str, text: &str| server.execute(text).header("X-Linal-Session", id).send();
    let (one, other, elsewhere) = (session("d"), session("d"), session("default"));
    // 16 MB each.
    let large = "LET a = RANDOM [2000000] SEED 1";
    run(&one, large).expect(200);
    assert_eq!(run(&other, large).error(507), "memory_limit");
    run(&elsewhere, large).expect(200);
    run(&other, "USE default").expect(200);
    run(&other, large).expect(200);
    // What was made in the database is its own until it is dropped.
    run(&elsewhere, "USE d").expect(200);
    assert_eq!(run(&elsewhere, "LET b = RANDOM [2000000] SEED 1").error(507), "memory_limit");
    run(&one, "DROP TENSOR a").expect(200);
    // The limit of the database is one of each of its sessions, too, wherever its tensors were made.
    run(&elsewhere, "DROP TENSOR a").expect(200);
    run(&elsewhere, "LET b = RANDOM [2000000] SEED 1").expect(200);
}

#[test]
fn a_database_spills_so_much() {
    let server = TestServer::with(|config| config.memory_limit = Some(96 << 20));
    server.results("CREATE DATABASE d; ALTER DATABASE d SET spill_limit = '1MB'");
    // Some 30 MB of groups with little memory.
    let sort = "SELECT COUNT(*) FROM (SELECT s, COUNT(*) AS c FROM (SELECT CAST(a.n * 1000 + b.n AS String) || ' with a \
                longer text' AS s FROM (SELECT UNNEST(RANGE(0, 400)) AS n) a CROSS JOIN (SELECT UNNEST(RANGE(0, 1000)) AS n) b) \
                GROUP BY s)";
    let run = |database: &str, text: &str| {
        server
            .execute(text)
            .header("X-Linal-Database", database)
            .header("X-Linal-Memory-Limit", "16MB")
            .send()
    };
    assert_eq!(run("d", sort).error(507), "spill_limit");
    assert_eq!(run("default", &format!("SET spill_limit = '2MB'\n{sort}")).error(507), "spill_limit");
    run("default", sort).expect(200);
    server.results("ALTER DATABASE d SET spill_limit = '1GB'");
    run("d", sort).expect(200);
}

#[test]
fn requests_have_the_plans_of_those_before() {
    let server = TestServer::start();
    server.results("CREATE TABLE t (a Int); INSERT INTO t VALUES (1), (2), (3)");
    let app = server.server.as_ref().unwrap().app();
    for value in 1..4 {
        let body = json!({ "statements": "SELECT a FROM t WHERE a = $1", "parameters": [value] }).to_string();
        let call = server.call("POST", "/execute").header("Content-Type", "application/json").body(body);
        assert_eq!(call.send().expect(200)["results"][0]["rows"], json!([[value]]));
    }
    // One client has one session at a time, which the next request gets as good as new.
    assert_eq!(app.idle.count(), 1);
    server.results("LET secret = [1, 2]; SET max_rows = 3; CREATE TEMPORARY TABLE u (a Int)");
    assert_eq!(app.idle.count(), 1);
    for gone in ["SHOW secret", "SELECT * FROM u"] {
        assert_eq!(server.execute(gone).send().status, 400, "{gone}");
    }
    let lent = app.lend(None).unwrap();
    let counts = lent.session().plan_counts();
    assert!(counts.with_values == 1 && counts.from_text >= 2, "{counts:?}");
}
