//! Functions of the host program, which queries and tensor statements of a session call by their names.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::{CastOptions, cast_with_options, filter, take};
use linal_dataset::{Error, Result, arrow_error, row_major};
use linal_error::Code;
use linal_store::{ColumnType, TensorType, column_to_tensor, tensor_to_column};
use linal_tensor::{ExecutionContext, Shape, Tensor};

/// What the host does with a batch: arrays of the types of the inputs, without NULL and of one length, and that length.
pub type HostCall = dyn Fn(&[ArrayRef], usize) -> Result<ArrayRef> + Send + Sync;

/// A function of the host. It is called with a batch of rows at a time; a row with NULL among its arguments is NULL and is
/// not given to it.
#[derive(Clone)]
pub struct HostFunction {
    /// The name.
    pub name: Arc<str>,
    /// The types of the arguments.
    pub inputs: Arc<[ColumnType]>,
    /// The type of the result.
    pub output: ColumnType,
    call: Arc<HostCall>,
}

/// The functions of a session. Clones are cheap, and equal if nothing was registered since.
#[derive(Clone, Debug, Default)]
pub struct HostFunctions(Arc<Vec<HostFunction>>);

impl HostFunctions {
    /// Adds a function, or replaces the one of the name.
    pub fn add(&mut self, function: HostFunction) {
        let others = self.0.iter().filter(|known| !known.name.eq_ignore_ascii_case(&function.name));
        let mut next: Vec<HostFunction> = others.cloned().collect();
        next.push(function);
        self.0 = Arc::new(next);
    }

    /// The function of a name, without regard to case.
    pub fn find(&self, name: &str) -> Option<&HostFunction> {
        self.0.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    /// All functions.
    pub fn iter(&self) -> impl Iterator<Item = &HostFunction> {
        self.0.iter()
    }
}

impl PartialEq for HostFunctions {
    fn eq(&self, other: &HostFunctions) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.is_empty() && other.0.is_empty())
    }
}

impl Eq for HostFunctions {}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunction").field("name", &self.name).finish_non_exhaustive()
    }
}

impl HostFunction {
    /// A function.
    pub fn new(name: &str, inputs: Vec<ColumnType>, output: ColumnType, call: Arc<HostCall>) -> HostFunction {
        HostFunction { name: name.into(), inputs: inputs.into(), output, call }
    }

    /// The result for a batch of rows.
    ///
    /// # Errors
    /// Those of the host; a result of another length or type.
    pub fn call(&self, arguments: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let valid = arguments.iter().fold(None, |valid, argument| {
            NullBuffer::union(valid.as_ref(), argument.logical_nulls().as_ref())
        });
        let Some(valid) = valid.filter(|valid| valid.null_count() > 0) else {
            return self.call_valid(arguments, rows);
        };
        let count = rows - valid.null_count();
        if count == 0 {
            return Ok(new_null_array(&self.output.data_type(), rows));
        }
        let mask = BooleanArray::new(valid.inner().clone(), None);
        let kept = arguments.iter().map(|argument| filter(argument, &mask).map_err(arrow_error));
        let results = self.call_valid(&kept.collect::<Result<Vec<_>>>()?, count)?;
        let mut next = 0;
        let places: UInt64Array = (0..rows)
            .map(|row| {
                valid.is_valid(row).then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        take(&results, &places, None).map_err(arrow_error)
    }

    fn call_valid(&self, arguments: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let arguments =
            arguments.iter().zip(&*self.inputs).map(|(argument, kind)| self.converted(argument, kind));
        let result = (self.call)(&arguments.collect::<Result<Vec<_>>>()?, rows)?;
        if result.len() != rows {
            let (name, length) = (&self.name, result.len());
            let message = format!("the function `{name}` gave {length} values for {rows} rows");
            return Err(Error::new(Code::WrongCount, message));
        }
        self.converted(&result, &self.output)
    }

    fn converted(&self, array: &ArrayRef, kind: &ColumnType) -> Result<ArrayRef> {
        let wanted = kind.data_type();
        if *array.data_type() == wanted {
            return Ok(array.clone());
        }
        let options = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(array, &wanted, &options).map_err(|error| {
            let message = format!("a value of the function `{}` is no {kind}: {error}", self.name);
            Error::new(Code::TypeMismatch, message)
        })
    }

    /// The result for tensors: element by element for numbers, row by row for vectors.
    ///
    /// # Errors
    /// As [`HostFunction::call`]; shapes that do not fit.
    pub fn apply(&self, tensors: &[Tensor], context: &ExecutionContext) -> Result<Tensor> {
        let cell = |kind: &ColumnType| match kind {
            ColumnType::Tensor(TensorType { shape, .. }) => shape.rank(),
            _ => 0,
        };
        let mut common = Shape::scalar();
        for (tensor, kind) in tensors.iter().zip(&*self.inputs) {
            let rank =
                tensor.shape().rank().checked_sub(cell(kind)).ok_or_else(|| self.misfit(tensor, kind))?;
            let outer = Shape::new(&tensor.shape().dims()[..rank]);
            common = common.broadcast(&outer).ok_or_else(|| self.misfit(tensor, kind))?;
        }
        let rows = common.len();
        let mut columns = Vec::new();
        for (tensor, kind) in tensors.iter().zip(&*self.inputs) {
            let rank = tensor.shape().rank() - cell(kind);
            let inner = &tensor.shape().dims()[rank..];
            let whole: Vec<usize> = common.dims().iter().chain(inner).copied().collect();
            let flat: Vec<usize> = std::iter::once(rows).chain(inner.iter().copied()).collect();
            let wide = row_major(&tensor.broadcast_to(&Shape::new(&whole))?, context.pool())?;
            let wide = wide.reshape(&Shape::new(&flat)).ok_or_else(|| self.misfit(tensor, kind))?;
            let (_, column) = tensor_to_column(&wide).ok_or_else(|| self.misfit(tensor, kind))?;
            columns.push(column);
        }
        let result = self.call(&columns, rows)?;
        let field = self.output.field("result", true);
        let tensor = column_to_tensor(&field, &result).map_err(|_| {
            Error::new(Code::NoTensor, format!("the result of the function `{}` is no tensor", self.name))
        })?;
        let inner = tensor.shape().dims().get(1..).unwrap_or_default();
        let whole: Vec<usize> = common.dims().iter().chain(inner).copied().collect();
        let shaped = tensor.reshape(&Shape::new(&whole));
        shaped.ok_or_else(|| Error::new(Code::InternalError, "a result of another length"))
    }

    fn misfit(&self, tensor: &Tensor, kind: &ColumnType) -> Error {
        let message =
            format!("the function `{}` takes {kind}, not a tensor of shape {}", self.name, tensor.shape());
        Error::new(Code::BadShape, message)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Float64Array};
    use arrow::datatypes::Float64Type;

    use super::*;

    /// `a - b`, which asserts what it is called with.
    fn difference() -> HostFunction {
        let call = |arguments: &[ArrayRef], rows: usize| -> Result<ArrayRef> {
            assert!(arguments.iter().all(|argument| argument.len() == rows && argument.null_count() == 0));
            let [a, b] = [0, 1].map(|at| arguments[at].as_primitive::<Float64Type>());
            let values: Float64Array = a.values().iter().zip(b.values()).map(|(a, b)| Some(a - b)).collect();
            Ok(Arc::new(values))
        };
        let inputs = vec![ColumnType::Float, ColumnType::Float];
        HostFunction::new("difference", inputs, ColumnType::Float, Arc::new(call))
    }

    #[test]
    fn rows_with_null_are_null_and_not_given() {
        let column = |values: &[Option<f64>]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        let check = |a: &[Option<f64>], b: &[Option<f64>]| {
            let expected: Vec<Option<f64>> = a.iter().zip(b).map(|(a, b)| Some((*a)? - (*b)?)).collect();
            let found = difference().call(&[column(a), column(b)], a.len()).unwrap();
            assert_eq!(found.as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), expected);
        };
        check(&[Some(1.0), Some(5.0)], &[Some(2.0), Some(3.0)]);
        check(&[Some(1.0), None, Some(4.0), None], &[None, Some(3.0), Some(1.0), None]);
        check(&[None, None], &[Some(1.0), None]);
        check(&[], &[]);
    }

    #[test]
    fn tensors_are_broadcast() {
        let context = ExecutionContext::new(linal_tensor::MemoryPool::new(1 << 20));
        let rows = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]).unwrap();
        let columns = Tensor::from_vec(vec![1_i64, 2, 3], [3]).unwrap();
        let found = difference().apply(&[rows.clone(), columns], &context).unwrap();
        assert_eq!(found.shape().dims(), [2, 3]);
        assert_eq!(found.to_vec::<f64>(), [0.0, 0.0, 0.0, 3.0, 3.0, 3.0]);
        let other = Tensor::from_vec(vec![1.0, 2.0], [2]).unwrap();
        assert!(difference().apply(&[rows, other], &context).unwrap_err().is(Code::BadShape));
    }

    #[test]
    fn a_result_of_another_length_is_an_error() {
        let call = |arguments: &[ArrayRef], _: usize| -> Result<ArrayRef> { Ok(arguments[0].slice(0, 1)) };
        let function = HostFunction::new("first", vec![ColumnType::Float], ColumnType::Float, Arc::new(call));
        let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
        assert!(function.call(&[values], 2).unwrap_err().is(Code::WrongCount));
    }
}
