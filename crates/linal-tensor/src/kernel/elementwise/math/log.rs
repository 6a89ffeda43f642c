//! Logarithms.
//!
//! A number is `2^e (1 + f)`, and with `s = f / (2 + f)` the logarithm of `1 + f` is `2 atanh(s)`, which is
//! `f - f^2/2 + s (f^2/2 + R(s^2))`: the scheme and the coefficients of `R` are fdlibm's (Sun Microsystems; f32:
//! FreeBSD), with errors of 2^-58.45 and 2^-34.24. For other bases it is a double-word sum until the end.

use super::bits::{Bits, polynomial};

/// Logarithms.
pub trait Logarithm: Sized {
    /// The natural logarithm.
    fn ln(self) -> Self;

    /// The logarithm to base 2.
    fn log2(self) -> Self;

    /// The logarithm to base 10.
    fn log10(self) -> Self;
}

/// The factors of a logarithm for another base: the inverse of the logarithm of the base, and the logarithm
/// of 2 to the base; each as a double-word sum. Products of exponents with the first part of the latter are
/// exact.
struct Base<T> {
    inverse: (T, T),
    two: (T, T),
}

macro_rules! logarithm {
    ($float:ident, $two:expr, $ten:expr, ln2 $ln2:expr, $s:ident => $series:expr) => {
        impl Logarithm for $float {
            #[inline(always)]
            fn ln(self) -> $float {
                let (e, f) = self.split();
                let (square, s, series) = parts(f);
                let rest = e.mul_add($ln2.1, s * (square + series));
                defined(self, e.mul_add($ln2.0, f - (square - rest)))
            }

            #[inline(always)]
            fn log2(self) -> $float {
                to_base(self, $two)
            }

            #[inline(always)]
            fn log10(self) -> $float {
                to_base(self, $ten)
            }
        }

        /// Half the square of `f`, `s` and `R(s^2)`.
        #[inline(always)]
        fn parts(f: $float) -> ($float, $float, $float) {
            let s = f / (2.0 + f);
            let $s = s * s;
            (0.5 * f * f, s, $s * $series)
        }

        #[inline(always)]
        fn to_base(x: $float, base: Base<$float>) -> $float {
            let (e, f) = x.split();
            let (square, s, series) = parts(f);
            let high = f - square;
            let low = s.mul_add(square + series, (f - high) - square);
            let product = high * base.inverse.0;
            let lost = high.mul_add(base.inverse.0, -product);
            let rest = low.mul_add(base.inverse.0, high.mul_add(base.inverse.1, lost));
            let head = e * base.two.0;
            let sum = head + product;
            let rest = e.mul_add(base.two.1, rest) + ((head - sum) + product);
            defined(x, sum + rest)
        }

        /// The logarithm of a positive finite number, or the special value of other numbers.
        #[inline(always)]
        fn defined(x: $float, logarithm: $float) -> $float {
            let positive = if x < $float::INFINITY { logarithm } else { x };
            let zero = if x == 0.0 { $float::NEG_INFINITY } else { $float::NAN };
            if x > 0.0 { positive } else { zero }
        }
    };
}

mod double {
    use super::*;

    const TWO: Base<f64> =
        Base { inverse: (std::f64::consts::LOG2_E, 2.0355273740931033e-17), two: (1.0, 0.0) };
    const TEN: Base<f64> = Base {
        inverse: (std::f64::consts::LOG10_E, 1.098319650216765e-17),
        two: (0.30102999566395283, 2.8363394551044964e-14),
    };

    logarithm!(f64, TWO, TEN, ln2 (0.6931471805598903, 5.497923018708371e-14), z => polynomial!(z;
        6.666666666666735130e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
        1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1));
}

mod single {
    use super::*;

    const TWO: Base<f32> = Base { inverse: (std::f32::consts::LOG2_E, 1.925963e-8), two: (1.0, 0.0) };
    const TEN: Base<f32> =
        Base { inverse: (std::f32::consts::LOG10_E, -1.010305e-8), two: (0.3010254, 4.605039e-6) };

    logarithm!(f32, TWO, TEN, ln2 (0.69314575, 1.4286068e-6), z => polynomial!(z;
        0.6666666269302368, 0.40000972151756287, 0.2849878668785095, 0.24279078841209412));
}
