//! Statements and their results.

use std::time::Duration;

use futures::TryStreamExt;
use linal_server::run::Reason;

use crate::support::{DIGITS, ENDLESS, TestServer, fetch, shown};

#[test]
fn a_connection_keeps_its_session() {
    let server = TestServer::start();
    let (mut one, mut other) = (server.client(), server.client());
    server.run(&mut one, "CREATE TABLE t (id Int, v Vector(2), s String)");
    server.run(
        &mut one,
        "INSERT INTO t VALUES (1, [1, 2], 'a text of more than twelve bytes'), (2, NULL, NULL)",
    );
    server.run(&mut one, "VECTOR q = [3, 4]");
    assert_eq!(
        server.run(&mut one, "SELECT id, s FROM t ORDER BY id"),
        "1 a text of more than twelve bytes\n2"
    );
    assert_eq!(server.run(&mut one, "SHOW q"), "3.0\n4.0");
    // Datasets are for all, tensors are not.
    assert_eq!(server.run(&mut other, "SELECT COUNT(*) FROM linal.default.t"), "2");
    let error = server.try_run(&mut other, "SHOW q").unwrap_err();
    assert!(error.contains("E0304"), "{error}");
    // A session ends with its connection.
    let app = server.server.as_ref().unwrap().app();
    assert_eq!(app.sessions.count(), 2);
    drop(other);
    let start = std::time::Instant::now();
    while app.sessions.count() > 1 {
        assert!(start.elapsed() < crate::support::PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_columns_are_known_before_the_rows() {
    let server = TestServer::start();
    let mut client = server.client();
    server.runtime.block_on(async {
        let info = client.execute("SELECT 1 AS n, [1.0, 2.0] AS v".to_owned(), None).await.unwrap();
        let schema = info.clone().try_decode_schema().unwrap();
        assert_eq!(schema.field(0).name(), "n");
        assert_eq!(schema.field(0).metadata()["ARROW:FLIGHT:SQL:TYPE_NAME"], "Int");
        let batches = fetch(&mut client, &info).await.unwrap();
        assert_eq!(*batches[0].schema(), schema);
        // A ticket is taken once.
        let error = fetch(&mut client, &info).await.unwrap_err().to_string();
        assert!(error.contains("no such ticket"), "{error}");
        let error = client.execute("SELECT\n nothing FROM nowhere".to_owned(), None).await.unwrap_err();
        let error = error.to_string();
        assert!(error.contains("E0304") && error.contains("line 2"), "{error}");
    });
}

#[test]
fn changed_rows_are_counted() {
    let server = TestServer::start();
    let mut client = server.client();
    let mut update = |text: &str| {
        server
            .runtime
            .block_on(client.execute_update(text.to_owned(), None))
            .map_err(|error| error.to_string())
    };
    assert_eq!(update("CREATE TABLE t (a Int)"), Ok(-1));
    assert_eq!(update("INSERT INTO t VALUES (1), (2), (3)"), Ok(3));
    assert_eq!(update("UPDATE t SET a = a + 1 WHERE a > 1"), Ok(2));
    assert_eq!(update("DELETE FROM t WHERE a = 4; INSERT INTO t SELECT a FROM t"), Ok(3));
    assert!(update("INSERT INTO t VALUES ('x')").unwrap_err().contains("E0"));
}

#[test]
fn several_statements_give_the_last_result() {
    let server = TestServer::start();
    let mut client = server.client();
    let text = "CREATE TABLE t (a Int); INSERT INTO t VALUES (7); SELECT a FROM t; SET timeout = '5s'";
    assert_eq!(server.run(&mut client, text), "7");
    let error = server.try_run(&mut client, "SELECT a FROM t; SELECT b FROM t").unwrap_err();
    assert!(error.contains("line 1, column 25"), "{error}");
}

#[test]
fn large_results_arrive_in_order() {
    let server = TestServer::start();
    let mut client = server.client();
    server.runtime.block_on(async {
        let query = "SELECT a.n + 10 * b.n + 100 * c.n + 1000 * e.n + 10000 * f.n + 1 AS n \
            FROM d a, d b, d c, d e, d f ORDER BY n";
        let info = client.execute(format!("{DIGITS}{query}"), None).await.unwrap();
        let batches = fetch(&mut client, &info).await.unwrap();
        assert!(batches.len() > 1);
        let mut next = 1;
        for batch in &batches {
            let column = batch.column(0);
            let column = column.as_any().downcast_ref::<arrow::array::Int64Array>().unwrap();
            for value in column.values() {
                assert_eq!(*value, next);
                next += 1;
            }
        }
        assert_eq!(next, 100_001);
    });
}

#[test]
fn a_statement_is_listed_and_stopped() {
    let server = TestServer::start();
    let mut client = server.client();
    let app = server.server.as_ref().unwrap().app().clone();
    let running = server.runtime.spawn(async move {
        let info = client.execute(ENDLESS.to_owned(), None).await.unwrap();
        fetch(&mut client, &info).await.map_err(|error| error.to_string())
    });
    let id = server.wait_for_query("WITH RECURSIVE", "running");
    app.queries.find(&id).unwrap().stop.request(Reason::Cancelled);
    let error = server.runtime.block_on(running).unwrap().unwrap_err();
    assert!(error.contains("cancelled"), "{error}");
    server.wait_for_query("WITH RECURSIVE", "cancelled");
}

#[test]
fn a_client_that_goes_away_stops_its_statement() {
    let server = TestServer::start();
    let mut client = server.client();
    let running = server.runtime.spawn(async move {
        let info = client.execute(ENDLESS.to_owned(), None).await.unwrap();
        fetch(&mut client, &info).await.map(|batches| shown(&batches))
    });
    server.wait_for_query("WITH RECURSIVE", "running");
    running.abort();
    server.wait_for_query("WITH RECURSIVE", "cancelled");
}

#[test]
fn a_statement_that_is_stopped_half_way_ends_its_stream_with_an_error() {
    let server = TestServer::start();
    let mut client = server.client();
    let app = server.server.as_ref().unwrap().app().clone();
    server.runtime.block_on(async {
        let query = "SELECT a.n, 'some text that takes room' AS s FROM d a, d b, d c, d e, d f, d g, d h";
        let info = client.execute(format!("{DIGITS}{query}"), None).await.unwrap();
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let mut stream = client.do_get(ticket).await.unwrap();
        assert!(stream.try_next().await.unwrap().is_some());
        app.queries.stop_all(Reason::Cancelled);
        let error = loop {
            match stream.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended as if it were whole"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("cancelled"), "{error}");
    });
}

#[test]
fn prepared_statements_run_again() {
    let server = TestServer::start();
    let mut client = server.client();
    server.run(&mut client, "CREATE TABLE t (a Int); INSERT INTO t VALUES (1), (2)");
    server.runtime.block_on(async {
        let mut query = client.prepare("SELECT COUNT(*) AS n FROM t".to_owned(), None).await.unwrap();
        assert_eq!(query.dataset_schema().unwrap().field(0).name(), "n");
        for _ in 0..2 {
            let info = query.execute().await.unwrap();
            assert_eq!(shown(&fetch(&mut client, &info).await.unwrap()), "2");
        }
        query.close().await.unwrap();
        // A statement that looks has columns, so that JDBC does not take it for a change.
        let list = client.prepare("LIST DATASETS".to_owned(), None).await.unwrap();
        assert!(!list.dataset_schema().unwrap().fields().is_empty());
        let mut insert = client.prepare("INSERT INTO t VALUES (3)".to_owned(), None).await.unwrap();
        assert_eq!(insert.execute_update().await.unwrap(), 1);
        assert!(client.prepare("SELECT x FROM t".to_owned(), None).await.is_err());
    });
    assert_eq!(server.run(&mut client, "SELECT COUNT(*) FROM t"), "3");
}

#[test]
fn parameters_are_bound_by_position_and_by_name() {
    use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;
    let server = TestServer::start();
    let mut client = server.client();
    server.run(&mut client, "CREATE TABLE t (a Int, s String)");
    let ints = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
    server.runtime.block_on(async {
        let mut insert = client.prepare("INSERT INTO t VALUES ($1, $2)".to_owned(), None).await.unwrap();
        assert_eq!(insert.parameter_schema().unwrap().fields().len(), 2);
        let texts = Arc::new(StringArray::from(vec![Some("it's"), None, Some("z")])) as ArrayRef;
        let rows = RecordBatch::try_from_iter([("1", ints(vec![1, 2, 3])), ("2", texts)]).unwrap();
        insert.set_parameters(rows).unwrap();
        assert_eq!(insert.execute_update().await.unwrap(), 3);
        let text = "SELECT a, s FROM t WHERE a >= $least AND a < $most ORDER BY a";
        let mut query = client.prepare(text.to_owned(), None).await.unwrap();
        assert_eq!(query.dataset_schema().unwrap().fields().len(), 2);
        let most = Arc::new(Float64Array::from(vec![2.5])) as ArrayRef;
        let row = RecordBatch::try_from_iter([("most", most), ("least", ints(vec![1]))]).unwrap();
        query.set_parameters(row).unwrap();
        let info = query.execute().await.unwrap();
        assert_eq!(shown(&fetch(&mut client, &info).await.unwrap()), "1 it's\n2");
        let mut missing = client.prepare("SELECT $1 + $2".to_owned(), None).await.unwrap();
        missing.set_parameters(RecordBatch::try_from_iter([("1", ints(vec![1]))]).unwrap()).unwrap();
        // The columns are planned with the values.
        let error = missing.execute().await.unwrap_err().to_string();
        assert!(error.contains("E0123"), "{error}");
    });
}
