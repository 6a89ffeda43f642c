//! Remainders of divisions that truncate.

/// Remainders, for operands whose quotient is not huge.
pub trait Remainder: Sized {
    /// Whether the remainder is computed here: not for infinite and NaN dividends, a divisor of 0, and quotients beyond the
    /// whole numbers that a float counts.
    fn in_range(self, y: Self) -> bool;

    /// What `x` leaves over multiples of `y`, with the sign of `x`. Exact, as that of `%`.
    fn remainder(self, y: Self) -> Self;
}

macro_rules! remainder {
    ($float:ident) => {
        impl Remainder for $float {
            #[inline(always)]
            fn in_range(self, y: $float) -> bool {
                const COUNTED: $float = (1u64 << ($float::MANTISSA_DIGITS - 1)) as $float;
                (self / y).abs() < COUNTED
            }

            #[inline(always)]
            fn remainder(self, y: $float) -> $float {
                let (x, y) = (self.abs(), y.abs());
                // The quotient may be rounded up to the next whole number. The difference is exact either way, for it is a
                // multiple of the last place of the smaller operand, and not larger than `y`.
                let times = (x / y).trunc();
                let rest = (-times).mul_add(y, x);
                let rest = if rest < 0.0 { rest + y } else { rest };
                // A product of 0 with an infinite divisor would be NaN.
                (if times == 0.0 { x } else { rest }).copysign(self)
            }
        }
    };
}

remainder!(f32);
remainder!(f64);
