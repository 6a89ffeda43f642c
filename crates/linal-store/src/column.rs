//! The types of columns, and the zero-copy conversion between a column and a tensor.
//!
//! | LINAL | Arrow |
//! | --- | --- |
//! | `Bool` `Int` `Float` `Real` `String` `Date` `Timestamp` | Boolean, Int64, Float64, Float32, Utf8View, Date32, Timestamp(us) |
//! | `Vector(n, t)` | `FixedSizeList<t; n>` |
//! | `Matrix(r, c, t)`, `Tensor(d1, ..., t)` | the same over all elements, with extension type
//! `arrow.fixed_shape_tensor` |
//! | complex elements | twice as many floats, with the dtype in the field metadata |

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, FixedSizeListArray, PrimitiveArray};
use arrow::buffer::{BooleanBuffer, Buffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, FieldRef, Float32Type, Float64Type, Int64Type, TimeUnit,
};
use linal_tensor::{DType, Shape, Tensor};

const EXTENSION_NAME: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
const FIXED_SHAPE_TENSOR: &str = "arrow.fixed_shape_tensor";
/// Key of the field metadata that holds a complex dtype, for which Arrow has no type.
const COMPLEX: &str = "linal.dtype";

/// Shape and dtype of the tensors in a tensor column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// The shape of one cell; at least one axis.
    pub shape: Shape,
    /// The dtype of the elements.
    pub dtype: DType,
}

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Booleans.
    Bool,
    /// 64-bit integers.
    Int,
    /// 64-bit floating-point numbers.
    Float,
    /// 32-bit floating-point numbers.
    Real,
    /// Text.
    String,
    /// Days.
    Date,
    /// Microseconds, without a time zone.
    Timestamp,
    /// A tensor in each cell.
    Tensor(TensorType),
    /// Any other Arrow type that a file or a query yields.
    Other(DataType),
}

impl TensorType {
    /// The type of a vector column.
    pub fn vector(length: usize, dtype: DType) -> TensorType {
        TensorType { shape: Shape::new(&[length]), dtype }
    }

    /// The type of a tensor field; `None` for any other field.
    pub fn of(field: &Field) -> Option<TensorType> {
        let DataType::FixedSizeList(item, width) = field.data_type() else { return None };
        let width = usize::try_from(*width).ok()?;
        let (dtype, parts) = match (field.metadata().get(COMPLEX).map(String::as_str), item.data_type()) {
            (Some("c64"), DataType::Float32) => (DType::C64, 2),
            (Some("c128"), DataType::Float64) => (DType::C128, 2),
            (_, DataType::Float32) => (DType::F32, 1),
            (_, DataType::Float64) => (DType::F64, 1),
            (_, DataType::Int64) => (DType::I64, 1),
            (_, DataType::Boolean) => (DType::Bool, 1),
            _ => return None,
        };
        let elements = width / parts;
        let shape = extension_shape(field).unwrap_or_else(|| Shape::new(&[elements]));
        (shape.checked_len() == Some(elements)).then_some(TensorType { shape, dtype })
    }

    /// Number of elements per cell.
    pub fn len(&self) -> usize {
        self.shape.len()
    }

    /// Whether cells have no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The field of the elements, the same for all tensor columns of a dtype.
    pub fn item_field(&self) -> FieldRef {
        let item = match self.dtype {
            DType::Bool => DataType::Boolean,
            DType::I64 => DataType::Int64,
            DType::F32 | DType::C64 => DataType::Float32,
            DType::F64 | DType::C128 => DataType::Float64,
        };
        Arc::new(Field::new_list_field(item, true))
    }

    /// The length of the Arrow list of a cell: complex elements count twice.
    pub fn width(&self) -> usize {
        self.len() * if self.dtype.is_complex() { 2 } else { 1 }
    }

    /// The Arrow storage type.
    pub fn data_type(&self) -> DataType {
        DataType::FixedSizeList(self.item_field(), i32::try_from(self.width()).unwrap_or(i32::MAX))
    }

    /// The field metadata.
    pub fn metadata(&self) -> HashMap<String, String> {
        let mut metadata = HashMap::new();
        if self.dtype.is_complex() {
            metadata.insert(COMPLEX.to_string(), self.dtype.name().to_string());
        }
        if self.shape.rank() != 1 {
            let dims: Vec<String> = self.shape.dims().iter().map(usize::to_string).collect();
            metadata.insert(EXTENSION_NAME.to_string(), FIXED_SHAPE_TENSOR.to_string());
            metadata.insert(EXTENSION_METADATA.to_string(), format!("{{\"shape\":[{}]}}", dims.join(",")));
        }
        metadata
    }

    /// A field of this type.
    pub fn field(&self, name: impl Into<String>, nullable: bool) -> Field {
        Field::new(name, self.data_type(), nullable).with_metadata(self.metadata())
    }
}

impl ColumnType {
    /// The type of a field.
    pub fn of(field: &Field) -> ColumnType {
        if let Some(tensor) = TensorType::of(field) {
            return ColumnType::Tensor(tensor);
        }
        match field.data_type() {
            DataType::Boolean => ColumnType::Bool,
            DataType::Int64 => ColumnType::Int,
            DataType::Float64 => ColumnType::Float,
            DataType::Float32 => ColumnType::Real,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::String,
            DataType::Date32 => ColumnType::Date,
            DataType::Timestamp(TimeUnit::Microsecond, None) => ColumnType::Timestamp,
            other => ColumnType::Other(other.clone()),
        }
    }

    /// The Arrow storage type.
    pub fn data_type(&self) -> DataType {
        match self {
            ColumnType::Bool => DataType::Boolean,
            ColumnType::Int => DataType::Int64,
            ColumnType::Float => DataType::Float64,
            ColumnType::Real => DataType::Float32,
            ColumnType::String => DataType::Utf8View,
            ColumnType::Date => DataType::Date32,
            ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            ColumnType::Tensor(tensor) => tensor.data_type(),
            ColumnType::Other(other) => other.clone(),
        }
    }

    /// A field of this type.
    pub fn field(&self, name: impl Into<String>, nullable: bool) -> Field {
        match self {
            ColumnType::Tensor(tensor) => tensor.field(name, nullable),
            scalar => Field::new(name, scalar.data_type(), nullable),
        }
    }
}

impl fmt::Display for TensorType {
    /// As LINAL writes it; f32, the default dtype of columns, is omitted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.shape.rank() {
            1 => "Vector",
            2 => "Matrix",
            _ => "Tensor",
        };
        let dims: Vec<String> = self.shape.dims().iter().map(usize::to_string).collect();
        write!(f, "{word}({}", dims.join(", "))?;
        match self.dtype {
            DType::F32 => f.write_str(")"),
            dtype => write!(f, ", {dtype})"),
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Bool => f.write_str("Bool"),
            ColumnType::Int => f.write_str("Int"),
            ColumnType::Float => f.write_str("Float"),
            ColumnType::Real => f.write_str("Real"),
            ColumnType::String => f.write_str("String"),
            ColumnType::Date => f.write_str("Date"),
            ColumnType::Timestamp => f.write_str("Timestamp"),
            ColumnType::Tensor(tensor) => tensor.fmt(f),
            ColumnType::Other(other) => crate::column_name::write(f, other),
        }
    }
}

/// Why a column cannot be a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTensor {
    /// This many cells are NULL.
    Nulls(usize),
    /// The type is not numeric.
    Type(ColumnType),
    /// The buffer layout is not the one of the type.
    Layout(String),
}

/// Converts a column to a tensor: m cells of shape s become shape `[m, s...]`, m numbers become `[m]`. The
/// buffer is shared, except for Booleans, which columns store as bits.
///
/// # Errors
/// When a cell is NULL (a tensor element cannot be) or the type is not numeric.
pub fn column_to_tensor(field: &Field, array: &dyn Array) -> Result<Tensor, NotTensor> {
    if array.logical_null_count() > 0 {
        return Err(NotTensor::Nulls(array.logical_null_count()));
    }
    let (shape, dtype, elements): (Shape, DType, &dyn Array) = match ColumnType::of(field) {
        ColumnType::Bool => (Shape::new(&[array.len()]), DType::Bool, array),
        ColumnType::Int => (Shape::new(&[array.len()]), DType::I64, array),
        ColumnType::Float => (Shape::new(&[array.len()]), DType::F64, array),
        ColumnType::Real => (Shape::new(&[array.len()]), DType::F32, array),
        ColumnType::Tensor(tensor) => {
            let list = array.as_fixed_size_list_opt().ok_or_else(|| layout("no fixed-size list"))?;
            if list.values().null_count() > 0 {
                return Err(NotTensor::Nulls(list.values().null_count()));
            }
            let mut dims = vec![array.len()];
            dims.extend_from_slice(tensor.shape.dims());
            (Shape::new(&dims), tensor.dtype, list.values().as_ref())
        }
        other => return Err(NotTensor::Type(other)),
    };
    let buffer = match elements.data_type() {
        DataType::Boolean => bytes_of_bits(elements.as_boolean()),
        DataType::Int64 => values_of::<Int64Type>(elements)?,
        DataType::Float32 => values_of::<Float32Type>(elements)?,
        _ => values_of::<Float64Type>(elements)?,
    };
    Tensor::from_arrow_buffer(dtype, shape, buffer).map_err(|error| layout(&error.to_string()))
}

/// Converts a tensor to a column with one row per index of the first axis; the buffer is shared. `None` when
/// the tensor is a scalar or is not in row-major order.
pub fn tensor_to_column(tensor: &Tensor) -> Option<(ColumnType, ArrayRef)> {
    let (&rows, cell) = tensor.shape().dims().split_first()?;
    if !tensor.layout().is_contiguous() {
        return None;
    }
    let dtype = tensor.dtype();
    let start = tensor.layout().offset() * dtype.size();
    let buffer = tensor.arrow_buffer().slice_with_length(start, tensor.len() * dtype.size());
    let elements: ArrayRef = match dtype {
        DType::Bool => Arc::new(bits_of_bytes(buffer.as_slice())),
        DType::I64 => primitive::<Int64Type>(buffer),
        DType::F32 | DType::C64 => primitive::<Float32Type>(buffer),
        DType::F64 | DType::C128 => primitive::<Float64Type>(buffer),
    };
    if cell.is_empty() && !dtype.is_complex() {
        let scalar = match dtype {
            DType::Bool => ColumnType::Bool,
            DType::I64 => ColumnType::Int,
            DType::F32 => ColumnType::Real,
            _ => ColumnType::Float,
        };
        return Some((scalar, elements));
    }
    let shape = if cell.is_empty() { Shape::new(&[1]) } else { Shape::new(cell) };
    let tensor = TensorType { shape, dtype };
    let width = i32::try_from(tensor.width()).ok()?;
    let list =
        FixedSizeListArray::try_new_with_length(tensor.item_field(), width, elements, None, rows).ok()?;
    Some((ColumnType::Tensor(tensor), Arc::new(list)))
}

fn layout(message: &str) -> NotTensor {
    NotTensor::Layout(message.to_string())
}

fn values_of<T: ArrowPrimitiveType>(array: &dyn Array) -> Result<Buffer, NotTensor> {
    let primitive = array.as_primitive_opt::<T>().ok_or_else(|| layout("another element type"))?;
    Ok(primitive.values().inner().clone())
}

fn primitive<T: ArrowPrimitiveType>(buffer: Buffer) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(buffer), None))
}

fn bytes_of_bits(array: &BooleanArray) -> Buffer {
    array.values().iter().map(u8::from).collect::<Vec<u8>>().into()
}

fn bits_of_bytes(bytes: &[u8]) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(bytes.len(), |at| bytes[at] != 0), None)
}

/// The shape that the extension type declares: `{"shape":[2,3]}`.
fn extension_shape(field: &Field) -> Option<Shape> {
    if field.metadata().get(EXTENSION_NAME).map(String::as_str) != Some(FIXED_SHAPE_TENSOR) {
        return None;
    }
    let (_, rest) = field.metadata().get(EXTENSION_METADATA)?.split_once("\"shape\"")?;
    let list = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
    let dims: Option<Vec<usize>> =
        list.split_once(']')?.0.split(',').map(|dim| dim.trim().parse().ok()).collect();
    Some(Shape::new(&dims?))
}

/// Whether the extension type declares a permutation other than row-major.
pub(crate) fn has_permutation(field: &Field) -> bool {
    if field.metadata().get(EXTENSION_NAME).map(String::as_str) != Some(FIXED_SHAPE_TENSOR) {
        return false;
    }
    let metadata = field.metadata().get(EXTENSION_METADATA).map(String::as_str).unwrap_or_default();
    let Some((_, rest)) = metadata.split_once("\"permutation\"") else { return false };
    let digits = |c: char| !c.is_ascii_digit();
    let list = rest.split(']').next().unwrap_or_default();
    let axes = list.split(digits).filter_map(|axis| axis.parse::<usize>().ok());
    axes.enumerate().any(|(at, axis)| at != axis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_and_its_column_are_the_same_memory() {
        for (dims, type_name) in
            [(vec![6], "Float"), (vec![3, 2], "Vector(2, f64)"), (vec![1, 2, 3], "Matrix(2, 3, f64)")]
        {
            let values: Vec<f64> = (0..6).map(f64::from).collect();
            let tensor = Tensor::from_vec(values, Shape::new(&dims)).unwrap();
            let (column_type, array) = tensor_to_column(&tensor).unwrap();
            assert_eq!(column_type.to_string(), type_name);
            let field = column_type.field("x", false);
            assert_eq!(ColumnType::of(&field), column_type);
            let back = column_to_tensor(&field, &array).unwrap();
            assert!(back.shares_memory_with(&tensor));
            assert_eq!(back.shape(), tensor.shape());
        }
    }

    #[test]
    fn a_sliced_column_is_a_tensor_of_its_rows() {
        let tensor = Tensor::from_vec((0..8).map(|x| x as f32).collect(), [4, 2]).unwrap();
        let (column_type, array) = tensor_to_column(&tensor).unwrap();
        let part = column_to_tensor(&column_type.field("x", true), &array.slice(1, 2)).unwrap();
        assert_eq!(part.shape().dims(), [2, 2]);
        assert_eq!(part.to_vec::<f32>(), [2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn complex_and_bool_columns_keep_their_dtype() {
        let z = vec![linal_tensor::Complex64::new(1.0, 2.0); 4];
        let tensor = Tensor::from_vec(z.clone(), [2, 2]).unwrap();
        let (column_type, array) = tensor_to_column(&tensor).unwrap();
        assert_eq!(column_type.to_string(), "Vector(2, c128)");
        let back = column_to_tensor(&column_type.field("z", false), &array).unwrap();
        assert_eq!(back.to_vec::<linal_tensor::Complex64>(), z);
        let tensor = Tensor::from_vec(vec![true, false, true], [3]).unwrap();
        let (column_type, array) = tensor_to_column(&tensor).unwrap();
        let back = column_to_tensor(&column_type.field("b", false), &array).unwrap();
        assert_eq!(back.to_vec::<bool>(), [true, false, true]);
    }

    #[test]
    fn a_null_is_no_element() {
        let array = arrow::array::Float64Array::from(vec![Some(1.0), None, None]);
        let field = ColumnType::Float.field("x", true);
        assert_eq!(column_to_tensor(&field, &array).unwrap_err(), NotTensor::Nulls(2));
    }
}
