//! `[1, 2, 3]` and `[[1, 2], [3, 4]]` of number literals, as one constant tensor.

use arrow::datatypes::Field;
use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use linal_store::TensorType;
use linal_tensor::{DType, Shape};

use super::{functions, values};

/// A list of number literals, or of equal lists of them. Integers that floats would round stay integers.
pub(super) fn constant(items: &[Expr], dtype: DType) -> Option<Expr> {
    let mut numbers = Vec::with_capacity(items.len());
    let mut inner: Option<Shape> = None;
    for item in items {
        match literal(item)? {
            Item::Number(number) if inner.is_none() => numbers.push(number),
            Item::Tensor(shape, cells)
                if inner.as_ref().is_none_or(|known| *known == shape)
                    && (inner.is_some() || numbers.is_empty()) =>
            {
                inner = Some(shape);
                numbers.extend(cells);
            }
            _ => return None,
        }
    }
    let mut dims = vec![items.len()];
    if let Some(inner) = &inner {
        dims.extend_from_slice(inner.dims());
    }
    match exact_integers(&numbers) {
        Some(integers) => values::integers(&dims, integers),
        None => values::constant(&dims, numbers.into_iter().map(Number::as_float).collect(), dtype),
    }
}

#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    fn as_float(self) -> f64 {
        match self {
            Number::Int(x) => x as f64,
            Number::Float(x) => x,
        }
    }

    fn negated(self) -> Option<Number> {
        match self {
            Number::Int(x) => x.checked_neg().map(Number::Int),
            Number::Float(x) => Some(Number::Float(-x)),
        }
    }
}

/// The integers of a list that has nothing else, when a float would round one of them.
fn exact_integers(numbers: &[Number]) -> Option<Vec<i64>> {
    let is_rounded = |number: &Number| match number {
        Number::Int(x) => (*x as f64) as i128 != i128::from(*x),
        Number::Float(_) => false,
    };
    if !numbers.iter().any(is_rounded) {
        return None;
    }
    let integer = |number: &Number| match number {
        Number::Int(x) => Some(*x),
        Number::Float(_) => None,
    };
    numbers.iter().map(integer).collect()
}

enum Item {
    Number(Number),
    Tensor(Shape, Vec<Number>),
}

fn literal(item: &Expr) -> Option<Item> {
    match item {
        Expr::Literal(ScalarValue::Int64(Some(x)), _) => Some(Item::Number(Number::Int(*x))),
        Expr::Literal(ScalarValue::UInt64(Some(x)), _) => Some(Item::Number(Number::Float(*x as f64))),
        Expr::Literal(ScalarValue::Float64(Some(x)), _) => Some(Item::Number(Number::Float(*x))),
        Expr::Negative(inner) => match literal(inner)? {
            Item::Number(number) => number.negated().map(Item::Number),
            Item::Tensor(..) => None,
        },
        Expr::Literal(value @ ScalarValue::FixedSizeList(_), metadata) => tensor(value, metadata.as_ref()),
        _ => None,
    }
}

/// A list within the list. One that is no list of the text keeps its dtype.
fn tensor(value: &ScalarValue, metadata: Option<&FieldMetadata>) -> Option<Item> {
    let metadata = metadata.map(FieldMetadata::to_hashmap).unwrap_or_default();
    let field = Field::new("", value.data_type(), true).with_metadata(metadata);
    let tensor_type = TensorType::of(&field).filter(|_| functions::is_weak(&field))?;
    let ScalarValue::FixedSizeList(list) = value else { return None };
    let tensor = linal_store::column_to_tensor(&field, list.as_ref()).ok()?;
    let numbers = match tensor_type.dtype {
        DType::F64 => tensor.to_vec::<f64>().into_iter().map(of_float).collect(),
        DType::F32 => tensor.to_vec::<f32>().into_iter().map(|x| of_float(x.into())).collect(),
        DType::I64 => tensor.to_vec::<i64>().into_iter().map(Number::Int).collect(),
        _ => return None,
    };
    Some(Item::Tensor(tensor_type.shape, numbers))
}

/// A float of an inner list, which may be an integer beside integers that floats would round.
fn of_float(x: f64) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if x.fract() == 0.0 && x.abs() <= EXACT && !(x == 0.0 && x.is_sign_negative()) {
        Number::Int(x as i64)
    } else {
        Number::Float(x)
    }
}
