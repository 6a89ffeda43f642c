//! A query reads the blocks that it needs, and files without checksums are verified whole.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use linal_error::Code;
use linal_store::database::{OpenOptions, Store};
use linal_store::file_layer::{Entry, FileLayer, FileMap, FileReader, FileWriter, OsFiles};

use crate::blocks::*;
use crate::support::*;

/// The files of the operating system, and the number of bytes that were read.
#[derive(Clone, Debug, Default)]
struct CountedFiles(Arc<AtomicU64>);

struct CountedReader(Arc<AtomicU64>, Box<dyn FileReader>);

impl FileReader for CountedReader {
    fn size(&self) -> std::io::Result<u64> {
        self.1.size()
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = self.1.read_at(offset, bytes)?;
        self.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl FileLayer for CountedFiles {
    fn create(&self, path: &Path) -> std::io::Result<Box<dyn FileWriter>> {
        OsFiles.create(path)
    }

    fn open(&self, path: &Path) -> std::io::Result<Box<dyn FileReader>> {
        Ok(Box::new(CountedReader(self.0.clone(), OsFiles.open(path)?)))
    }

    fn map(&self, path: &Path) -> std::io::Result<FileMap> {
        // A layer that reads rather than maps, at an address that is not aligned.
        let mut bytes = vec![0];
        bytes.extend(std::fs::read(path)?);
        Ok(FileMap::from(bytes::Bytes::from(bytes).slice(1..)))
    }

    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        OsFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> std::io::Result<()> {
        OsFiles.remove(path)
    }

    fn remove_folder(&self, path: &Path) -> std::io::Result<()> {
        OsFiles.remove_folder(path)
    }

    fn create_folder(&self, path: &Path) -> std::io::Result<()> {
        OsFiles.create_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> std::io::Result<()> {
        OsFiles.sync_folder(path)
    }

    fn list(&self, path: &Path) -> std::io::Result<Vec<Entry>> {
        OsFiles.list(path)
    }
}

#[test]
fn a_query_reads_what_it_needs() {
    let Written { directory, id, data, .. } = written();
    let files = CountedFiles::default();
    let options = OpenOptions { files: Arc::new(files.clone()), ..OpenOptions::read_only() };
    let store = Store::open(directory.path(), &options).unwrap();
    assert_eq!(files.0.load(Ordering::Relaxed), 0, "opening reads no file");
    let all = 0..ROWS as u64;
    read(&store, id, 1, all.clone()).unwrap();
    let first = files.0.load(Ordering::Relaxed);
    let column = chunk(&data, 0).len();
    assert!(first < (column + 5 * BLOCK) as u64, "{first} bytes for a column of {column}");
    read(&store, id, 1, all).unwrap();
    let second = files.0.load(Ordering::Relaxed) - first;
    assert!(second <= first, "{second} bytes, then {first}");
}

#[test]
fn a_layer_that_does_not_map_is_verified_whole() {
    let Written { directory, id, vectors, .. } = written();
    flip(&vectors, place(&vectors, ROWS / 2));
    let options = OpenOptions { files: Arc::new(CountedFiles::default()), ..OpenOptions::read_only() };
    let store = Store::open(directory.path(), &options).unwrap();
    let slice = part(&store, id).vector_slice(3, 0..ROWS as u64).unwrap().unwrap();
    assert_eq!(&slice, &values()[2]);
    part(&store, id).release_vectors(&slice).unwrap();
}

/// Makes a directory one of format 1, in which files have no checksums of blocks.
fn make_old(directory: &TestDirectory) {
    let catalog = rusqlite::Connection::open(directory.path().join("catalog.sqlite")).unwrap();
    catalog
        .execute_batch(
            "ALTER TABLE linal_file DROP COLUMN block_checksums; \
             UPDATE linal_info SET value = '1' WHERE key = 'format_version'",
        )
        .unwrap();
}

fn with_checksums(directory: &TestDirectory) -> (u64, u64) {
    checksums_in(directory.path())
}

/// The number of files with checksums, and of all.
fn checksums_in(directory: &Path) -> (u64, u64) {
    let catalog = rusqlite::Connection::open(directory.join("catalog.sqlite")).unwrap();
    let sql = "SELECT count(block_checksums), count(*) FROM linal_file";
    catalog.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn files_without_checksums_are_verified_whole() {
    let Written { directory, id, data, .. } = written();
    make_old(&directory);
    let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    assert_eq!(reader.info().unwrap().format_version, 1);
    assert_eq!(&read(&reader, id, 1, 0..ROWS as u64).unwrap(), &values()[0]);
    assert_eq!(&read(&reader, id, 3, 0..ROWS as u64).unwrap(), &values()[2]);
    assert_whole(&reader);
    let copy = directory.path().with_extension("copy");
    reader.backup(&copy).unwrap();
    drop(reader);
    std::fs::remove_dir_all(copy).unwrap();

    let store = directory.open();
    assert_eq!(store.info().unwrap().format_version, 3);
    assert_eq!(with_checksums(&directory), (0, 2));
    assert_eq!(&read(&store, id, 3, 0..ROWS as u64).unwrap(), &values()[2]);
    let mut transaction = store.begin().unwrap();
    transaction.append(id, &batch(values())).unwrap();
    transaction.commit(None).unwrap();
    assert_eq!(with_checksums(&directory), (2, 4));
    assert_whole(&store);
    drop(store);
    let names = chunk(&data, 1);
    flip(&data, names.start + names.len() / 2);
    let store = directory.open();
    assert_damaged(read(&store, id, 1, 0..1), &data);
}

#[test]
fn checksums_of_the_catalog_that_do_not_fit_are_named() {
    let Written { directory, id, data, .. } = written();
    let catalog = || rusqlite::Connection::open(directory.path().join("catalog.sqlite")).unwrap();
    let whole: Vec<u8> = catalog()
        .query_row("SELECT block_checksums FROM linal_file WHERE kind = 'segment'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole.len(), 8 * (std::fs::metadata(&data).unwrap().len() as usize).div_ceil(BLOCK));
    let mut other = whole.clone();
    other[8] ^= 1;
    for (list, word) in [(other, "other checksums"), (whole[8..].to_vec(), "another number of checksums")] {
        let sql = "UPDATE linal_file SET block_checksums = ?1 WHERE kind = 'segment'";
        catalog().execute(sql, [list]).unwrap();
        let store = directory.open();
        let found = match store.check() {
            Ok(faults) => faults.join("\n"),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(word), "{found}");
        let error = read(&store, id, 1, 0..ROWS as u64).unwrap_err();
        assert_eq!(error.code(), Code::DamagedDatabase, "{error}");
    }
}

#[test]
fn a_directory_of_format_1_is_read_and_migrated() {
    let directory = TestDirectory::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../linal-tests/format-1");
    copy_folder(&source, directory.path());
    let all = |store: &Store| {
        let snapshot = store.snapshot().unwrap();
        let datasets = snapshot.datasets().unwrap().iter().map(|entry| snapshot.dataset(entry.id).unwrap());
        let rows = datasets.map(|dataset| dataset.read().unwrap()).collect::<Vec<_>>();
        let tensors = snapshot.objects().unwrap().iter().filter(|object| object.has_values());
        (rows, tensors.map(|object| snapshot.values(object).unwrap().1).collect::<Vec<_>>())
    };
    let reader = Store::open(directory.path(), &OpenOptions::read_only()).unwrap();
    let before = all(&reader);
    assert!(!before.0.is_empty() && !before.1.is_empty());
    drop(reader);
    let store = directory.open();
    assert_eq!(all(&store), before);
    assert_eq!(store.info().unwrap().format_version, 3);
    assert_whole(&store);
}

#[test]
fn each_way_of_writing_files_writes_checksums() {
    let Written { directory, id, vectors, .. } = written();
    flip(&vectors, place(&vectors, ROWS / 2));
    let store = directory.open();
    // A file of tensors that is built again, rows that are folded, and a copy.
    assert_eq!(&read(&store, id, 3, 0..ROWS as u64).unwrap(), &values()[2]);
    let mut transaction = store.begin().unwrap();
    let few: Vec<_> = values().iter().map(|array| array.slice(0, 10)).collect();
    transaction.append(id, &batch(few)).unwrap();
    transaction.delete(id, &[5]).unwrap();
    transaction.commit(None).unwrap();
    assert!(store.compact(id, true).unwrap());
    let (with, all) = with_checksums(&directory);
    assert!(with == all && all >= 4, "{with} of {all}");
    let copy = TestDirectory::new();
    store.backup(copy.path()).unwrap();
    assert_eq!(checksums_in(copy.path()), (with, all));
    assert_whole(&copy.open());
}
