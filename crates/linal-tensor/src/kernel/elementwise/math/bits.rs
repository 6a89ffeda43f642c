//! Shared by the functions: polynomials, powers of two from bits, and quotients of double-word sums.

/// `c0 + c1 x + c2 x^2 + ...` by Horner's rule.
macro_rules! polynomial {
    ($x:expr; $last:expr) => { $last };
    ($x:expr; $first:expr, $($rest:expr),+) => { $x.mul_add(polynomial!($x; $($rest),+), $first) };
}
pub(super) use polynomial;

/// Integers and exponents of floats by their bits: every SIMD level can add and shift integers, but not every
/// level can convert them to floats.
pub(super) trait Bits: Sized {
    /// 1.5 times the number from which all floats are integers. A sum with it rounds to the nearest integer,
    /// which is in the low bits of the sum.
    const SHIFTER: Self;

    /// The integer nearest to `self * factor`, whose absolute value is far below [`Bits::SHIFTER`].
    fn nearest(self, factor: Self) -> Self;

    /// `2^k` for an integer `k` that is an exponent of normal numbers.
    fn power_of_two(k: Self) -> Self;

    /// `self * 2^k`, even if `2^k` overflows or is subnormal. Rounds once.
    fn scaled(self, k: Self) -> Self;

    /// Splits a positive number into an integer `e` and `f`, so that it is `2^e (1 + f)` with `1 + f` between
    /// the square roots of 1/2 and 2. Unspecified for other numbers.
    fn split(self) -> (Self, Self);
}

macro_rules! bits {
    ($float:ident, $bits:ident, shifter $shifter:literal, integer $integer:literal, subnormal $subnormal:literal) => {
        impl Bits for $float {
            const SHIFTER: $float = $shifter;

            #[inline(always)]
            fn nearest(self, factor: $float) -> $float {
                self.mul_add(factor, $shifter) - $shifter
            }

            #[inline(always)]
            fn power_of_two(k: $float) -> $float {
                const BIAS: $float = ($float::MAX_EXP - 1) as $float;
                $float::from_bits((k + ($shifter + BIAS)).to_bits() << ($float::MANTISSA_DIGITS - 1))
            }

            #[inline(always)]
            fn scaled(self, k: $float) -> $float {
                let half = k.nearest(0.5);
                self * Self::power_of_two(half) * Self::power_of_two(k - half)
            }

            #[inline(always)]
            fn split(self) -> ($float, $float) {
                const STORED: u32 = $float::MANTISSA_DIGITS - 1;
                const MANTISSA: $bits = (1 << STORED) - 1;
                const ONE: $bits = (1 as $float).to_bits();
                // The square root of 1/2, below which the exponent is one less.
                const HALF: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
                const BIAS: $float = ($float::MAX_EXP - 1) as $float;
                let subnormal = self < $float::MIN_POSITIVE;
                let normal = if subnormal { self * Self::power_of_two($subnormal) } else { self };
                let bits = normal.to_bits().wrapping_add(ONE - HALF);
                // With the exponent in its low bits, this float becomes the exponent by a subtraction.
                let integer = ($integer as $float).to_bits();
                let biased = $float::from_bits((bits >> STORED) | integer);
                let e = biased - if subnormal { $integer + BIAS + $subnormal } else { $integer + BIAS };
                (e, $float::from_bits((bits & MANTISSA).wrapping_add(HALF)) - 1.0)
            }
        }
    };
}

bits!(f32, u32, shifter 12582912.0, integer 8388608.0, subnormal 25.0);
bits!(f64, u64, shifter 6755399441055744.0, integer 4503599627370496.0, subnormal 54.0);

/// `a + b` and its rounding error, for `|a| >= |b|` or `a = 0` (Dekker).
#[inline(always)]
pub(super) fn sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, (a - sum) + b)
}

/// The quotient of two double-word numbers (a float and a small remainder), with little more than one
/// rounding.
#[inline(always)]
pub(super) fn quotient(numerator: (f64, f64), denominator: (f64, f64)) -> f64 {
    let inverse = 1.0 / denominator.0;
    let first = numerator.0 * inverse;
    let rest = (-first).mul_add(denominator.0, numerator.0);
    (rest + (-first).mul_add(denominator.1, numerator.1)).mul_add(inverse, first)
}
