//! Columns as tensors over the same memory.

use std::sync::Arc;

use linal_error::Code;
use linal_store::{NotTensor, column_to_tensor};
use linal_tensor::{Complex32, Complex64, DType, FromData, MemoryPool, Tensor};

use super::snapshot::Snapshot;
use super::state::Dataset;
use crate::error::{Error, Result, count};

/// The tensor of a stored column, with rows along the first axis, and the snapshot that it was taken from.
/// Several chunks are merged first, and the dataset keeps the merged chunk.
///
/// # Errors
/// An unknown column, a column with NULL, or a type without numbers.
pub fn column_tensor(dataset: &Dataset, name: &str) -> Result<(Tensor, Arc<Snapshot>)> {
    let (snapshot, at, array) = dataset.whole_column(name)?;
    let field = snapshot.schema.field(at);
    let tensor = column_to_tensor(field, &array).map_err(|reason| misfit(&snapshot, at, reason))?;
    Ok((tensor, snapshot))
}

/// The position of a lazy column, whose values are computed at each use, in the current snapshot; `None` for
/// any other column.
pub fn lazy_column(dataset: &Dataset, name: &str) -> Option<(Arc<Snapshot>, usize)> {
    let place = |state: &Snapshot| {
        let at = state.position(name)?;
        state.columns[at].computed.as_ref().is_some_and(|computed| computed.lazy).then_some(at)
    };
    // The tail is sealed only if the definition has such a column.
    place(&dataset.definition())?;
    let snapshot = dataset.snapshot();
    let at = place(&snapshot)?;
    Some((snapshot, at))
}

/// The reason why the computed values of a lazy column are not a tensor; `None` when they are.
pub fn no_tensor(snapshot: &Snapshot, at: usize, nulls: usize, has_numbers: bool) -> Option<Error> {
    match (nulls, has_numbers) {
        (_, false) => Some(misfit(snapshot, at, NotTensor::Type(snapshot.columns[at].column_type.clone()))),
        (0, true) => None,
        (nulls, true) => Some(misfit(snapshot, at, NotTensor::Nulls(nulls))),
    }
}

fn misfit(snapshot: &Snapshot, column: usize, reason: NotTensor) -> Error {
    let column = &snapshot.columns[column];
    let name = format!("{}.{}", snapshot.name, column.name);
    match reason {
        NotTensor::Nulls(nulls) => {
            let message =
                format!("`{name}` has {}, and NULL is no element of a tensor", count(nulls, "NULL"));
            let help = format!(
                "a query without them is one: (SELECT {0} FROM {1} WHERE {0} IS NOT NULL)",
                column.name, snapshot.name
            );
            Error::new(Code::NoTensor, message).with_help(help)
        }
        NotTensor::Type(column_type) => Error::new(
            Code::NoTensor,
            format!("`{name}` is a {} column, which has no numbers", super::wording::spoken(&column_type)),
        ),
        NotTensor::Layout(reason) => Error::new(Code::InternalError, format!("`{name}`: {reason}")),
    }
}

/// Copies a tensor's elements to new memory in row-major order.
///
/// # Errors
/// When the copy does not fit the memory limit.
pub fn row_major(tensor: &Tensor, pool: &Arc<MemoryPool>) -> Result<Tensor> {
    fn copy<T: FromData>(tensor: &Tensor, pool: &Arc<MemoryPool>) -> Result<Tensor> {
        Ok(Tensor::from_vec_in(tensor.to_vec::<T>(), tensor.shape().clone(), pool, "copying a view")?)
    }
    match tensor.dtype() {
        DType::Bool => copy::<bool>(tensor, pool),
        DType::I64 => copy::<i64>(tensor, pool),
        DType::F32 => copy::<f32>(tensor, pool),
        DType::F64 => copy::<f64>(tensor, pool),
        DType::C64 => copy::<Complex32>(tensor, pool),
        DType::C128 => copy::<Complex64>(tensor, pool),
    }
}
