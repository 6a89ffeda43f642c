//! Complex functions without intermediate overflow.

use std::ops::Mul;

use num_complex::{Complex32, Complex64};

/// Arithmetic and functions whose intermediate results overflow only if the result does.
pub(super) trait ComplexMath: Sized {
    /// The quotient by Smith's algorithm: scaled by the larger part of the divisor.
    fn quotient(self, divisor: Self) -> Self;

    /// The power. The power of a zero base is its limit if there is one, else NaN.
    fn power(self, exponent: Self) -> Self;

    /// The tangent.
    fn tangent(self) -> Self;

    /// The hyperbolic tangent.
    fn hyperbolic_tangent(self) -> Self;
}

/// A power by repeated squaring, in the order of multiplications of NumPy, so that the digits agree.
fn integer_power<T: Copy + Mul<Output = T>>(base: T, one: T, exponent: u32) -> T {
    match exponent {
        0 => return one,
        1 => return base,
        2 => return base * base,
        3 => return base * (base * base),
        _ => {}
    }
    let (mut product, mut square, mut rest) = (one, base, exponent);
    loop {
        if rest & 1 == 1 {
            product = product * square;
        }
        rest >>= 1;
        if rest == 0 {
            return product;
        }
        square = square * square;
    }
}

macro_rules! complex_math {
    ($($complex:ty, $real:ty);*) => {$(
        impl ComplexMath for $complex {
            #[inline(always)]
            fn quotient(self, y: Self) -> Self {
                if y.re.abs() >= y.im.abs() {
                    if y.re == 0.0 {
                        // Both parts of the divisor are 0.
                        return Self::new(self.re / y.re.abs(), self.im / y.re.abs());
                    }
                    let ratio = y.im / y.re;
                    let divisor = y.re + y.im * ratio;
                    Self::new((self.re + self.im * ratio) / divisor, (self.im - self.re * ratio) / divisor)
                } else {
                    let ratio = y.re / y.im;
                    let divisor = y.im + y.re * ratio;
                    Self::new((self.re * ratio + self.im) / divisor, (self.im * ratio - self.re) / divisor)
                }
            }

            fn power(self, exponent: Self) -> Self {
                if self == Self::ZERO {
                    return match exponent {
                        _ if exponent.re > 0.0 => Self::ZERO,
                        Self::ZERO => Self::ONE,
                        _ => Self::new(<$real>::NAN, <$real>::NAN),
                    };
                }
                // Products of integers are exact where logarithms are not: (3 + 4i)^2 is -7 + 24i. The bound
                // is that of NumPy.
                let is_integer = exponent.re.trunc() == exponent.re && exponent.re.abs() < 100.0;
                if !is_integer || exponent.im != 0.0 {
                    return self.powc(exponent);
                }
                let product = integer_power(self, Self::ONE, exponent.re.abs() as u32);
                if exponent.re < 0.0 { Self::ONE.quotient(product) } else { product }
            }

            fn tangent(self) -> Self {
                // tan(z) = -i tanh(iz)
                let rotated = Self::new(-self.im, self.re).hyperbolic_tangent();
                Self::new(rotated.im, -rotated.re)
            }

            fn hyperbolic_tangent(self) -> Self {
                // Beyond this bound the real part rounds to 1, and soon the hyperbolic sine overflows.
                const FAR: $real = 40.0;
                if self.re.abs() <= FAR {
                    return self.tanh();
                }
                let decay = (-2.0 * self.re.abs()).exp();
                Self::new(self.re.signum(), 4.0 * self.im.sin() * self.im.cos() * decay)
            }
        }
    )*};
}

complex_math!(Complex32, f32; Complex64, f64);
