use std::io::Cursor;

use linal_store::{ReadError, hdf5, hdf5_datasets, read_hdf5};
use linal_tensor::{Complex32, Complex64, DType, Tensor};

use crate::support::{describe, fixture, fixture_bytes, grid, numbers, read};

fn load(file: &str, dataset: &str) -> Tensor {
    read(|context| read_hdf5(&fixture(file), dataset, context)).unwrap_or_else(|error| panic!("{error}"))
}

fn try_load(dataset: &str) -> Result<Tensor, ReadError> {
    let bytes = fixture_bytes("small.h5");
    read(|context| hdf5::parse("a.h5", Cursor::new(bytes), dataset, context))
}

fn table() -> (Vec<usize>, Vec<f64>) {
    (vec![60, 10], (0..600).map(f64::from).collect())
}

#[test]
fn numbers_of_every_width_and_order() {
    assert_eq!(numbers(&load("small.h5", "f64")), grid(|i| i + 0.5));
    for name in ["f32_big", "f16"] {
        let tensor = load("small.h5", name);
        assert_eq!((tensor.dtype(), numbers(&tensor)), (DType::F32, grid(|i| i + 0.5)), "{name}");
    }
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
        let tensor = load("small.h5", &format!("integers/{name}"));
        assert_eq!((tensor.dtype(), numbers(&tensor)), (DType::I64, grid(|i| i)), "{name}");
    }
    let truth = load("small.h5", "bool");
    assert_eq!(
        (truth.dtype(), numbers(&truth)),
        (DType::Bool, grid(|i| f64::from(u8::from(i % 3.0 == 0.0))))
    );
    assert_eq!(load("small.h5", "complex/c128").to_vec::<Complex64>()[3], Complex64::new(3.0, -3.0));
    assert_eq!(load("small.h5", "/complex/c64").to_vec::<Complex32>()[11], Complex32::new(11.0, -11.0));
}

#[test]
fn shapes_at_the_edge() {
    assert_eq!(numbers(&load("small.h5", "scalar")), (vec![], vec![2.5]));
    assert_eq!(numbers(&load("small.h5", "zero_rows")), (vec![0, 3], vec![]));
    assert_eq!(numbers(&load("small.h5", "never_written")), (vec![50, 2], vec![7.0; 100]));
}

#[test]
fn storage_of_every_kind() {
    for name in ["/a/b/gzip", "a/b/plain", "lzf"] {
        assert_eq!(numbers(&load("chunked.h5", name)), table(), "{name}");
    }
    assert_eq!(numbers(&load("chunked.h5", "compact")), (vec![3], vec![1.0, 2.0, 3.0]));
    for name in ["group/fixed", "group/growing", "single"] {
        assert_eq!(numbers(&load("v110.h5", name)), table(), "{name}");
    }
}

#[test]
fn filters_in_any_order() {
    for name in [
        "fletcher_shuffle_deflate",
        "fletcher_shuffle",
        "fletcher_deflate_shuffle",
        "shuffle_deflate_fletcher",
        "scale_offset",
        "big_endian",
    ] {
        assert_eq!(numbers(&load("storage.h5", name)), table(), "{name}");
    }
    assert_eq!(numbers(&load("storage.h5", "cube")), (vec![2, 3, 4], (0..24).map(f64::from).collect()));
    // An optional filter that was not applied, and an unknown one.
    assert_eq!(numbers(&load("storage.h5", "unknown_filter")), table());
    let mut bytes = fixture_bytes("chunked.h5");
    let (lzf, other) = (32000u16.to_le_bytes(), 32123u16.to_le_bytes());
    for at in 0..bytes.len() - 1 {
        if bytes[at..at + 2] == lzf {
            bytes[at..at + 2].copy_from_slice(&other);
        }
    }
    let unknown = describe(read(|context| hdf5::parse("a.h5", Cursor::new(bytes), "lzf", context)));
    assert!(unknown.starts_with("E0405 unsupported") && unknown.contains("32123"), "{unknown}");
}

#[test]
fn soft_and_external_links() {
    let values = || (vec![4, 10], (0..40).map(f64::from).collect::<Vec<f64>>());
    for (file, name) in [
        ("links.h5", "data/values"),
        ("links.h5", "soft"),
        ("links.h5", "hard"),
        ("links.h5", "/soft_group/values"),
        ("links.h5", "data/relative"),
        ("links_external.h5", "outside"),
        ("links_latest.h5", "soft"),
        ("links_latest.h5", "outside"),
        ("links_latest.h5", "many/link07"),
        ("links_userblock.h5", "data/values"),
        ("links_userblock.h5", "many/link00"),
        ("links_userblock.h5", "many/link39"),
    ] {
        assert_eq!(numbers(&load(file, name)), values(), "{file} {name}");
    }
    let error = |file: &str, name: &str| {
        let folder = format!("{}/", fixture("").display());
        describe(read(|context| read_hdf5(&fixture(file), name, context)))
            .replace(folder.trim_end_matches('/'), "")
    };
    assert_eq!(
        error("links.h5", "dangling"),
        "E0404 name_not_found: `/links.h5`: `dangling` is a link to `/nowhere`, which is not there"
    );
    assert!(error("links.h5", "circle").contains("which is not there"));
    assert_eq!(
        error("links_external.h5", "missing"),
        "E0401 file_not_found: `/links_external.h5`: `missing` is a link to `/data/values` of the file `/nowhere.h5`, which is not there"
    );
    let bytes = fixture_bytes("links_external.h5");
    assert_eq!(
        describe(read(|context| hdf5::parse("a.h5", Cursor::new(bytes), "outside", context))),
        "E0405 unsupported: `a.h5`: `outside` is a link to `/data/values` of the file `links.h5`"
    );
    assert_eq!(
        hdf5_datasets(&fixture("links.h5")).unwrap(),
        ["hard", "circle", "dangling", "soft", "data/values", "data/relative"]
    );
}

#[test]
fn what_another_format_puts_before_a_file() {
    let listed = hdf5_datasets(&fixture("links_userblock.h5")).unwrap();
    assert_eq!(listed.iter().filter(|name| name.starts_with("many/link")).count(), 40);
    // The address that all others count from stands at byte 24 of this version.
    let with_header = |file: &str| {
        let mut bytes = fixture_bytes(file);
        bytes[24..32].copy_from_slice(&512u64.to_le_bytes());
        bytes.splice(..0, std::iter::repeat_n(0, 512));
        bytes
    };
    for (file, name, rows) in [
        ("links.h5", "data/values", 4),
        ("links.h5", "soft", 4),
        ("links.h5", "soft_group/values", 4),
        ("links.h5", "hard", 4),
        ("storage.h5", "fletcher_shuffle_deflate", 60),
        ("storage.h5", "scale_offset", 60),
    ] {
        let bytes = with_header(file);
        let tensor = read(|context| hdf5::parse("a.h5", Cursor::new(bytes), name, context)).unwrap();
        let values = (0..rows * 10).map(|value| f64::from(value as u32)).collect();
        assert_eq!(numbers(&tensor), (vec![rows, 10], values), "{file} {name}");
    }
}

#[test]
fn listings_end_where_links_form_a_circle() {
    let names = hdf5_datasets(&fixture("chunked.h5")).unwrap();
    assert!(names.contains(&"a/b/gzip".to_string()) && names.contains(&"compact".to_string()));
    assert_eq!(
        hdf5_datasets(&fixture("v110.h5")).unwrap(),
        ["single", "group/fixed", "group/growing", "group/growing_twice"]
    );
}

#[test]
fn a_wrong_name_lists_those_there_are() {
    let bytes = fixture_bytes("v110.h5");
    let error = |name: &str| {
        let reader = Cursor::new(bytes.clone());
        describe(read(|context| hdf5::parse("a.h5", reader, name, context)))
    };
    assert_eq!(
        error("group/fxied"),
        "E0404 name_not_found: `a.h5` has no dataset `group/fxied`; it has `single`, `group/fixed`, `group/growing` and `group/growing_twice` (did you mean `group/fixed`?)"
    );
    assert_eq!(
        error("growing"),
        "E0404 name_not_found: `a.h5` has no dataset `growing`; it has `single`, `group/fixed`, `group/growing` and `group/growing_twice` (did you mean `group/growing`?)"
    );
    assert_eq!(
        error("/group"),
        "E0404 name_not_found: `a.h5`: `/group` is a group, not a dataset; it has `group/fixed`, `group/growing` and `group/growing_twice`"
    );
    assert!(error("single/x").starts_with("E0404 name_not_found: `a.h5` has no dataset `single/x`"));
}

#[test]
fn what_is_no_tensor() {
    let error = |name: &str| describe(try_load(name));
    assert_eq!(
        error("text"),
        "E0405 unsupported: `a.h5`, dataset `text` holds text, and a tensor holds numbers"
    );
    assert_eq!(
        error("records"),
        "E0405 unsupported: `a.h5`, dataset `records` holds records, and a tensor holds numbers"
    );
    assert_eq!(
        error("integers/u64_large"),
        "E0405 unsupported: `a.h5`, dataset `integers/u64_large`: element [0, 1] is 9223372036854775808, which does not fit i64"
    );
    assert_eq!(error("nothing"), "E0405 unsupported: `a.h5`, dataset `nothing` holds no value");
    let newest = describe(read(|context| read_hdf5(&fixture("v110.h5"), "group/growing_twice", context)));
    assert!(
        newest.starts_with("E0405 unsupported") && newest.ends_with("and its chunk index is not read"),
        "{newest}"
    );
    let other = describe(read(|context| hdf5::parse("a.h5", Cursor::new(vec![7; 4096]), "x", context)));
    assert_eq!(other, "E0403 bad_format: `a.h5` is not an HDF5 file: it has no HDF5 signature");
}
