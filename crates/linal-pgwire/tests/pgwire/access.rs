//! Tokens and rights.

use linal_server::access::Right;

use crate::support::{Client, TestServer};

#[test]
fn the_token_is_the_password() {
    let server = TestServer::start();
    // As long as there is no token, anybody on this machine may come in.
    assert_eq!(server.client().run("SELECT 1").text(), "1");
    let reader = server.token("reader", Right::Read, &["default"]);
    let admin = server.token("admin", Right::Admin, &[]);
    for wrong in [None, Some("linal_wrong"), Some("")] {
        assert!(Client::connect(server.address, "default", wrong).is_err());
    }
    let mut admin = Client::connect(server.address, "default", Some(&admin)).unwrap();
    assert_eq!(
        admin.run("CREATE DATABASE secret; CREATE TABLE secret.t (a Int); CREATE TABLE t (a Int)").tags.len(),
        3
    );
    assert!(Client::connect(server.address, "secret", Some(&reader)).is_err());
    assert!(Client::connect(server.address, "nowhere", Some(&reader)).is_err());
    let mut reader = Client::connect(server.address, "default", Some(&reader)).unwrap();
    assert_eq!(reader.run("SELECT COUNT(*) FROM t").text(), "0");
    for text in ["INSERT INTO t VALUES (1)", "SELECT * FROM secret.t", "USE secret", "SELECT 1; DROP TABLE t"]
    {
        let error = reader.run(text).error.unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.0, "42501", "{text}");
    }
    let tables = reader.run("SELECT schemaname, tablename FROM pg_catalog.pg_tables").text();
    assert_eq!(tables, "default|t");
    assert!(reader.run("SELECT * FROM '/etc/passwd'").error.is_some());
}

#[test]
fn bytes_that_no_client_sends_end_the_connection() {
    use std::io::{Read, Write};
    let server = TestServer::start();
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &[0xff; 64], &[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]] {
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // It may be reset before.
        let _ = stream.read_to_end(&mut answer);
    }
    assert_eq!(server.client().run("SELECT 1").text(), "1");
}

#[test]
fn jobs_belong_to_their_token() {
    let server = TestServer::start();
    let (reader, writer) =
        (server.token("reader", Right::Read, &[]), server.token("writer", Right::Write, &[]));
    let connect = |token: &str| Client::connect(server.address, "default", Some(token)).unwrap();
    let (mut reader, mut writer) = (connect(&reader), connect(&writer));
    let id = writer.run("SUBMIT JOB DO (SELECT 1)").text();
    assert!(writer.run("CREATE SCHEDULE s EVERY '1h' DO (SELECT 1)").error.is_none());
    assert_eq!((reader.run("SHOW JOBS").text(), reader.run("SHOW SCHEDULES").text()), Default::default());
    assert!(reader.run(&format!("SHOW JOB '{id}'")).error.is_some());
    assert!(!writer.run("SHOW JOBS").text().is_empty());
}

#[test]
fn a_revoked_token_ends_with_the_next_statement() {
    let server = TestServer::start();
    let token = server.token("gone", Right::Read, &[]);
    let mut client = Client::connect(server.address, "default", Some(&token)).unwrap();
    assert_eq!(client.run("SELECT 1").text(), "1");
    server.revoke("gone");
    assert_eq!(client.run("SELECT 1").error.unwrap().0, "28P01");
}

#[test]
fn questions_to_the_catalog_have_an_end() {
    let server = TestServer::start();
    let mut client = server.client();
    client.run("SET timeout = '1s'");
    let endless =
        "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT COUNT(*), version() FROM t";
    client.begin(endless);
    server.stop_all();
    assert!(client.answer().error.is_some());
    assert!(client.run("SELECT LENGTH(hex(zeroblob(100000000))), version()").error.is_some());
    assert_eq!(client.run("SELECT 1").text(), "1");
}
