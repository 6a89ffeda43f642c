//! The cross-crate tests, as one binary: golden scripts, the function registry, the codes of errors, and limits.

mod book;
mod durable;
mod errors;
mod examples;
mod goldens;
mod harness;
mod limits;
mod lineage;
mod long_queries;
mod meaning;
mod nesting;
mod plans;
mod queries;
mod registry;
mod sessions;
mod slt;
mod stopping;
mod tpch;
mod upstream;
mod views;
mod wording;

use std::env;
use std::path::PathBuf;

use libtest_mimic::Arguments;
use peak_alloc::PeakAlloc;

/// Counts allocations, for the tests that measure.
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The root of the workspace. Paths in scripts are relative to it.
fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn main() {
    let arguments = Arguments::from_args();
    if let Err(error) = env::set_current_dir(workspace()) {
        panic!("the workspace cannot be entered: {error}");
    }
    let trials = [
        goldens::trials(),
        book::trials(),
        durable::trials(),
        errors::trials(),
        examples::trials(),
        registry::trials(),
        lineage::trials(),
        long_queries::trials(),
        meaning::trials(),
        limits::trials(),
        queries::trials(),
        nesting::trials(),
        plans::trials(),
        sessions::trials(),
        slt::trials(),
        stopping::trials(),
        tpch::trials(),
        upstream::trials(),
        views::trials(),
        wording::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit();
}
