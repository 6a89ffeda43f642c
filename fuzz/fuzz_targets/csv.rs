//! Any bytes are a table or an error, under options that the first two bytes choose.

#![no_main]

use libfuzzer_sys::fuzz_target;
use linal_store::table::parse_csv;
use linal_store::{MemoryPool, NoProgress, ReadContext, TableOptions};

fuzz_target!(|input: &[u8]| {
    let [choice, skip, bytes @ ..] = input else { return };
    let options = TableOptions {
        header: [None, Some(true), Some(false)][usize::from(choice % 3)],
        delimiter: [None, Some(b';')][usize::from(choice / 3 % 2)],
        fields: (choice & 0x80 != 0).then(|| vec!["a".to_string(), "1".to_string()]),
        skip: usize::from(skip % 4),
        ..TableOptions::default()
    };
    let pool = MemoryPool::new(64 << 20);
    let context = ReadContext::new(&pool, &NoProgress);
    match parse_csv("fuzz.csv", bytes, Some(bytes.len() as u64), &options, &context) {
        Ok(tensor) => assert!(tensor.shape().rank() <= 2),
        Err(error) => assert!(!error.to_string().is_empty() && pool.used() == 0),
    }
});
