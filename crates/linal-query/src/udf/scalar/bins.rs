//! `EQUI_WIDTH_BINS(least, most, n, nice)`: the upper bounds of bins of equal width.
//!
//! Bounds are counted down from the greatest value. Nice bins have a width that is a power of ten times 1, 2, 5 or 10,
//! and a greatest bound that is a multiple of it; there may be twice as many.

use linal_dataset::{Error, Result};
use linal_error::Code;

use super::kind::Kind::{Bool, Float, Int};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};

pub(super) const FUNCTIONS: &[RowFunction] = &[RowFunction {
    name: "equi_width_bins",
    aliases: &[],
    overloads: &[
        of(&[Int, Int, Int, Bool], Output::Ints, |row| Ok(Value::Ints(integer_bins(row)?))),
        of(&[Float, Float, Int, Bool], Output::Floats, |row| Ok(Value::Floats(float_bins(row)?))),
    ],
}];

/// Bins at most.
const MAX_BINS: i64 = 1_000_000;

fn out_of_range(message: String) -> Error {
    Error::new(Code::ValueOutOfRange, message)
}

fn bin_count(row: &Row<'_>) -> Result<usize> {
    let bins = row.int(2);
    if (1..=MAX_BINS).contains(&bins) {
        Ok(usize::try_from(bins).unwrap_or(1))
    } else {
        Err(out_of_range(format!("EQUI_WIDTH_BINS takes from 1 to {MAX_BINS} bins, not {bins}")))
    }
}

fn above(least: impl std::fmt::Display, most: impl std::fmt::Display) -> Error {
    out_of_range(format!("EQUI_WIDTH_BINS: the greatest value {most} is below the least, {least}"))
}

/// Integers are computed in thousandths, so that bounds do not drift by the fractions of a width.
const SCALE: i128 = 1000;

fn integer_bins(row: &Row<'_>) -> Result<Vec<i64>> {
    let (least, most) = (i128::from(row.int(0)) * SCALE, i128::from(row.int(1)) * SCALE);
    let mut bins = bin_count(row)?;
    if most < least {
        return Err(above(row.int(0), row.int(1)));
    }
    let (mut top, mut width) = (most, (most - least) / bins as i128);
    if row.bool(3) {
        bins *= 2;
        let nice = nice_integer(width);
        let multiple = if nice > 0 { (most + nice - 1) / nice * nice } else { most };
        if nice > 0 && multiple != least {
            (top, width) = (multiple, nice);
        }
    }
    let mut bounds: Vec<i64> = Vec::new();
    let mut bound = top;
    while bound > least && bounds.len() < bins {
        let value = i64::try_from(bound / SCALE).map_err(|_| out_of_range("a bin is out of range".into()))?;
        if !bounds.is_empty() && value < row.int(0) {
            break;
        }
        if bounds.last() != Some(&value) {
            bounds.push(value);
        }
        bound -= width.max(1);
    }
    if bounds.is_empty() {
        bounds.push(row.int(1));
    }
    bounds.reverse();
    Ok(bounds)
}

/// The two widths from which the nearer one is taken, for the power of ten below a step.
fn candidates(powers: f64) -> (f64, f64) {
    (if powers >= 3.0 { 10.0 } else { 2.0 }, if powers >= 2.0 { 5.0 } else { 1.0 })
}

fn nice_integer(step: i128) -> i128 {
    let mut power = 1;
    while power < step {
        power *= 10;
    }
    let power = power / 10;
    if power == 0 {
        return step;
    }
    let (two, five) = candidates(step as f64 / power as f64);
    let nearest = |unit: i128| (step + unit / 2) / unit * unit;
    let (two, five) = (nearest(two as i128 * power), nearest(five as i128 * power));
    if (step - two).abs() < (step - five).abs() { two } else { five }
}

fn float_bins(row: &Row<'_>) -> Result<Vec<f64>> {
    let (least, most) = (row.float(0), row.float(1));
    let mut bins = bin_count(row)?;
    if !least.is_finite() || !most.is_finite() {
        return Err(out_of_range("EQUI_WIDTH_BINS takes finite numbers".to_string()));
    }
    if most < least {
        return Err(above(least, most));
    }
    if most == least {
        return Ok(vec![most]);
    }
    let mut width = most / bins as f64 - least / bins as f64;
    let power = power_below(width);
    let mut top = most;
    // Bounds of nice bins are rounded to one digit more than the width has.
    let mut digits = None;
    if row.bool(3) {
        let (two, five) = candidates(width / power);
        let nearest = |unit: f64| (width / unit).round() * unit;
        let (two, five) = (nearest(two * power), nearest(five * power));
        width = if (width - two).abs() < (width - five).abs() { two } else { five };
        top = (most / width).ceil() * width;
        bins *= 2;
        digits = Some(10.0 / power);
    }
    let mut bounds: Vec<f64> = Vec::new();
    let mut bound = top;
    while bound > least && bounds.len() < bins {
        let value = digits.map_or(bound, |digits| (bound * digits).round() / digits);
        if value <= least {
            break;
        }
        if bounds.last() != Some(&value) {
            bounds.push(value);
        }
        let next = bound - width;
        if next >= bound {
            break;
        }
        bound = next;
    }
    bounds.reverse();
    Ok(bounds)
}

/// The power of ten below a width.
fn power_below(width: f64) -> f64 {
    let mut power = 1.0;
    if width < 1.0 {
        while power > width && power > f64::MIN_POSITIVE {
            power /= 10.0;
        }
        return power;
    }
    while power < width {
        power *= 10.0;
    }
    power / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nice_widths() {
        for (step, expected) in [(3333, 5000), (14_285, 10_000), (100_000, 100_000), (2250, 2000)] {
            assert_eq!(nice_integer(step), expected, "{step}");
        }
    }
}
