//! Helpers of the tests.

use std::path::PathBuf;
use std::sync::Arc;

use linal_store::{MemoryPool, NoProgress, ReadContext, ReadError};
use linal_tensor::Tensor;

/// Runs a reader with an unlimited pool.
pub fn read<T>(reader: impl FnOnce(&ReadContext) -> Result<T, ReadError>) -> Result<T, ReadError> {
    reader(&ReadContext::new(&MemoryPool::new(usize::MAX), &NoProgress))
}

/// Runs a reader with a pool of this many bytes; also returns the peak.
pub fn read_within<T>(
    limit: usize,
    reader: impl FnOnce(&ReadContext) -> Result<T, ReadError>,
) -> (Result<T, ReadError>, usize) {
    let pool: Arc<MemoryPool> = MemoryPool::new(limit);
    let result = reader(&ReadContext::new(&pool, &NoProgress));
    if result.is_err() {
        assert_eq!(pool.used(), 0, "a failed reading keeps nothing");
    }
    (result, pool.peak())
}

/// A committed fixture.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The bytes of a committed fixture.
pub fn fixture_bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).expect("fixture")
}

/// A file of the shared real data beside the workspace; `None`, with a note, when it is missing.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: no shared data file {name}");
        return None;
    }
    Some(path)
}

/// Shape and elements as `f64`, whatever the dtype.
pub fn numbers(tensor: &Tensor) -> (Vec<usize>, Vec<f64>) {
    use linal_tensor::DType;
    let values = match tensor.dtype() {
        DType::Bool => tensor.to_vec::<bool>().into_iter().map(|x| f64::from(u8::from(x))).collect(),
        DType::I64 => tensor.to_vec::<i64>().into_iter().map(|x| x as f64).collect(),
        DType::F32 => tensor.to_vec::<f32>().into_iter().map(f64::from).collect(),
        _ => tensor.to_vec::<f64>(),
    };
    (tensor.shape().dims().to_vec(), values)
}

/// `[3, 4]` and 0 to 11 with a function applied: the content of most fixtures.
pub fn grid(f: impl Fn(f64) -> f64) -> (Vec<usize>, Vec<f64>) {
    (vec![3, 4], (0..12).map(|i| f(f64::from(i))).collect())
}

/// Code, text and help of an error in one line.
pub fn describe<T: std::fmt::Debug>(result: Result<T, ReadError>) -> String {
    let error = result.expect_err("an error");
    match error.help() {
        Some(help) => format!("{}: {error} ({help})", error.code()),
        None => format!("{}: {error}", error.code()),
    }
}
