//! A commit whose sync fails: it is answered by an error, changes are refused, and the next opening does not find it.
//!
//! SQLite syncs its files itself, so that a layer of SQLite stands between it and the system here, which fails the
//! syncs of the WAL when a test says so.
#![allow(unsafe_code, reason = "a file system of SQLite is a table of C functions")]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::sync::{Once, OnceLock};

use linal_error::Code;
use rusqlite::ffi;

use crate::support::*;

thread_local! {
    /// How many syncs of a WAL by this thread succeed before the others fail, and how many do.
    static FAILS: Cell<Option<(u32, u32)>> = const { Cell::new(None) };
}

type Open = unsafe extern "C" fn(
    *mut ffi::sqlite3_vfs,
    *const c_char,
    *mut ffi::sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;
type Sync = unsafe extern "C" fn(*mut ffi::sqlite3_file, c_int) -> c_int;

static BASE: OnceLock<(usize, Open)> = OnceLock::new();
static SYNC: OnceLock<Sync> = OnceLock::new();

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some((base, open)) = BASE.get() else { return ffi::SQLITE_CANTOPEN };
    // SAFETY: the arguments are those of SQLite, for its own file system.
    let code = unsafe { open(*base as *mut ffi::sqlite3_vfs, name, file, flags, out) };
    if code != ffi::SQLITE_OK || flags & ffi::SQLITE_OPEN_WAL == 0 {
        return code;
    }
    // SAFETY: the file is open, so that its table of functions is there; the copy is never freed.
    unsafe {
        let mut methods = *(*file).pMethods;
        if let Some(sync) = methods.xSync {
            let _ = SYNC.set(sync);
        }
        methods.xSync = Some(sync);
        (*file).pMethods = Box::leak(Box::new(methods));
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let fails = FAILS.with(|fails| match fails.get() {
        Some((0, 0)) | None => false,
        Some((0, failing)) => {
            fails.set(Some((0, failing - 1)));
            true
        }
        Some((passing, failing)) => {
            fails.set(Some((passing - 1, failing)));
            false
        }
    });
    match SYNC.get() {
        Some(_) if fails => ffi::SQLITE_IOERR_FSYNC,
        // SAFETY: the file is one of the system's, whose function this is.
        Some(sync) => unsafe { sync(file, flags) },
        None => ffi::SQLITE_IOERR_FSYNC,
    }
}

/// Puts the layer before the files of the system, for all connections that are opened from now on.
fn install() {
    static ONCE: Once = Once::new();
    const NAME: &CStr = c"failing";
    ONCE.call_once(|| {
        // SAFETY: SQLite's default file system is a static table; the copy of it is never freed.
        unsafe {
            let base = ffi::sqlite3_vfs_find(std::ptr::null());
            let _ = BASE.set((base as usize, (*base).xOpen.unwrap()));
            let mut layer = *base;
            layer.zName = NAME.as_ptr();
            layer.xOpen = Some(open);
            let layer = Box::leak(Box::new(layer));
            assert_eq!(ffi::sqlite3_vfs_register(layer, 1), ffi::SQLITE_OK);
        }
    });
}

#[test]
fn a_commit_whose_sync_failed_is_not_there_after_opening() {
    install();
    for few in [true, false] {
        let directory = TestDirectory::new();
        let store = directory.open();
        let id = create(&store, "t");
        append(&store, id, &rows(0..3));
        // A large commit has a segment, whose file goes with it.
        let more = if few { rows(3..5) } else { rows(3..3000) };
        FAILS.set(Some((0, 1)));
        let mut transaction = store.begin().unwrap();
        transaction.append(id, &more).unwrap();
        let error = transaction.commit(Some("INSERT")).unwrap_err();
        assert_eq!(FAILS.take(), Some((0, 0)), "no sync has failed");
        assert_eq!(error.code(), Code::WritesRefused, "{error}");
        assert!(error.to_string().contains("nothing was changed"), "{error}");
        assert_eq!(ids(&current(&store, id)), [0, 1, 2]);
        assert_eq!(store.begin().unwrap_err().code(), Code::WritesRefused);
        assert!(store.refuses_writes().is_some());
        // As after a kill: what is on disk now is what the next process finds.
        let copy = TestDirectory::new();
        copy_folder(directory.path(), copy.path());
        drop(store);
        for place in [&copy, &directory] {
            let store = place.open();
            assert_eq!(ids(&current(&store, id)), [0, 1, 2]);
            append(&store, id, &rows(9..10));
            assert_eq!(ids(&current(&store, id)), [0, 1, 2, 9]);
            assert_whole(&store);
        }
    }
}

/// The frames of a commit are there until they are taken back: otherwise the test above could not fail.
#[test]
fn without_taking_back_the_commit_would_be_found() {
    install();
    let directory = TestDirectory::new();
    std::fs::create_dir_all(directory.path()).unwrap();
    let path = directory.path().join("x.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    FAILS.set(Some((0, 1)));
    assert!(connection.execute("INSERT INTO t VALUES (1)", []).is_err());
    FAILS.take();
    let copy = TestDirectory::new();
    copy_folder(directory.path(), copy.path());
    let found: i64 = rusqlite::Connection::open(copy.path().join("x.sqlite"))
        .unwrap()
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, 1);
}
