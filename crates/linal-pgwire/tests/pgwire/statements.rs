//! Statements and transactions.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Client, ENDLESS, TestServer};

#[test]
fn statements_run_in_the_session_of_the_connection() {
    let server = TestServer::start();
    let mut client = server.client();
    let made = client.run("CREATE TABLE \"t\" (\"id\" Int, v Vector(2), s String)");
    assert_eq!(made.tags, ["CREATE TABLE"]);
    let inserted = client.run("INSERT INTO t VALUES (1, [1, 2], 'a'), (2, NULL, NULL)");
    assert_eq!(inserted.tags, ["INSERT 0 2"]);
    let rows = client.run("SELECT \"id\", v, s FROM t\nORDER BY id");
    assert_eq!(rows.columns, ["id", "v", "s"]);
    assert_eq!((rows.text().as_str(), rows.tags[0].as_str()), ("1|{1,2}|a\n2|NULL|NULL", "SELECT 2"));
    assert_eq!(client.run("UPDATE t SET s = 'b'").tags, ["UPDATE 2"]);
    assert_eq!(client.run("DELETE FROM t WHERE id = 1").tags, ["DELETE 1"]);
    client.run("VECTOR q = [3, 4]");
    assert_eq!(client.run("SHOW q").text(), "3\n4");
    let several = client.run("SELECT 1; SELECT 2;");
    assert_eq!((several.text().as_str(), several.tags.len()), ("1\n2", 2));
    assert_eq!(client.run(" ; ").tags.len(), 0);
    let error = client.run("SELECT x FROM nowhere").error.unwrap();
    assert_eq!(error.0, "42P01");
    assert_eq!(client.run("SELEC 1").error.unwrap().0, "42601");
    // The connection goes on.
    assert_eq!(client.run("SELECT 7").text(), "7");
}

#[test]
fn settings_of_postgresql_are_taken() {
    let server = TestServer::start();
    let mut client = server.client();
    assert_eq!(client.run("SET client_encoding TO 'UTF8'; SET extra_float_digits = 3").tags, ["SET", "SET"]);
    assert_eq!(client.run("SHOW extra_float_digits").text(), "3");
    assert_eq!(client.run("SHOW TRANSACTION ISOLATION LEVEL").text(), "repeatable read");
    assert_eq!(client.run("SHOW server_version").text(), "16.6");
    assert_eq!(client.run("SET timeout TO '5s'").tags, ["SET"]);
    assert!(client.run("SET nonsense = 1").error.is_some());
    assert_eq!(client.run("DISCARD ALL").tags, ["DISCARD ALL"]);
}

#[test]
fn a_failed_transaction_takes_only_its_end() {
    let server = TestServer::start();
    let (mut one, mut other) = (server.client(), server.client());
    one.run("CREATE TABLE t (a Int)");
    one.run("BEGIN");
    assert_eq!(one.status, b'T');
    one.run("INSERT INTO t VALUES (1)");
    assert_eq!(other.run("SELECT COUNT(*) FROM t").text(), "0");
    assert!(one.run("SELECT nothing FROM t").error.is_some());
    assert_eq!(one.status, b'E');
    assert!(one.run("SELECT 1").error.unwrap().1.contains("ignored"));
    assert_eq!(one.run("COMMIT").tags, ["ROLLBACK"]);
    assert_eq!(one.status, b'I');
    assert_eq!(
        one.run("START TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO t VALUES (2); END").tags.len(),
        3
    );
    assert_eq!(other.run("SELECT a FROM t").text(), "2");
    assert_eq!(other.run("ROLLBACK").tags, ["ROLLBACK"]);
}

#[test]
fn a_statement_is_cancelled_by_its_key() {
    let server = TestServer::start();
    let mut client = server.client();
    client.begin(ENDLESS);
    let app = server.server.as_ref().unwrap().app().clone();
    let start = Instant::now();
    while !app.queries.all().iter().any(|query| query.body().state == "running") {
        assert!(start.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(5));
    }
    let cancel = |key: &[u8]| {
        let stream = TcpStream::connect(server.address).unwrap();
        let mut other = Client { stream, key: Vec::new(), status: b'I' };
        let mut body = 80_877_102_i32.to_be_bytes().to_vec();
        body.extend(key);
        other.send(None, &body);
    };
    let mut wrong = client.key.clone();
    wrong[7] ^= 1;
    cancel(&wrong);
    cancel(&client.key.clone());
    assert_eq!(client.answer().error.unwrap().0, "57014");
    assert_eq!(client.run("SELECT 1").text(), "1");
}

#[test]
fn large_results_are_streamed() {
    let server = TestServer::start();
    let mut client = server.client();
    let digits =
        "WITH d AS (SELECT * FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS x(n))";
    let query = "SELECT a.n + 10 * b.n + 100 * c.n + 1000 * e.n AS n FROM d a, d b, d c, d e ORDER BY n";
    let answer = client.run(&format!("{digits} {query}"));
    assert_eq!(answer.error, None);
    assert_eq!((answer.rows.len(), answer.tags[0].as_str()), (10_000, "SELECT 10000"));
    assert_eq!(answer.rows[9_999][0].as_deref(), Some("9999"));
}
