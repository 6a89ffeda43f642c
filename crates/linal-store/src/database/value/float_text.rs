//! Floats as text that reads back as the same float.

use std::fmt::{Display, LowerExp};
use std::str::FromStr;

/// The shortest decimal that reads back as the same float, or `nan`, `inf`, `-inf`, `-0.0`. The payload of a
/// NaN is not kept.
pub(super) fn encode<F: Display + LowerExp + Copy + Into<f64>>(value: F) -> String {
    let wide: f64 = value.into();
    if wide.is_nan() {
        return "nan".to_string();
    }
    if wide.is_infinite() {
        return if wide > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    if wide == 0.0 {
        return if wide.is_sign_negative() { "-0.0" } else { "0.0" }.to_string();
    }
    // Display writes 1e300 with 300 zeros.
    if (1e-5..1e16).contains(&wide.abs()) { value.to_string() } else { format!("{value:e}") }
}

/// The float of a text.
pub(super) fn decode<F: FromStr>(text: &str) -> Option<F> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_back_as_the_same_bits() {
        for value in [0.0, -0.0, 0.1, 1e300, -5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, 1e16, 1e-5]
        {
            let text = encode(value);
            assert_eq!(decode::<f64>(&text).map(f64::to_bits), Some(value.to_bits()), "{text}");
        }
        assert!(decode::<f64>(&encode(f64::NAN)).is_some_and(f64::is_nan));
        for value in [0.1f32, f32::MIN_POSITIVE, f32::MAX, 1.0e-45, 16777216.0] {
            assert_eq!(decode::<f32>(&encode(value)).map(f32::to_bits), Some(value.to_bits()));
        }
    }
}
