//! What can go wrong in tensor work, with a stable code for each kind.

use std::fmt;

use linal_error::Code;

use crate::{DType, Shape};

/// The result of tensor work.
pub type Result<T> = std::result::Result<T, Error>;

/// A mistake in shapes, types, positions or values, or a limit that was met.
///
/// The text of [`fmt::Display`] is a sentence for the person who wrote the statement.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes that do not go together in the operation.
    ShapeMismatch {
        /// The operation's name in the language.
        operation: &'static str,
        /// Shape of the left operand.
        left: Shape,
        /// Shape of the right operand.
        right: Shape,
        /// What the operation needs.
        rule: &'static str,
    },
    /// One operand of a rank or size that the operation does not take.
    BadShape {
        /// The operation's name in the language.
        operation: &'static str,
        /// What it was given.
        found: Shape,
        /// What it takes.
        rule: &'static str,
    },
    /// A strict tensor was about to be broadcast.
    StrictBroadcast {
        /// The operation's name in the language.
        operation: &'static str,
        /// Shape of the left operand.
        left: Shape,
        /// Shape of the right operand.
        right: Shape,
    },
    /// A dtype that the operation does not take.
    DTypeMismatch {
        /// The operation's name in the language.
        operation: &'static str,
        /// What it was given.
        found: DType,
        /// What it takes.
        rule: &'static str,
    },
    /// An index beyond its axis.
    IndexOutOfRange {
        /// The index as written.
        index: i64,
        /// The axis, counted from 0.
        axis: usize,
        /// The axis' size.
        size: usize,
    },
    /// A slice that reaches beyond its axis.
    RangeOutOfRange {
        /// The range as written.
        range: String,
        /// The axis, counted from 0.
        axis: usize,
        /// The axis' size.
        size: usize,
    },
    /// More indices than axes.
    TooManyIndices {
        /// Number of indices given.
        given: usize,
        /// The shape that was indexed.
        shape: Shape,
    },
    /// An axis that the shape does not have.
    AxisOutOfRange {
        /// The operation's name in the language.
        operation: &'static str,
        /// The axis as written.
        axis: i64,
        /// The shape.
        shape: Shape,
    },
    /// A parameter's value that the operation does not take.
    BadArgument {
        /// The operation's name in the language.
        operation: &'static str,
        /// What is wrong with which value, as a clause.
        message: String,
    },
    /// A computation that has no answer for these numbers.
    Domain {
        /// The operation's name in the language.
        operation: &'static str,
        /// Why there is none, as a clause.
        message: String,
    },
    /// A whole number beyond 64 bits.
    IntegerOverflow {
        /// The operation's name in the language.
        operation: &'static str,
    },
    /// `DIV` or `%` of integers by zero.
    DivisionByZero {
        /// The operation's name in the language.
        operation: &'static str,
    },
    /// The memory budget is spent.
    MemoryLimit {
        /// What asked.
        operation: &'static str,
        /// Bytes asked for.
        requested: usize,
        /// The limit in bytes.
        limit: usize,
        /// Bytes in use when it asked.
        used: usize,
    },
    /// The statement took longer than its time limit.
    Timeout {
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// The statement was cancelled from outside.
    Cancelled,
}

impl Error {
    /// The stable code: `E02..` shapes, types and positions, `E03..` values, `E05..` limits.
    pub fn code(&self) -> Code {
        match self {
            Error::ShapeMismatch { .. } => Code::ShapeMismatch,
            Error::BadShape { .. } => Code::BadShape,
            Error::StrictBroadcast { .. } => Code::StrictBroadcast,
            Error::DTypeMismatch { .. } => Code::DTypeMismatch,
            Error::IndexOutOfRange { .. } => Code::IndexOutOfRange,
            Error::RangeOutOfRange { .. } => Code::RangeOutOfRange,
            Error::TooManyIndices { .. } => Code::TooManyIndices,
            Error::AxisOutOfRange { .. } => Code::AxisOutOfRange,
            Error::BadArgument { .. } => Code::BadArgument,
            Error::Domain { .. } => Code::UndefinedResult,
            Error::IntegerOverflow { .. } => Code::IntegerOverflow,
            Error::DivisionByZero { .. } => Code::DivisionByZero,
            Error::MemoryLimit { .. } => Code::MemoryLimit,
            Error::Timeout { .. } => Code::Timeout,
            Error::Cancelled => Code::Cancelled,
        }
    }

    /// A [`Error::BadArgument`].
    pub fn argument(operation: &'static str, message: impl Into<String>) -> Error {
        Error::BadArgument { operation, message: message.into() }
    }

    /// A [`Error::Domain`].
    pub fn domain(operation: &'static str, message: impl Into<String>) -> Error {
        Error::Domain { operation, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::ShapeMismatch { operation, left, right, rule } => {
                write!(f, "{operation} of shapes {left} and {right}: {rule}")
            }
            Error::BadShape { operation, found, rule } => {
                write!(f, "{operation} takes {rule}, not shape {found}")
            }
            Error::StrictBroadcast { operation, left, right } => {
                write!(f, "{operation} would broadcast shapes {left} and {right}, and one of them is STRICT")
            }
            Error::DTypeMismatch { operation, found, rule } => {
                write!(f, "{operation} takes {rule}, not {found}")
            }
            Error::IndexOutOfRange { index, axis, size } => {
                write!(f, "index {index} is out of range for axis {axis} of size {size}")
            }
            Error::RangeOutOfRange { range, axis, size } => {
                write!(f, "range {range} exceeds axis {axis} of size {size}")
            }
            Error::TooManyIndices { given, shape } => {
                let count =
                    if *given == 1 { "1 index is".to_owned() } else { format!("{given} indices are") };
                match shape.rank() {
                    0 => write!(f, "{count} given for a scalar, which takes none"),
                    rank => write!(f, "{count} given for shape {shape}, which takes at most {rank}"),
                }
            }
            Error::AxisOutOfRange { operation, axis, shape } => {
                write!(f, "{operation} along axis {axis} of shape {shape}, which has rank {}", shape.rank())
            }
            Error::BadArgument { operation, message } | Error::Domain { operation, message } => {
                write!(f, "{operation}: {message}")
            }
            Error::IntegerOverflow { operation } => {
                write!(f, "{operation}: the result does not fit a 64-bit integer")
            }
            Error::DivisionByZero { operation } => {
                write!(f, "{operation} of integers by zero")
            }
            Error::MemoryLimit { operation, requested, limit, used } => write!(
                f,
                "{operation} asked for {}, but of the limit of {} there are {} in use",
                Bytes(*requested),
                Bytes(*limit),
                Bytes(*used)
            ),
            Error::Timeout { limit_ms } => {
                write!(f, "the statement took longer than its limit of {}", Millis(*limit_ms))
            }
            Error::Cancelled => f.write_str("the statement was cancelled"),
        }
    }
}

impl std::error::Error for Error {}

/// A number of bytes for people: `80 MB` where it is exact, `76.3 MB` where it is not.
pub struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(usize, &str); 4] =
            [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        for (size, unit) in UNITS {
            if self.0 >= size {
                let tenths = (self.0 as f64 / size as f64 * 10.0).round() / 10.0;
                return write!(f, "{tenths} {unit}");
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

struct Millis(u64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 1000 { write!(f, "{} s", self.0 as f64 / 1000.0) } else { write!(f, "{} ms", self.0) }
    }
}
