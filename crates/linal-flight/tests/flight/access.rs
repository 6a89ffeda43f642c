//! Tokens and rights.

use linal_server::access::Right;

use crate::support::TestServer;

#[test]
fn a_server_with_tokens_takes_no_others() {
    let server = TestServer::start();
    // As long as there is no token, anybody on this machine may come in, by a handshake or without one.
    assert_eq!(server.run(&mut server.client(), "SELECT 1"), "1");
    let mut greeted = server.client();
    server.runtime.block_on(greeted.handshake("anybody", "")).unwrap();
    assert_eq!(server.run(&mut greeted, "SELECT 1"), "1");
    let token = server.token("t", Right::Read, &[]);
    for mut client in [server.client(), server.client_with("linal_wrong"), server.client_with("")] {
        let error = server.try_run(&mut client, "SELECT 1").unwrap_err();
        assert!(error.contains("E08"), "{error}");
    }
    assert_eq!(server.run(&mut server.client_with(&token), "SELECT 1"), "1");
    let mut client = server.client();
    assert!(server.runtime.block_on(client.handshake("x", "wrong")).is_err());
    server.runtime.block_on(client.handshake("x", &token)).unwrap();
    assert_eq!(server.run(&mut client, "SELECT 2"), "2");
}

#[test]
fn rights_are_those_of_http() {
    let server = TestServer::start();
    let admin = server.token("admin", Right::Admin, &[]);
    let reader = server.token("reader", Right::Read, &["default"]);
    let mut admin = server.client_with(&admin);
    server.run(&mut admin, "CREATE DATABASE secret; CREATE TABLE secret.t (a Int); CREATE TABLE t (a Int)");
    let mut reader = server.client_with(&reader);
    assert_eq!(server.run(&mut reader, "SELECT COUNT(*) FROM t"), "0");
    for text in ["INSERT INTO t VALUES (1)", "CREATE DATABASE d", "USE secret", "SELECT * FROM secret.t"] {
        let error = server.try_run(&mut reader, text).unwrap_err();
        assert!(error.contains("forbidden"), "{text}: {error}");
        let change = server.runtime.block_on(reader.execute_update(text.to_owned(), None));
        assert!(change.is_err(), "{text}");
        let prepared = server.runtime.block_on(async {
            let mut prepared = reader.prepare(text.to_owned(), None).await?;
            prepared.execute_update().await
        });
        assert!(prepared.is_err(), "{text}");
    }
    // What it may not use is not listed.
    server.runtime.block_on(async {
        let command = arrow_flight::sql::CommandGetTables {
            catalog: None,
            db_schema_filter_pattern: None,
            table_name_filter_pattern: None,
            table_types: Vec::new(),
            include_schema: true,
        };
        let info = reader.get_tables(command).await.unwrap();
        let tables = crate::support::shown(&crate::support::fetch(&mut reader, &info).await.unwrap());
        assert!(tables.contains("default") && !tables.contains("secret"), "{tables}");
    });
}

#[test]
fn an_address_of_other_machines_takes_a_token() {
    let mut server = TestServer::start();
    let add = |server: &mut TestServer| {
        let server = server.server.as_mut().unwrap();
        server.add("0.0.0.0:0", linal_flight::ALPN, linal_flight::serve)
    };
    let error = add(&mut server).unwrap_err();
    assert!(error.is_usage && error.to_string().contains("linal token create"), "{error}");
    server.token("t", Right::Read, &[]);
    add(&mut server).unwrap();
}
