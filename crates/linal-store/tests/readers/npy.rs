use linal_store::{ReadError, npy, read_npy};
use linal_tensor::{Complex32, Complex64, DType, Tensor};

use crate::support::{describe, fixture, fixture_bytes, grid, numbers, read};

fn load(name: &str) -> Tensor {
    read(|context| read_npy(&fixture(name), context)).unwrap_or_else(|error| panic!("{error}"))
}

fn parse(bytes: &[u8]) -> Result<Tensor, ReadError> {
    read(|context| npy::parse("a.npy", bytes, bytes.len() as u64, context))
}

#[track_caller]
fn check(name: &str, dtype: DType, expected: (Vec<usize>, Vec<f64>)) {
    let tensor = load(name);
    assert_eq!(tensor.dtype(), dtype, "{name}");
    assert_eq!(numbers(&tensor), expected, "{name}");
}

#[test]
fn floats_of_every_width_order_and_version() {
    for name in ["f64.npy", "f64_big.npy", "f64_fortran.npy"] {
        check(name, DType::F64, grid(|i| i + 0.5));
    }
    for name in ["f32_v2.npy", "f16_v3.npy"] {
        check(name, DType::F32, grid(|i| i + 0.5));
    }
    check("scalar.npy", DType::F64, (vec![], vec![2.5]));
    check("empty.npy", DType::F64, (vec![0, 3], vec![]));
    check("cube.npy", DType::F64, (vec![2, 3, 4], (0..24).map(f64::from).collect()));
}

#[test]
fn integers_and_truth_values() {
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
        check(&format!("{name}.npy"), DType::I64, grid(|i| i));
    }
    check("i32_big.npy", DType::I64, grid(|i| i - 6.0));
    check("bool.npy", DType::Bool, grid(|i| f64::from(u8::from(i % 3.0 == 0.0))));
}

#[test]
fn complex_numbers() {
    let expected: Vec<Complex64> = (0..12).map(|i| Complex64::new(f64::from(i), -f64::from(i))).collect();
    assert_eq!(load("c128_big.npy").to_vec::<Complex64>(), expected);
    let single: Vec<Complex32> = (0..12).map(|i| Complex32::new(i as f32, -(i as f32))).collect();
    assert_eq!(load("c64.npy").to_vec::<Complex32>(), single);
}

#[test]
fn what_is_no_tensor() {
    let error = |name: &str| {
        let bytes = fixture_bytes(name);
        describe(parse(&bytes))
    };
    assert_eq!(
        error("text.npy"),
        "E0405 unsupported: `a.npy` has the dtype `<U2`: text, which a tensor does not hold"
    );
    assert_eq!(
        error("records.npy"),
        "E0405 unsupported: `a.npy` holds records (a structured dtype), and a tensor has one number an element"
    );
    assert_eq!(
        error("dates.npy"),
        "E0405 unsupported: `a.npy` has the dtype `<M8[D]`: dates, which a tensor does not hold"
    );
    assert_eq!(
        error("u64_large_fortran.npy"),
        "E0405 unsupported: `a.npy`: element [1, 2] is 9223372036854775808, which does not fit i64"
    );
}

#[test]
fn declared_lengths_are_checked() {
    let good = fixture_bytes("f64.npy");
    assert_eq!(
        describe(parse(&good[..good.len() - 1])),
        "E0403 bad_format: `a.npy` declares 96 bytes of elements, but has 95 bytes after its header"
    );
    let longer = [good.as_slice(), &[0]].concat();
    assert_eq!(
        describe(parse(&longer)),
        "E0403 bad_format: `a.npy` declares 96 bytes of elements, but has 97 bytes after its header"
    );
    let text = String::from_utf8_lossy(&good[10..128]).replace("(3, 4)", "(3000000000, 4000000000)");
    let mut huge = good[..8].to_vec();
    huge.extend((text.len() as u16).to_le_bytes());
    huge.extend(text.as_bytes());
    assert_eq!(
        describe(parse(&huge)),
        "E0403 bad_format: `a.npy`, field `shape`: [3000000000, 4000000000] is too large"
    );
    assert_eq!(
        describe(parse(&good[..40])),
        "E0403 bad_format: `a.npy` ends after 30 of the 118 bytes of its header"
    );
    assert_eq!(
        describe(parse(b"PK\x03\x04 something else")),
        "E0403 bad_format: `a.npy` is not a NumPy array: it does not begin with the bytes \\x93NUMPY"
    );
}

#[test]
fn missing_files_have_suggestions() {
    let wrong = fixture("f46.npy");
    let folder = fixture("");
    let text = describe(read(|context| read_npy(&wrong, context))).replace(&*folder.to_string_lossy(), "");
    assert_eq!(text, "E0401 file_not_found: there is no file `f46.npy` (did you mean `f64.npy`?)");
    let nowhere = describe(read(|context| read_npy("no/such/f64.npy".as_ref(), context)));
    assert_eq!(nowhere, "E0401 file_not_found: there is no file `no/such/f64.npy`, nor a folder `no/such`");
    let directory = describe(read(|context| read_npy("src".as_ref(), context)));
    assert_eq!(directory, "E0402 io: `src` is a folder, not a file");
}
