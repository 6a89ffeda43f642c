//! The formats of answers.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::ipc::reader::StreamReader;

use crate::support::{Answer, TestServer};

const SCRIPT: &str =
    "SELECT 0 AS before\nSELECT * FROM (VALUES (1, 'a,b'), (2, NULL)) t(n, s) ORDER BY n\nLET x = 1";

fn answer(server: &TestServer, text: &str, accept: &str) -> Answer {
    let answer = server.execute(text).header("Accept", accept).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("content-type").starts_with(accept), "{}", answer.header("content-type"));
    answer
}

#[test]
fn csv_has_the_last_result() {
    let server = TestServer::start();
    assert_eq!(answer(&server, SCRIPT, "text/csv").text(), "n,s\n1,\"a,b\"\n2,\n");
    assert_eq!(answer(&server, "VECTOR v = [1, 2]\nSHOW v", "text/csv").text(), "v\n1.0\n2.0\n");
    assert_eq!(answer(&server, "LET x = 1", "text/csv").text(), "");
}

#[test]
fn arrow_has_the_last_result() {
    let server = TestServer::start();
    let read = |text: &str| {
        let answer = server.execute(text).header("Accept", "application/vnd.apache.arrow.stream").send();
        assert_eq!(answer.status, 200);
        StreamReader::try_new(std::io::Cursor::new(answer.body), None).unwrap()
    };
    let batches: Vec<_> = read(SCRIPT).collect::<Result<_, _>>().unwrap();
    let numbers: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec())
        .collect();
    assert_eq!(numbers, [1, 2]);
    let tensor: Vec<_> = read("VECTOR v = [1, 2]\nSHOW v").collect::<Result<_, _>>().unwrap();
    assert_eq!(tensor[0].num_rows(), 2);
    assert_eq!(read("LET x = 1").schema().fields().len(), 0);
}

#[test]
fn jsonl_has_an_object_for_each_row() {
    let server = TestServer::start();
    let lines = answer(&server, SCRIPT, "application/jsonl");
    assert_eq!(lines.text(), "{\"before\":0}\n{\"n\":1,\"s\":\"a,b\"}\n{\"n\":2,\"s\":null}\n");
    let tensor = answer(&server, "SHOW [1, 2] * 1", "application/jsonl");
    let expected =
        "{\"kind\":\"tensor\",\"name\":\"[1, 2] * 1\",\"dtype\":\"f64\",\"shape\":[2],\"data\":[1.0,2.0]}\n";
    assert_eq!(tensor.text(), expected);
}

#[test]
fn text_has_the_tables_of_the_command_line() {
    let server = TestServer::start();
    let text = answer(&server, "SELECT 1 AS a\nSHOW \"done\"", "text/plain");
    assert!(text.text().contains("│ a   │") && text.text().contains("1 row\ndone\n"), "{}", text.text());
}
