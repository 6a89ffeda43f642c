//! The names of dtypes.

use linal_error::Code;
use linal_tensor::{DTYPES, DType};

use crate::error::Error;

/// The scalar types of the language, with the dtype of their values.
const SCALAR_TYPES: &[(&str, DType)] = &[
    ("int", DType::I64),
    ("bigint", DType::I64),
    ("float", DType::F64),
    ("double", DType::F64),
    ("real", DType::F32),
    ("boolean", DType::Bool),
];

/// The dtype of a name such as `f32` or `Int`.
pub fn dtype_of(word: &str) -> Option<DType> {
    let scalar = || SCALAR_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    word.parse().ok().or_else(|| scalar().map(|(_, dtype)| *dtype))
}

/// The error of an unknown dtype.
pub fn unknown_dtype(word: &str) -> Error {
    Error::unknown(Code::UnknownDType, "dtype", word, DTYPES.iter().map(|dtype| dtype.name()))
        .or_help("the dtypes are f32, f64, i64, bool, c64 and c128")
}
