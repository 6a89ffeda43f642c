//! Any bytes are an HDF5 file or an error: all datasets that a listing gives are read.
//!
//! A panic inside of the foreign parser is contained by the reader, but counts as a finding here: libFuzzer's panic hook
//! ends the process before the reader can. Set `LINAL_FUZZ_CONTAINED` to let contained panics pass.

#![no_main]

use std::io::Cursor;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use linal_store::{MemoryPool, NoProgress, ReadContext, hdf5};

static HOOK: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    HOOK.call_once(|| {
        if std::env::var_os("LINAL_FUZZ_CONTAINED").is_some() {
            std::panic::set_hook(Box::new(|_| {}));
        }
    });
    let pool = MemoryPool::new(64 << 20);
    let context = ReadContext::new(&pool, &NoProgress);
    let names = hdf5::list("fuzz.h5", Cursor::new(bytes.to_vec())).unwrap_or_default();
    for name in names.iter().take(8) {
        if let Err(error) = hdf5::parse("fuzz.h5", Cursor::new(bytes.to_vec()), name, &context) {
            assert!(!error.to_string().is_empty() && pool.used() == 0);
        }
    }
});
