use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use linal_store::table::parse_csv;
use linal_store::{ReadError, TableOptions};
use linal_tensor::{DType, Tensor};

use crate::support::{describe, numbers, read};

fn parse_as(label: &str, text: impl AsRef<[u8]>, options: &TableOptions) -> Result<Tensor, ReadError> {
    let bytes = text.as_ref();
    read(|context| parse_csv(label, bytes, Some(bytes.len() as u64), options, context))
}

fn parse(text: impl AsRef<[u8]>) -> Result<Tensor, ReadError> {
    parse_as("t.csv", text, &TableOptions::default())
}

fn columns(names: &[&str]) -> TableOptions {
    TableOptions {
        fields: Some(names.iter().map(|name| name.to_string()).collect()),
        ..TableOptions::default()
    }
}

#[track_caller]
fn check(text: impl AsRef<[u8]>, dtype: DType, shape: &[usize], values: &[f64]) {
    let tensor = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(tensor.dtype(), dtype);
    assert_eq!(numbers(&tensor), (shape.to_vec(), values.to_vec()));
}

#[track_caller]
fn check_error(text: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(describe(parse(text)), expected);
}

#[test]
fn dtype_and_shape_follow_the_whole_file() {
    check("1,2\n3,4\n", DType::I64, &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    check("1,2\n3,4.5", DType::F64, &[2, 2], &[1.0, 2.0, 3.0, 4.5]);
    check("1\n2\n3\n", DType::I64, &[3], &[1.0, 2.0, 3.0]);
    check("5", DType::I64, &[1], &[5.0]);
    check("1,2,3", DType::I64, &[1, 3], &[1.0, 2.0, 3.0]);
    check("1e3,-.5\ninf,-INF", DType::F64, &[2, 2], &[1e3, -0.5, f64::INFINITY, f64::NEG_INFINITY]);
    check("9223372036854775807\n", DType::I64, &[1], &[i64::MAX as f64]);
    check("1\n9223372036854775808\n", DType::F64, &[2], &[1.0, 9_223_372_036_854_775_808.0]);
    assert!(parse("nan").unwrap().to_vec::<f64>()[0].is_nan());
    assert!(parse("1\n-0\n").unwrap().to_vec::<f64>()[1].is_sign_negative());
}

#[test]
fn integers_are_not_rounded() {
    check_error(
        "x\n0.5\n18446744073709551615\n",
        "E0405 unsupported: `t.csv`, line 3, column `x`: `18446744073709551615` is an integer that f64 would round",
    );
    check_error(
        "1\n18446744073709551615\n",
        "E0405 unsupported: `t.csv`, line 2, column 0: `18446744073709551615` is an integer that f64 would round",
    );
    check_error(
        "9007199254740993,1\n2,0.5\n",
        "E0405 unsupported: `t.csv`, line 2, column 1: `0.5` does not fit i64, and f64 would round `9007199254740993` before it",
    );
    check_error(
        "1\n1e400\n",
        "E0406 not_numeric: `t.csv`, line 2, column 0: `1e400` is beyond f64 (columns of numbers can be chosen: columns => '0')",
    );
    check(
        "9007199254740992\n0.5\n18446744073709551616\n",
        DType::F64,
        &[3],
        &[2f64.powi(53), 0.5, 2f64.powi(64)],
    );
}

#[test]
fn text_over_a_number_is_a_header() {
    check("x,y\n1,2\n", DType::I64, &[1, 2], &[1.0, 2.0]);
    check("150,4,setosa\n5.1,3.5,0\n", DType::F64, &[1, 3], &[5.1, 3.5, 0.0]);
    let header = |header| TableOptions { header: Some(header), ..TableOptions::default() };
    let named = parse_as("t.csv", "2019,2020\n1,2\n", &header(true)).unwrap();
    assert_eq!(numbers(&named), (vec![1, 2], vec![1.0, 2.0]));
    let none = parse_as("t.csv", "a,b\n", &header(true)).unwrap();
    assert_eq!((none.shape().dims(), none.dtype()), ([0, 2].as_slice(), DType::F64));
    let error = describe(parse_as("t.csv", "a,b\n1,2\n", &header(false)));
    assert_eq!(error, "E0406 not_numeric: `t.csv`, line 1, column 0: `a` is not a number");
}

#[test]
fn layouts_of_text_are_taken_as_they_come() {
    check("\u{feff}x,y\r\n1, 2 \r\n\r\n\"3\",4\r\n  \r\n\r\n", DType::I64, &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    check("\"a,b\",\"c\nd\"\n1,2\n", DType::I64, &[1, 2], &[1.0, 2.0]);
    let tabs = parse_as("t.TSV", "1\t2\n3\t4\n", &TableOptions::default()).unwrap();
    assert_eq!(tabs.shape().dims(), [2, 2]);
    let skip = TableOptions { skip: 2, ..TableOptions::default() };
    let after = parse_as("t.csv", "made by a\nmachine, with care\nx,y\n1,2\n", &skip).unwrap();
    assert_eq!(after.shape().dims(), [1, 2]);
    let wrong = describe(parse_as("t.csv", "a\nb\nx,y\n1,2\n3,z\n", &skip));
    assert_eq!(
        wrong,
        "E0406 not_numeric: `t.csv`, line 5, column `y`: `z` is not a number (columns of numbers can be chosen: columns => 'x')"
    );
}

#[test]
fn gzip_is_recognised_by_its_content() {
    let mut bytes = Vec::new();
    for part in ["x,y\n1,2\n", "3,4\n"] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(part.as_bytes()).unwrap();
        bytes.extend(encoder.finish().unwrap());
    }
    check(&bytes, DType::I64, &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    check_error(&bytes[..bytes.len() - 12], "E0403 bad_format: `t.csv` ends too early");
}

#[test]
fn columns_are_chosen_by_name_or_number() {
    let text = "date,Low,High\n2020-01-01,1,5\n2020-01-02,2,6\n";
    let chosen = |names: &[&str]| parse_as("t.csv", text, &columns(names));
    assert_eq!(numbers(&chosen(&["high", "LOW"]).unwrap()), (vec![2, 2], vec![5.0, 1.0, 6.0, 2.0]));
    assert_eq!(numbers(&chosen(&["1"]).unwrap()), (vec![2], vec![1.0, 2.0]));
    assert_eq!(
        describe(chosen(&["hihg"])),
        "E0404 name_not_found: `t.csv` has no column `hihg`; it has `date`, `Low` and `High` (did you mean `High`?)"
    );
    assert_eq!(
        describe(chosen(&["date"])),
        "E0406 not_numeric: `t.csv`, line 2, column `date`: `2020-01-01` is not a number"
    );
    assert_eq!(
        describe(parse_as("t.csv", "1,2\n", &columns(&["2"]))),
        "E0404 name_not_found: `t.csv` has no column `2`: its first line has no names, and its 2 columns count from 0"
    );
    assert_eq!(
        describe(parse_as("t.csv", "a,A,b\n1,2,3\n", &columns(&["b", "a", "A", "B", "á"]))),
        "E0404 name_not_found: `t.csv` has no column `á`; it has `a`, `A` and `b`"
    );
    assert_eq!(
        describe(parse_as("t.csv", "Ab,aB\n1,2\n", &columns(&["ab"]))),
        "E0404 name_not_found: `t.csv` has more than one column `ab`; numbers that count from 0 tell them apart"
    );
}

#[test]
fn errors_name_line_and_column() {
    check_error("", "E0403 bad_format: `t.csv` is empty");
    check_error("\n \n", "E0403 bad_format: `t.csv` is empty");
    check_error("1,2\n3\n", "E0403 bad_format: `t.csv`, line 2: 1 cell where the first line has 2");
    check_error("x,y\n\n1,2,3\n", "E0403 bad_format: `t.csv`, line 3: 3 cells where the first line has 2");
    check_error(
        "\"x\r\n1\",y\r\n\r\n1,2\r\n \r\n\"3\",4\r\n\r\n\r\n\"5\",6,7",
        "E0403 bad_format: `t.csv`, line 9: 3 cells where the first line has 2",
    );
    check_error(
        "1,2\n\"\n3\",\"4\n\nx\"\n5,6\n",
        "E0406 not_numeric: `t.csv`, line 2, column 1: `4\\n\\nx` is not a number (columns of numbers can be chosen: columns => '0')",
    );
    let late = format!("x,y\n{}1,?\n3,4\n", "1,2\n".repeat(9998));
    check_error(
        late,
        "E0406 not_numeric: `t.csv`, line 10000, column `y`: `?` is not a number (columns of numbers can be chosen: columns => 'x')",
    );
    check_error(
        "x,y\n1,\n",
        "E0406 not_numeric: `t.csv`, line 2, column `y`: the cell is empty, and a tensor has no NULL (columns of numbers can be chosen: columns => 'x')",
    );
    check_error(
        "day,t,p\n1,2.5,3\n2,warm,4\n",
        "E0406 not_numeric: `t.csv`, line 3, column `t`: `warm` is not a number (columns of numbers can be chosen: columns => 'day,p')",
    );
    check_error(
        "1;2;3\n4;5;6\n",
        "E0406 not_numeric: `t.csv`, line 1, column 0: `1;2;3` is not a number (the delimiter may be `;`: delimiter => ';')",
    );
    check_error("\u{1}x\n", "E0406 not_numeric: `t.csv`, line 1, column 0: `\\u{1}x` is not a number");
    check_error(
        [0xff, 0xfe, b'1', 0],
        "E0405 unsupported: `t.csv` is text in UTF-16, and UTF-8 is what is read",
    );
    let skip = TableOptions { skip: 9, ..TableOptions::default() };
    assert_eq!(
        describe(parse_as("t.csv", "1\n2\n", &skip)),
        "E0403 bad_format: `t.csv` has nothing after its first 9 lines"
    );
}

#[test]
fn zstd_is_recognised_by_its_content() {
    let bytes = zstd::encode_all("x,y\n1,2\n".as_bytes(), 1).unwrap();
    check(&bytes, DType::I64, &[1, 2], &[1.0, 2.0]);
}

#[test]
fn headers_follow_the_rule_of_tables() {
    // A bad cell below a name does not hide the header.
    check_error("x\n?\n1\n2\n", "E0406 not_numeric: `t.csv`, line 2, column `x`: `?` is not a number");
    // A quoted number above plain ones is a name.
    check("\"1\",\"2\"\n3,4\n", DType::I64, &[1, 2], &[3.0, 4.0]);
    let names: Vec<String> = (0..5000).map(|column| format!("c{column}")).collect();
    let wide = parse(format!("{}\n{}1\n", names.join(","), "1,".repeat(4999))).unwrap();
    assert_eq!(wide.shape().dims(), [1, 5000]);
}

#[test]
fn errors_come_in_the_order_of_lines() {
    check_error(
        "1,2\nx,3\n4\n",
        "E0406 not_numeric: `t.csv`, line 2, column 0: `x` is not a number (columns of numbers can be chosen: columns => '1')",
    );
    check_error("1\n\"2\n3\n", "E0403 bad_format: `t.csv`, line 2: a quote is opened that nothing closes");
}

#[test]
fn a_delimiter_is_chosen() {
    let semicolons = TableOptions { delimiter: Some(b';'), ..TableOptions::default() };
    let tensor = parse_as("t.csv", "1;2\n3;4\n", &semicolons).unwrap();
    assert_eq!(tensor.shape().dims(), [2, 2]);
}
