//! Binds number literals and lists.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::{Expr, ExprId, ExprKind, NumberArray, Numbers};
use linal_tensor::graph::{self, Kernel, Node, NodeRef};
use linal_tensor::{DType, Scalar, Tensor};

use crate::Parameter;

use super::{Binder, Bound, CONSTANT, tensor_operand};

impl Binder<'_> {
    /// A number or Boolean literal, or a list of them.
    pub(super) fn number(&self, kind: &ExprKind) -> Result<NodeRef> {
        Ok(match kind {
            ExprKind::Int(x) => graph::literal(Scalar::I64(*x)),
            ExprKind::Float(x) => graph::literal(Scalar::F64(*x)),
            ExprKind::Bool(x) => graph::literal(Scalar::Bool(*x)),
            ExprKind::Numbers(array) => Node::leaf(self.numbers(array)?, CONSTANT),
            _ => unreachable!("only literals are bound here"),
        })
    }

    /// The value of `$1` or `$name`. A program with one is not kept for the text, which has other values next time.
    pub(super) fn parameter(&mut self, name: &str) -> Result<Bound> {
        self.cacheable = false;
        let number = |scalar| Ok(Bound::Tensor(graph::literal(scalar)));
        match self.parameters.get(name)? {
            Parameter::Null => Ok(Bound::Null),
            Parameter::Bool(value) => number(Scalar::Bool(*value)),
            Parameter::Int(value) => number(Scalar::I64(*value)),
            Parameter::Float(value) => number(Scalar::F64(*value)),
            Parameter::Decimal(digits) => decimal(digits).and_then(number),
            Parameter::Text(text)
            | Parameter::Date(text)
            | Parameter::Timestamp(text)
            | Parameter::Time(text)
            | Parameter::Interval(text) => Ok(Bound::Text(text.clone())),
            Parameter::Blob(_) => {
                let message = format!("the parameter `${name}` is bytes, which only queries have");
                Err(Error::new(Code::TypeMismatch, message))
            }
            Parameter::Tensor(tensor) => Ok(Bound::Tensor(Node::leaf(tensor.clone(), CONSTANT))),
        }
    }

    fn numbers(&self, array: &NumberArray) -> Result<Tensor> {
        let pool = self.context.pool();
        let dtype = match (&array.data, self.default_dtype) {
            (Numbers::Bool(_), _) => DType::Bool,
            // A cast to integers truncates; values out of range are left to the cast, which reports them.
            (Numbers::Float(floats), DType::I64) => {
                let truncated = floats.integers(|x| Scalar::F64(x.trunc()).to_i64());
                if let Some(values) = truncated.collect::<Option<Vec<i64>>>() {
                    let array = NumberArray { shape: array.shape.clone(), data: Numbers::Int(values) };
                    return array_tensor(&array, DType::I64, pool);
                }
                DType::F64
            }
            (_, dtype) => dtype,
        };
        array_tensor(array, dtype, pool)
    }

    /// A list of expressions: its items are stacked along a new first axis.
    pub(super) fn list(&mut self, items: &[ExprId], expr: &Expr, bound: &mut [Bound]) -> Result<NodeRef> {
        let mut nodes = Vec::with_capacity(items.len());
        for &id in items {
            nodes.push(tensor_operand(bound, id, expr.node(id).span)?);
        }
        let list = match self.default_dtype {
            // Each item of a list that is cast to integers is cast by itself, so that it is not rounded to
            // the common dtype of the list.
            DType::I64 => stack("list", &nodes, Some(DType::I64)),
            default => list_of(&nodes, default),
        };
        list.map_err(|error| {
            let odd = nodes.iter().position(|node| node.shape() != nodes[0].shape());
            odd.map_or(error.clone(), |odd| error.at(expr.node(items[odd]).span))
        })
    }
}

/// Stacks the items of a list along a new first axis. Literals are weak: they take the dtype of the tensors.
/// A list of literals alone has the dtype `default`.
pub fn list_of(nodes: &[NodeRef], default: DType) -> Result<NodeRef> {
    let strong = nodes.iter().filter(|n| !n.is_weak()).map(|n| n.dtype()).reduce(DType::promote);
    let dtype = match strong {
        Some(dtype) if nodes.iter().any(|n| n.is_weak() && n.dtype() == DType::F64) => match dtype {
            DType::Bool | DType::I64 => DType::F64,
            other => other,
        },
        Some(DType::Bool) if nodes.iter().any(|n| n.is_weak()) => DType::I64,
        Some(dtype) => dtype,
        None => default,
    };
    stack("list", nodes, Some(dtype))
}

/// Stacks inputs of equal shape along a new first axis.
pub fn stack(operation: &'static str, nodes: &[NodeRef], dtype: Option<DType>) -> Result<NodeRef> {
    let mut rows = Vec::with_capacity(nodes.len());
    for node in nodes {
        if node.shape() != nodes[0].shape() {
            return Err(linal_tensor::Error::ShapeMismatch {
                operation,
                left: nodes[0].shape().clone(),
                right: node.shape().clone(),
                rule: "all must have the same shape",
            }
            .into());
        }
        let node = match dtype {
            Some(dtype) => graph::cast(node, dtype)?,
            None => node.clone(),
        };
        rows.push(graph::insert_axis(&node, 0));
    }
    Ok(graph::kernel(Kernel::Concat { axis: 0 }, &rows)?)
}

/// The tensor of a literal list with the given dtype.
///
/// # Errors
/// A number that the dtype cannot hold, such as a fraction in `i64`.
pub fn array_tensor(
    array: &NumberArray,
    dtype: DType,
    pool: &std::sync::Arc<linal_tensor::MemoryPool>,
) -> Result<Tensor> {
    let shape = linal_tensor::Shape::new(&array.shape);
    macro_rules! own {
        ($values:expr) => {
            Ok(Tensor::from_vec_in($values, shape, pool, "literal")?)
        };
    }
    match (&array.data, dtype) {
        (Numbers::Int(values), DType::I64) => own!(values.clone()),
        (Numbers::Int(values), DType::F64) => own!(values.iter().map(|&x| x as f64).collect::<Vec<_>>()),
        (Numbers::Int(values), DType::F32) => own!(values.iter().map(|&x| x as f32).collect::<Vec<_>>()),
        (Numbers::Float(floats), DType::F64) => own!(floats.values.clone()),
        (Numbers::Float(floats), DType::F32) => {
            own!(floats.values.iter().map(|&x| x as f32).collect::<Vec<_>>())
        }
        (Numbers::Bool(values), DType::Bool) => own!(values.clone()),
        (Numbers::Int(values), DType::Bool) if values.iter().all(|x| (0..=1).contains(x)) => {
            own!(values.iter().map(|&x| x == 1).collect::<Vec<_>>())
        }
        (Numbers::Float(floats), DType::I64) => {
            let whole = |x: f64| Scalar::F64(x).to_i64();
            match floats.integers(whole).collect::<Option<Vec<i64>>>() {
                Some(values) => own!(values),
                None => {
                    let x = floats.values.iter().find(|&&x| whole(x).is_none()).copied();
                    Err(does_not_fit(&format!("{:?}", x.unwrap_or(f64::NAN)), dtype))
                }
            }
        }
        (Numbers::Int(values), DType::C64 | DType::C128) => {
            complex(values.iter().map(|&x| x as f64), dtype, shape, pool)
        }
        (Numbers::Float(floats), DType::C64 | DType::C128) => {
            complex(floats.values.iter().copied(), dtype, shape, pool)
        }
        (Numbers::Bool(_), _) => Err(does_not_fit("a truth value", dtype)),
        (_, DType::Bool) => Err(does_not_fit("a number other than 0 and 1", dtype)),
    }
}

fn complex(
    values: impl Iterator<Item = f64>,
    dtype: DType,
    shape: linal_tensor::Shape,
    pool: &std::sync::Arc<linal_tensor::MemoryPool>,
) -> Result<Tensor> {
    use linal_tensor::{Complex32, Complex64};
    if dtype == DType::C64 {
        let values: Vec<Complex32> = values.map(|x| Complex32::new(x as f32, 0.0)).collect();
        return Ok(Tensor::from_vec_in(values, shape, pool, "literal")?);
    }
    let values: Vec<Complex64> = values.map(|x| Complex64::new(x, 0.0)).collect();
    Ok(Tensor::from_vec_in(values, shape, pool, "literal")?)
}

/// The number of a decimal's digits.
fn decimal(digits: &str) -> Result<Scalar> {
    let parsed = digits.parse::<f64>().map(Scalar::F64);
    parsed.map_err(|_| Error::new(Code::BadNumber, format!("`{digits}` is no decimal number")))
}

fn does_not_fit(what: &str, dtype: DType) -> Error {
    Error::new(Code::ValueOutOfRange, format!("{what} does not fit {dtype}"))
}
