//! Tokens, rights, files.

use std::sync::Arc;
use std::time::Duration;

use linal_server::access::{MemoryTokens, NewToken, Right, Tokens, create};
use serde_json::json;

use crate::support::TestServer;

#[test]
fn a_token_is_needed_as_soon_as_there_is_one() {
    let server = TestServer::start();
    server.execute("SELECT 1").send().expect(200);
    let token = server.token("a", Right::Read, &[]);
    let refused = server.execute("SELECT 1").send();
    assert_eq!(refused.error(401), "unauthenticated");
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    server.execute("SELECT 1").token(&token).send().expect(200);
    for wrong in [format!("{token}x"), "linal_".to_owned(), String::new()] {
        assert_eq!(server.execute("SELECT 1").token(&wrong).send().error(401), "unauthenticated");
    }
    let basic = server.execute("SELECT 1").header("Authorization", &format!("Basic {token}")).send();
    assert_eq!(basic.error(401), "unauthenticated");
    server.tokens.revoke("a").unwrap();
    assert_eq!(server.execute("SELECT 1").token(&token).send().error(401), "unauthenticated");
    // The server does not open again.
    assert_eq!(server.execute("SELECT 1").send().error(401), "unauthenticated");
}

#[test]
fn expired_tokens_and_spent_rates() {
    let server = TestServer::start();
    let new = |name: &str, expires: Option<Duration>, rate: Option<f64>| {
        let new =
            NewToken { name: name.to_owned(), right: Right::Read, databases: Vec::new(), expires, rate };
        create(server.tokens.as_ref(), new, 0).unwrap()
    };
    let expired = new("expired", Some(Duration::from_secs(1)), None);
    assert_eq!(server.execute("SELECT 1").token(&expired).send().error(401), "unauthenticated");
    let slow = new("slow", None, Some(0.001));
    server.execute("SELECT 1").token(&slow).send().expect(200);
    let spent = server.execute("SELECT 1").token(&slow).send();
    assert_eq!(spent.error(429), "rate_limited");
    assert!(spent.header("retry-after").parse::<u64>().is_ok());
}

#[test]
fn another_address_takes_a_token() {
    let open = |config: &mut linal_server::Config| config.bind = "0.0.0.0:0".to_owned();
    let error = TestServer::try_with(open).err().expect("it does not start");
    assert!(error.is_usage && error.to_string().contains("linal token create"), "{error}");
    let tokens = Arc::new(MemoryTokens::default());
    let new = NewToken {
        name: "a".to_owned(),
        right: Right::Admin,
        databases: Vec::new(),
        expires: None,
        rate: None,
    };
    create(tokens.as_ref() as &dyn Tokens, new, 0).unwrap();
    let server = TestServer::with_tokens(open, tokens).unwrap();
    drop(server);
}

#[test]
fn every_route_takes_a_token_but_health() {
    let server = TestServer::start();
    server.token("a", Right::Admin, &[]);
    let description = include_str!("../../src/routes/mod.rs");
    let mut routes = 0;
    for line in description.lines().filter(|line| line.contains(".route(\"")) {
        let path = line.split('"').nth(1).unwrap().replace(['{', '}'], "x");
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let status = server.call(method, &path).send().status;
            let is_health = path.starts_with("/health/");
            let expected: &[u16] = if is_health { &[200, 405] } else { &[401] };
            assert!(expected.contains(&status), "{method} {path}: {status}");
        }
        routes += 1;
    }
    assert!(routes >= 15, "{routes} routes were found");
    assert_eq!(server.get("/nosuch").send().status, 401);
}

#[test]
fn rights_of_statements_and_routes() {
    let server = TestServer::start();
    let [read, write, admin] =
        [Right::Read, Right::Write, Right::Admin].map(|right| server.token(right.name(), right, &[]));
    server.execute("DATASET t COLUMNS (a: Int)").token(&write).send().expect(200);
    let denied = server.execute("SELECT 1; INSERT INTO t VALUES (1)").token(&read).send();
    assert_eq!(denied.error(403), "forbidden");
    let body = denied.json();
    assert_eq!((&body["results"].as_array().unwrap().len(), &body["error"]["statement"]), (&1, &json!(2)));
    server.execute("LET x = 1; SELECT * FROM t; SHOW x; BEGIN; ROLLBACK").token(&read).send().expect(200);
    assert_eq!(server.execute("CREATE DATABASE d").token(&write).send().error(403), "forbidden");
    server.execute("CREATE DATABASE d").token(&admin).send().expect(200);
    let upload = |token: &str| {
        server
            .call("PUT", "/datasets/u")
            .header("Content-Type", "text/csv")
            .body("a\n1\n")
            .token(token)
            .send()
    };
    assert_eq!((upload(&read).status, upload(&write).status), (403, 201));
    assert_eq!(server.get("/metrics").token(&write).send().error(403), "forbidden");
    assert_eq!(server.get("/metrics").token(&admin).send().status, 200);
}

#[test]
fn tokens_of_one_database() {
    let server = TestServer::start();
    server.results("CREATE DATABASE d; CREATE DATABASE e; USE e; DATASET t COLUMNS (a: Int)");
    let token = server.token("d", Right::Write, &["d"]);
    let run = |text: &str, database: &str| {
        server.execute(text).header("X-Linal-Database", database).token(&token).send()
    };
    run("DATASET t COLUMNS (a: Int)", "d").expect(200);
    assert_eq!(run("SELECT 1", "e").error(403), "forbidden");
    assert_eq!(server.execute("SELECT 1").token(&token).send().error(403), "forbidden");
    for text in ["USE e", "SELECT * FROM e.t", "INSERT INTO e.t VALUES (1)", "SHOW `e`.t"] {
        assert_eq!(run(text, "d").error(403), "forbidden", "{text}");
    }
    let databases = server.get("/databases").token(&token).send().expect(200);
    assert_eq!(databases, json!([{ "name": "d" }]));
    let other = server.get("/datasets").header("X-Linal-Database", "e").token(&token).send();
    assert_eq!(other.error(403), "forbidden");
}

#[test]
fn sessions_and_queries_belong_to_their_token() {
    let server = TestServer::start();
    let [a, b, admin] = [("a", Right::Write), ("b", Right::Write), ("admin", Right::Admin)]
        .map(|(name, right)| server.token(name, right, &[]));
    let id = server.call("POST", "/sessions").token(&a).send().expect(201)["id"].as_str().unwrap().to_owned();
    let show =
        |token: &str| server.execute("SHOW 1").token(token).header("X-Linal-Session", &id).send().status;
    assert_eq!((show(&a), show(&b)), (200, 404));
    let seen = |token: &str| server.get("/queries").token(token).send().expect(200).as_array().unwrap().len();
    assert!(seen(&a) >= 1 && seen(&admin) > seen(&b));
}

#[test]
fn files_are_out_of_reach_unless_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("in")).unwrap();
    std::fs::write(root.join("in/a.csv"), "a\n1\n").unwrap();
    std::fs::write(root.join("secret.csv"), "a\n2\n").unwrap();
    let server = TestServer::with(|config| config.files = vec![root.join("in")]);
    let path = |name: &str| root.join(name).display().to_string();
    let run = |text: String| server.execute(&text).send();
    run(format!("SELECT * FROM '{}'", path("in/a.csv"))).expect(200);
    run("SHOW READ_CSV('a.csv')".to_owned()).expect(200);
    run(format!("IMPORT DATASET FROM '{}' AS t; EXPORT t TO '{}'", path("in/a.csv"), path("in/b.csv")))
        .expect(200);
    for text in [
        format!("SELECT * FROM '{}'", path("secret.csv")),
        format!("SELECT * FROM '{}'", path("in/../secret.csv")),
        format!("SHOW READ_CSV('{}')", path("secret.csv")),
        "SHOW READ_CSV('../secret.csv')".to_owned(),
        format!("IMPORT DATASET FROM '{}'", path("secret.csv")),
        format!("USE DATASET FROM '{}'", path("nosuch.csv")),
        format!("EXPORT t TO '{}'", path("out.csv")),
        format!("COPY (SELECT 1 AS a) TO '{}'", path("out.csv")),
        format!("SAVE DATASET t TO '{}'", path("package")),
        format!("LOAD DATASET t FROM '{}'", path("package")),
        format!("LET x = 1; SAVE TENSOR x TO '{}'", path("x.npy")),
        format!("LOAD TENSOR x FROM '{}'", path("x.npy")),
    ] {
        assert_eq!(run(text.clone()).error(403), "forbidden", "{text}");
    }
    let closed = TestServer::start();
    let answer = closed.execute(&format!("SELECT * FROM '{}'", path("in/a.csv"))).send();
    assert_eq!(answer.error(403), "forbidden");
}

#[test]
fn the_audit_log_has_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let server = crate::support::durable(folder.path());
    let token = server.token("reader", Right::Read, &[]);
    server.execute("SELECT 1 UNION ALL SELECT 2").token(&token).send().expect(200);
    server.execute("SELECT nosuch").token(&token).send().expect(400);
    assert_eq!(server.execute("SELECT 1").token("linal_wrong").send().status, 401);
    let lines = crate::support::wait(|| {
        let text = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
        (text.lines().count() == 3).then_some(text)
    });
    assert!(!lines.contains("linal_"), "{lines}");
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let statuses: Vec<_> = lines.iter().map(|line| line["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 400, 401]);
    assert_eq!((&lines[0]["token"], &lines[0]["rows"]), (&json!("reader"), &json!(2)));
    assert_eq!((&lines[1]["statement"], &lines[1]["database"]), (&json!("SELECT nosuch"), &json!("default")));
}
