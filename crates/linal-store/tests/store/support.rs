//! What the tests share.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::{fmt, io};

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use linal_store::database::{Column, DatabaseId, DatasetId, DatasetSnapshot, OpenOptions, Store};
use linal_store::file_layer::{Entry, FaultyFiles, FileLayer, FileMap, FileReader, FileWriter, OsFiles};

/// The number of the database `default`.
pub const DEFAULT: DatabaseId = DatabaseId(0);

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A path in the folder for temporary files, which is removed at the end.
pub struct TestDirectory(PathBuf);

impl TestDirectory {
    pub fn new() -> TestDirectory {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("linal-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        TestDirectory(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn open(&self) -> Store {
        Store::open(&self.0, &OpenOptions::default()).unwrap()
    }

    pub fn open_with(&self, files: &FaultyFiles) -> Result<Store, linal_store::database::StoreError> {
        Store::open(&self.0, &OpenOptions { files: Arc::new(files.clone()), ..OpenOptions::default() })
    }
}

impl Drop for TestDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The columns `id: Int, name: String`.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new(Field::new("id", DataType::Int64, false)),
        Column::new(Field::new("name", DataType::Utf8View, true)),
    ]
}

/// Rows of these columns: the name is the id as text, NULL for each fifth.
pub fn rows(ids: impl IntoIterator<Item = i64>) -> RecordBatch {
    let ids: Vec<i64> = ids.into_iter().collect();
    named(ids.iter().map(|&id| (id, (id % 5 != 4).then(|| format!("name {id}")))))
}

/// Rows of these columns.
pub fn named(rows: impl IntoIterator<Item = (i64, Option<String>)>) -> RecordBatch {
    let (ids, names): (Vec<i64>, Vec<Option<String>>) = rows.into_iter().unzip();
    batch(vec![Arc::new(Int64Array::from(ids)), Arc::new(StringViewArray::from_iter(names))])
}

/// A batch with any names.
pub fn batch(arrays: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        arrays.into_iter().enumerate().map(|(at, array)| (format!("c{at}"), array, true)),
    )
    .unwrap()
}

/// A vector column of width 2, and its values.
pub fn vectors(values: &[Option<[f32; 2]>]) -> ArrayRef {
    use arrow::array::FixedSizeListArray;
    use arrow::buffer::NullBuffer;
    let flat: Vec<f32> = values.iter().flat_map(|value| value.unwrap_or([0.0; 2])).collect();
    let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    Arc::new(FixedSizeListArray::new(item, 2, Arc::new(Float32Array::from(flat)), nulls))
}

/// Creates a dataset of the columns above.
pub fn create(store: &Store, name: &str) -> DatasetId {
    let mut transaction = store.begin().unwrap();
    let id = transaction.create_dataset(DEFAULT, name, columns()).unwrap();
    transaction.commit(Some("CREATE")).unwrap();
    id
}

/// Appends rows in a commit of their own.
pub fn append(store: &Store, id: DatasetId, rows: &RecordBatch) {
    let mut transaction = store.begin().unwrap();
    transaction.append(id, rows).unwrap();
    transaction.commit(Some("INSERT")).unwrap();
}

/// The current state of a dataset.
pub fn current(store: &Store, id: DatasetId) -> DatasetSnapshot {
    let snapshot = store.snapshot().unwrap();
    let name = || snapshot.datasets().unwrap().iter().find(|entry| entry.id == id).unwrap().name.clone();
    snapshot.dataset(id).unwrap_or_else(|error| panic!("{}: {error}", name()))
}

/// The integers of the first column.
pub fn ids(dataset: &DatasetSnapshot) -> Vec<i64> {
    dataset.read().unwrap().column(0).as_primitive::<Int64Type>().values().to_vec()
}

/// The rows as pairs of the first two columns.
pub fn pairs(dataset: &DatasetSnapshot) -> Vec<(i64, Option<String>)> {
    let rows = dataset.read().unwrap();
    let ids = rows.column(0).as_primitive::<Int64Type>();
    let names = rows.column(1).as_string_view();
    let name = |at: usize| names.is_valid(at).then(|| names.value(at).to_string());
    (0..rows.num_rows()).map(|at| (ids.value(at), name(at))).collect()
}

/// The row ids, in order.
pub fn row_ids(dataset: &DatasetSnapshot) -> Vec<u64> {
    let scan = linal_store::database::Scan::default();
    dataset.scan(&scan).unwrap().flat_map(|batch| batch.unwrap().row_ids.iter().collect::<Vec<_>>()).collect()
}

/// Checks that the directory is whole.
pub fn assert_whole(store: &Store) {
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What happens meanwhile.
type Action = Box<dyn FnOnce() + Send>;

/// The files of the operating system; before the next file is created or removed, something else happens once. It must
/// not do the same itself.
#[derive(Clone, Default)]
pub struct Meanwhile {
    created: Arc<Mutex<Option<Action>>>,
    removed: Arc<Mutex<Option<Action>>>,
}

impl Meanwhile {
    pub fn open(&self, directory: &TestDirectory) -> Store {
        let options = OpenOptions { files: Arc::new(self.clone()), ..OpenOptions::default() };
        Store::open(directory.path(), &options).unwrap()
    }

    /// What happens before the next file is created.
    pub fn plan(&self, action: impl FnOnce() + Send + 'static) {
        *self.created.lock().unwrap() = Some(Box::new(action));
    }

    /// What happens before the next file is removed.
    pub fn plan_removal(&self, action: impl FnOnce() + Send + 'static) {
        *self.removed.lock().unwrap() = Some(Box::new(action));
    }

    /// Whether it has happened.
    pub fn has_happened(&self) -> bool {
        self.created.lock().unwrap().is_none() && self.removed.lock().unwrap().is_none()
    }
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl FileLayer for Meanwhile {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileWriter>> {
        let action = self.created.lock().unwrap().take();
        if let Some(action) = action {
            action();
        }
        OsFiles.create(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FileReader>> {
        OsFiles.open(path)
    }

    fn map(&self, path: &Path) -> io::Result<FileMap> {
        OsFiles.map(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let action = self.removed.lock().unwrap().take();
        if let Some(action) = action {
            action();
        }
        OsFiles.remove(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        OsFiles.remove_folder(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        OsFiles.create_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        OsFiles.sync_folder(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        OsFiles.list(path)
    }
}
