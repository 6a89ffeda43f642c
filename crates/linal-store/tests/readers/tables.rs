//! Reading tables, format by format.

use std::path::PathBuf;

use linal_store::text::{SCREEN, Value};
use linal_store::{ColumnType, ReadError, Table, TableOptions, read_table};

use crate::support::{describe, fixture, read, shared};

/// A temporary file.
pub fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linal-tables-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("file");
    path
}

pub fn table(path: &std::path::Path, options: &TableOptions) -> Result<Table, ReadError> {
    read(|context| read_table(path, options, context))
}

/// Names and types, then the rows, one per line.
pub fn show(table: &Table) -> String {
    let head = table.schema.fields().iter().map(|field| {
        let null = if field.is_nullable() { "?" } else { "" };
        format!("{}: {}{null}", field.name(), ColumnType::of(field))
    });
    let mut lines = vec![head.collect::<Vec<_>>().join(" | ")];
    for batch in &table.batches {
        for row in 0..batch.num_rows() {
            let cells = table.schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
                let mut text = String::new();
                SCREEN.push_top_level(&mut text, &Value::at(field, array.as_ref(), row));
                text
            });
            lines.push(cells.collect::<Vec<_>>().join(" | "));
        }
    }
    lines.extend(table.notices.iter().map(|notice| format!("note: {notice}")));
    lines.join("\n")
}

#[track_caller]
fn check_with(name: &str, bytes: impl AsRef<[u8]>, options: &TableOptions, expected: &str) {
    let path = file(name, bytes);
    let table = table(&path, options).unwrap_or_else(|error| panic!("{error}"));
    let folder = format!("{}/", path.parent().expect("folder").display());
    assert_eq!(show(&table).replace(&folder, ""), expected);
}

#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, expected: &str) {
    check_with(name, bytes, &TableOptions::default(), expected);
}

#[track_caller]
fn check_error(name: &str, bytes: impl AsRef<[u8]>, options: &TableOptions, expected: &str) {
    let path = file(name, bytes);
    let folder = format!("{}/", path.parent().expect("folder").display());
    assert_eq!(describe(table(&path, options)).replace(&folder, ""), expected);
}

fn fields(names: &[&str]) -> TableOptions {
    TableOptions {
        fields: Some(names.iter().map(|name| name.to_string()).collect()),
        ..TableOptions::default()
    }
}

/// A name may be a text of NULL; the first row says by its other cells whether it has names.
#[test]
fn texts_of_null_are_none_of_the_header() {
    let nulls = || Some(vec!["NA".to_string()]);
    let options = || TableOptions { nulls: nulls(), ..TableOptions::default() };
    let text = "NA,x\nNA,1\n2,\"NA\"\n3,4\n";
    check_with("nulls.csv", text, &options(), "NA: Int? | x: Int?\nNULL | 1\n2 | NULL\n3 | 4");
    let path = file("nulls.csv", text);
    let streamed = read(|context| {
        linal_store::open_table(&path, &options(), context)?.collect::<Result<Vec<_>, ReadError>>()
    });
    let streamed = streamed.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(streamed[0].schema_ref().field(0).name(), "NA");
    assert_eq!((streamed[0].num_rows(), streamed[0].column(0).null_count()), (3, 1));
    check_with("null_data.csv", "NA,1\n2,3\n", &options(), "c0: Int? | c1: Int\nNULL | 1\n2 | 3");
}

#[test]
fn csv_types_follow_the_whole_file() {
    check(
        "types.csv",
        "id,x,zip,day,at,ok,s\n1,2,007,2020-02-29,2020-02-29 12:30,true,\n2,2.5,12,,2020-03-01T00:00:00.5Z,FALSE,\"\"\n3,,1,2020-03-01,2020-03-02,,\"a,\"\"b\"\"\nc\"\n",
        "id: Int | x: Float? | zip: String | day: Date? | at: Timestamp | ok: Bool? | s: String?\n\
         1 | 2.0 | 007 | 2020-02-29 | 2020-02-29 12:30:00 | true | NULL\n\
         2 | 2.5 | 12 | NULL | 2020-03-01 00:00:00.5 | false | \n\
         3 | NULL | 1 | 2020-03-01 | 2020-03-02 00:00:00 | NULL | a,\"b\"\nc",
    );
    check("late.csv", "a\n1\n2\nx\n", "a: String\n1\n2\nx");
    check("wide.tsv", "n\tbig\n1\t9223372036854775807\n", "n: Int | big: Int\n1 | 9223372036854775807");
    check("one.csv", "n\n1\n\n3\n", "n: Int?\n1\nNULL\n3");
    check("blank.csv", "a,b\n\n1, 2 \n   \n3,  \n", "a: Int | b: Int?\n1 | 2\n3 | NULL");
    check("nothing.csv", "a,b\n1,\n2,\n", "a: Int | b: String?\n1 | NULL\n2 | NULL");
}

#[test]
fn csv_headers() {
    check("plain.csv", "1,2\n3,4\n", "c0: Int | c1: Int\n1 | 2\n3 | 4");
    let guessed = |name: &str| {
        format!(
            "note: `{name}`: all columns are text, so the first line is taken as the header; header => false reads it as a row"
        )
    };
    check("texts.csv", "a,b\nc,d\n", &format!("a: String | b: String\nc | d\n{}", guessed("texts.csv")));
    check("names.csv", "a,b\n", &format!("a: String | b: String\n{}", guessed("names.csv")));
    check("codes.csv", "id,5\nx,7z\n", &format!("id: String | 5: String\nx | 7z\n{}", guessed("codes.csv")));
    check("holes.tsv", "a\tb\nc\t\n", &format!("a: String | b: String?\nc | NULL\n{}", guessed("holes.tsv")));
    check(
        "bad.csv",
        "who,n,m\nann,1,1\nbob,?,2\ncid,3,3\n",
        "who: String | n: String | m: Int\nann | 1 | 1\nbob | ? | 2\ncid | 3 | 3",
    );
    check(
        "worse.csv",
        "who,n,5\nann,1,6\nbob,?,7\ncid,3,8\n",
        "who: String | n: String | 5: Int\nann | 1 | 6\nbob | ? | 7\ncid | 3 | 8",
    );
    check("days.csv", "2020-01-01,2020-01-02\n1,2\n", "2020-01-01: Int | 2020-01-02: Int\n1 | 2");
    check("mixed.csv", "a,1\nb,2\n", "c0: String | c1: Int\na | 1\nb | 2");
    check(
        "times.csv",
        "who,at\nann,10:00:00\nbob,11:30:00\n",
        "who: String | at: String\nann | 10:00:00\nbob | 11:30:00",
    );
    check("codes.csv", "007\n123\n456\n", "c0: String\n007\n123\n456");
    check(
        "hosts.csv",
        "10.0.0.1,ann\n10.0.0.2,bob\n",
        "c0: String | c1: String\n10.0.0.1 | ann\n10.0.0.2 | bob",
    );
    check("row.csv", "a,1\n", "c0: String | c1: Int\na | 1");
    check("number.csv", "1\n", "c0: Int\n1");
    check("unnamed.csv", ",\na,b\n", "c0: String? | c1: String?\nNULL | NULL\na | b");
    let header = |header| TableOptions { header: Some(header), ..TableOptions::default() };
    check_with("texts.csv", "a,b\nc,d\n", &header(false), "c0: String | c1: String\na | b\nc | d");
    check_with("texts.csv", "a,b\nc,d\n", &header(true), "a: String | b: String\nc | d");
    check_with("head.csv", "a\n1\n", &header(false), "c0: String\na\n1");
    check_with("only.csv", "a,b\n", &header(true), "a: String | b: String");
    check_with("named.csv", "Name,City\nx,y\n", &fields(&["city"]), "City: String\ny");
    check_with("numbered.csv", "1,2\n3,4\n", &fields(&["1"]), "c1: Int\n2\n4");
    check(
        "twice.csv",
        "a,A,\n1,2,3\n",
        "a: Int | A_2: Int | c2: Int\n1 | 2 | 3\nnote: `twice.csv` has columns of the same name: column 1, `A`, is `A_2`",
    );
    check("mark.csv", "\u{feff}a,b\r\n1,x\r\n", "a: Int | b: String\n1 | x");
}

#[test]
fn integers_keep_every_digit() {
    let large = "18446744073709551615\n18446744073709551614";
    check("u.csv", format!("n\n{large}\n"), &format!("n: Decimal(38, 0)\n{large}"));
    check("u.csv.gz", format!("n\n-{large}\n"), &format!("n: Decimal(38, 0)\n-{large}"));
    check(
        "f.csv",
        "n,m,t\n18446744073709551615,9007199254740993,18446744073709551615\n0.25,.5,1e3\n",
        "n: Decimal(38, 2) | m: Decimal(38, 1) | t: String\n18446744073709551615.00 | 9007199254740993.0 | 18446744073709551615\n0.25 | 0.5 | 1e3",
    );
    let digits = "123456789012345678901234567890123456789";
    check("long.csv", format!("n\n{digits}\n1\n"), &format!("n: String\n{digits}\n1"));
    check("e.csv", "n\n1e19\n1\n", "n: Float\n1e19\n1.0");
    check("r.csv", "n,m\n1e400,1\n1,2\n", "n: String | m: Int\n1e400 | 1\n1 | 2");
    check(
        "u.jsonl",
        "{\"n\":18446744073709551615,\"m\":9007199254740993,\"t\":18446744073709551615,\"l\":[18446744073709551615],\"s\":{\"n\":-18446744073709551614}}\n{\"n\":18446744073709551614,\"m\":0.5,\"t\":1e3,\"l\":[1]}\n",
        "n: Decimal(38, 0) | m: Decimal(38, 1) | t: String | l: Decimal(38, 0)[] | s: Struct(n Decimal(38, 0))?\n\
         18446744073709551615 | 9007199254740993.0 | 18446744073709551615 | [18446744073709551615] | {'n': -18446744073709551614}\n\
         18446744073709551614 | 0.5 | 1e3 | [1] | NULL",
    );
    check("long.json", format!("[{{\"n\":{digits}}},{{\"n\":1}}]"), &format!("n: String\n{digits}\n1"));
    check("e.json", "[{\"n\":1e19},{\"n\":1E400}]", "n: String\n1e19\n1E400");
    check("v.json", "[{\"v\":[1,18446744073709551616]}]", "v: Vector(2, f64)\n[1, 1.8446744073709552e19]");
}

#[test]
fn files_without_columns_or_rows() {
    check("empty.jsonl", "", "");
    check("blank.json", " \n", "");
    let objects = table(&file("objects.jsonl", "{}\n{}\n{}\n"), &TableOptions::default()).expect("a table");
    assert_eq!((objects.num_rows(), objects.schema.fields().len()), (3, 0));
    let header = TableOptions { header: Some(true), ..TableOptions::default() };
    check_with("head.tsv", "a\tb\n", &header, "a: String | b: String");
}

#[test]
fn csv_errors_name_the_line() {
    let plain = TableOptions::default();
    check_error("e.csv", "", &plain, "E0403 bad_format: `e.csv` is empty");
    check_error(
        "r.csv",
        "a,b\n\"1\n\",2\n3\n",
        &plain,
        "E0403 bad_format: `r.csv`, line 4: 1 cell where the first line has 2",
    );
    check_error(
        "q.csv",
        "a,b\n1,\"x\n",
        &plain,
        "E0403 bad_format: `q.csv`, line 2: a quote is opened that nothing closes",
    );
    check_error(
        "u.csv",
        b"a,b\n1,\xff\n",
        &plain,
        "E0403 bad_format: `u.csv`, line 2: `\u{fffd}` is not UTF-8",
    );
    check_error(
        "f.csv",
        "Low,High\n1,2\n",
        &fields(&["Hihg"]),
        "E0404 name_not_found: `f.csv` has no field `Hihg`; it has `Low` and `High` (did you mean `High`?)",
    );
    assert!(describe(table(&file("a.xyz", ""), &plain)).starts_with("E0405 unsupported: the name"));
}

#[test]
fn json_rows() {
    check(
        "a.jsonl",
        "{\"id\":1,\"x\":2,\"v\":[1,2],\"s\":\"a\"}\n{\"x\":2.5,\"v\":[3,4.5],\"s\":1.50,\"id\":2,\"n\":\"NaN\"}\n{\"id\":3,\"n\":1,\"v\":null}\n",
        "id: Int | x: Float? | v: Vector(2, f64)? | s: String? | n: Float?\n\
         1 | 2.0 | [1, 2] | a | NULL\n\
         2 | 2.5 | [3, 4.5] | 1.50 | NaN\n\
         3 | NULL | NULL | NULL | 1.0",
    );
    check(
        "b.json",
        "[{\"m\":[[1,2],[3,4]],\"d\":\"2020-02-29\",\"t\":\"2020-02-29T01:02:03\",\"o\":{\"p\":true}},\n {\"m\":[[5,6],[7,8]]}]",
        "m: Matrix(2, 2, f64) | d: Date? | t: Timestamp? | o: Struct(p Bool)?\n\
         [[1, 2], [3, 4]] | 2020-02-29 | 2020-02-29 01:02:03 | {'p': true}\n\
         [[5, 6], [7, 8]] | NULL | NULL | NULL",
    );
    check("c.ndjson", "{\"l\":[1]}\n{\"l\":[1,2]}\n", "l: Int[]\n[1]\n[1, 2]");
    check("none.json", "[]", "");
    let plain = TableOptions::default();
    check_error(
        "d.jsonl",
        "{\"a\":1}\n\n{\"a\":[1]}",
        &plain,
        "E0403 bad_format: `d.jsonl`, line 3: column `a` holds a list where others are a plain value",
    );
    check_error(
        "e.json",
        "[{\"a\":1},\n5]",
        &plain,
        "E0403 bad_format: `e.json`, line 2: invalid type: integer `5`, expected an object for each row",
    );
    check_error(
        "f.json",
        "[{\"a\":1}\n",
        &plain,
        "E0403 bad_format: `f.json`, line 2: the array is not closed",
    );
    check_error(
        "g.json",
        "{\"a\":\n",
        &plain,
        "E0403 bad_format: `g.json`, line 2: EOF while parsing a value",
    );
}

#[test]
fn arrays_are_rows_of_their_first_axis() {
    let table = |name: &str| show(&table(&fixture(name), &TableOptions::default()).expect("a table"));
    assert!(table("f64.npy").starts_with("value: Vector(4, f64)\n[0"), "{}", table("f64.npy"));
    assert_eq!(table("f64_fortran.npy"), table("f64.npy"));
    assert!(table("scalar.npy").starts_with("value: "));
    let bundle = table("stored.npz");
    assert!(bundle.contains("weights: Vector(4, f64)") && bundle.contains("note: "), "{bundle}");
}

#[test]
fn hdf5_fields_share_the_rows_of_the_first() {
    let path = fixture("small.h5");
    let all = table(&path, &TableOptions::default()).expect("a table");
    assert!(!all.tensors.is_empty() && all.tensors.iter().all(|(name, _)| !name.contains('/')));
    let one = table(&path, &fields(&["integers/i4"])).expect("a table");
    assert_eq!(one.schema.field(0).name(), "integers_i4");
    let same = table(&path, &fields(&["INTEGERS_i4"])).expect("a table");
    assert_eq!(show(&one), show(&same));
    assert!(describe(table(&path, &fields(&["integers/i5"]))).contains("did you mean `integers/i"));
}

#[test]
fn files_of_pyarrow() {
    let expected = "\
id: Int | v: Vector(3)? | m: Matrix(2, 2, f64) | h: Real | t: Timestamp | c: String? | l: Int[] | d: Decimal(9, 2)
1 | [1, 2, 3] | [[1, 2], [3, 4]] | 0.5 | 2020-02-29 12:00:00.5 | a | [1] | 1.50
2 | NULL | [[5, 6], [7, 8]] | 1.5 | 1969-12-31 23:59:59.999999 | NULL | [] | -2.25
3 | [7, 8, 9] | [[9, 10], [11, 12]] | -2.0 | 1970-01-01 00:00:00 | b | [2, 3] | 0.00";
    for name in ["pyarrow.parquet", "pyarrow.arrow", "pyarrow_lz4.feather", "pyarrow_zstd.arrows"] {
        let table = table(&fixture(name), &TableOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(show(&table), expected, "{name}");
        let vectors = arrow_vectors(&table);
        assert_eq!(vectors, 0, "{name}: elements of NULL vectors are marked");
    }
    let chosen = table(&fixture("pyarrow.parquet"), &fields(&["c", "ID"])).expect("a table");
    assert_eq!(show(&chosen), "c: String? | id: Int\na | 1\nNULL | 2\nb | 3");
}

#[test]
fn files_of_polars() {
    let expected = "\
id: Int | u: Decimal(38, 0) | s: String? | v: Vector(2) | c: String | t: Timestamp
1 | 18446744073709551615 | a | [1, 2] | x | 2020-02-29 01:02:03.456789
2 | 18446744073709551614 | NULL | [3, 4] | y | 2020-02-29 01:02:03.456789
3 | 1 | a text of more than twelve bytes | [5, 6] | x | 2020-02-29 01:02:03.456789";
    for compression in ["uncompressed", "lz4", "zstd"] {
        for extension in ["arrow", "arrows"] {
            let name = format!("polars_{compression}.{extension}");
            let table =
                table(&fixture(&name), &TableOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(show(&table), expected, "{name}");
        }
    }
    let error = describe(table(&fixture("polars_i128.arrow"), &TableOptions::default()));
    assert!(error.starts_with("E0405") && error.ends_with("column `i` has integers of 128 bits"), "{error}");
}

#[test]
fn files_that_end_too_early() {
    let bytes = crate::support::fixture_bytes("pyarrow.arrow");
    for length in [bytes.len() - 1, bytes.len() - 100, bytes.len() / 2, 20, 6] {
        let path = file("cut.arrow", &bytes[..length]);
        let error = describe(table(&path, &TableOptions::default()));
        assert!(error.starts_with("E0403 bad_format"), "{error}");
    }
}

#[test]
fn codecs_of_parquet() {
    for compression in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"] {
        let name = format!("codec_{compression}.parquet");
        let table =
            table(&fixture(&name), &TableOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let text = show(&table);
        assert!(text.starts_with("a: Int | s: String\n0 | \n1 | ab\n2 | abab\n"), "{name}: {text}");
        assert_eq!(table.num_rows(), 20);
    }
}

#[test]
fn codecs_that_are_not_read() {
    // The codec of a column is a field of the footer: this replaces Brotli by LZO.
    let mut bytes = crate::support::fixture_bytes("codec_brotli.parquet");
    let footer = bytes.len() - 400;
    let codec = |bytes: &[u8]| {
        bytes.windows(4).position(|window| window[0] == 0x15 && window[1] == 0x08 && window[2] == 0x16)
    };
    while let Some(at) = codec(&bytes[footer..]) {
        bytes[footer + at + 1] = 0x06;
    }
    let error = describe(table(&file("lzo.parquet", &bytes), &TableOptions::default()));
    assert!(error.starts_with("E0405 unsupported") && error.contains("LZO"), "{error}");
}

#[test]
fn moments_keep_their_digits() {
    let show = |name: &str| {
        let path = fixture(name);
        let shown = show(&table(&path, &TableOptions::default()).expect("a table"));
        shown.replace(&format!("{}/", path.parent().expect("a folder").display()), "")
    };
    assert_eq!(
        show("int96.parquet"),
        "far: Timestamp? | ns: Timestamp(ns)? | us: Timestamp?\n\
         9999-12-31 23:59:59.999999 | 2020-02-29 00:00:00.000000001 | 2020-02-29 12:00:00\n\
         0001-01-01 00:00:00 | NULL | NULL\n\
         NULL | 1970-01-01 00:00:00.000000007 | 1969-12-31 00:00:00\n\
         note: `int96.parquet`, column `ns` keeps its nanoseconds"
    );
    assert_eq!(
        show("moments.arrow"),
        "l: Timestamp(ns)[]? | d: Timestamp | whole: Date?\n\
         ['1970-01-01 00:00:00.000001'] | 1970-01-01 00:00:00 | 1970-01-01\n\
         ['1970-01-01 00:00:00.0000015', NULL] | 1970-01-02 00:00:00 | 1970-01-02\n\
         NULL | 1970-01-01 00:00:00.005 | NULL\n\
         note: `moments.arrow`, column `l` keeps its nanoseconds"
    );
}

/// Null elements in the vector column.
fn arrow_vectors(table: &Table) -> usize {
    use arrow::array::{Array, AsArray};
    table.batches[0].column(1).as_fixed_size_list().values().null_count()
}

#[test]
fn real_files() {
    for (name, rows, head) in [
        ("iris.csv", 150, "150: Float | 4: Float | setosa: Float | versicolor: Float | virginica: Int"),
        ("digits/digits.csv.gz", 1797, "c0: Int | c1: Int"),
        ("weather/seattle-weather.csv", 1461, "date: "),
        ("weather/airports.csv", 3376, "iata: String | name: String"),
        ("gw/gwtc1_events.csv", 11, ""),
        ("gw/GW150914_H1.hdf5", 32, "quality_"),
    ] {
        let Some(path) = shared(name) else { continue };
        let table = table(&path, &TableOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let text = show(&table);
        eprintln!("{name}: {}", text.lines().next().unwrap_or_default());
        assert_eq!(table.num_rows(), rows, "{name}");
        assert!(text.starts_with(head), "{name}: {}", text.lines().next().unwrap_or_default());
    }
    let Some(path) = shared("gw/GW150914_H1.hdf5") else { return };
    let strain = table(&path, &fields(&["strain/Strain"])).expect("a table");
    assert_eq!((strain.num_rows(), strain.schema.field(0).name().as_str()), (131_072, "strain_Strain"));
    let all = table(&path, &TableOptions::default()).expect("a table");
    assert!(all.notices.iter().any(|notice| notice.contains("strain/Strain [131072]")), "{:?}", all.notices);
}
