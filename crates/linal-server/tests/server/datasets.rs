//! Databases, datasets, uploads, packages.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::ipc::writer::StreamWriter;
use serde_json::json;

use crate::support::{Answer, TestServer, durable};

fn put(server: &TestServer, path: &str, media: &str, body: impl Into<Vec<u8>>) -> Answer {
    server.call("PUT", path).header("Content-Type", media).body(body).send()
}

fn batch() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![1, 2]))),
        ("x", Arc::new(Float64Array::from(vec![Some(0.5), None]))),
        ("s", Arc::new(StringArray::from(vec!["a", "b"]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn arrow_stream() -> Vec<u8> {
    let batch = batch();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn databases_and_datasets_are_listed() {
    let server = TestServer::start();
    server.results("CREATE DATABASE d; USE d; DATASET t COLUMNS (id: Int, v: Vector(2)?); INSERT INTO t VALUES (1, NULL)");
    assert_eq!(server.get("/databases").send().expect(200), json!([{ "name": "d" }, { "name": "default" }]));
    assert_eq!(server.get("/datasets").send().expect(200), json!([]));
    let in_d = |path: &str| server.get(path).header("X-Linal-Database", "d").send();
    let body = in_d("/datasets/T").expect(200);
    assert_eq!((&body["name"], &body["rows"]), (&json!("t"), &json!(1)));
    assert!(body["version"].is_u64());
    let columns = json!([
        { "name": "id", "type": "Int", "nullable": false },
        { "name": "v", "type": "Vector(2)", "nullable": true },
    ]);
    assert_eq!(body["columns"], columns);
    assert_eq!(in_d("/datasets").expect(200), json!([body]));
    assert_eq!(server.get("/datasets/t").send().error(404), "not_found");
    assert_eq!(in_d("/datasets/..%2Ft").error(404), "not_found");
    assert_eq!(server.get("/datasets/t").header("X-Linal-Database", "no").send().error(404), "not_found");
}

#[test]
fn uploads_in_every_format() {
    let server = TestServer::start();
    let csv = "id,x,s\n1,0.5,a\n2,,b\n";
    let jsonl = "{\"id\": 1, \"x\": 0.5, \"s\": \"a\"}\n{\"id\": 2, \"x\": null, \"s\": \"b\"}\n";
    for (media, body) in [
        ("text/csv", csv.as_bytes().to_vec()),
        ("application/jsonl", jsonl.as_bytes().to_vec()),
        ("application/vnd.apache.arrow.stream", arrow_stream()),
    ] {
        server.results("DROP DATASET IF EXISTS t");
        let made = put(&server, "/datasets/t", media, body.clone()).expect(201);
        assert_eq!(made["rows"], 2, "{media}");
        let rows = server.results("SELECT id, x, s FROM t ORDER BY id")[0]["rows"].clone();
        assert_eq!(rows, json!([[1, 0.5, "a"], [2, null, "b"]]), "{media}");
        let again = put(&server, "/datasets/t", media, body).expect(200);
        assert_eq!(again["rows"], 2, "{media}");
    }
    let parquet = server.get("/datasets/t/data").header("Accept", "application/vnd.apache.parquet").send();
    assert_eq!((parquet.status, &parquet.body[..4]), (200, &b"PAR1"[..]));
    let made = put(&server, "/datasets/copy", "application/vnd.apache.parquet", parquet.body).expect(201);
    assert_eq!(made["rows"], 2);
    let rows = server.results("SELECT id, x, s FROM copy ORDER BY id")[0]["rows"].clone();
    assert_eq!(rows, json!([[1, 0.5, "a"], [2, null, "b"]]));
}

#[test]
fn uploads_add_by_name() {
    let server = TestServer::start();
    put(&server, "/datasets/t?mode=append", "text/csv", "a,b\n1,x\n").expect(201);
    let added = put(&server, "/datasets/t?mode=append", "text/csv", "b,a\ny,2\nz,3\n").expect(200);
    assert_eq!(added["rows"], 3);
    let rows = server.results("SELECT a, b FROM t ORDER BY a")[0]["rows"].clone();
    assert_eq!(rows, json!([[1, "x"], [2, "y"], [3, "z"]]));
    let wrong = put(&server, "/datasets/t?mode=append", "text/csv", "a,nosuch\n1,x\n");
    assert_eq!(wrong.status, 400);
    assert_eq!(server.results("SELECT COUNT(*) FROM t")[0]["rows"], json!([[3]]));
}

#[test]
fn uploads_that_are_refused() {
    let server = TestServer::with(|config| config.max_upload = 1000);
    assert_eq!(put(&server, "/datasets/t", "application/xml", "<a/>").error(415), "unsupported_media_type");
    let bare = server.call("PUT", "/datasets/t").body("a\n1\n").send();
    assert_eq!(bare.error(415), "unsupported_media_type");
    assert_eq!(put(&server, "/datasets/t", "text/csv", vec![b'1'; 5000]).error(413), "body_too_large");
    assert_eq!(put(&server, "/datasets/t?mode=merge", "text/csv", "a\n1\n").error(400), "bad_request");
    assert_eq!(put(&server, "/datasets/a%60b", "text/csv", "a\n1\n").error(400), "bad_request");
    for (media, body) in [
        ("application/vnd.apache.parquet", "no parquet"),
        ("application/vnd.apache.arrow.stream", "no arrow"),
        ("application/jsonl", "{\"a\": "),
    ] {
        let answer = put(&server, "/datasets/t", media, body);
        let message = answer.expect(400)["error"]["message"].as_str().unwrap().to_owned();
        assert!(!message.contains("linal-") && !message.contains("upload-"), "{message}");
    }
    assert_eq!(server.get("/datasets").send().expect(200), json!([]));
    let spill = &server.server.as_ref().unwrap().app().spill;
    assert_eq!(std::fs::read_dir(spill).unwrap().count(), 0);
}

#[test]
fn rows_of_a_dataset_in_every_format() {
    let server = TestServer::start();
    put(&server, "/datasets/t", "text/csv", "a\n1\n2\n").expect(201);
    let get = |accept: &str| server.get("/datasets/t/data").header("Accept", accept).send();
    assert_eq!(get("application/json").expect(200)["results"][0]["rows"], json!([[1], [2]]));
    assert_eq!(get("text/csv").text(), "a\n1\n2\n");
    assert_eq!(get("application/jsonl").text(), "{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(get("application/vnd.apache.arrow.stream").status, 200);
    assert_eq!(get("application/xml").error(406), "not_acceptable");
    assert_eq!(server.get("/datasets/nosuch/data").send().error(404), "not_found");
    assert_eq!(server.get("/datasets/t/data?version=x").send().error(400), "bad_request");
    assert_eq!(server.get("/datasets/t/data?nosuch=1").send().error(400), "bad_request");
}

#[test]
fn versions_of_a_dataset() {
    // A quote in the path is none in the statements of the server.
    let folder = tempfile::Builder::new().prefix("it's-").tempdir().unwrap();
    let server = durable(folder.path());
    let first = put(&server, "/datasets/t", "text/csv", "a\n1\n").expect(201)["version"].as_u64().unwrap();
    let second = put(&server, "/datasets/t?mode=append", "text/csv", "a\n2\n").expect(200)["version"]
        .as_u64()
        .unwrap();
    assert_eq!(second, first + 1);
    assert_eq!(server.get("/datasets/t").send().expect(200)["version"], second);
    let at = |version: u64| server.get(&format!("/datasets/t/data?version={version}")).send();
    assert_eq!(at(first).expect(200)["results"][0]["rows"], json!([[1]]));
    assert_eq!(at(second).expect(200)["results"][0]["row_count"], 2);
    assert_eq!(at(99).status, 404);
    let parquet =
        server.get("/datasets/t/data?version=99").header("Accept", "application/vnd.apache.parquet").send();
    assert_eq!(parquet.status, 404);
    // No path of the server is in what was committed.
    let versions = server.results("LIST DATASET VERSIONS t; SHOW LINEAGE t");
    assert!(!format!("{versions:?}").contains(folder.path().to_str().unwrap()), "{versions:?}");
    drop(server);
    // What a killed server has left is removed.
    std::fs::write(folder.path().join("spill/upload-x.csv"), "a\n").unwrap();
    let server = durable(folder.path());
    let again = server.get("/datasets/t").send().expect(200);
    assert_eq!((&again["rows"], &again["version"]), (&json!(2), &json!(second)));
    assert_eq!(server.results("SELECT COUNT(*) FROM t")[0]["rows"], json!([[2]]));
    // The engine has a folder of its own there.
    let uploads = std::fs::read_dir(folder.path().join("spill")).unwrap().flatten();
    assert_eq!(uploads.filter(|entry| entry.file_name().to_string_lossy().starts_with("upload-")).count(), 0);
}

#[test]
fn packages_are_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let server = durable(folder.path());
    server.results("DATASET t COLUMNS (a: Int); INSERT INTO t VALUES (1)");
    assert_eq!(server.get("/delivery/datasets/t/manifest.json").send().error(404), "not_found");
    server.results("DELIVER t");
    for file in ["manifest.json", "schema.json", "stats.json", "lineage.json"] {
        let answer = server.get(&format!("/delivery/datasets/t/{file}")).send();
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.expect(200).is_object() || answer.json().is_array(), "{file}");
    }
    let data = server.get("/delivery/datasets/T/data.parquet").send();
    assert_eq!((data.status, &data.body[..4]), (200, &b"PAR1"[..]));
    for path in [
        "t/nosuch.json",
        "t/..%2Fmanifest.json",
        "..%2F..%2Fcatalog.sqlite/manifest.json",
        "nosuch/manifest.json",
    ] {
        assert_eq!(
            server.get(&format!("/delivery/datasets/{path}")).send().error(404),
            "not_found",
            "{path}"
        );
    }
}

#[test]
fn an_upload_is_larger_than_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::with(|config| {
        config.data = Some(folder.path().to_path_buf());
        config.memory_limit = Some(48 << 20);
    });
    let line =
        |row: usize| format!("{row},{},a text of some length {row} of the row {}\n", row * 2, row % 1000);
    let mut csv = String::from("id,x,s\n");
    (0..1_500_000).for_each(|row| csv.push_str(&line(row)));
    assert!(csv.len() > 48 << 20);
    let made = put(&server, "/datasets/t", "text/csv", csv).expect(201);
    assert_eq!(made["rows"], 1_500_000);
    let rows = server.results("SELECT COUNT(*), SUM(x), MAX(id) FROM t")[0]["rows"].clone();
    assert_eq!(rows, json!([[1_500_000, 2_249_998_500_000_i64, 1_499_999]]));
    // What it was read from is named in no list.
    let versions = server.results("LIST DATASET VERSIONS t")[0].to_string();
    assert!(versions.contains("`upload`") && !versions.contains("upload-"), "{versions}");
    let lineage = server.execute("SHOW LINEAGE t").send();
    assert!(!lineage.text().contains("upload-"), "{}", lineage.text());
}
