//! Zarr stores: of zarr-python, our own, and damaged ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{Field, Schema};
use linal_store::{
    Code, TableFormat, TableOptions, open_table, read_zarr, tensor_to_column, write_table, zarr_arrays,
};
use linal_tensor::{Shape, Tensor};
use proptest::prelude::*;

use crate::support::{describe, fixture, numbers, read, read_within};
use crate::tables::{show, table};

/// The sum of the array `blosc/random`, by NumPy.
const RANDOM_SUM: f64 = 51.306896957075836;

fn array(store: &str, name: &str) -> Result<(Vec<usize>, Vec<f64>), linal_store::ReadError> {
    read(|context| read_zarr(&fixture(store), name, context)).map(|tensor| numbers(&tensor))
}

#[track_caller]
fn check(store: &str, name: &str, dims: &[usize], values: impl Fn(f64) -> f64) {
    let count = dims.iter().product::<usize>();
    let expected: Vec<f64> = (0..count).map(|at| values(at as f64)).collect();
    assert_eq!(array(store, name).expect(name), (dims.to_vec(), expected), "{store}/{name}");
}

/// An empty place in the temporary folder.
fn place(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linal-zarr-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    let _ = fs::remove_dir_all(&path);
    path
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("entries") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn arrays_of_zarr_python() {
    let v3 = "python_v3.zarr";
    for kind in ["int8", "int16", "int32", "int64"] {
        check(v3, &format!("ints/{kind}"), &[7], |x| x - 3.0);
    }
    for kind in ["uint8", "uint16", "uint32", "uint64"] {
        check(v3, &format!("ints/{kind}"), &[7], |x| x);
    }
    check(v3, "floats/half", &[7], |x| x / 2.0);
    check(v3, "/floats/single/", &[7], |x| x / 2.0);
    let (_, double) = array(v3, "floats/double").expect("an array");
    assert!(double[3].is_nan() && double[4] == 1.0);
    check(v3, "mask", &[7], |x| f64::from(x % 2.0 == 0.0));
    for name in ["grid", "gzip", "plain", "checked", "big"] {
        check(v3, name, &[7, 5], |x| x);
    }
    check(v3, "cube", &[7, 3, 2], |x| x);
    check(v3, "dots", &[7], |x| x);
    check(v3, "holes", &[7], |x| if x == 2.0 || x == 3.0 { 1.5 } else { f64::INFINITY });
    check(v3, "scalar", &[], |_| 2.5);
    let complex = read(|context| read_zarr(&fixture(v3), "complex64", context)).expect("an array");
    assert_eq!(complex.to_vec::<linal_tensor::Complex32>()[2], linal_tensor::Complex32::new(2.0, 1.0));
    let complex = read(|context| read_zarr(&fixture(v3), "complex128", context)).expect("an array");
    assert_eq!(complex.to_vec::<linal_tensor::Complex64>()[6], linal_tensor::Complex64::new(6.0, -2.0));
    check(v3, "blosc", &[1000], |x| x);
    check("python_array.zarr", "", &[7, 5], |x| x);
    let v2 = "python_v2.zarr";
    for name in ["c", "f", "big"] {
        check(v2, name, &[7, 5], |x| x);
    }
    check(v2, "blosc/lz4", &[1000], |x| x);
    check(v2, "blosc/zstd", &[1000], |x| x / 4.0);
    check(v2, "blosc/zlib", &[1000], |x| x);
    check(v2, "blosc/bits", &[1000], |x| x);
    let (_, random) = array(v2, "blosc/random").expect("an array");
    // The sum that NumPy gives for the generator of the seed.
    assert!((random.iter().sum::<f64>() - RANDOM_SUM).abs() < 1e-9, "{random:?}");
    check(v2, "zlib", &[7], |x| x);
    check(v2, "mask", &[7], |x| f64::from(x % 3.0 == 0.0));
    check(v2, "holes", &[7], |x| if x == 2.0 || x == 3.0 { 5.0 } else { -1.0 });
}

#[test]
fn what_is_not_read_is_named() {
    let store = |name: &str| format!("{}", fixture(name).display());
    let (v3, v2) = (store("python_v3.zarr"), store("python_v2.zarr"));
    assert_eq!(
        describe(array("python_v3.zarr", "names")),
        format!(
            "E0405 unsupported: `{v3}`, array `names` has the data type `string`, and a tensor holds numbers"
        )
    );
    assert_eq!(
        describe(array("python_v3.zarr", "sharded")),
        format!(
            "E0405 unsupported: `{v3}`, array `sharded` has the codec `sharding_indexed`, which is not read"
        )
    );
    assert_eq!(
        describe(array("python_v2.zarr", "blosc/own")),
        format!(
            "E0405 unsupported: `{v2}`, array `blosc/own`: a chunk is compressed by blosclz within Blosc, which is not read"
        )
    );
    let missing = describe(array("python_v3.zarr", "gird"));
    assert!(missing.starts_with("E0404") && missing.ends_with("(did you mean `grid`?)"), "{missing}");
    assert!(describe(array("python_v3.zarr", "../python_v2.zarr/c")).starts_with("E0404"));
    assert!(describe(array("nosuch.zarr", "")).starts_with("E0401"));
    assert!(describe(array("tables", "")).contains("is not a Zarr store"));
    assert!(describe(array("f64.npy", "")).contains("a Zarr store is a folder"));
}

#[test]
fn stores_as_tables() {
    let v2 = table(&fixture("python_v2.zarr"), &TableOptions::default()).expect("a table");
    let text = show(&v2);
    assert!(
        text.starts_with(
            "big: Vector(5) | c: Vector(5, f64) | f: Vector(5, f64) | holes: Int | mask: Bool | zlib: Int\n"
        ),
        "{text}"
    );
    assert!(v2.notices.iter().any(|notice| notice.contains("blosc/lz4 [1000]")), "{:?}", v2.notices);
    let one = table(&fixture("python_array.zarr"), &TableOptions::default()).expect("a table");
    assert!(show(&one).starts_with("value: Vector(5, f64)\n[0, 1, 2, 3, 4]\n"));
    let fields = |names: &[&str]| TableOptions {
        fields: Some(names.iter().map(|name| name.to_string()).collect()),
        ..TableOptions::default()
    };
    let some = table(&fixture("python_v3.zarr"), &fields(&["ints/int8", "floats_half"])).expect("a table");
    assert!(show(&some).starts_with("ints_int8: Int | floats_half: Real\n-3 | 0.0\n"), "{}", show(&some));
    let all = table(&fixture("python_v3.zarr"), &TableOptions::default()).expect("a table");
    assert!(all.notices.iter().any(|notice| notice.contains("short [2]")), "{:?}", all.notices);
    let streamed = read(|context| {
        let stream = open_table(&fixture("python_v2.zarr"), &TableOptions::default(), context)?;
        assert_eq!(stream.schema(), &v2.schema);
        stream.collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(streamed.expect("batches"), v2.batches);
}

#[test]
fn a_folder_of_any_name_is_known_by_its_files() {
    let path = place("no_extension");
    copy(&fixture("python_v2.zarr"), &path);
    assert_eq!(TableFormat::from_path(&path), Ok(TableFormat::Zarr));
    assert_eq!(zarr_arrays(&path).expect("names").len(), 12);
}

fn batch(rows: usize) -> RecordBatch {
    let cube =
        Tensor::from_vec((0..rows * 6).map(|x| x as f32).collect::<Vec<_>>(), Shape::new(&[rows, 2, 3]));
    let (kind, cube) = tensor_to_column(&cube.expect("a tensor")).expect("a column");
    let columns: Vec<(Field, ArrayRef)> = vec![
        (kind.field("z", false), cube),
        (
            Field::new("i", arrow::datatypes::DataType::Int64, false),
            Arc::new((0..rows as i64).map(Some).collect::<Int64Array>()),
        ),
        (
            Field::new("b", arrow::datatypes::DataType::Boolean, false),
            Arc::new((0..rows).map(|row| Some(row % 3 == 0)).collect::<BooleanArray>()),
        ),
        (
            Field::new("a", arrow::datatypes::DataType::Float64, false),
            Arc::new((0..rows).map(|row| Some(row as f64 / 7.0)).collect::<Float64Array>()),
        ),
    ];
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("a batch")
}

#[test]
fn written_stores_are_read_back() {
    // The columns keep their order; 700,000 rows are several chunks.
    for (name, rows) in [("none.zarr", 0), ("one.zarr", 1), ("some.zarr", 1000), ("many.zarr", 700_000)] {
        let batch = batch(rows);
        let path = place(name);
        let half = rows / 2;
        let parts = [batch.slice(0, half), batch.slice(half, rows - half)];
        write_table(&path, &batch.schema(), &parts).expect("written");
        let back = table(&path, &TableOptions::default()).expect("read");
        assert_eq!(back.schema, batch.schema());
        assert_eq!(back.batches, [batch]);
        assert!(back.notices.is_empty());
    }
    assert!(
        place("many.zarr")
            .parent()
            .expect("a folder")
            .read_dir()
            .expect("entries")
            .all(|entry| { !entry.expect("an entry").file_name().to_string_lossy().ends_with(".tmp") })
    );
}

#[test]
fn a_column_called_value_is_an_array() {
    let batch = batch(5).project(&[3]).expect("a column");
    let schema = Arc::new(Schema::new(vec![batch.schema().field(0).clone().with_name("value")]));
    let batch = RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).expect("a batch");
    let path = place("value.zarr");
    write_table(&path, &schema, std::slice::from_ref(&batch)).expect("written");
    assert_eq!(zarr_arrays(&path).expect("names"), [""]);
    assert_eq!(table(&path, &TableOptions::default()).expect("read").batches, [batch]);
}

#[test]
fn what_a_store_replaces() {
    let batch = batch(3);
    let path = place("replaced.zarr");
    for _ in 0..2 {
        write_table(&path, &batch.schema(), std::slice::from_ref(&batch)).expect("written");
    }
    let other = place("precious.zarr");
    fs::create_dir_all(&other).expect("a folder");
    fs::write(other.join("notes.txt"), "mine").expect("a file");
    let error = write_table(&other, &batch.schema(), std::slice::from_ref(&batch)).unwrap_err();
    assert!(error.to_string().ends_with("is there already, and is no Zarr store to replace"), "{error}");
    assert_eq!(fs::read_to_string(other.join("notes.txt")).expect("a file"), "mine");
    // A column that does not fit leaves the old store and nothing else.
    let text = Arc::new(Schema::new(vec![Field::new("s", arrow::datatypes::DataType::Utf8View, false)]));
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["x"]));
    let texts = RecordBatch::try_new(text.clone(), vec![texts]).expect("a batch");
    assert_eq!(write_table(&path, &text, &[texts]).unwrap_err().code(), Code::NotNumeric);
    assert_eq!(table(&path, &TableOptions::default()).expect("read").batches, [batch]);
}

/// A store with one array whose metadata and first chunk are these.
fn store(name: &str, metadata: &str, chunk: &[u8]) -> PathBuf {
    let path = place(name);
    fs::create_dir_all(path.join("c")).expect("a folder");
    fs::write(path.join("zarr.json"), metadata).expect("metadata");
    fs::write(path.join("c/0"), chunk).expect("a chunk");
    path
}

fn metadata(shape: &str, chunk: &str, codecs: &str) -> String {
    format!(
        r#"{{"zarr_format":3,"node_type":"array","shape":{shape},"data_type":"float64","fill_value":0,
        "chunk_grid":{{"name":"regular","configuration":{{"chunk_shape":{chunk}}}}},
        "codecs":[{{"name":"bytes","configuration":{{"endian":"little"}}}}{codecs}]}}"#
    )
}

#[test]
fn hostile_sizes_allocate_nothing() {
    let zstd = r#",{"name":"zstd","configuration":{"level":0}}"#;
    // A frame that declares 2^60 bytes.
    let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &(1u64 << 60).to_le_bytes(), &[1, 0, 0]].concat();
    for (shape, chunk, codecs, bytes) in [
        ("[1000000000000]", "[1000]", "", &b"12345678"[..]),
        ("[10]", "[1000000000000]", zstd, b""),
        ("[18446744073709551615,18446744073709551615]", "[1,1]", "", b""),
        ("[4294967296,4294967296]", "[1,1]", zstd, b""),
        ("[10]", "[10]", zstd, &frame),
        ("[10]", "[10]", "", &[0; 81]),
        ("[10]", "[10]", "", &[0; 79]),
        ("[10]", "[0]", "", b""),
    ] {
        let path = store("hostile.zarr", &metadata(shape, chunk, codecs), bytes);
        let (result, peak) = read_within(usize::MAX, |context| read_zarr(&path, "", context));
        let error = result.expect_err(shape);
        assert_eq!(error.code(), Code::BadFormat, "{shape}: {error}");
        assert!(peak <= 64 << 10, "{shape}: {peak} bytes");
    }
    // An array of fill values is read within the limit of the statement.
    let path = store("fill.zarr", &metadata("[1000000]", "[1000]", ""), &[0; 8000]);
    let (result, _) = read_within(1 << 20, |context| read_zarr(&path, "", context));
    assert_eq!(result.expect_err("a limit").code(), Code::MemoryLimit);
    let (result, peak) = read_within(usize::MAX, |context| read_zarr(&path, "", context));
    assert!(result.is_ok() && peak <= 9_000_000, "{peak} bytes");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_stores(
        name in proptest::sample::select(vec!["grid", "gzip", "checked", "cube", "holes", "big", "blosc"]),
        file in proptest::sample::select(vec!["zarr.json", "first"]),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let path = place("damaged.zarr");
        copy(&fixture("python_v3.zarr").join(name), &path);
        let file = match (file, name) {
            ("zarr.json", _) => "zarr.json",
            (_, "cube") => "c/0/0/0",
            (_, "holes") => "c/1",
            (_, "blosc") => "c/0",
            _ => "c/0/0",
        };
        let mut bytes = fs::read(path.join(file)).expect("a file");
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.map_or(bytes.len(), |at| at.index(bytes.len() + 1)));
        fs::write(path.join(file), bytes).expect("a file");
        // The fill value may be that of an array of 16 MiB.
        let (_, peak) = read_within(usize::MAX, |context| read_zarr(&path, "", context));
        prop_assert!(peak <= 8 * (16 << 20) + (64 << 20), "{peak} bytes");
    }
}
