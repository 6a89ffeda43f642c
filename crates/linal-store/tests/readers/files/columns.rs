//! The columns of several files.

use std::path::Path;

use linal_store::{TableOptions, write_table};

use super::{check_files, check_shown, fields, folder, with_filename};
use crate::support::fixture;
use crate::tables::table;

#[test]
fn columns_are_matched_by_name() {
    check_files(
        "names",
        &[("a.csv", "x,y\n1,u\n2,v\n"), ("b.csv", "Y,X\nw,3\n")],
        "*.csv",
        "x: Int | y: String\n1 | u\n2 | v\n3 | w",
    );
    let text = [("a.csv", "x,y\n1,2\n"), ("b.csv", "x\n1\n")];
    check_files(
        "missing",
        &text,
        "*.csv",
        "E0404 name_not_found: `~/b.csv` has no column `y`, unlike `~/a.csv`",
    );
    let text = [("a.csv", "x\n1\n"), ("b.csv", "y,x\n1,2\n")];
    check_files("surplus", &text, "", "E0404 name_not_found: `~/a.csv` has no column `y`, unlike `~/b.csv`");
    let text = [("a.json", r#"{"x": 1}"#), ("b.json", r#"{"y": 1}"#)];
    check_files("json", &text, "", "E0404 name_not_found: `~/a.json` has no column `y`, unlike `~/b.json`");
}

#[test]
fn types_are_those_of_all_rows() {
    check_files(
        "types",
        &[
            ("a.csv", "i,z,d,n,b\n1,12345,2020-01-01,,true\n"),
            ("b.csv", "i,z,d,n,b\n0.5,00501,2020-01-01 10:00,7,x\n"),
        ],
        "*.csv",
        "i: Float | z: String | d: Timestamp | n: Int? | b: String\n\
         1.0 | 12345 | 2020-01-01 00:00:00 | NULL | true\n\
         0.5 | 00501 | 2020-01-01 10:00:00 | 7 | x",
    );
    check_files(
        "json-types",
        &[
            ("a.jsonl", "{\"i\": 1, \"v\": [1, 2], \"n\": null, \"s\": 1}\n"),
            ("b.jsonl", "{\"v\": [0.5, 3], \"i\": 2.5, \"n\": \"2020-01-01\", \"s\": \"t\"}\n{\"i\": 3}"),
            ("c.jsonl", ""),
        ],
        "*.jsonl",
        "i: Float | v: Vector(2, f64)? | n: Date? | s: String?\n\
         1.0 | [1, 2] | NULL | 1\n\
         2.5 | [0.5, 3] | 2020-01-01 | t\n\
         3.0 | NULL | NULL | NULL",
    );
    check_files(
        "json-conflict",
        &[("a.json", r#"{"x": null}"#), ("b.json", r#"{"x": [1]}"#), ("c.json", r#"{"x": 1}"#)],
        "",
        "E0405 unsupported: column `x` is Vector(1, f64) in `~/b.json` and Int in `~/c.json`",
    );
    check_files("blank", &[("a.json", ""), ("b.json", "[]")], "", "");
}

/// Writes the table of a CSV text.
fn write(path: &Path, csv: &str) {
    let source = path.with_extension("source.csv");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    std::fs::write(&source, csv).expect("file");
    let rows =
        table(&source, &TableOptions { header: Some(true), ..TableOptions::default() }).expect("a table");
    write_table(path, &rows.schema, &rows.batches).expect("written");
    std::fs::remove_file(source).expect("removed");
}

#[test]
fn declared_types() {
    for format in ["parquet", "arrow"] {
        let folder = folder(&format!("declared-{format}"), &[]);
        let plain = TableOptions::default();
        write(&folder.join(format!("a.{format}")), "i,f,s\n1,1.5,u\n");
        write(&folder.join(format!("b.{format}")), "s,f,i\nv,2,2.5\nw,,3\n");
        let expected = "i: Float | f: Float? | s: String\n1.0 | 1.5 | u\n2.5 | 2.0 | v\n3.0 | NULL | w";
        check_shown(&folder, &format!("*.{format}"), &plain, expected);
        write(&folder.join(format!("c.{format}")), "i,f,s\n1,1.5,2020-01-01\n");
        let expected =
            format!("E0405 unsupported: column `s` is String in `~/a.{format}` and Date in `~/c.{format}`");
        check_shown(&folder, "", &plain, &expected);
    }
}

#[test]
fn a_column_of_nulls_takes_a_type() {
    use arrow::array::{ArrayRef, Int64Array, NullArray, RecordBatch};
    use std::sync::Arc;
    let folder = folder("nulls", &[]);
    let columns: [ArrayRef; 2] = [Arc::new(NullArray::new(2)), Arc::new(Int64Array::from(vec![7, 8]))];
    for (order, expected) in [([0, 1], "NULL\nNULL\n7\n8"), ([1, 0], "7\n8\nNULL\nNULL")] {
        for (name, at) in ["a.parquet", "b.parquet"].into_iter().zip(order) {
            let batch = RecordBatch::try_from_iter_with_nullable([("x", columns[at].clone(), true)]).unwrap();
            let file = std::fs::File::create(folder.join(name)).unwrap();
            let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        }
        check_shown(&folder, "", &TableOptions::default(), &format!("x: Int?\n{expected}"));
    }
}

#[test]
fn arrays() {
    let folder = folder("arrays", &[]);
    for name in ["a.npy", "b.npy"] {
        write(&folder.join(name), "value\n1\n2\n");
    }
    check_shown(&folder, "", &TableOptions::default(), "value: Int\n1\n2\n1\n2");
    // A Zarr store is itself, and one file among others.
    let one = table(&fixture("python_v2.zarr"), &TableOptions::default()).unwrap();
    assert!(!one.tensors.is_empty());
    let store = folder.join("stores/k=1/s.zarr");
    write(&store, "x\n1\n2\n");
    check_shown(&folder, "stores", &TableOptions::default(), "x: Int | k: Int\n1 | 1\n2 | 1");
    check_shown(&folder, "stores/*/*.zarr", &TableOptions::default(), "x: Int | k: Int\n1 | 1\n2 | 1");
    check_shown(&folder, "stores/k=1/s.zarr", &TableOptions::default(), "x: Int\n1\n2");
}

#[test]
fn partitions_are_columns() {
    let files = [
        ("y=2020/m=01/a.csv", "v\n1\n"),
        ("y=2020/m=10/b.csv", "v\n2\n"),
        ("y=2020/m=2/c.csv", "v\n3\n"),
        ("y=__HIVE_DEFAULT_PARTITION__/m=3/d.csv", "v\n4\n"),
        ("y=2020/m=2/_SUCCESS", ""),
        ("_temporary/x.csv", "w\n1\n"),
        (".hidden/x.csv", "w\n1\n"),
    ];
    let folder = folder("partitions", &files);
    let all = "v: Int | y: Int? | m: Int\n1 | 2020 | 1\n2 | 2020 | 10\n3 | 2020 | 2\n4 | NULL | 3";
    let plain = TableOptions::default();
    check_shown(&folder, "", &plain, all);
    check_shown(&folder, "y=*/*/*.csv", &plain, all);
    check_shown(&folder, "y=2020/m=?/*.csv", &plain, "v: Int | m: Int\n3 | 2");
    check_shown(&folder, "y=2020", &fields(&["M", "v"]), "m: Int | v: Int\n1 | 1\n10 | 2\n2 | 3");
    check_shown(&folder, "y=2020", &fields(&["m"]), "m: Int\n1\n10\n2");
    check_shown(&folder, "y=2020", &fields(&["m", "v", "M"]), "E0404 name_not_found: FIELDS names `m` twice");
    let both = TableOptions { filename: true, ..fields(&["filename", "v"]) };
    check_shown(&folder, "y=2020/m=2", &both, "filename: String | v: Int\n~/y=2020/m=2/c.csv | 3");
    let error = "E0404 name_not_found: `~/y=2020/m=1/a.csv` has no field `w`; it has `v`";
    check_shown(&folder, "y=2020", &fields(&["w"]), &error.replace("m=1", "m=01"));
}

#[test]
fn a_folder_wins_over_the_column_of_its_name() {
    let note = "note: columns of the files that their folders name, too, have the value of the folder";
    check_files(
        "both",
        &[("K=1/a.csv", "k,v\nx,1\n,2\n"), ("K=2/b.csv", "v,k\n3,y\n")],
        "",
        &format!("v: Int | K: Int\n1 | 1\n2 | 1\n3 | 2\n{note}"),
    );
    check_files(
        "both-json",
        &[("k=1/a.json", r#"{"k": [1], "v": 1}"#), ("k=2/b.json", r#"{"v": 2, "k": 7}"#)],
        "",
        &format!("v: Int | k: Int\n1 | 1\n2 | 2\n{note}"),
    );
}

#[test]
fn the_path_is_a_column() {
    let folder = folder("filename", &[("a.csv", "x\n1\n2\n"), ("k=v/b.csv", "x\n3\n")]);
    let rows = "x: Int | filename: String\n1 | ~/a.csv\n2 | ~/a.csv";
    check_shown(&folder, "a.csv", &with_filename(), rows);
    check_shown(&folder, "*.csv", &with_filename(), rows);
    check_shown(
        &folder,
        "*/*",
        &with_filename(),
        "x: Int | k: String | filename: String\n3 | v | ~/k=v/b.csv",
    );
    let error = "E0404 name_not_found: `~/a.csv` is in no folder `k=..`, unlike `~/k=v/b.csv`";
    check_shown(&folder, "", &with_filename(), error);
    std::fs::write(folder.join("c.csv"), "FileName\n1\n").unwrap();
    let error = "E0405 unsupported: there is a column `filename` already, so the path of a file cannot be a column of this name";
    check_shown(&folder, "c.csv", &with_filename(), error);
    check_shown(&folder, "c.csv", &TableOptions::default(), "FileName: Int\n1");
}
