//! Written tables read back the same, and damaged files yield a table or an error.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use linal_store::{ColumnType, TableOptions, TensorType, read_table, tensor_to_column, write_table};
use linal_tensor::{DType, Shape, Tensor};
use proptest::prelude::*;

use crate::support::{describe, fixture_bytes, read, read_within};
use crate::tables::{file, show, table};

type Row = (Option<i64>, Option<f64>, Option<String>, Option<bool>, Option<i32>, Option<i64>);

fn row() -> impl Strategy<Value = Row> {
    let text = prop_oneof![Just(String::new()), "s[ -~\n\r\té\u{1f600}]{0,8}"];
    (
        any::<Option<i64>>(),
        proptest::option::of(prop_oneof![any::<f64>(), (-9i32..9).prop_map(f64::from)]),
        proptest::option::of(text),
        any::<Option<bool>>(),
        proptest::option::of(-700_000..2_900_000i32),
        proptest::option::of(-60_000_000_000_000_000..250_000_000_000_000_000i64),
    )
}

/// A batch whose first row shows the type of each column.
fn batch(rows: Vec<Row>) -> RecordBatch {
    let first = (Some(1), Some(0.5), Some("s".to_string()), Some(true), Some(0), Some(1));
    let rows: Vec<Row> = std::iter::once(first).chain(rows).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        ("x", Arc::new(rows.iter().map(|row| row.1).collect::<Float64Array>())),
        ("s, \"t\"", Arc::new(rows.iter().map(|row| row.2.as_deref()).collect::<StringViewArray>())),
        ("b", Arc::new(rows.iter().map(|row| row.3).collect::<BooleanArray>())),
        ("d", Arc::new(rows.iter().map(|row| row.4).collect::<Date32Array>())),
        ("t", Arc::new(rows.iter().map(|row| row.5).collect::<TimestampMicrosecondArray>())),
    ];
    let fields = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), array.null_count() > 0));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, array)| array).collect()).expect("a batch")
}

fn as_table(schema: &SchemaRef, batches: Vec<RecordBatch>) -> String {
    read(|context| {
        let memory = context.pool.reserve("test", 0)?;
        let table = linal_store::Table {
            schema: schema.clone(),
            batches,
            notices: Vec::new(),
            tensors: Vec::new(),
            memory,
        };
        Ok(show(&table))
    })
    .expect("text")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_keeps_every_value(rows in proptest::collection::vec(row(), 0..20), split in 0..20usize) {
        let batch = batch(rows);
        let split = split.min(batch.num_rows());
        let batches = [batch.slice(0, split), batch.slice(split, batch.num_rows() - split)];
        let expected = as_table(&batch.schema(), vec![batch.clone()]);
        for name in ["r.csv", "r.tsv.gz", "r.csv.zst", "r.json", "r.jsonl", "r.ndjson.gz", "r.parquet", "r.arrow", "r.feather.zst"] {
            let path = file(name, "");
            write_table(&path, &batch.schema(), &batches).expect("written");
            let back = table(&path, &TableOptions::default()).expect("read");
            prop_assert_eq!(show(&back), expected.clone(), "{}", name);
        }
    }
}

/// Names and values at the limits of what a format can distinguish.
fn edges() -> RecordBatch {
    let decimals = |scale: i8, values: [i128; 3]| {
        Arc::new(Decimal128Array::from(values.to_vec()).with_data_type(DataType::Decimal128(38, scale)))
            as ArrayRef
    };
    let texts = |values: [Option<&str>; 3]| Arc::new(StringViewArray::from(values.to_vec())) as ArrayRef;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("1", Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)]))),
        (" blanks ", texts([Some(" x "), Some(""), None])),
        ("true", texts([Some("NULL"), Some("a\r\nb\n"), Some("007")])),
        ("2020-01-01", Arc::new(Float64Array::from(vec![-0.0, f64::NAN, f64::MIN_POSITIVE]))),
        ("wide", decimals(0, [u64::MAX.into(), i128::from(u64::MAX) - 1, 1 - 10i128.pow(38)])),
        ("cents", decimals(2, [1_234_567_890_123_456_789, -5, 0])),
        ("d", Arc::new(Date32Array::from(vec![Some(-719_162), None, Some(2_932_896)]))),
        (
            "t",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(-62_135_596_800_000_000),
                Some(253_402_300_799_999_999),
                None,
            ])),
        ),
    ];
    let field = |(name, array): &(&str, ArrayRef)| {
        Field::new(*name, array.data_type().clone(), array.null_count() > 0)
    };
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect())
        .expect("a batch")
}

#[test]
fn names_and_values_at_the_edges() {
    let batch = edges();
    let formats =
        ["csv", "tsv", "csv.gz", "tsv.zst", "json", "jsonl.zst", "json.gz", "parquet", "arrow", "feather.gz"];
    let check = |batch: &RecordBatch| {
        let expected = as_table(&batch.schema(), vec![batch.clone()]);
        for extension in formats {
            let path = file(&format!("edges.{extension}"), "");
            write_table(&path, &batch.schema(), std::slice::from_ref(batch)).expect("written");
            let back = table(&path, &TableOptions::default()).expect("read");
            // Reading a CSV file of text only yields a notice.
            let shown = show(&back);
            let shown = shown.split("\nnote: ").next().expect("text");
            assert_eq!(shown, expected, "{extension}");
        }
    };
    check(&batch);
    // A single column, where an empty line is a row.
    for at in 0..batch.num_columns() {
        check(&batch.project(&[at]).expect("a column"));
    }
}

fn tensors(null: bool) -> (SchemaRef, RecordBatch) {
    let values = |rows: usize, cell: &[usize]| {
        let shape: Vec<usize> = std::iter::once(rows).chain(cell.iter().copied()).collect();
        let len = shape.iter().product::<usize>();
        Tensor::from_vec((0..len).map(|x| x as f32 / 4.0).collect(), Shape::from(shape)).expect("a tensor")
    };
    let mut vectors = tensor_to_column(&values(3, &[2])).expect("a column").1;
    if null {
        vectors = arrow::compute::take(&vectors, &UInt32Array::from(vec![Some(0), None, Some(2)]), None)
            .expect("rows");
    }
    let kind = |dims: &[usize]| TensorType { shape: Shape::new(dims), dtype: DType::F32 };
    let schema = Arc::new(Schema::new(vec![
        kind(&[2]).field("v", null),
        kind(&[2, 2]).field("m", false),
        ColumnType::Bool.field("b", false),
    ]));
    let matrices = tensor_to_column(&values(3, &[2, 2])).expect("a column").1;
    let truths = Arc::new(BooleanArray::from(vec![true, false, true]));
    let batch = RecordBatch::try_new(schema.clone(), vec![vectors, matrices, truths]).expect("a batch");
    (schema, batch)
}

#[test]
fn tensor_columns_keep_their_shape() {
    let (schema, batch) = tensors(true);
    let expected = as_table(&schema, vec![batch.clone()]);
    for name in ["v.parquet", "v.arrow"] {
        let path = file(name, "");
        write_table(&path, &schema, std::slice::from_ref(&batch)).expect("written");
        assert_eq!(show(&table(&path, &TableOptions::default()).expect("read")), expected, "{name}");
    }
    let path = file("v.csv", "");
    write_table(&path, &schema, std::slice::from_ref(&batch)).expect("written");
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.starts_with("v,m,b\n\"[0,0.25]\",\"[[0,0.25],[0.5,0.75]]\",true\n,"), "{text}");
    for name in ["v.npz", "v.h5"] {
        let error = describe(write_table(&file(name, ""), &schema, std::slice::from_ref(&batch)));
        assert!(error.contains("column `v` has 1 NULL"), "{error}");
    }
    let (schema, batch) = tensors(false);
    for name in ["w.npz", "w.h5"] {
        let path = file(name, "");
        write_table(&path, &schema, &[batch.slice(0, 1), batch.slice(1, 2)]).expect("written");
        let read = show(&table(&path, &TableOptions::default()).expect("read"));
        assert_eq!(read, as_table(&schema, vec![batch.clone()]), "{name}");
    }
    let one = batch.project(&[1]).expect("a column");
    let path = file("m.npy.gz", "");
    write_table(&path, &one.schema(), std::slice::from_ref(&one)).expect("written");
    let back = show(&table(&path, &TableOptions::default()).expect("read"));
    assert_eq!(back, as_table(&one.schema(), vec![one]).replacen("m:", "value:", 1));
}

#[test]
fn several_numbers_are_a_matrix() {
    let schema =
        Arc::new(Schema::new(vec![ColumnType::Float.field("a", false), ColumnType::Float.field("b", false)]));
    let column = |values: Vec<f64>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let batch = RecordBatch::try_new(schema.clone(), vec![column(vec![1.0, 2.0]), column(vec![3.0, 4.0])]);
    let path = file("ab.npy", "");
    write_table(&path, &schema, &[batch.expect("a batch")]).expect("written");
    let back = table(&path, &TableOptions::default()).expect("read");
    assert_eq!(show(&back), "value: Vector(2, f64)\n[1, 3]\n[2, 4]");
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    let (schema, batch) = tensors(false);
    let folder = file("x", "").parent().expect("folder").join("empty");
    std::fs::create_dir_all(&folder).expect("folder");
    let error = describe(write_table(&folder.join("a.npy"), &schema, std::slice::from_ref(&batch)));
    assert!(error.contains("npz keeps an array a column"), "{error}");
    let error = describe(write_table(&folder.join("no/a.csv"), &schema, &[batch]));
    assert!(error.contains("its folder is not there"), "{error}");
    assert_eq!(std::fs::read_dir(&folder).expect("folder").count(), 0);
}

/// Flips some bytes and possibly truncates.
fn damaged(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let len = bytes.len();
    let flips = proptest::collection::vec((0..len, any::<u8>()), 0..6);
    let cut = prop_oneof![3 => Just(len), 1 => 0..len];
    (flips, cut).prop_map(move |(flips, cut)| {
        let mut bytes = bytes.clone();
        for (at, value) in flips {
            bytes[at] = value;
        }
        bytes.truncate(cut);
        bytes
    })
}

fn sample(name: &'static str) -> Vec<u8> {
    match name {
        "d.csv" => b"a,b,c\n1,\"x\n\",2020-01-01\n2.5,,2020-01-02 10:00\n".repeat(3),
        "d.json" => b"[{\"a\":1,\"v\":[1,2],\"s\":{\"t\":\"x\"}},\n{\"a\":2.5,\"v\":[3,4]}]".to_vec(),
        "d.jsonl" => b"{\"a\":1,\"l\":[[1],[2,3]]}\n{\"a\":\"x\",\"l\":null}\n".to_vec(),
        "d.parquet" => fixture_bytes("pyarrow.parquet"),
        "d.arrow" => fixture_bytes("pyarrow.arrow"),
        "d.feather" => fixture_bytes("pyarrow_lz4.feather"),
        "d.arrows" => fixture_bytes("pyarrow_zstd.arrows"),
        "d.npz" => fixture_bytes("deflated.npz"),
        "polars.arrow" => fixture_bytes("polars_uncompressed.arrow"),
        "polars.feather" => fixture_bytes("polars_zstd.arrow"),
        "polars.arrows" => fixture_bytes("polars_lz4.arrows"),
        "int96.parquet" => fixture_bytes("int96.parquet"),
        "brotli.parquet" => fixture_bytes("codec_brotli.parquet"),
        "gzip.parquet" => fixture_bytes("codec_gzip.parquet"),
        "lz4.parquet" => fixture_bytes("codec_lz4.parquet"),
        "links.h5" => fixture_bytes("links.h5"),
        "links_latest.h5" => fixture_bytes("links_latest.h5"),
        "links_userblock.h5" => fixture_bytes("links_userblock.h5"),
        "storage.h5" => fixture_bytes("storage.h5"),
        _ => fixture_bytes("small.h5"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_ends_in_a_table_or_an_error(
        (name, bytes) in proptest::sample::select(vec![
            "d.csv", "d.json", "d.jsonl", "d.parquet", "d.arrow", "d.feather", "d.arrows", "d.npz", "d.h5",
            "polars.arrow", "polars.feather", "polars.arrows", "int96.parquet", "brotli.parquet", "gzip.parquet",
            "lz4.parquet", "links.h5", "links_latest.h5", "links_userblock.h5",
            "storage.h5",
        ]).prop_flat_map(|name| (Just(name), damaged(sample(name))))
    ) {
        let path = file(name, &bytes);
        let (_, peak) = read_within(1 << 30, |context| read_table(&path, &TableOptions::default(), context));
        prop_assert!(peak <= (64 << 20) + 4096 * bytes.len(), "{} of {} bytes took {}", name, bytes.len(), peak);
    }
}
