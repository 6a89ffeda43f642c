//! Math functions against the standard library, whose results are nearly always correctly rounded, and
//! against values of high precision.

use linal_tensor::kernel::Arg;
use linal_tensor::kernel::elementwise::{BinaryOp, UnaryOp, binary, unary};
use proptest::prelude::*;

/// The results of a kernel for slices of each type, with functions that the tests of both types share.
macro_rules! kernels {
    ($module:ident, $float:ident, $bits:ident) => {
        mod $module {
            use super::*;

            pub type Function = fn($float) -> $float;

            pub const FUNCTIONS: [(UnaryOp, Function); 9] = [
                (UnaryOp::Exp, $float::exp),
                (UnaryOp::Log, $float::ln),
                (UnaryOp::Log2, $float::log2),
                (UnaryOp::Log10, $float::log10),
                (UnaryOp::Sin, $float::sin),
                (UnaryOp::Cos, $float::cos),
                (UnaryOp::Tan, $float::tan),
                (UnaryOp::Tanh, $float::tanh),
                (UnaryOp::Sigmoid, sigmoid),
            ];

            pub const SPECIAL: [$float; 24] = [
                0.0,
                -0.0,
                1.0,
                -1.0,
                0.5,
                -0.5,
                2.0,
                -2.0,
                3.0,
                -3.0,
                0.999999,
                1.000001,
                9007199254740993.0,
                -16777217.0,
                $float::MAX,
                $float::MIN,
                $float::MIN_POSITIVE,
                -$float::MIN_POSITIVE,
                $float::from_bits(1),
                -$float::from_bits(1),
                $float::INFINITY,
                $float::NEG_INFINITY,
                $float::NAN,
                $float::EPSILON,
            ];

            fn sigmoid(x: $float) -> $float {
                let decay = (-x.abs()).exp();
                if x < 0.0 { decay / (1.0 + decay) } else { 1.0 / (1.0 + decay) }
            }

            pub fn apply(op: UnaryOp, a: &[$float]) -> Vec<$float> {
                let mut out = Vec::with_capacity(a.len());
                unary(op, Arg::Slice(a), &mut out.spare_capacity_mut()[..a.len()]).unwrap().to_vec()
            }

            pub fn apply_pair(op: BinaryOp, a: Arg<'_, $float>, b: Arg<'_, $float>, len: usize) -> Vec<$float> {
                let mut out = Vec::with_capacity(len);
                binary(op, a, b, &mut out.spare_capacity_mut()[..len]).unwrap().to_vec()
            }

            /// The unit in the last place of a number.
            pub fn unit(x: $float) -> $float {
                let x = x.abs().min($float::MAX.next_down());
                x.next_up() - x
            }

            /// Whether results are equal (including NaN and the sign of 0), or differ by at most `units`.
            #[track_caller]
            pub fn assert_near(found: $float, expected: $float, units: $float, what: &dyn std::fmt::Debug) {
                let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
                let near = found.is_finite()
                    && expected.is_finite()
                    && found.is_sign_negative() == expected.is_sign_negative()
                    && (found - expected).abs() <= units * unit(expected);
                assert!(same || near, "{what:?}: {found:e} instead of {expected:e}");
            }

            #[test]
            fn special_numbers() {
                for (op, expected) in FUNCTIONS {
                    // As one element, among others, and as a scalar: each is another loop.
                    let among = apply(op, &SPECIAL);
                    for (x, among) in SPECIAL.into_iter().zip(among) {
                        assert_near(among, expected(x), 2.0, &(op, x));
                        let mut out = Vec::with_capacity(1);
                        let one = unary(op, Arg::Splat(x), &mut out.spare_capacity_mut()[..1]).unwrap()[0];
                        for alone in [apply(op, &[x])[0], one] {
                            assert!(alone.to_bits() == among.to_bits() || alone.is_nan() && among.is_nan());
                        }
                    }
                }
            }

            #[test]
            fn powers_and_remainders_of_special_numbers() {
                for y in SPECIAL {
                    for splat in [true, false] {
                        let repeated = [y; SPECIAL.len()];
                        let b = if splat { Arg::Splat(y) } else { Arg::Slice(&repeated) };
                        let powers = apply_pair(BinaryOp::Pow, Arg::Slice(&SPECIAL), b, SPECIAL.len());
                        let rests = apply_pair(BinaryOp::Rem, Arg::Slice(&SPECIAL), b, SPECIAL.len());
                        for (i, x) in SPECIAL.into_iter().enumerate() {
                            assert_near(powers[i], x.powf(y), 2.0, &(x, y, splat));
                            assert_near(rests[i], x % y, 0.0, &(x, y, splat));
                        }
                    }
                }
            }

            /// SIMD lanes, the end of a slice, and blocks with fixups give the same bits.
            #[test]
            fn places_do_not_matter() {
                let many: Vec<$float> = (0..2500).map(|i| (i as $float - 1250.0) / 77.0).collect();
                let mut huge = many.clone();
                huge[1100] = 1e30;
                for (op, _) in FUNCTIONS {
                    let (found, beside) = (apply(op, &many), apply(op, &huge));
                    for (i, &x) in many.iter().enumerate() {
                        let alone = apply(op, &[x])[0];
                        let same = |y: $float| y.to_bits() == alone.to_bits() || y.is_nan() && alone.is_nan();
                        assert!(same(found[i]) && (i == 1100 || same(beside[i])), "{op:?} of {x}");
                    }
                }
            }

            proptest! {
                #[test]
                fn remainders(pairs in prop::collection::vec((any::<$bits>(), any::<$bits>(), -70i32..70), 1..40)) {
                    // Quotients of all magnitudes, including integers.
                    let (a, b): (Vec<$float>, Vec<$float>) = pairs
                        .into_iter()
                        .map(|(x, y, scale)| {
                            let (x, y) = ($float::from_bits(x), $float::from_bits(y));
                            match scale % 3 {
                                0 => (x, y),
                                1 => (y * $float::from(scale as i8).exp2() * 1.37, y),
                                _ => (y * $float::from(scale as i8), y),
                            }
                        })
                        .unzip();
                    let found = apply_pair(BinaryOp::Rem, Arg::Slice(&a), Arg::Slice(&b), a.len());
                    for ((x, y), found) in a.iter().zip(&b).zip(found) {
                        assert_near(found, x % y, 0.0, &(x, y));
                    }
                }

                #[test]
                fn short_powers(bits in prop::collection::vec(any::<$bits>(), 1..40)) {
                    // The standard library does not return 1 for a signalling NaN.
                    let quiet = |x: $float| if x.is_nan() { $float::NAN } else { x };
                    let a: Vec<$float> = bits.into_iter().map(|x| quiet($float::from_bits(x))).collect();
                    for y in [1.0, 2.0, 3.0, 4.0, 0.5, -1.0, -2.0, 0.0] {
                        let found = apply_pair(BinaryOp::Pow, Arg::Slice(&a), Arg::Splat(y), a.len());
                        for (x, found) in a.iter().zip(found) {
                            assert_near(found, x.powf(y), 2.0, &(x, y));
                        }
                    }
                }
            }
        }
    };
}

kernels!(single, f32, u32);
kernels!(double, f64, u64);

/// Numbers of every sign and exponent, and all mantissas in the limit: bit patterns at an odd stride.
fn cursor(step: u64, count: usize) -> impl Iterator<Item = u64> {
    (0..count as u64).map(move |i| i.wrapping_mul(step))
}

/// Checks f32 against the function in f64, whose error is below the precision of f32.
#[test]
fn singles_are_within_one_unit() {
    let a: Vec<f32> = cursor(16_411, 1 << 18).map(|bits| f32::from_bits(bits as u32)).collect();
    for ((op, _), (_, exact)) in single::FUNCTIONS.into_iter().zip(double::FUNCTIONS) {
        for (x, found) in a.iter().zip(single::apply(op, &a)) {
            assert_single(found, exact(f64::from(*x)), 1.0, &(op, x));
        }
    }
}

#[test]
fn powers_of_singles_are_within_one_unit() {
    let a: Vec<f32> = cursor(16_411, 1 << 17).map(|bits| f32::from_bits(bits as u32)).collect();
    // Exponents whose powers have all magnitudes; for negative numbers only integers are defined.
    let b: Vec<f32> = a
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let largest = 150.0 / x.abs().log2().abs().max(1e-4);
            let y = largest * ((i % 1009) as f32 / 504.5 - 1.0);
            if i % 2 == 0 { y.round() } else { y }
        })
        .collect();
    let found = single::apply_pair(BinaryOp::Pow, Arg::Slice(&a), Arg::Slice(&b), a.len());
    for ((x, y), found) in a.iter().zip(&b).zip(found) {
        assert_single(found, f64::from(*x).powf(f64::from(*y)), 1.0, &(x, y));
    }
}

#[track_caller]
fn assert_single(found: f32, exact: f64, units: f64, what: &dyn std::fmt::Debug) {
    let rounded = exact as f32;
    if rounded == 0.0 || !rounded.is_finite() || !found.is_finite() {
        return single::assert_near(found, rounded, 1.0, what);
    }
    let error = (f64::from(found) - exact).abs() / f64::from(single::unit(rounded));
    assert!(error <= units, "{what:?}: {found:e} instead of {exact:e}, {error:.3} units away");
}

/// The results of the standard library are nearly always correctly rounded, so ours are equal or adjacent.
#[test]
fn doubles_are_next_to_those_of_the_standard_library() {
    let any = cursor(0x0001_0000_0419_3a6d, 1 << 16).map(f64::from_bits);
    let unit = cursor(0x9e37_79b9_7f4a_7c15, 1 << 16).map(|bits| (bits >> 11) as f64 / (1u64 << 53) as f64);
    let a: Vec<f64> = any.chain(unit.flat_map(|x| [2.0 * x, -2.0 * x, 1500.0 * (x - 0.5)])).collect();
    for (op, expected) in double::FUNCTIONS {
        // The reference sigmoid has three roundings, and two functions of the library have errors of two
        // units.
        let rough = matches!(op, UnaryOp::Sigmoid | UnaryOp::Tanh | UnaryOp::Log10);
        let units = if rough { 3.0 } else { 1.0 };
        for (&x, found) in a.iter().zip(double::apply(op, &a)) {
            double::assert_near(found, expected(x), units, &(op, x));
        }
    }
}

#[test]
fn powers_of_doubles_are_next_to_those_of_the_standard_library() {
    let a: Vec<f64> = cursor(0x0001_0000_0419_3a6d, 1 << 16).map(f64::from_bits).collect();
    let b: Vec<f64> = a
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let largest = 1100.0 / x.abs().log2().abs().max(1e-4);
            let y = largest * ((i % 1009) as f64 / 504.5 - 1.0);
            if i % 2 == 0 { y.round() } else { y }
        })
        .collect();
    let found = double::apply_pair(BinaryOp::Pow, Arg::Slice(&a), Arg::Slice(&b), a.len());
    for ((&x, &y), found) in a.iter().zip(&b).zip(found) {
        double::assert_near(found, x.powf(y), 1.0, &(x, y));
    }
}

#[test]
fn doubles_are_within_one_unit_of_exact_values() {
    for line in include_str!("data/math.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, numbers) = line.split_once(' ').unwrap();
        let numbers: Vec<f64> = numbers.split(' ').map(|x| x.parse().unwrap()).collect();
        let [x, y, rounded, lacks] = numbers[..] else { panic!("{line}") };
        let found = match unary_of(name) {
            Some(op) => double::apply(op, &[x])[0],
            None => double::apply_pair(BinaryOp::Pow, Arg::Slice(&[x]), Arg::Slice(&[y]), 1)[0],
        };
        let error = ((found - rounded) / double::unit(rounded) - lacks).abs();
        assert!(error <= 1.0, "{line}: found {found:e}, {error:.3} units away");
    }
}

fn unary_of(name: &str) -> Option<UnaryOp> {
    let named = |(op, _): &(UnaryOp, double::Function)| op.name().eq_ignore_ascii_case(name);
    double::FUNCTIONS.iter().find(|f| named(f)).map(|(op, _)| *op)
}
