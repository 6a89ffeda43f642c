//! Numbers: rounding, special functions, divisors and bits.

use linal_dataset::{Error, Result};
use linal_error::Code;

use super::kind::Kind::{Bool, Date, Float, Int, Timestamp, Zoned};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction { name: "gamma", aliases: &[], overloads: &[of(&[Float], Output::Float, gamma)] },
    RowFunction { name: "lgamma", aliases: &[], overloads: &[of(&[Float], Output::Float, lgamma)] },
    RowFunction {
        name: "nextafter",
        aliases: &[],
        overloads: &[of(&[Float, Float], Output::Float, |row| {
            Ok(libm::nextafter(row.float(0), row.float(1)).into())
        })],
    },
    RowFunction {
        name: "even",
        aliases: &[],
        overloads: &[of(&[Float], Output::Float, |row| Ok(even(row.float(0)).into()))],
    },
    RowFunction {
        name: "fdiv",
        aliases: &[],
        overloads: &[of(&[Float, Float], Output::Float, |row| {
            Ok((row.float(0) / row.float(1)).floor().into())
        })],
    },
    RowFunction {
        name: "fmod",
        aliases: &[],
        overloads: &[of(&[Float, Float], Output::Float, |row| {
            let (a, b) = (row.float(0), row.float(1));
            Ok((a - (a / b).floor() * b).into())
        })],
    },
    RowFunction { name: "factorial", aliases: &[], overloads: &[of(&[Int], Output::Huge, factorial)] },
    RowFunction {
        name: "gcd",
        aliases: &["greatest_common_divisor"],
        overloads: &[of(&[Int, Int], Output::Int, |row| integer("GCD", gcd(row.int(0), row.int(1))))],
    },
    RowFunction {
        name: "lcm",
        aliases: &["least_common_multiple"],
        overloads: &[of(&[Int, Int], Output::Int, lcm)],
    },
    RowFunction {
        name: "isinf",
        aliases: &[],
        overloads: &[
            of(&[Float], Output::Bool, |row| Ok(row.float(0).is_infinite().into())),
            of(&[Date], Output::Bool, |_| Ok(false.into())),
            of(&[Timestamp], Output::Bool, |_| Ok(false.into())),
            of(&[Zoned], Output::Bool, |_| Ok(false.into())),
        ],
    },
    RowFunction {
        name: "isfinite",
        aliases: &[],
        overloads: &[
            of(&[Float], Output::Bool, |row| Ok(row.float(0).is_finite().into())),
            of(&[Date], Output::Bool, |_| Ok(true.into())),
            of(&[Timestamp], Output::Bool, |_| Ok(true.into())),
            of(&[Zoned], Output::Bool, |_| Ok(true.into())),
        ],
    },
    RowFunction {
        name: "signbit",
        aliases: &[],
        overloads: &[of(&[Float], Output::Bool, |row| {
            Ok((row.float(0).is_sign_negative() && !row.float(0).is_nan()).into())
        })],
    },
    RowFunction {
        name: "xor",
        aliases: &[],
        overloads: &[
            of(&[Int, Int], Output::Int, |row| Ok((row.int(0) ^ row.int(1)).into())),
            of(&[Bool, Bool], Output::Bool, |row| Ok((row.bool(0) ^ row.bool(1)).into())),
        ],
    },
    RowFunction {
        name: "equi_width_bins",
        aliases: &[],
        overloads: &[
            of(&[Int, Int, Int, Bool], Output::Ints, |row| Ok(Value::Ints(integer_bins(row)?))),
            of(&[Float, Float, Int, Bool], Output::Floats, |row| Ok(Value::Floats(float_bins(row)?))),
        ],
    },
];

fn out_of_range(message: String) -> Error {
    Error::new(Code::ValueOutOfRange, message)
}

fn gamma(row: &Row<'_>) -> Result<Value> {
    if row.float(0) == 0.0 {
        return Err(out_of_range("GAMMA of 0 is undefined".to_string()));
    }
    Ok(libm::tgamma(row.float(0)).into())
}

fn lgamma(row: &Row<'_>) -> Result<Value> {
    if row.float(0) == 0.0 {
        return Err(out_of_range("LGAMMA of 0 is undefined".to_string()));
    }
    Ok(libm::lgamma(row.float(0)).into())
}

/// The next even integer away from zero.
fn even(x: f64) -> f64 {
    let away = if x >= 0.0 { x.ceil() } else { (-x).ceil() };
    if !away.is_finite() {
        return x;
    }
    let even = if away % 2.0 == 0.0 { away } else { away + 1.0 };
    if x >= 0.0 { even } else { -even }
}

fn factorial(row: &Row<'_>) -> Result<Value> {
    let n = row.int(0);
    if n < 0 {
        return Err(out_of_range(format!("FACTORIAL takes numbers from 0, not {n}")));
    }
    if n > 33 {
        return Err(out_of_range(format!("the factorial of {n} has more than 38 digits")));
    }
    Ok(Value::Huge((1..=i128::from(n)).product()))
}

fn gcd(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn integer(name: &str, value: u64) -> Result<Value> {
    match i64::try_from(value) {
        Ok(value) => Ok(Value::Int(value)),
        Err(_) => Err(Error::new(Code::IntegerOverflow, format!("integer overflow: {name} is {value}"))),
    }
}

fn lcm(row: &Row<'_>) -> Result<Value> {
    let (a, b) = (row.int(0), row.int(1));
    if a == 0 || b == 0 {
        return Ok(Value::Int(0));
    }
    match (a.unsigned_abs() / gcd(a, b)).checked_mul(b.unsigned_abs()) {
        Some(multiple) => integer("LCM", multiple),
        None => Err(Error::new(Code::IntegerOverflow, format!("integer overflow: LCM of {a} and {b}"))),
    }
}

/// Bins of a histogram at most.
const MAX_BINS: i64 = 1_000_000;

fn bin_count(row: &Row<'_>) -> Result<i64> {
    let bins = row.int(2);
    if (1..=MAX_BINS).contains(&bins) {
        Ok(bins)
    } else {
        Err(out_of_range(format!("EQUI_WIDTH_BINS takes from 1 to {MAX_BINS} bins, not {bins}")))
    }
}

fn above(least: impl std::fmt::Display, most: impl std::fmt::Display) -> Error {
    out_of_range(format!("EQUI_WIDTH_BINS: the greatest value {most} is below the least, {least}"))
}

/// Upper bounds of bins, downwards from the greatest value.
fn integer_bins(row: &Row<'_>) -> Result<Vec<i64>> {
    let (least, most, bins) = (i128::from(row.int(0)), i128::from(row.int(1)), i128::from(bin_count(row)?));
    if most < least {
        return Err(above(least, most));
    }
    // Three decimals of the step are kept.
    const SCALE: i128 = 1000;
    let mut step = (most - least) * SCALE / bins;
    let (mut most, mut bins) = (most * SCALE, bins);
    if row.bool(3) {
        let whole = step / SCALE;
        let nice = nice_integer(whole);
        if nice > 0 {
            step = nice * SCALE;
            most = (most / SCALE + nice - 1).div_euclid(nice) * nice * SCALE;
            bins *= 2;
        }
    }
    let mut bounds: Vec<i64> = Vec::new();
    let mut bound = most;
    while bound > least * SCALE || bounds.is_empty() {
        let value = bound.div_euclid(SCALE);
        if !bounds.is_empty() && (value <= least || bounds.len() as i128 >= bins) {
            break;
        }
        let value = i64::try_from(value).map_err(|_| out_of_range("a bin is out of range".to_string()))?;
        if bounds.last() != Some(&value) {
            bounds.push(value);
        }
        if step == 0 {
            break;
        }
        bound -= step;
    }
    bounds.reverse();
    Ok(bounds)
}

/// The multiple of 2 or 5 of a power of ten that is nearest to a step.
fn nice_integer(step: i128) -> i128 {
    if step <= 1 {
        return step;
    }
    let mut power = 1;
    while power * 10 <= step {
        power *= 10;
    }
    let nearest = |unit: i128| (step + unit / 2) / unit * unit;
    let (twos, fives) = (nearest(2 * power), nearest(5 * power));
    match ((step - power).abs() <= (step - twos).abs(), (step - twos).abs() <= (step - fives).abs()) {
        (true, _) if (step - power).abs() <= (step - fives).abs() => power,
        (_, true) if twos > 0 => twos,
        _ if fives > 0 => fives,
        _ => twos.max(power),
    }
}

fn float_bins(row: &Row<'_>) -> Result<Vec<f64>> {
    let (least, most, bins) = (row.float(0), row.float(1), bin_count(row)?);
    if !least.is_finite() || !most.is_finite() {
        return Err(out_of_range("EQUI_WIDTH_BINS takes finite numbers".to_string()));
    }
    if most < least {
        return Err(above(least, most));
    }
    if most == least {
        return Ok(vec![most]);
    }
    let (mut step, mut top, mut bins) = ((most - least) / bins as f64, most, bins as usize);
    if row.bool(3) {
        step = nice_float(step);
        top = (most / step).ceil() * step;
        bins *= 2;
    }
    let bounds = (0..bins).map(|at| top - step * at as f64).take_while(|bound| *bound > least);
    let mut bounds: Vec<f64> = bounds.collect();
    bounds.reverse();
    Ok(bounds)
}

fn nice_float(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let error = step / power;
    if error >= 50f64.sqrt() {
        power * 10.0
    } else if error >= 10f64.sqrt() {
        power * 5.0
    } else if error >= 2f64.sqrt() {
        power * 2.0
    } else {
        power
    }
}
