//! Formats numbers in the shortest form that parses to the same value.

use std::fmt::Write;

use linal_tensor::Scalar;

/// The style of a number, which decides how much of its type the text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberStyle {
    /// An element under a header with its dtype: `5`.
    Element,
    /// A float is recognisable as one: `5.0`.
    Typed,
    /// As [`NumberStyle::Typed`], but valid JSON: a value that is no finite real number becomes a string or an
    /// object.
    Json,
}

/// Appends the text of a scalar.
pub fn push(out: &mut String, value: Scalar, style: NumberStyle) {
    match value {
        Scalar::Bool(x) => out.push_str(if x { "true" } else { "false" }),
        // Writing to a String cannot fail, here and below.
        Scalar::I64(x) => drop(write!(out, "{x}")),
        Scalar::F32(x) => single(out, x, style),
        Scalar::F64(x) => double(out, x, style),
        Scalar::C64(z) => complex(out, z.im.is_sign_negative(), style, |out, imaginary, style| {
            single(out, if imaginary { z.im } else { z.re }, style);
        }),
        Scalar::C128(z) => complex(out, z.im.is_sign_negative(), style, |out, imaginary, style| {
            double(out, if imaginary { z.im } else { z.re }, style);
        }),
    }
}

/// The text of a scalar.
pub fn text(value: Scalar, style: NumberStyle) -> String {
    let mut out = String::new();
    push(&mut out, value, style);
    out
}

macro_rules! float {
    ($name:ident, $type:ty) => {
        fn $name(out: &mut String, x: $type, style: NumberStyle) {
            if !x.is_finite() {
                return special(out, x.is_nan(), x < 0.0, style);
            }
            let magnitude = x.abs();
            let plain = magnitude == 0.0 || (1e-5..1e16).contains(&magnitude);
            let _ = if !plain {
                write!(out, "{x:e}")
            } else if style != NumberStyle::Element && x.fract() == 0.0 {
                write!(out, "{x}.0")
            } else {
                write!(out, "{x}")
            };
        }
    };
}

float!(single, f32);
float!(double, f64);

fn special(out: &mut String, nan: bool, negative: bool, style: NumberStyle) {
    let word = match (nan, negative) {
        (true, _) => "NaN",
        (false, true) => "-inf",
        (false, false) => "inf",
    };
    match style {
        NumberStyle::Json => drop(write!(out, "\"{word}\"")),
        _ => out.push_str(word),
    }
}

/// Writes both parts: `1+2i`, or an object in JSON. `part` writes the imaginary part when its flag is set.
fn complex(
    out: &mut String,
    negative: bool,
    style: NumberStyle,
    part: impl Fn(&mut String, bool, NumberStyle),
) {
    if style == NumberStyle::Json {
        out.push_str("{\"re\":");
        part(out, false, style);
        out.push_str(",\"im\":");
        part(out, true, style);
        out.push('}');
        return;
    }
    part(out, false, NumberStyle::Element);
    let start = out.len();
    part(out, true, NumberStyle::Element);
    // NaN prints without a sign, whatever its sign bit.
    if !negative || !out[start..].starts_with('-') {
        out.insert(start, '+');
    }
    out.push('i');
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal_tensor::{Complex32, Complex64};

    fn check(value: Scalar, element: &str, typed: &str, json: &str) {
        let texts =
            [NumberStyle::Element, NumberStyle::Typed, NumberStyle::Json].map(|style| text(value, style));
        assert_eq!(texts, [element, typed, json]);
    }

    #[test]
    fn shortest_text() {
        check(Scalar::F64(5.0), "5", "5.0", "5.0");
        check(Scalar::F64(0.1), "0.1", "0.1", "0.1");
        check(Scalar::F32(0.1), "0.1", "0.1", "0.1");
        check(
            Scalar::F64(f64::from(0.1f32)),
            "0.10000000149011612",
            "0.10000000149011612",
            "0.10000000149011612",
        );
        check(Scalar::F64(-0.0), "-0", "-0.0", "-0.0");
        check(Scalar::I64(i64::MIN), "-9223372036854775808", "-9223372036854775808", "-9223372036854775808");
        check(Scalar::Bool(true), "true", "true", "true");
    }

    #[test]
    fn exponents_where_digits_would_be_many() {
        check(Scalar::F64(1e-21), "1e-21", "1e-21", "1e-21");
        check(Scalar::F64(1.5e20), "1.5e20", "1.5e20", "1.5e20");
        check(Scalar::F64(1e16), "1e16", "1e16", "1e16");
        check(
            Scalar::F64(9_007_199_254_740_993.0),
            "9007199254740992",
            "9007199254740992.0",
            "9007199254740992.0",
        );
        check(Scalar::F64(0.00001), "0.00001", "0.00001", "0.00001");
        check(Scalar::F64(-9.5e-6), "-9.5e-6", "-9.5e-6", "-9.5e-6");
        check(Scalar::F64(5e-324), "5e-324", "5e-324", "5e-324");
        check(Scalar::F32(f32::MAX), "3.4028235e38", "3.4028235e38", "3.4028235e38");
    }

    #[test]
    fn what_is_no_finite_number() {
        check(Scalar::F64(f64::NAN), "NaN", "NaN", "\"NaN\"");
        check(Scalar::F32(f32::INFINITY), "inf", "inf", "\"inf\"");
        check(Scalar::F64(f64::NEG_INFINITY), "-inf", "-inf", "\"-inf\"");
    }

    #[test]
    fn complex_numbers() {
        let z = Scalar::C128(Complex64::new(1.0, 2.5));
        check(z, "1+2.5i", "1+2.5i", "{\"re\":1.0,\"im\":2.5}");
        let z = Scalar::C64(Complex32::new(0.1, -0.0));
        check(z, "0.1-0i", "0.1-0i", "{\"re\":0.1,\"im\":-0.0}");
        let z = Scalar::C128(Complex64::new(f64::NEG_INFINITY, -f64::NAN));
        check(z, "-inf+NaNi", "-inf+NaNi", "{\"re\":\"-inf\",\"im\":\"NaN\"}");
    }

    #[test]
    fn texts_read_back_the_same() {
        for bits in (0..10_000u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
            let x = f64::from_bits(bits);
            let back: f64 = text(Scalar::F64(x), NumberStyle::Typed).parse().unwrap();
            assert!(back == x || x.is_nan() && back.is_nan(), "{x:?}");
        }
    }
}
