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
        name: "round_even",
        aliases: &["roundbankers"],
        overloads: &[of(&[Float, Int], Output::Float, |row| {
            let unit = 10f64.powi(row.int(1).clamp(-400, 400) as i32);
            let rounded = (row.float(0) * unit).round_ties_even() / unit;
            Ok(if rounded.is_finite() { rounded } else { row.float(0) }.into())
        })
        .optional(1)],
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
