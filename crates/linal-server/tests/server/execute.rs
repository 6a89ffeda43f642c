//! `POST /execute`: bodies, results and values.

use serde_json::{Value, json};

use crate::support::TestServer;

#[test]
fn every_kind_of_result() {
    let server = TestServer::start();
    let results = server.results(
        "DATASET t COLUMNS (id: Int, v: Vector(2)?)\n\
         INSERT INTO t VALUES (1, [0.5, 1]), (2, NULL)\n\
         SELECT * FROM t ORDER BY id\n\
         MATRIX c = [[1, 2], [3, 4]]\n\
         SHOW c\n\
         SHOW \"a text\"",
    );
    let kinds: Vec<&str> = results.iter().map(|result| result["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message", "message", "rows", "defined", "tensor", "message"]);
    assert_eq!(
        results[2],
        json!({
            "kind": "rows",
            "columns": [
                { "name": "id", "type": "Int", "nullable": false },
                { "name": "v", "type": "Vector(2)", "nullable": true },
            ],
            "rows": [[1, [0.5, 1.0]], [2, null]],
            "row_count": 2,
            "notices": [],
        })
    );
    assert_eq!(results[3], json!({ "kind": "defined", "name": "c", "dtype": "f64", "shape": [2, 2] }));
    let tensor = json!({ "kind": "tensor", "name": "c", "dtype": "f64", "shape": [2, 2], "data": [1.0, 2.0, 3.0, 4.0] });
    assert_eq!(results[4], tensor);
    assert_eq!(results[5], json!({ "kind": "message", "text": "a text" }));
}

#[test]
fn an_answer_tells_its_time_and_id() {
    let server = TestServer::start();
    let answer = server.execute("SELECT 1").send();
    let body = answer.expect(200);
    assert!(body["elapsed_ms"].as_f64().is_some_and(|time| time > 0.0));
    assert_eq!(body["query_id"], answer.header("x-linal-query-id"));
    assert_eq!(answer.header("content-type"), "application/json");
    let other = server.execute("SELECT 1").send();
    assert_ne!(other.header("x-linal-query-id"), answer.header("x-linal-query-id"));
}

#[test]
fn json_bodies() {
    let server = TestServer::start();
    let send = |body: Value| {
        let call =
            server.execute(&body.to_string()).header("Content-Type", "application/json; charset=utf-8");
        call.send()
    };
    let body = send(json!({ "statements": "SELECT 1 AS a; SELECT 2 AS a" })).expect(200);
    assert_eq!(body["results"][1]["rows"], json!([[2]]));
    send(json!({ "statements": "SELECT 1", "parameters": [] })).expect(200);
    let parameters = json!([7, "it's", null, [1, 2.5], true, -1.5]);
    let body =
        json!({ "statements": "LET x = $4 * 2\nSELECT $1, $2, $3, $4, $5, $6, x", "parameters": parameters });
    assert_eq!(
        send(body).expect(200)["results"][1]["rows"],
        json!([[7, "it's", null, [1.0, 2.5], true, -1.5, [2.0, 5.0]]])
    );
    let named = json!({ "statements": "SELECT $a + $b AS c", "parameters": { "a": 1, "b": 2 } });
    assert_eq!(send(named).expect(200)["results"][0]["rows"], json!([[3]]));
    for (statements, parameters) in
        [("SELECT $2", json!([1])), ("SHOW $b", json!({ "a": 1 })), ("SELECT $1", json!([]))]
    {
        let error = send(json!({ "statements": statements, "parameters": parameters })).error(400);
        assert_eq!(error, "missing_parameter");
    }
    for wrong in [
        json!({}),
        json!([1]),
        json!(["SELECT 1", null]),
        json!({ "statements": 1 }),
        json!({ "statements": "", "x": 1 }),
    ] {
        assert_eq!(send(wrong).error(400), "bad_request");
    }
    let broken = server.execute("{\"statements\": ").header("Content-Type", "application/json").send();
    assert_eq!(broken.error(400), "bad_request");
}

#[test]
fn no_statements_are_no_results() {
    let server = TestServer::start();
    for text in ["", "  \n", "-- nothing"] {
        let body = server.execute(text).send().expect(200);
        assert_eq!(body["results"], json!([]), "{text:?}");
    }
    assert_eq!(server.call("POST", "/execute").send().expect(200)["results"], json!([]));
}

#[test]
fn values_are_as_documented() {
    let server = TestServer::start();
    let results = server.results(
        "SELECT 9007199254740993 AS n, CAST('NaN' AS DOUBLE) AS nan, -9223372036854775807 AS least, \
         CAST('inf' AS DOUBLE) AS i, CAST('-inf' AS DOUBLE) AS m, 1.5 AS x, TRUE AS b, NULL AS z, 'ä\"\\' AS s\n\
         SELECT DATE '2020-02-29' AS d, TIMESTAMP '2020-02-29 12:00:00.5' AS t, DECODE('00ff', 'hex') AS raw\n\
         SHOW [0, 1] / [0, 0]\n\
         SHOW [1, 0] * COMPLEX(0, 1)\n\
         SHOW 3",
    );
    let numbers = results[0]["rows"][0].to_string();
    let expected =
        "[9007199254740993,\"NaN\",-9223372036854775807,\"inf\",\"-inf\",1.5,true,null,\"ä\\\"\\\\\"]";
    assert_eq!(numbers, expected);
    assert_eq!(results[1]["rows"][0], json!(["2020-02-29", "2020-02-29T12:00:00.5", "AP8="]));
    assert_eq!(results[2]["data"], json!(["NaN", "inf"]));
    assert_eq!(results[3]["dtype"], "c128");
    assert_eq!(results[3]["data"], json!([[0.0, 1.0], [0.0, 0.0]]));
    assert_eq!((&results[4]["shape"], &results[4]["data"]), (&json!([]), &json!([3])));
}

#[test]
fn each_request_has_a_session_of_its_own() {
    let server = TestServer::start();
    server.results("LET x = 1\nSET timeout = '5s'");
    assert_eq!(server.execute("SHOW x").send().error(400), "unknown_name");
    server.results("DATASET t COLUMNS (a: Int)");
    assert_eq!(server.results("SELECT COUNT(*) FROM t")[0]["rows"], json!([[0]]));
    server.execute("BEGIN; INSERT INTO t VALUES (1)").send().expect(200);
    assert_eq!(server.results("SELECT COUNT(*) FROM t")[0]["rows"], json!([[0]]));
}

#[test]
fn the_database_is_named_by_a_header() {
    let server = TestServer::start();
    server.results("CREATE DATABASE other");
    let in_other = |text: &str| server.execute(text).header("X-Linal-Database", "Other").send();
    in_other("DATASET t COLUMNS (a: Int)").expect(200);
    assert_eq!(server.execute("SELECT * FROM t").send().error(400), "unknown_name");
    in_other("SELECT * FROM t").expect(200);
    for name in ["nosuch", "a`b", "../x"] {
        let answer = server.execute("SELECT 1").header("X-Linal-Database", name).send();
        assert_eq!(answer.error(404), "not_found", "{name}");
    }
    assert_eq!(server.execute("SELECT 1").header("X-Linal-Database", "").send().error(400), "bad_request");
}
