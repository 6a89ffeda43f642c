//! Sessions that are kept between requests.

use std::time::Duration;

use serde_json::json;

use crate::support::{ENDLESS, TestServer, wait};

fn create(server: &TestServer) -> String {
    let body = server.call("POST", "/sessions").send().expect(201);
    assert_eq!(body["expires_in"], server.server.as_ref().unwrap().app().config.session_idle.as_secs());
    body["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_session_keeps_its_state() {
    let server = TestServer::start();
    let id = create(&server);
    let run = |text: &str| server.execute(text).header("X-Linal-Session", &id).send();
    run("CREATE DATABASE other; USE other; LET x = 41; SET max_rows = 3; DATASET t COLUMNS (a: Int)")
        .expect(200);
    let body = run("SHOW x + 1; SHOW SETTINGS; BEGIN; INSERT INTO t VALUES (1)").expect(200);
    assert_eq!(body["results"][0]["data"], json!([42]));
    let settings = body["results"][1]["rows"].as_array().unwrap();
    assert!(settings.iter().any(|row| row[0] == "max_rows" && row[1] == "3"));
    let count = |text: &str| {
        server.execute(text).header("X-Linal-Database", "other").send().expect(200)["results"][0]["rows"]
            .clone()
    };
    assert_eq!(run("SELECT COUNT(*) FROM t").expect(200)["results"][0]["rows"], json!([[1]]));
    assert_eq!(count("SELECT COUNT(*) FROM t"), json!([[0]]));
    run("COMMIT").expect(200);
    assert_eq!(count("SELECT COUNT(*) FROM t"), json!([[1]]));
    let shown = server.get(&format!("/sessions/{id}")).send().expect(200);
    assert_eq!(shown["id"], id.as_str());
    assert_eq!(server.call("DELETE", &format!("/sessions/{id}")).send().status, 204);
    assert_eq!(run("SHOW x").error(404), "not_found");
    assert_eq!(server.get(&format!("/sessions/{id}")).send().error(404), "not_found");
    assert_eq!(server.call("DELETE", &format!("/sessions/{id}")).send().error(404), "not_found");
}

#[test]
fn an_unused_session_ends_with_its_tensors_and_transaction() {
    let server = TestServer::with(|config| config.session_idle = Duration::from_millis(300));
    server.results("DATASET t COLUMNS (a: Int)");
    let id = server.call("POST", "/sessions").send().expect(201)["id"].as_str().unwrap().to_owned();
    let text = "LET x = RANDOM [1000000] SEED 1; BEGIN; INSERT INTO t VALUES (1)";
    server.execute(text).header("X-Linal-Session", &id).send().expect(200);
    let engine = &server.server.as_ref().unwrap().app().engine;
    assert!(engine.memory_used() > 7_000_000);
    wait(|| (engine.memory_used() < 1_000_000).then_some(()));
    assert_eq!(server.execute("SHOW x").header("X-Linal-Session", &id).send().error(404), "not_found");
    assert_eq!(server.results("SELECT COUNT(*) FROM t")[0]["rows"], json!([[0]]));
}

#[test]
fn requests_of_a_session_run_one_after_the_other() {
    let server = TestServer::with(|config| config.session_queue = 1);
    let id = create(&server);
    let run = |text: &str| server.execute(text).header("X-Linal-Session", &id).send();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| run(ENDLESS));
        let query = server.wait_for_query("RECURSIVE", "running");
        let second = scope.spawn(|| run("LET x = 1"));
        server.wait_for_query("LET x", "queued");
        assert_eq!(run("LET x = 2").error(409), "session_busy");
        server.call("DELETE", &format!("/queries/{query}")).send();
        assert_eq!(first.join().unwrap().error(409), "cancelled");
        second.join().unwrap().expect(200);
    });
    assert_eq!(run("SHOW x").expect(200)["results"][0]["data"], json!([1]));
}

#[test]
fn the_end_of_a_session_stops_its_statement() {
    let server = TestServer::start();
    let id = create(&server);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.execute(ENDLESS).header("X-Linal-Session", &id).send());
        server.wait_for_query("RECURSIVE", "running");
        assert_eq!(server.call("DELETE", &format!("/sessions/{id}")).send().status, 204);
        assert_eq!(running.join().unwrap().error(409), "cancelled");
    });
}

#[test]
fn a_database_of_a_request_is_used_from_then_on() {
    let server = TestServer::start();
    server.results("CREATE DATABASE d");
    let id =
        server.call("POST", "/sessions").header("X-Linal-Database", "d").send().expect(201)["id"].clone();
    let id = id.as_str().unwrap();
    let databases = |call: crate::support::Call<'_>| {
        let body = call.header("X-Linal-Session", id).send().expect(200);
        let rows = body["results"][0]["rows"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row[1] == true).unwrap()[0].clone()
    };
    assert_eq!(databases(server.execute("SHOW DATABASES")), "d");
    assert_eq!(databases(server.execute("SHOW DATABASES").header("X-Linal-Database", "default")), "default");
    assert_eq!(databases(server.execute("SHOW DATABASES")), "default");
    assert_eq!(
        server.call("POST", "/sessions").header("X-Linal-Database", "no").send().error(404),
        "not_found"
    );
}
