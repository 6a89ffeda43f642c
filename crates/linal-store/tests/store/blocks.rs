//! Blocks of files are verified when they are read: a query reads only what it needs, and a flipped bit is found
//! exactly by a read that touches its block.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Float32Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Float32Type};
use linal_error::Code;
use linal_store::TensorType;
use linal_store::database::{Column, DatasetId, OpenOptions, Part, Result, Scan, Store};
use linal_tensor::DType;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::*;

pub const ROWS: usize = 50_000;
const WIDTH: usize = 8;
pub const BLOCK: usize = 256 << 10;

/// Columns of values that do not compress, so that each takes several blocks: `id`, `name`, `v`.
pub fn values() -> Vec<ArrayRef> {
    let mut random = StdRng::seed_from_u64(7);
    let ids: Vec<i64> = (0..ROWS).map(|_| random.random()).collect();
    let names: Vec<String> = (0..ROWS).map(|_| format!("{:032x}", random.random::<u128>())).collect();
    let flat: Vec<f32> = (0..ROWS * WIDTH).map(|_| random.random()).collect();
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let vectors = FixedSizeListArray::new(item, WIDTH as i32, Arc::new(Float32Array::from(flat)), None);
    vec![
        Arc::new(Int64Array::from(ids)),
        Arc::new(StringViewArray::from_iter_values(names)),
        Arc::new(vectors),
    ]
}

/// A dataset of one segment.
fn write(store: &Store) -> DatasetId {
    let columns = vec![
        Column::new(Field::new("id", DataType::Int64, true)),
        Column::new(Field::new("name", DataType::Utf8View, true)),
        Column::new(TensorType::vector(WIDTH, DType::F32).field("v", true)),
    ];
    let mut transaction = store.begin().unwrap();
    let id = transaction.create_dataset(DEFAULT, "t", columns).unwrap();
    transaction.append(id, &batch(values())).unwrap();
    transaction.commit(None).unwrap();
    id
}

/// A directory, the Parquet file, and the file of vectors.
pub struct Written {
    pub directory: TestDirectory,
    pub id: DatasetId,
    pub data: PathBuf,
    pub vectors: PathBuf,
}

pub fn written() -> Written {
    let directory = TestDirectory::new();
    let id = write(&directory.open());
    let only = |folder: &str| {
        let folder = directory.path().join(format!("{folder}/{id}"));
        std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
    };
    let (data, vectors) = (only("data"), only("vectors"));
    Written { directory, id, data, vectors }
}

pub fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1 << (at % 8);
    std::fs::write(path, bytes).unwrap();
}

pub fn part(store: &Store, id: DatasetId) -> Part {
    current(store, id).parts().unwrap().remove(0)
}

/// A column by its number, in rows of a range.
pub fn read(store: &Store, id: DatasetId, column: u64, rows: Range<u64>) -> Result<ArrayRef> {
    let scan = Scan { row_ids: Some(vec![rows]), ..Scan::columns([column]) };
    let batches = part(store, id).scan(&scan)?.map(|batch| Ok(batch?.rows.column(0).clone()));
    let arrays = batches.collect::<Result<Vec<ArrayRef>>>()?;
    let arrays: Vec<&dyn Array> = arrays.iter().map(|array| array.as_ref()).collect();
    Ok(arrow::compute::concat(&arrays).unwrap())
}

/// The bytes of a column in the Parquet file.
pub fn chunk(path: &Path, column: usize) -> Range<usize> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let (start, length) = reader.metadata().row_group(0).column(column).byte_range();
    start as usize..(start + length) as usize
}

pub fn assert_damaged(found: Result<ArrayRef>, path: &Path) {
    let error = found.unwrap_err();
    assert_eq!(error.code(), Code::DamagedDatabase, "{error}");
    assert_eq!(
        error.to_string(),
        format!("the file '{}' is damaged: its contents have changed", path.display())
    );
}

#[test]
fn a_damaged_footer_is_found_by_each_read() {
    let Written { directory, id, data, .. } = written();
    let length = std::fs::metadata(&data).unwrap().len() as usize;
    flip(&data, length - 100);
    let store = directory.open();
    assert_damaged(read(&store, id, 1, 0..10), &data);
    assert_damaged(read(&store, id, 2, 0..10), &data);
}

#[test]
fn a_damaged_page_is_found_by_reads_of_its_column_alone() {
    let Written { directory, id, data, .. } = written();
    let names = chunk(&data, 1);
    assert!(names.len() > 4 * BLOCK, "the column has blocks of its own: {names:?}");
    flip(&data, names.start + names.len() / 2);
    let store = directory.open();
    let all = 0..ROWS as u64;
    assert_eq!(&read(&store, id, 1, all.clone()).unwrap(), &values()[0]);
    assert_damaged(read(&store, id, 2, all.clone()), &data);
    // Another read does not take the block for a good one.
    assert_damaged(read(&store, id, 2, all.clone()), &data);
    assert_eq!(&read(&store, id, 1, all).unwrap(), &values()[0]);
    assert_eq!(store.check().unwrap().len(), 1);
}

/// The place of a row in the file of vectors.
pub fn place(path: &Path, row: usize) -> usize {
    let bytes = std::fs::read(path).unwrap();
    let values = values();
    let vector = values[2].as_fixed_size_list().value(row);
    let vector = vector.as_primitive::<Float32Type>().values().inner().as_slice();
    bytes.windows(vector.len()).position(|window| window == vector).unwrap()
}

#[test]
fn damaged_values_of_vectors_are_repaired_when_they_are_read() {
    let Written { directory, id, vectors, .. } = written();
    let row = ROWS as u64 / 2;
    let at = place(&vectors, row as usize);
    flip(&vectors, at);
    let damaged = std::fs::read(&vectors).unwrap();
    let store = directory.open();
    let expected = &values()[2];
    // Neither metadata nor the values of these rows are in the block.
    let blocks = at / BLOCK;
    assert!(blocks > 1 && blocks + 2 < damaged.len() / BLOCK);
    for rows in [0..100, ROWS as u64 - 100..ROWS as u64] {
        let slice = part(&store, id).vector_slice(3, rows.clone()).unwrap().unwrap();
        assert_eq!(&slice, &expected.slice(rows.start as usize, 100));
        assert_eq!(&read(&store, id, 3, rows).unwrap(), &slice);
    }
    assert_eq!(std::fs::read(&vectors).unwrap(), damaged, "nothing was repaired yet");
    let before = part(&store, id).vector_slice(3, 0..100).unwrap().unwrap();
    let slice = part(&store, id).vector_slice(3, row - 10..row + 10).unwrap().unwrap();
    assert_eq!(&slice, &expected.slice(row as usize - 10, 20));
    assert_ne!(std::fs::read(&vectors).unwrap(), damaged, "the file was built again");
    assert_eq!(&before, &expected.slice(0, 100), "what was read before stays");
    assert_whole(&store);
    drop(store);
    assert_eq!(&read(&directory.open(), id, 3, 0..ROWS as u64).unwrap(), expected);
}

#[test]
fn a_scan_that_began_before_a_repair_goes_on() {
    let Written { directory, id, vectors, .. } = written();
    flip(&vectors, place(&vectors, ROWS - ROWS / 4));
    let store = directory.open();
    let part = part(&store, id);
    let scan = Scan { batch_rows: 1000, ..Scan::columns([3]) };
    let mut scans: Vec<_> = (0..2).map(|_| part.scan(&scan).unwrap()).collect();
    let mut rows = 0;
    for _ in 0..ROWS / 1000 {
        for scan in &mut scans {
            let found = scan.next().unwrap().unwrap();
            assert_eq!(found.rows.column(0), &values()[2].slice(rows, 1000));
        }
        rows += 1000;
    }
    assert!(scans.iter_mut().all(|scan| scan.next().is_none()));
}

#[test]
fn damaged_metadata_of_vectors_are_repaired_when_they_are_mapped() {
    for from_end in [5, 60, 200] {
        let Written { directory, id, vectors, .. } = written();
        let length = std::fs::metadata(&vectors).unwrap().len() as usize;
        flip(&vectors, length - from_end);
        // A store that only reads repairs in memory.
        let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
        let slice = part(&reader, id).vector_slice(3, 7..9).unwrap().unwrap();
        assert_eq!(&slice, &values()[2].slice(7, 2));
        drop(reader);
        let store = directory.open();
        assert!(store.check().unwrap().iter().all(|fault| fault.contains(".arrow")));
        assert!(!store.check().unwrap().is_empty());
        let slice = part(&store, id).vector_slice(3, 7..9).unwrap().unwrap();
        assert_eq!(&slice, &values()[2].slice(7, 2));
        assert_whole(&store);
    }
}

#[test]
fn released_pages_are_read_again() {
    let Written { directory, id, .. } = written();
    let store = directory.open();
    let part = part(&store, id);
    let slice = part.vector_slice(3, 100..ROWS as u64).unwrap().unwrap();
    for _ in 0..2 {
        assert_eq!(&slice, &values()[2].slice(100, ROWS - 100));
        part.release_vectors(&slice).unwrap();
    }
    // Arrays of elsewhere are left alone.
    part.release_vectors(&values()[0]).unwrap();
    assert_eq!(part.vector_slice(1, 0..1).unwrap(), None, "no tensor column");
    assert!(part.vector_slice(3, 0..ROWS as u64 + 1).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Any flipped bit is either not read or found.
    #[test]
    fn no_damaged_byte_is_returned(
        place in 0.0..1.0f64,
        in_vectors: bool,
        reads in proptest::collection::vec((1..=3u64, 0..ROWS as u64, 1..3000u64), 1..6),
    ) {
        static SOURCE: std::sync::OnceLock<(Written, Vec<ArrayRef>)> = std::sync::OnceLock::new();
        let (source, expected) = SOURCE.get_or_init(|| (written(), values()));
        let directory = TestDirectory::new();
        copy_folder(source.directory.path(), directory.path());
        let path = if in_vectors { &source.vectors } else { &source.data };
        let path = directory.path().join(path.strip_prefix(source.directory.path()).unwrap());
        let length = std::fs::metadata(&path).unwrap().len() as f64;
        flip(&path, (place * length) as usize);
        let store = directory.open();
        for (column, start, count) in reads {
            let rows = start..(start + count).min(ROWS as u64);
            let wanted = expected[column as usize - 1].slice(rows.start as usize, (rows.end - rows.start) as usize);
            match read(&store, source.id, column, rows) {
                Ok(found) => prop_assert_eq!(&found, &wanted),
                Err(error) => {
                    prop_assert!(!in_vectors, "a copy is repaired: {}", error);
                    prop_assert_eq!(error.code(), Code::DamagedDatabase);
                    prop_assert!(error.to_string().ends_with("is damaged: its contents have changed"), "{}", error);
                }
            }
        }
    }
}
