//! `[1, 2, 3]` and `[[1, 2], [3, 4]]` of number literals, as one literal tensor.

use arrow::datatypes::Field;
use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use linal_store::TensorType;
use linal_tensor::{DType, Shape};

use super::tensor_conversion;
use crate::udf;

/// The tensor of a list of number literals, or of nested lists of equal shape.
pub(crate) fn constant(items: &[Expr], dtype: DType) -> Option<Expr> {
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
    tensor_conversion::constant(&dims, numbers, dtype)
}

enum Item {
    Number(f64),
    Tensor(Shape, Vec<f64>),
}

fn literal(item: &Expr) -> Option<Item> {
    match item {
        Expr::Literal(ScalarValue::Int64(Some(x)), _) => Some(Item::Number(*x as f64)),
        Expr::Literal(ScalarValue::UInt64(Some(x)), _) => Some(Item::Number(*x as f64)),
        Expr::Literal(ScalarValue::Float64(Some(x)), _) => Some(Item::Number(*x)),
        Expr::Negative(inner) => match literal(inner)? {
            Item::Number(number) => Some(Item::Number(-number)),
            Item::Tensor(..) => None,
        },
        Expr::Literal(value @ ScalarValue::FixedSizeList(_), metadata) => tensor(value, metadata.as_ref()),
        _ => None,
    }
}

/// The tensor of a nested list. One that is not a literal of the query keeps its dtype.
fn tensor(value: &ScalarValue, metadata: Option<&FieldMetadata>) -> Option<Item> {
    let metadata = metadata.map(FieldMetadata::to_hashmap).unwrap_or_default();
    let field = Field::new("", value.data_type(), true).with_metadata(metadata);
    let tensor_type = TensorType::of(&field).filter(|_| udf::is_weak(&field))?;
    let ScalarValue::FixedSizeList(list) = value else { return None };
    let tensor = linal_store::column_to_tensor(&field, list.as_ref()).ok()?;
    let numbers = match tensor_type.dtype {
        DType::F64 => tensor.to_vec::<f64>(),
        DType::F32 => tensor.to_vec::<f32>().into_iter().map(f64::from).collect(),
        DType::I64 => tensor.to_vec::<i64>().into_iter().map(|x| x as f64).collect(),
        _ => return None,
    };
    Some(Item::Tensor(tensor_type.shape, numbers))
}
