use std::io::Cursor;

use linal_store::{npz, npz_names, read_npz};
use linal_tensor::DType;

use crate::support::{describe, fixture, fixture_bytes, grid, numbers, read};

const ARCHIVES: [&str; 2] = ["stored.npz", "deflated.npz"];

#[test]
fn members_with_and_without_extension() {
    for archive in ARCHIVES {
        for name in ["weights", "weights.npy"] {
            let tensor = read(|context| read_npz(&fixture(archive), name, context)).unwrap();
            assert_eq!(numbers(&tensor), grid(|i| i / 4.0));
        }
        let mask = read(|context| read_npz(&fixture(archive), "mask", context)).unwrap();
        assert_eq!((mask.dtype(), mask.to_vec::<bool>()), (DType::Bool, vec![true, false]));
        assert_eq!(npz_names(&fixture(archive)).unwrap(), ["weights", "labels", "mask"]);
    }
}

#[test]
fn a_wrong_name_lists_those_there_are() {
    let bytes = fixture_bytes("stored.npz");
    let error = describe(read(|context| npz::parse("a.npz", Cursor::new(&bytes), "weigths", context)));
    assert_eq!(
        error,
        "E0404 name_not_found: `a.npz` has no array `weigths`; it has `weights`, `labels` and `mask` (did you mean `weights`?)"
    );
}

#[test]
fn damage_is_noticed() {
    let good = fixture_bytes("deflated.npz");
    let parse = |bytes: &[u8]| read(|context| npz::parse("a.npz", Cursor::new(bytes), "weights", context));
    assert!(describe(parse(&good[..100])).starts_with("E0403 bad_format: `a.npz` is not a NumPy archive"));
    let mut flipped = fixture_bytes("stored.npz");
    let element =
        flipped.windows(8).position(|bytes| bytes == 2.75f64.to_le_bytes()).expect("the last element");
    flipped[element] ^= 1;
    assert_eq!(
        describe(parse(&flipped)),
        "E0403 bad_format: `a.npz`, array `weights` is damaged: Invalid checksum"
    );
}
