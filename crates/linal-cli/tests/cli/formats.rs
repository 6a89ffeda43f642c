//! `--format` in every position.

use crate::support::{ScriptFile, run};

#[test]
fn options_before_and_after_the_file() {
    let script = ScriptFile::new("MATRIX m = [[1, 2], [3, 4]]\nSHOW m\nSHOW \"done\"\nSHOW m[0, 0]");
    let expected = "c0,c1\n1.0,2.0\n3.0,4.0\ndone\n\n\"m[0, 0]\"\n1.0\n";
    let file = script.name();
    for arguments in
        [["--format", "csv", "run", file], ["run", "--format", "csv", file], ["run", file, "--format", "csv"]]
    {
        let found = run(&arguments);
        assert_eq!(
            (found.code, found.out.as_str(), found.err.as_str()),
            (Some(0), expected, ""),
            "{arguments:?}"
        );
    }
}

fn check(format: &str, expected: &str) {
    let found = run(&["-c", "VECTOR v = [0.5, 1e-21]; SHOW v; SHOW \"text\"", "--format", format]);
    assert_eq!((found.code, found.out.as_str(), found.err.as_str()), (Some(0), expected, ""), "{format}");
}

#[test]
fn a_vector_and_a_text_in_each_format() {
    check("table", "v: f64 [2]\n[0.5, 1e-21]\ntext\n");
    check("csv", "v\n0.5\n1e-21\ntext\n");
    check("json", "[{\"name\":\"v\",\"dtype\":\"f64\",\"shape\":[2],\"values\":[0.5,1e-21]}]\ntext\n");
    check("jsonl", "{\"name\":\"v\",\"dtype\":\"f64\",\"shape\":[2],\"values\":[0.5,1e-21]}\ntext\n");
    check("markdown", "| v |\n| ---: |\n| 0.5 |\n| 1e-21 |\ntext\n");
}

#[test]
fn arrow_is_a_stream() {
    let found = run(&["-c", "VECTOR v = [0.5]; SHOW v", "--format", "arrow"]);
    assert_eq!((found.code, found.err.as_str()), (Some(0), ""));
    // The marker at the start of an IPC message, and the end of the stream.
    assert!(found.out.contains("linal:dtype") && found.out.len() > 200, "{:?}", found.out);
}

#[test]
fn settings_decide_what_is_abridged() {
    let found = run(&["-c", "SET max_rows = 2; SHOW ARANGE 0, 50; SET max_rows = 100; SHOW ARANGE 0, 3"]);
    let lines: Vec<&str> = found.out.lines().collect();
    assert!(lines.len() == 4 && lines[1].contains("...") && !lines[3].contains("..."), "{found:?}");
}
