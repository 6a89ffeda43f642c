//! Any bytes are a NumPy array or an error, in memory that the length justifies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use linal_store::{MemoryPool, NoProgress, ReadContext, npy};

fuzz_target!(|bytes: &[u8]| {
    let pool = MemoryPool::new(usize::MAX);
    let context = ReadContext::new(&pool, &NoProgress);
    let result = npy::parse("fuzz.npy", bytes, bytes.len() as u64, &context);
    // An integer of one byte takes eight.
    assert!(pool.peak() <= 8 * bytes.len());
    if let Err(error) = result {
        assert!(!error.to_string().is_empty() && pool.used() == 0);
    }
});
