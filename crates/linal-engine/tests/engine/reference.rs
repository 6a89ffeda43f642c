//! The file of reference values: inputs, cases, and when a result agrees with one. `reference/numerics.py` says how it
//! is written.

use std::fmt;

use linal_tensor::{Complex32, Complex64, DType, Element, FromData, Shape, Tensor, dispatch};

/// What the file says.
pub struct Reference<'a> {
    /// Names with their tensors, to be bound before the first case.
    pub inputs: Vec<(&'a str, Tensor)>,
    pub cases: Vec<Case<'a>>,
}

/// Definitions, the last of which is compared.
pub struct Case<'a> {
    pub definitions: Vec<&'a str>,
    pub expected: Expected<'a>,
}

pub enum Expected<'a> {
    Tensor(Tolerance, Tensor),
    /// The name of an error.
    Error(&'a str),
}

/// How far a number may be from the expected one.
#[derive(Clone, Copy, Debug)]
pub enum Tolerance {
    /// The same bits; any NaN equals any other.
    Exact,
    /// As `==`, which does not tell 0 from -0; any NaN equals any other.
    Equal,
    /// So many representable numbers further, in each part.
    Ulp(u64),
    /// So much of the greater modulus.
    Relative(f64),
    /// So much.
    Absolute(f64),
}

impl<'a> Reference<'a> {
    pub fn parse(text: &'a str) -> Reference<'a> {
        let mut reference = Reference { inputs: Vec::new(), cases: Vec::new() };
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("input ") {
                let (name, body) = rest.split_once(' ').unwrap();
                reference.inputs.push((name, tensor(body)));
            } else if let Some(rest) = line.strip_prefix("broadcast ") {
                reference.broadcast(rest);
            } else {
                let expected = expected(lines.next().unwrap());
                reference.cases.push(Case { definitions: line.split("; ").collect(), expected });
            }
        }
        reference
    }

    fn broadcast(&mut self, line: &'a str) {
        let [name, to, "of", source] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (_, source) = self.inputs.iter().find(|(name, _)| *name == source).unwrap();
        let view = source.broadcast_to(&shape(to)).unwrap();
        self.inputs.push((name, view));
    }
}

fn expected(line: &str) -> Expected<'_> {
    if let Some(name) = line.strip_prefix("! ") {
        return Expected::Error(name);
    }
    let rest = line.strip_prefix("= ").unwrap_or_else(|| panic!("an expected value, not {line}"));
    let (word, body) = rest.split_once(' ').unwrap();
    Expected::Tensor(tolerance(word), tensor(body))
}

fn tolerance(word: &str) -> Tolerance {
    match word.split_once(':') {
        None if word == "exact" => Tolerance::Exact,
        None if word == "equal" => Tolerance::Equal,
        Some(("ulp", n)) => Tolerance::Ulp(n.parse().unwrap()),
        Some(("rel", x)) => Tolerance::Relative(x.parse().unwrap()),
        Some(("abs", x)) => Tolerance::Absolute(x.parse().unwrap()),
        _ => panic!("{word} is no tolerance"),
    }
}

fn shape(word: &str) -> Shape {
    match word {
        "." => Shape::scalar(),
        _ => word.split('x').map(|size| size.parse().unwrap()).collect::<Vec<usize>>().into(),
    }
}

fn tensor(body: &str) -> Tensor {
    let mut words = body.split(' ');
    let dtype: DType = words.next().unwrap().parse().unwrap();
    let shape = shape(words.next().unwrap());
    dispatch!(dtype, T => Tensor::from_vec(words.map(T::read).collect::<Vec<T>>(), shape).unwrap())
}

/// An element that the file holds.
pub trait Number: Element + FromData {
    fn read(word: &str) -> Self;

    fn agrees(self, other: Self, tolerance: Tolerance) -> bool;
}

impl Number for bool {
    fn read(word: &str) -> bool {
        word == "1"
    }

    fn agrees(self, other: bool, _: Tolerance) -> bool {
        self == other
    }
}

impl Number for i64 {
    fn read(word: &str) -> i64 {
        word.parse().unwrap()
    }

    fn agrees(self, other: i64, _: Tolerance) -> bool {
        self == other
    }
}

macro_rules! float {
    ($type:ty, $signed:ty, $complex:ty) => {
        impl Number for $type {
            fn read(word: &str) -> $type {
                word.parse().unwrap()
            }

            fn agrees(self, other: $type, tolerance: Tolerance) -> bool {
                if self.is_nan() || other.is_nan() {
                    return self.is_nan() && other.is_nan();
                }
                // The place among all numbers in ascending order.
                let place = |x: $type| {
                    let bits = x.to_bits() as $signed;
                    i128::from(if bits < 0 { <$signed>::MIN - bits } else { bits })
                };
                match tolerance {
                    Tolerance::Exact => self.to_bits() == other.to_bits(),
                    Tolerance::Equal => self == other,
                    Tolerance::Ulp(n) => (place(self) - place(other)).unsigned_abs() <= u128::from(n),
                    Tolerance::Relative(x) => near(self, other, x * f64::from(self.abs().max(other.abs()))),
                    Tolerance::Absolute(x) => near(self, other, x),
                }
            }
        }

        impl Number for $complex {
            fn read(word: &str) -> Self {
                let (re, im) = word.split_once(':').unwrap();
                Self::new(Number::read(re), Number::read(im))
            }

            fn agrees(self, other: Self, tolerance: Tolerance) -> bool {
                let parts =
                    |tolerance| self.re.agrees(other.re, tolerance) && self.im.agrees(other.im, tolerance);
                match tolerance {
                    Tolerance::Relative(x) => {
                        let modulus = f64::from(self.norm().max(other.norm()));
                        if modulus.is_finite() {
                            parts(Tolerance::Absolute(x * modulus))
                        } else {
                            parts(Tolerance::Exact)
                        }
                    }
                    _ => parts(tolerance),
                }
            }
        }
    };
}

float!(f64, i64, Complex64);
float!(f32, i32, Complex32);

fn near(a: impl Into<f64>, b: impl Into<f64>, distance: f64) -> bool {
    let (a, b) = (a.into(), b.into());
    a == b || (a - b).abs() <= distance
}

/// Why two tensors do not agree; `None` when they do.
pub fn disagreement(found: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Option<String> {
    let kind = |tensor: &Tensor| format!("{} {}", tensor.dtype(), tensor.shape());
    if kind(found) != kind(expected) {
        return Some(format!("{} instead of {}", kind(found), kind(expected)));
    }
    dispatch!(found.dtype(), T => elements::<T>(found, expected, tolerance))
}

fn elements<T: Number + fmt::Debug>(
    found: &Tensor,
    expected: &Tensor,
    tolerance: Tolerance,
) -> Option<String> {
    let (found, expected) = (found.to_vec::<T>(), expected.to_vec::<T>());
    let differs = |i: &usize| !found[*i].agrees(expected[*i], tolerance);
    let places: Vec<usize> = (0..found.len()).filter(differs).collect();
    if places.is_empty() {
        return None;
    }
    let list = |values: &[T]| {
        places.iter().take(8).map(|&i| format!("[{i}] {:?}", values[i])).collect::<Vec<_>>().join(", ")
    };
    Some(format!(
        "{} of {} elements are not {tolerance:?}\n  got      {}\n  expected {}",
        places.len(),
        found.len(),
        list(&found),
        list(&expected)
    ))
}
