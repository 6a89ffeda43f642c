//! A stream of a file is the table of the file, in batches of bounded size.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use linal_store::{Code, ReadContext, ReadError, Table, TableOptions, open_table, read_table};
use proptest::prelude::*;

use crate::support::{describe, fixture, read, read_within};
use crate::tables::{file, show, table};

/// The stream of a file, collected.
pub fn collected(path: &Path, options: &TableOptions) -> Result<Table, ReadError> {
    read(|context| collect(path, options, context))
}

fn collect(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table, ReadError> {
    let mut stream = open_table(path, options, context)?;
    let mut batches = Vec::new();
    for batch in &mut stream {
        let batch = batch?;
        assert!(batch.num_rows() <= 1 << 16, "a batch has {} rows", batch.num_rows());
        batches.push(batch);
    }
    let schema = stream.schema().clone();
    assert!(batches.iter().all(|batch| batch.schema() == schema), "one schema");
    let notices = stream.notices().to_vec();
    let memory = context.pool.reserve("test", 0)?;
    Ok(Table { schema, batches, notices, tensors: stream.tensors().to_vec(), memory })
}

/// Both readings give the same rows in the same types, or fail alike.
#[track_caller]
pub fn check(path: &Path, options: &TableOptions) {
    let (whole, stream) = (table(path, options), collected(path, options));
    match (whole, stream) {
        (Ok(whole), Ok(stream)) => assert_same(path, &whole, &stream),
        (Err(whole), Err(stream)) => {
            assert_eq!((whole.code(), whole.to_string()), (stream.code(), stream.to_string()));
        }
        (whole, stream) => panic!(
            "{}: the table {:?}, the stream {:?}",
            path.display(),
            whole.map(|table| show(&table)),
            stream.map(|table| show(&table))
        ),
    }
}

#[track_caller]
fn assert_same(path: &Path, whole: &Table, stream: &Table) {
    assert_eq!(whole.schema, stream.schema, "{}", path.display());
    assert_eq!(whole.notices, stream.notices);
    assert_eq!(whole.num_rows(), stream.num_rows());
    let joined = |table: &Table| concat_batches(&table.schema, &table.batches).expect("one batch");
    // As text, where a NaN is equal to itself.
    if whole.num_rows() <= 2000 {
        assert_eq!(show(whole), show(stream));
    } else {
        assert_eq!(joined(whole), joined(stream));
    }
}

fn options(header: Option<bool>, fields: Option<Vec<String>>) -> TableOptions {
    TableOptions { header, fields, ..TableOptions::default() }
}

#[test]
fn streams_of_all_fixtures() {
    let mut count = 0;
    for folder in [fixture(""), fixture("tables")] {
        for entry in std::fs::read_dir(folder).expect("fixtures") {
            let path = entry.expect("an entry").path();
            if path.is_file() && linal_store::TableFormat::from_path(&path).is_ok() {
                check(&path, &TableOptions::default());
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count} fixtures");
}

/// Cells that widen columns, and whatever breaks rows.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[0-9]{1,3}",
        2 => Just(String::new()),
        1 => Just(" ".to_string()),
        1 => Just("\"\"".to_string()),
        1 => "-?[0-9]{1,21}(\\.[0-9]{1,3})?",
        1 => Just("1e5".to_string()),
        1 => Just("007".to_string()),
        2 => prop_oneof![Just("true"), Just("FALSE"), Just("nan")].prop_map(str::to_string),
        2 => Just("2020-02-29".to_string()),
        1 => Just("2020-02-29 12:30:01.5".to_string()),
        2 => "[a-z]{1,4}",
        1 => "\"[a-z,\n]{0,4}\"",
        1 => Just("\"open".to_string()),
    ]
}

fn csv() -> impl Strategy<Value = String> {
    // A column has few kinds of cells, so that not every column is text.
    (1usize..4, 0usize..30).prop_flat_map(|(columns, rows)| {
        let pool = proptest::collection::vec(proptest::collection::vec(cell(), 1..4), columns);
        let picks =
            proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), columns), rows);
        let damage = prop_oneof![9 => Just(""), 1 => Just("1,2,3,4,5\n"), 1 => Just("\n")];
        let header = any::<bool>();
        (pool, picks, damage, header).prop_map(|(pool, picks, damage, header)| {
            let names = (0..pool.len()).map(|at| format!("n{at}")).collect::<Vec<_>>().join(",");
            let row = |picks: &Vec<prop::sample::Index>| {
                let cells: Vec<&str> =
                    pool.iter().zip(picks).map(|(cells, pick)| pick.get(cells).as_str()).collect();
                cells.join(",")
            };
            let rows: Vec<String> = picks.iter().map(row).collect();
            format!("{}{}\n{damage}", if header { names + "\n" } else { String::new() }, rows.join("\n"))
        })
    })
}

fn json_value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        4 => "[1-9][0-9]{0,2}",
        1 => "-?[1-9][0-9]{0,20}\\.[0-9]{1,3}",
        2 => Just("null".to_string()),
        1 => Just("true".to_string()),
        2 => "\"[a-z]{0,3}\"",
        1 => Just("\"NaN\"".to_string()),
        1 => Just("\"2020-02-29\"".to_string()),
        1 => Just("\"2020-02-29T01:02:03\"".to_string()),
        1 => Just("\"\\\"}]\\\\\"".to_string()),
    ];
    prop_oneof![
        6 => scalar.clone(),
        1 => proptest::collection::vec(scalar.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" , "))),
        1 => Just("[1,2]".to_string()),
        1 => Just("[[1,2],[3,4]]".to_string()),
        1 => scalar.prop_map(|value| format!("{{\"p\":{value}}}")),
    ]
}

fn json() -> impl Strategy<Value = String> {
    let pool = proptest::collection::vec(proptest::collection::vec(json_value(), 1..3), 1..4);
    let rows = proptest::collection::vec(
        proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 4),
        0..20,
    );
    let damage = (
        any::<prop::sample::Index>(),
        prop_oneof![20 => Just(None), 1 => Just(Some('}')), 1 => Just(Some('[')), 1 => Just(Some('"')), 1 => Just(Some('x')), 1 => Just(Some(','))],
    );
    (pool, rows, any::<bool>(), damage).prop_map(|(pool, rows, array, (place, damage))| {
        let row = |picks: &Vec<(bool, prop::sample::Index)>| {
            let fields: Vec<String> = pool
                .iter()
                .zip(picks)
                .enumerate()
                .filter(|(_, (_, (there, _)))| *there)
                .map(|(at, (values, (_, pick)))| format!("\"k{at}\": {}", pick.get(values)))
                .collect();
            format!("{{{}}}", fields.join(","))
        };
        let rows: Vec<String> = rows.iter().map(row).collect();
        let mut text = if array { format!(" [{}]\n", rows.join(",\n")) } else { rows.join("\n") };
        if let Some(byte) = damage {
            text.insert(place.index(text.len() + 1), byte);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn csv_streams_are_their_tables(text in csv(), header in any::<Option<bool>>(), field in proptest::option::of(0usize..2)) {
        let path = file("stream.csv", text);
        let fields = field.map(|at| vec![at.to_string()]);
        check(&path, &options(header, fields));
    }

    #[test]
    fn json_streams_are_their_tables(text in json()) {
        check(&file("stream.jsonl", &text), &TableOptions::default());
    }

    #[test]
    fn damaged_streams_fail_as_their_tables(
        name in proptest::sample::select(vec!["pyarrow.parquet", "pyarrow.arrow", "polars_zstd.arrow", "polars_zstd.arrows", "pyarrow_zstd.arrows", "int96.parquet", "moments.arrow"]),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop_oneof![3 => Just(None), 1 => any::<prop::sample::Index>().prop_map(Some)],
    ) {
        let mut bytes = crate::support::fixture_bytes(name);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let cut = cut.map_or(bytes.len(), |at| at.index(bytes.len()));
        let path = file(&format!("damaged_{name}"), &bytes[..cut]);
        let length = bytes.len();
        let (stream, peak) = read_within(usize::MAX, |context| collect(&path, &TableOptions::default(), context));
        prop_assert!(peak <= (64 << 20) + 1000 * length, "{peak} bytes for {length}");
        let whole = table(&path, &TableOptions::default());
        // A file that tells two stories about its NULLs, or is damaged in two places, may fail in one alone or
        // for another reason.
        if let (Ok(whole), Ok(stream)) = (whole, stream) {
            prop_assert_eq!(show(&whole), show(&stream));
        }
    }
}

/// A table of about 30 MB of text.
fn large(rows: usize) -> String {
    let mut text = String::from("id,x,name,late\n");
    for row in 0..rows {
        let late = if row + 1 == rows { "word" } else { "17" };
        text.push_str(&format!("{row},{}.5,name of row {row},{late}\n", row % 1000));
    }
    text
}

#[test]
fn a_large_file_streams_within_little_memory() {
    let csv = file("large.csv", large(700_000));
    let whole = table(&csv, &TableOptions::default()).expect("a table");
    let jsonl = csv.with_extension("jsonl.zst");
    let parquet = csv.with_extension("parquet");
    let arrow = csv.with_extension("arrow");
    let gz = csv.with_extension("csv.gz");
    for path in [&jsonl, &parquet, &gz] {
        linal_store::write_table(path, &whole.schema, &whole.batches).expect("written");
    }
    let parts: Vec<RecordBatch> = (0..7).map(|at| whole.batches[0].slice(at * 100_000, 100_000)).collect();
    linal_store::write_table(&arrow, &whole.schema, &parts).expect("written");
    for path in [&csv, &gz, &jsonl, &parquet, &arrow] {
        let mut rows = 0;
        let (result, peak) = read_within(96 << 20, |context| {
            let stream = open_table(path, &TableOptions::default(), context)?;
            assert_eq!(stream.schema(), &whole.schema, "{}", path.display());
            for batch in stream {
                rows += batch?.num_rows();
            }
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(rows, 700_000, "{}", path.display());
        println!("{}: {} MiB", path.display(), peak >> 20);
        check(path, &TableOptions::default());
    }
    let (failed, _) = read_within(1 << 20, |context| {
        open_table(&csv, &TableOptions::default(), context)?.collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(failed.expect_err("too little").code(), Code::MemoryLimit);
}

#[test]
fn a_stream_charges_the_batch_that_it_holds() {
    let path = file("held.csv", large(100_000));
    let pool = linal_store::MemoryPool::new(usize::MAX);
    let context = ReadContext::new(&pool, &linal_store::NoProgress);
    let mut stream = open_table(&path, &TableOptions::default(), &context).expect("a stream");
    let first = stream.next().expect("a batch").expect("rows");
    assert!(pool.used() >= first.num_rows() * 8, "{} bytes are charged", pool.used());
    assert_eq!(stream.by_ref().count(), 1);
    assert!(stream.next().is_none());
    drop(stream);
    assert_eq!(pool.used(), 0);
}

#[test]
fn a_file_that_changes_between_its_readings_is_an_error() {
    // Beyond what a stream reads ahead.
    let rows = 500_000;
    let (numbers, objects) = ("1\n".repeat(rows), "{\"a\":1}\n".repeat(rows));
    for (name, before, after) in [
        ("changed.csv", format!("a\n{numbers}2\n"), format!("a\n{numbers}x\n")),
        ("null.csv", format!("a\n{numbers}2\n"), format!("a\n{numbers} \n")),
        ("shorter.csv", format!("a\n{numbers}2\n"), format!("a\n{numbers}")),
        ("longer.csv", format!("a\n{numbers}2\n"), format!("a\n{numbers}2\n3\n")),
        ("shorter.jsonl", format!("{objects}{{\"a\":2}}\n"), objects.clone()),
    ] {
        let path = file(name, before);
        let error = read(|context| {
            let stream = open_table(&path, &TableOptions::default(), context)?;
            std::fs::write(&path, &after).expect("written");
            stream.collect::<Result<Vec<_>, _>>()
        });
        let error = error.expect_err("a change");
        assert_eq!(error.code(), Code::Io, "{error}");
        assert!(error.to_string().ends_with("was changed while it was read"), "{error}");
    }
}

#[test]
fn progress_and_cancellation_of_a_stream() {
    use std::sync::atomic::{AtomicU64, Ordering};
    #[derive(Default)]
    struct Watcher {
        seen: AtomicU64,
        open: AtomicU64,
        stop: std::sync::atomic::AtomicBool,
    }
    impl linal_store::Progress for Watcher {
        fn start(&self, _: &str, _: Option<u64>) {
            self.open.fetch_add(1, Ordering::Relaxed);
        }
        fn advance(&self, bytes: u64) {
            self.seen.fetch_add(bytes, Ordering::Relaxed);
        }
        fn finish(&self) {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        fn should_stop(&self) -> bool {
            self.stop.load(Ordering::Relaxed)
        }
    }
    let text = large(200_000);
    let path = file("watched.csv", &text);
    let pool = linal_store::MemoryPool::new(usize::MAX);
    let watcher = Watcher::default();
    let context = ReadContext::new(&pool, &watcher);
    let mut stream = open_table(&path, &TableOptions::default(), &context).expect("a stream");
    let first = stream.next().expect("a batch");
    assert!(first.is_ok());
    watcher.stop.store(true, Ordering::Relaxed);
    let error = stream.find_map(Result::err).expect("an error");
    assert_eq!(error.code(), Code::Cancelled);
    assert!(stream.next().is_none(), "after an error a stream has ended");
    drop(stream);
    assert_eq!((watcher.open.load(Ordering::Relaxed), pool.used()), (0, 0));
    assert!(watcher.seen.load(Ordering::Relaxed) > text.len() as u64, "both readings are reported");
}

#[test]
fn a_missing_file_is_told_as_ever() {
    let path = fixture("tables/nosuch.csv");
    let whole = describe(read(|context| read_table(&path, &TableOptions::default(), context)));
    assert_eq!(whole, describe(collected(&path, &TableOptions::default())));
}

#[test]
fn an_array_streams_row_by_row() {
    // The header of NumPy, and 300,000 rows of two numbers.
    let header = "{'descr': '<u8', 'fortran_order': False, 'shape': (300000, 2), }";
    let array = |last: u64| {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        (0..599_999u64).chain([last]).for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        bytes
    };
    for (name, last) in [("rows.npy", 7), ("large.npy", u64::MAX)] {
        let path = file(name, array(last));
        check(&path, &TableOptions::default());
        let (_, peak) = read_within(usize::MAX, |context| {
            open_table(&path, &TableOptions::default(), context)?.find_map(Result::err).map_or(Ok(()), Err)
        });
        assert!(peak <= 4 << 20, "{peak} bytes for an array of 4.8 MB");
    }
    let cut = array(7);
    check(&file("cut.npy", &cut[..cut.len() - 1]), &TableOptions::default());
    check(&file("long.npy", [&cut[..], b"x"].concat()), &TableOptions::default());
    let packed = file("rows.npy.zst", zstd::encode_all(&cut[..], 1).expect("packed"));
    check(&packed, &TableOptions::default());
}
