//! Any bytes are an archive of NumPy arrays or an error.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use linal_store::{MemoryPool, NoProgress, ReadContext, npz};

fuzz_target!(|bytes: &[u8]| {
    let pool = MemoryPool::new(64 << 20);
    let context = ReadContext::new(&pool, &NoProgress);
    for name in ["weights", "labels", "mask"] {
        if let Err(error) = npz::parse("fuzz.npz", Cursor::new(bytes), name, &context) {
            assert!(!error.to_string().is_empty() && pool.used() == 0);
        }
    }
});
