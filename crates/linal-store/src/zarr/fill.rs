//! The value of elements that are not stored.

use half::f16;
use serde_json::Value;

use super::metadata::damaged;
use crate::elements::{Encoding, Format};
use crate::error::Result;

/// The bytes of an element of this value; `null` is zero.
pub(super) fn element(place: &str, format: Format, value: &Value) -> Result<Vec<u8>> {
    let wrong = || damaged(place, "its `fill_value` is none of its data type");
    if value.is_null() {
        return Ok(vec![0; format.size()]);
    }
    let mut bytes = little_endian(format.kind, value).ok_or_else(wrong)?;
    if format.big_endian {
        let is_complex = matches!(format.kind, Encoding::C64 | Encoding::C128);
        let part = if is_complex { format.size() / 2 } else { format.size() };
        bytes.chunks_mut(part).for_each(<[u8]>::reverse);
    }
    Ok(bytes)
}

fn little_endian(kind: Encoding, value: &Value) -> Option<Vec<u8>> {
    // Version 2 writes the integers of Booleans, and integers with a point.
    let signed = || value.as_i64().or_else(|| whole(value));
    Some(match kind {
        Encoding::Bool => vec![u8::from(value.as_bool().or(value.as_i64().map(|x| x != 0))?)],
        Encoding::I8 => i8::try_from(signed()?).ok()?.to_le_bytes().to_vec(),
        Encoding::I16 => i16::try_from(signed()?).ok()?.to_le_bytes().to_vec(),
        Encoding::I32 => i32::try_from(signed()?).ok()?.to_le_bytes().to_vec(),
        Encoding::I64 => signed()?.to_le_bytes().to_vec(),
        Encoding::U8 => u8::try_from(signed()?).ok()?.to_le_bytes().to_vec(),
        Encoding::U16 => u16::try_from(signed()?).ok()?.to_le_bytes().to_vec(),
        Encoding::U32 => u32::try_from(signed()?).ok()?.to_le_bytes().to_vec(),
        Encoding::U64 => {
            let value = value.as_u64().or_else(|| u64::try_from(whole(value)?).ok())?;
            value.to_le_bytes().to_vec()
        }
        Encoding::F16 | Encoding::F32 | Encoding::F64 => float(kind, value)?,
        Encoding::C64 => pair(Encoding::F32, value)?,
        Encoding::C128 => pair(Encoding::F64, value)?,
    })
}

/// A number such as `7.0`.
fn whole(value: &Value) -> Option<i64> {
    let value = value.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 9e15)?;
    Some(value as i64)
}

fn pair(part: Encoding, value: &Value) -> Option<Vec<u8>> {
    let [re, im] = value.as_array()?.as_slice() else { return None };
    Some([float(part, re)?, float(part, im)?].concat())
}

/// A number, a name, or the bits of a number in hexadecimal digits.
fn float(kind: Encoding, value: &Value) -> Option<Vec<u8>> {
    let of = |value: f64| match kind {
        Encoding::F16 => f16::from_f64(value).to_le_bytes().to_vec(),
        Encoding::F32 => (value as f32).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    };
    match value.as_str() {
        None => value.as_f64().map(of),
        Some("NaN") => Some(of(f64::NAN)),
        Some("Infinity") => Some(of(f64::INFINITY)),
        Some("-Infinity") => Some(of(f64::NEG_INFINITY)),
        Some(text) => {
            let size = of(0.0).len();
            let bits = u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()?;
            let bytes = bits.to_le_bytes();
            bytes[size..].iter().all(|byte| *byte == 0).then(|| bytes[..size].to_vec())
        }
    }
}
