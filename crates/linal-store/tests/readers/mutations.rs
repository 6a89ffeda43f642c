//! Damaged files yield a tensor or an error: no panic, and no more memory than the length of the file
//! justifies.

use std::io::Cursor;

use linal_store::table::parse_csv;
use linal_store::{ReadContext, TableOptions, hdf5, npy, npz};
use proptest::prelude::*;

use crate::support::{fixture_bytes, read_within};

/// Flips some bytes of a file and possibly truncates it.
fn damaged(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let bytes = fixture_bytes(name);
    let flips = proptest::collection::vec((0..bytes.len(), any::<u8>()), 0..8);
    let cut = prop_oneof![3 => Just(bytes.len()), 1 => 0..bytes.len()];
    (flips, cut).prop_map(move |(flips, cut)| {
        let mut bytes = bytes.clone();
        for (at, value) in flips {
            bytes[at] = value;
        }
        bytes.truncate(cut);
        bytes
    })
}

fn any_of(names: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(names).prop_flat_map(damaged)
}

/// Reads without a limit and compares the peak with the allowed memory.
fn check<T>(
    length: usize,
    justified: usize,
    reader: impl FnOnce(&ReadContext) -> Result<T, linal_store::ReadError>,
) -> Result<(), TestCaseError> {
    let (_, peak) = read_within(usize::MAX, reader);
    prop_assert!(peak <= justified, "a file of {length} bytes took {peak}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn npy_files(bytes in any_of(&[
        "f64.npy", "f64_big.npy", "f64_fortran.npy", "f32_v2.npy", "f16_v3.npy", "bool.npy", "c64.npy", "u1.npy", "scalar.npy",
    ])) {
        // An integer of one byte becomes eight.
        check(bytes.len(), 8 * bytes.len(), |context| {
            npy::parse("a.npy", bytes.as_slice(), bytes.len() as u64, context)
        })?;
    }

    #[test]
    fn npz_files(bytes in any_of(&["stored.npz", "deflated.npz"]), name in 0..3usize) {
        // No fixture reaches the ratio of deflate; growth holds the old and the new allocation.
        check(bytes.len(), 64 << 10, |context| {
            npz::parse("a.npz", Cursor::new(&bytes), ["weights", "labels", "mask"][name], context)
        })?;
    }

    #[test]
    fn csv_files(text in "[-0-9.,;\"\r\nxe ]{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
        let mixed = [text.as_bytes(), &bytes, text.as_bytes()].concat();
        for input in [text.as_bytes(), &mixed] {
            // The first rows are also kept as text.
            check(input.len(), 128 << 10, |context| {
                parse_csv("t.csv", input, Some(input.len() as u64), &TableOptions::default(), context)
            })?;
        }
    }

    #[test]
    fn hdf5_files(case in prop_oneof![
        (damaged("small.h5"), proptest::sample::select(vec!["f64", "integers/i4", "bool", "complex/c64", "never_written"])),
        (damaged("chunked.h5"), proptest::sample::select(vec!["a/b/gzip", "a/b/plain", "lzf", "compact"])),
        (damaged("v110.h5"), proptest::sample::select(vec!["group/fixed", "group/growing", "single"])),
        (damaged("storage.h5"), proptest::sample::select(vec!["fletcher_shuffle", "fletcher_shuffle_deflate", "cube"])),
        (damaged("links.h5"), proptest::sample::select(vec!["soft", "circle", "soft_group/values", "hard"])),
        (damaged("links_latest.h5"), proptest::sample::select(vec!["soft", "outside", "many/link07"])),
        (damaged("links_userblock.h5"), proptest::sample::select(vec!["data/values", "many/link39", "filtered"])),
    ]) {
        let (bytes, name) = case;
        // The tensor (integers widen), the rows read at a time, and two chunks, each within the ratio.
        let justified = (1032 * bytes.len()).max(16 << 20) * 12;
        check(bytes.len(), justified, |context| hdf5::parse("a.h5", Cursor::new(bytes.clone()), name, context))?;
        let _ = hdf5::list("a.h5", Cursor::new(bytes));
    }
}
