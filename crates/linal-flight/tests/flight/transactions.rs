//! Transactions.

use arrow_flight::sql::EndTransaction;

use crate::support::{TestServer, fetch, shown};

#[test]
fn transactions_are_seen_when_they_are_committed() {
    let server = TestServer::start();
    let (mut one, mut other) = (server.client(), server.client());
    server.run(&mut one, "CREATE TABLE t (a Int)");
    server.run(&mut one, "LET x = 5");
    server.runtime.block_on(async {
        let id = one.begin_transaction().await.unwrap();
        let insert = "INSERT INTO t VALUES (1)".to_owned();
        assert_eq!(one.execute_update(insert, Some(id.clone())).await.unwrap(), 1);
        // The tensors of the connection are there.
        let info = one.execute("SELECT a + x AS n FROM t".to_owned(), Some(id.clone())).await.unwrap();
        assert_eq!(shown(&fetch(&mut one, &info).await.unwrap()), "6");
        let info = other.execute("SELECT COUNT(*) FROM t".to_owned(), None).await.unwrap();
        assert_eq!(shown(&fetch(&mut other, &info).await.unwrap()), "0");
        one.end_transaction(id.clone(), EndTransaction::Commit).await.unwrap();
        assert!(one.end_transaction(id, EndTransaction::Commit).await.is_err());
        let id = one.begin_transaction().await.unwrap();
        one.execute_update("DELETE FROM t".to_owned(), Some(id.clone())).await.unwrap();
        one.end_transaction(id, EndTransaction::Rollback).await.unwrap();
    });
    assert_eq!(server.run(&mut other, "SELECT COUNT(*) FROM t"), "1");
}

#[test]
fn a_connection_may_have_several() {
    let server = TestServer::start();
    let mut client = server.client();
    server.run(&mut client, "CREATE TABLE t (a Int); CREATE TABLE u (a Int)");
    server.runtime.block_on(async {
        let first = client.begin_transaction().await.unwrap();
        let second = client.begin_transaction().await.unwrap();
        assert_ne!(first, second);
        client.execute_update("INSERT INTO t VALUES (1)".to_owned(), Some(first.clone())).await.unwrap();
        client.execute_update("INSERT INTO u VALUES (1)".to_owned(), Some(second.clone())).await.unwrap();
        client.end_transaction(second, EndTransaction::Commit).await.unwrap();
        client.end_transaction(first, EndTransaction::Rollback).await.unwrap();
    });
    assert_eq!(server.run(&mut client, "SELECT (SELECT COUNT(*) FROM t), (SELECT COUNT(*) FROM u)"), "0 1");
}
