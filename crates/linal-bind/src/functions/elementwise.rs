//! Element-wise functions.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_tensor::Error as TensorError;
use linal_tensor::graph::{self, NodeRef};
use linal_tensor::kernel::elementwise::{BinaryOp, UnaryOp};

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::{Args, dtype_of, unknown_dtype};

macro_rules! unary {
    ($name:literal, $op:ident, $doc:literal, $script:literal => $output:literal) => {
        FunctionDef {
            name: $name,
            aliases: &[],
            category: Category::Elementwise,
            pattern: concat!($name, " a"),
            doc: $doc,
            example: Example { script: $script, output: $output },
            columns: Columns::AllNames,
            evaluate: |args| Ok(graph::unary(UnaryOp::$op, &args.tensor("a")?)?),
        }
    };
}

macro_rules! binary {
    ($name:literal, $aliases:expr, $op:ident, $doc:literal, $script:literal => $output:literal) => {
        FunctionDef {
            name: $name,
            aliases: $aliases,
            category: Category::Elementwise,
            pattern: concat!($name, " a b"),
            doc: $doc,
            example: Example { script: $script, output: $output },
            columns: Columns::AllNames,
            evaluate: |args| Ok(graph::binary(BinaryOp::$op, &args.tensor("a")?, &args.tensor("b")?)?),
        }
    };
}

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    binary!("ADD", &["VEC_ADD"], Add, "The sum of two tensors, element by element, broadcast as in NumPy; `a + b`.",
        "SHOW ADD [1, 2] [10, 20]" => "[11, 22]"),
    binary!("SUBTRACT", &["VEC_SUB"], Sub, "The difference of two tensors, element by element, broadcast; `a - b`.",
        "SHOW SUBTRACT [1, 2] [10, 20]" => "[-9, -18]"),
    binary!("MULTIPLY", &["VEC_MUL"], Mul, "The product of two tensors, element by element, broadcast; `a * b`.",
        "SHOW MULTIPLY [1, 2] [10, 20]" => "[10, 40]"),
    binary!("DIVIDE", &["VEC_DIV"], Div, "The true quotient of two tensors, element by element, broadcast; `a / b`. Whole numbers give f64, and a division by zero gives inf or NaN.",
        "SHOW DIVIDE [7, 1] [2, 0]" => "[3.5, inf]"),
    binary!("POW", &["POWER"], Pow, "Each element raised to a power, broadcast; `a ^ b`. Whole numbers give f64.",
        "SHOW POW [1, 2, 3] 2" => "[1, 4, 9]"),
    binary!("MINIMUM", &[], Min, "The smaller of two elements, broadcast; NaN wins.",
        "SHOW MINIMUM [1, 5] [3, 3]" => "[1, 3]"),
    binary!("MAXIMUM", &[], Max, "The greater of two elements, broadcast; NaN wins.",
        "SHOW MAXIMUM [1, 5] [3, 3]" => "[3, 5]"),
    FunctionDef {
        name: "SCALE",
        aliases: &["VEC_SCALE"],
        category: Category::Elementwise,
        pattern: "SCALE a BY s",
        doc: "Each element times a number; `s` is any expression of shape `[]`. The dtype stays when `s` is written in the text.",
        example: Example { script: "SHOW SCALE [1, 2, 3] BY 2", output: "[2, 4, 6]" },
        columns: Columns::AllNames,
        evaluate: scale,
    },
    unary!("ABS", Abs, "The absolute value; of complex numbers the modulus. The least i64 has none and is an overflow.",
        "SHOW ABS [-1, 2]" => "[1, 2]"),
    unary!("SQRT", Sqrt, "The square root; NaN for negative numbers.", "SHOW SQRT [4, 9]" => "[2, 3]"),
    unary!("EXP", Exp, "The exponential function.", "SHOW EXP [0, 1]" => "[1, 2.718281828459045]"),
    unary!("LOG", Log, "The natural logarithm; -inf for 0, NaN for negative numbers.", "SHOW LOG [1, 0]" => "[0, -inf]"),
    unary!("LOG2", Log2, "The logarithm to base 2.", "SHOW LOG2 [1, 8]" => "[0, 3]"),
    unary!("LOG10", Log10, "The logarithm to base 10.", "SHOW LOG10 [1, 1000]" => "[0, 3]"),
    unary!("SIN", Sin, "The sine of an angle in radians.", "SHOW SIN [0]" => "[0]"),
    unary!("COS", Cos, "The cosine of an angle in radians.", "SHOW COS [0]" => "[1]"),
    unary!("TAN", Tan, "The tangent of an angle in radians.", "SHOW TAN [0]" => "[0]"),
    unary!("TANH", Tanh, "The hyperbolic tangent.", "SHOW TANH [0]" => "[0]"),
    unary!("SIGMOID", Sigmoid, "The logistic function `1 / (1 + exp(-a))`.", "SHOW SIGMOID [0]" => "[0.5]"),
    unary!("RELU", Relu, "Negative elements become 0; NaN stays.", "SHOW RELU [-1, 2]" => "[0, 2]"),
    unary!("FLOOR", Floor, "The greatest whole number that is not above the element.", "SHOW FLOOR [1.5, -1.5]" => "[1, -2]"),
    unary!("CEIL", Ceil, "The least whole number that is not below the element.", "SHOW CEIL [1.5, -1.5]" => "[2, -1]"),
    unary!("ROUND", Round, "The nearest whole number; halves go to the even one, as in NumPy.", "SHOW ROUND [0.5, 1.5, 2.5]" => "[0, 2, 2]"),
    unary!("SIGN", Sign, "-1, 0 or 1; NaN for NaN.", "SHOW SIGN [-5, 0, 5]" => "[-1, 0, 1]"),
    unary!("ISNAN", IsNan, "Whether an element is NaN.", "SHOW ISNAN [1, nan]" => "[false, true]"),
    unary!("REAL", Real, "The real part of complex numbers.", "SHOW REAL(COMPLEX([1, 2], [3, 4]))" => "[1, 2]"),
    unary!("IMAG", Imag, "The imaginary part of complex numbers.", "SHOW IMAG(COMPLEX([1, 2], [3, 4]))" => "[3, 4]"),
    unary!("CONJ", Conj, "The complex conjugate.", "SHOW IMAG(CONJ(COMPLEX([1, 2], [3, 4])))" => "[-3, -4]"),
    FunctionDef {
        name: "COMPLEX",
        aliases: &[],
        category: Category::Elementwise,
        pattern: "COMPLEX(re, im)",
        doc: "Complex numbers of real and imaginary parts, broadcast; c64 of two f32, else c128.",
        example: Example { script: "SHOW COMPLEX([1, 2], [3, -4])", output: "[1+3i, 2-4i]" },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::complex(&args.tensor("re")?, &args.tensor("im")?)?),
    },
    FunctionDef {
        name: "CLIP",
        aliases: &[],
        category: Category::Elementwise,
        pattern: "CLIP(a, lo, hi)",
        doc: "Elements below `lo` become `lo`, those above `hi` become `hi`; both broadcast, NaN stays.",
        example: Example { script: "SHOW CLIP([1, 5, 9], 2, 6)", output: "[2, 5, 6]" },
        columns: Columns::AllNames,
        evaluate: clip,
    },
    FunctionDef {
        name: "WHERE",
        aliases: &[],
        category: Category::Elementwise,
        pattern: "WHERE(condition, a, b)",
        doc: "The element of `a` where the condition holds, else that of `b`; all three broadcast.",
        example: Example { script: "SHOW WHERE([1, 5] > 3, 1, 0)", output: "[0, 1]" },
        columns: Columns::AllNames,
        evaluate: |args| {
            Ok(graph::select(&args.tensor("condition")?, &args.tensor("a")?, &args.tensor("b")?)?)
        },
    },
    FunctionDef {
        name: "COALESCE",
        aliases: &["IFNULL"],
        category: Category::Elementwise,
        pattern: "COALESCE(values...)",
        doc: "The first value that is not NULL. No tensor is NULL, so that it is of use in queries, where it goes row by row.",
        example: Example { script: "SHOW COALESCE(NULL, [1, 2])", output: "[1, 2]" },
        columns: Columns::Never,
        evaluate: |args| args.first_tensor("values"),
    },
    FunctionDef {
        name: "CAST",
        aliases: &[],
        category: Category::Elementwise,
        pattern: "CAST(a AS dtype)",
        doc: "The elements in another dtype: f32, f64, i64, bool, c64 or c128. Floats are truncated toward zero when cast to i64; NaN, infinities and numbers that do not fit are an error.",
        example: Example { script: "SHOW CAST([2.7, -2.7] AS i64)", output: "[2, -2]" },
        columns: Columns::Never,
        evaluate: cast,
    },
];

fn scale(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let (a, s) = (args.tensor("a")?, args.tensor("s")?);
    if s.shape().rank() != 0 {
        let message = format!("SCALE takes a number of shape [], not shape {}", s.shape());
        return Err(args.error(message).with_help("MULTIPLY multiplies two tensors"));
    }
    Ok(graph::binary(BinaryOp::Mul, &a, &s)?)
}

/// CLIP is composed of two operations. Its errors must not name them.
fn clip(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let (a, lo, hi) = (args.tensor("a")?, args.tensor("lo")?, args.tensor("hi")?);
    let operation = "CLIP";
    Ok(graph::clip(&a, &lo, &hi).map_err(|error| match error {
        TensorError::ShapeMismatch { left, right, rule, .. } => {
            TensorError::ShapeMismatch { operation, left, right, rule }
        }
        TensorError::StrictBroadcast { left, right, .. } => {
            TensorError::StrictBroadcast { operation, left, right }
        }
        TensorError::DTypeMismatch { found, rule, .. } => {
            TensorError::DTypeMismatch { operation, found, rule }
        }
        other => other,
    })?)
}

fn cast(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let place = args.span_of("dtype");
    let dtype = match args.text("dtype") {
        Ok(word) => dtype_of(&word).ok_or_else(|| unknown_dtype(&word).at(place))?,
        Err(_) if args.has("dtype") => {
            let error = Error::new(Code::WrongArguments, "CAST needs the word for a dtype here");
            return Err(error.at(place).with_help("the dtypes are f32, f64, i64, bool, c64 and c128"));
        }
        Err(missing) => return Err(missing),
    };
    Ok(graph::cast(&args.tensor("a")?, dtype)?)
}
