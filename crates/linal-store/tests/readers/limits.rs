//! Budgets, cancellation and progress.

use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use linal_store::table::parse_csv;
use linal_store::{Code, MemoryPool, Progress, ReadContext, TableOptions, hdf5, npy, npz};

use crate::support::{fixture_bytes, read_within};

/// Counts calls, and cancels after a number of bytes.
#[derive(Default)]
struct Watcher {
    started: AtomicU64,
    total: AtomicU64,
    seen: AtomicU64,
    finished: AtomicU64,
    stop_after: Option<u64>,
}

impl Progress for Watcher {
    fn start(&self, _: &str, total_bytes: Option<u64>) {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.total.store(total_bytes.unwrap_or(0), Ordering::Relaxed);
    }

    fn advance(&self, bytes: u64) {
        self.seen.fetch_add(bytes, Ordering::Relaxed);
    }

    fn finish(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    fn should_stop(&self) -> bool {
        self.stop_after.is_some_and(|bytes| self.seen.load(Ordering::Relaxed) >= bytes)
    }
}

fn big_csv() -> Vec<u8> {
    "1.5,2.5,3.5,4.5\n".repeat(100_000).into_bytes()
}

#[test]
fn the_budget_holds() {
    let text = big_csv();
    let (result, peak) = read_within(2_000_000, |context| {
        parse_csv("t.csv", text.as_slice(), Some(text.len() as u64), &TableOptions::default(), context)
    });
    assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
    assert!(peak <= 2_000_000);
    let (result, peak) = read_within(4_000_000, |context| {
        parse_csv("t.csv", text.as_slice(), Some(text.len() as u64), &TableOptions::default(), context)
    });
    assert_eq!(result.unwrap().shape().dims(), [100_000, 4]);
    assert!(peak < 3_500_000, "3.2 MB of numbers took {peak} bytes");
}

#[test]
fn a_compressed_bomb_ends_at_the_budget() {
    // One cell of 100 MB, and one row of 50 million empty cells.
    for byte in [b'7', b','] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![byte; 50 << 20]).unwrap();
        let bytes = encoder.finish().unwrap();
        assert!(bytes.len() < 60_000);
        let (result, peak) = read_within(32 << 20, |context| {
            parse_csv(
                "t.csv.gz",
                bytes.as_slice(),
                Some(bytes.len() as u64),
                &TableOptions::default(),
                context,
            )
        });
        assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
        assert!(peak <= 32 << 20);
    }
}

#[test]
fn memory_of_binary_files_is_reserved_first() {
    let bytes = fixture_bytes("f64.npy");
    let (result, _) =
        read_within(95, |context| npy::parse("a.npy", bytes.as_slice(), bytes.len() as u64, context));
    assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
    let bytes = fixture_bytes("deflated.npz");
    let (result, _) = read_within(95, |context| npz::parse("a.npz", Cursor::new(&bytes), "weights", context));
    assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
    let bytes = fixture_bytes("chunked.h5");
    let (result, _) =
        read_within(4000, |context| hdf5::parse("a.h5", Cursor::new(bytes), "a/b/gzip", context));
    assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
}

#[test]
fn progress_is_told_and_can_stop() {
    let text = big_csv();
    let pool = MemoryPool::new(usize::MAX);
    let length = text.len() as u64;
    let all = Watcher::default();
    let options = TableOptions::default();
    parse_csv("t.csv", text.as_slice(), Some(length), &options, &ReadContext::new(&pool, &all)).unwrap();
    assert_eq!(all.seen.load(Ordering::Relaxed), length);

    let stopping = Watcher { stop_after: Some(length / 2), ..Watcher::default() };
    let error =
        parse_csv("t.csv", text.as_slice(), Some(length), &options, &ReadContext::new(&pool, &stopping));
    let error = error.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (Code::Cancelled, "the statement was cancelled"));
    assert!(stopping.seen.load(Ordering::Relaxed) < length);
    assert_eq!(pool.used(), 0);

    let stopped = Watcher { stop_after: Some(0), ..Watcher::default() };
    let bytes = fixture_bytes("chunked.h5");
    let error =
        hdf5::parse("a.h5", Cursor::new(bytes), "lzf", &ReadContext::new(&pool, &stopped)).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    assert_eq!(stopped.started.load(Ordering::Relaxed), stopped.finished.load(Ordering::Relaxed));
}

#[test]
fn files_announce_their_length() {
    let pool = MemoryPool::new(usize::MAX);
    let watcher = Watcher::default();
    let path = crate::support::fixture("cube.npy");
    linal_store::read_npy(&path, &ReadContext::new(&pool, &watcher)).unwrap();
    assert_eq!(watcher.total.load(Ordering::Relaxed), 320);
    assert_eq!(watcher.seen.load(Ordering::Relaxed), 320);
    assert_eq!(watcher.finished.load(Ordering::Relaxed), 1);
}
