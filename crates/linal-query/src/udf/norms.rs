//! Cosine similarity of vectors with known norms.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array, NullBufferBuilder};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::floats;
use linal_tensor::kernel::batch_distance::cosine_with_squared_norms;
use linal_tensor::{Layout, Shape, View};

use super::context::execution;
use super::error::external;
use super::operand::is_weak;

/// The name of the function, which is internal.
pub(crate) const COSINE_WITH_NORMS: &str = "__cosine_with_norms";

/// `COSINE_SIM(v, q)` as a function of `v`, the squared norms of its cells, and `q`, with bitwise equal
/// results. `cosine` is the function without norms, which checks arguments and computes where norms are
/// missing.
pub(super) fn cosine_with_norms(cosine: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(CosineWithNorms { cosine, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CosineWithNorms {
    cosine: Arc<ScalarUDF>,
    signature: Signature,
}

/// The vectors and the query, without the norms between them.
fn two<T: Clone>(args: &[T]) -> DfResult<[T; 2]> {
    match args {
        [vectors, _, query] => Ok([vectors.clone(), query.clone()]),
        _ => internal_err!("a cosine with norms of {} arguments", args.len()),
    }
}

impl ScalarUDFImpl for CosineWithNorms {
    fn name(&self) -> &str {
        COSINE_WITH_NORMS
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let coerced = self.cosine.coerce_types(&two(types)?)?;
        let [vectors, query] = coerced.as_slice() else {
            return internal_err!("a cosine of other arguments");
        };
        Ok(vec![vectors.clone(), DataType::Float64, query.clone()])
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        internal_err!("the type of a cosine follows from fields")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        self.cosine.return_field_from_args(ReturnFieldArgs {
            arg_fields: &two(args.arg_fields)?,
            scalar_arguments: &two(args.scalar_arguments)?,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        if let Some(cosines) = known(&args)? {
            return Ok(ColumnarValue::Array(cosines));
        }
        self.cosine.invoke_with_args(ScalarFunctionArgs {
            arg_fields: two(&args.arg_fields)?.into(),
            args: two(&args.args)?.into(),
            ..args
        })
    }
}

/// The similarity of a float column with a float vector; `None` for other arguments, and where norms are
/// missing.
fn known(args: &ScalarFunctionArgs) -> DfResult<Option<ArrayRef>> {
    let [ColumnarValue::Array(vectors), ColumnarValue::Array(norms), ColumnarValue::Scalar(query)] =
        args.args.as_slice()
    else {
        return Ok(None);
    };
    let (Some(vectors), Some(norms), ScalarValue::FixedSizeList(query)) =
        (vectors.as_fixed_size_list_opt(), norms.as_primitive_opt::<Float64Type>(), query)
    else {
        return Ok(None);
    };
    let gives_way = is_weak(&args.arg_fields[2]) && vectors.value_type() == DataType::Float32;
    let query = if gives_way { &as_singles(query)? } else { query.as_ref() };
    let (Some(rows), Some(vector)) = (floats(vectors), floats(query)) else { return Ok(None) };
    let width = vectors.value_length();
    if norms.null_count() > 0 || query.len() != 1 || query.is_null(0) || query.value_length() != width {
        return Ok(None);
    }
    let view = |data, dims: &[usize]| View { data, layout: Layout::contiguous(Shape::new(dims)) };
    let rows = view(rows, &[vectors.len(), width as usize]);
    let context = execution(&args.config_options);
    let found =
        cosine_with_squared_norms(&rows, norms.values(), &view(vector, &[width as usize]), context.control())
            .map_err(|error| external(linal_dataset::Error::from(error)))?;
    let nulls = NullBuffer::union(vectors.nulls(), defined(vectors.len(), &found.undefined).as_ref());
    Ok(Some(Arc::new(Float64Array::new(found.values.into(), nulls))))
}

/// A vector in f32, the dtype that a list literal adopts from a column.
fn as_singles(query: &FixedSizeListArray) -> DfResult<FixedSizeListArray> {
    let item = Arc::new(arrow::datatypes::Field::new_list_field(DataType::Float32, true));
    let to = DataType::FixedSizeList(item, query.value_length());
    Ok(arrow::compute::cast(query, &to)?.as_fixed_size_list().clone())
}

/// The null buffer of the defined rows, if some are undefined.
fn defined(rows: usize, undefined: &[usize]) -> Option<NullBuffer> {
    if undefined.is_empty() {
        return None;
    }
    let mut valid = NullBufferBuilder::new(rows);
    let mut next = undefined.iter().copied().peekable();
    for row in 0..rows {
        valid.append(next.next_if_eq(&row).is_none());
    }
    valid.finish()
}
