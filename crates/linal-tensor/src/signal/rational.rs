//! The ratio of two sampling rates as a rational number.

use super::SignalError;

/// The largest factor of a ratio. The resampling filter has 20 times as many taps.
pub const MAX_FACTOR: u64 = 1 << 18;

/// A change of rate by `up / down`, reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rational {
    up: usize,
    down: usize,
}

impl Rational {
    /// The ratio `to / from` in lowest terms.
    ///
    /// A rate is taken as the shortest decimal that parses to it: 44.1 is 441/10.
    ///
    /// # Errors
    /// [`SignalError::BadRate`] for a rate that is not positive and finite, [`SignalError::RatioTooLarge`]
    /// when a factor exceeds [`MAX_FACTOR`].
    pub fn between(from: f64, to: f64) -> Result<Self, SignalError> {
        super::periodogram::check_rate("FROM", from)?;
        super::periodogram::check_rate("TO", to)?;
        reduced(from, to).ok_or(SignalError::RatioTooLarge { from, to, max: MAX_FACTOR })
    }

    /// Output samples for every `down` input samples.
    pub fn up(self) -> usize {
        self.up
    }

    /// Input samples for every `up` output samples.
    pub fn down(self) -> usize {
        self.down
    }

    /// The length of the result for a signal of `length` points: `length * up / down`, rounded up.
    ///
    /// # Errors
    /// [`SignalError::TooLong`] when that does not fit.
    pub fn output_len(self, length: usize) -> Result<usize, SignalError> {
        let exact = (length as u128 * self.up as u128).div_ceil(self.down as u128);
        usize::try_from(exact).map_err(|_| SignalError::TooLong)
    }
}

fn reduced(from: f64, to: f64) -> Option<Rational> {
    let (from_digits, from_exponent) = decimal(from)?;
    let (to_digits, to_exponent) = decimal(to)?;
    let shift = to_exponent - from_exponent;
    let power = 10_u128.checked_pow(shift.unsigned_abs())?;
    let (up, down) = if shift >= 0 {
        (to_digits.checked_mul(power)?, from_digits)
    } else {
        (to_digits, from_digits.checked_mul(power)?)
    };
    let divisor = gcd(up, down);
    Some(Rational { up: factor(up / divisor)?, down: factor(down / divisor)? })
}

fn factor(value: u128) -> Option<usize> {
    let within = u64::try_from(value).ok().filter(|v| *v <= MAX_FACTOR)?;
    usize::try_from(within).ok()
}

/// The shortest decimal of a positive number as `digits * 10^exponent`.
fn decimal(value: f64) -> Option<(u128, i32)> {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    Some((digits, exponent - i32::try_from(fraction.len()).ok()?))
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
