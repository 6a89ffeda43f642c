//! Saved tensors as objects of the store.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use linal_dataset::{Error, Result, row_major};
use linal_error::Code;
use linal_store::database::{DatabaseId, Snapshot, Transaction};
use linal_store::{column_to_tensor, tensor_to_column};
use linal_tensor::{MemoryPool, Shape, Tensor};
use serde_json::{Value, json};

use super::error;

const TENSOR: &str = "tensor";

/// A tensor that SAVE TENSOR puts into a database.
pub(crate) struct SavedTensor {
    /// The name of the database.
    pub database: Arc<str>,
    /// The name of the tensor.
    pub name: Arc<str>,
    /// Shape, flags and lineage.
    definition: Value,
    /// The elements in row-major order.
    elements: (Field, ArrayRef),
}

/// What a saved tensor has besides its elements.
pub(crate) struct LoadedTensor {
    /// The tensor, over the mapped file.
    pub tensor: Tensor,
    /// Whether it was declared STRICT.
    pub strict: bool,
    /// The length of the signal, when it is a spectrum.
    pub spectrum_length: Option<usize>,
    /// The text of its definition.
    pub text: String,
}

impl SavedTensor {
    /// The tensor of a name; `text` is its definition.
    ///
    /// # Errors
    /// When a copy in row-major order does not fit the memory limit.
    pub fn new(
        [database, name]: [Arc<str>; 2],
        tensor: &Tensor,
        (strict, spectrum_length): (bool, Option<usize>),
        text: &str,
        pool: &Arc<MemoryPool>,
    ) -> Result<SavedTensor> {
        let whole = if tensor.layout().is_contiguous() { tensor.clone() } else { row_major(tensor, pool)? };
        let flat = whole.reshape(&Shape::new(&[whole.shape().len()]));
        let Some((column_type, array)) = flat.and_then(|flat| tensor_to_column(&flat)) else {
            return Err(Error::new(Code::InternalError, "a bug in linal: a flat tensor that is no column"));
        };
        let definition = json!({
            "shape": tensor.shape().dims(),
            "strict": strict,
            "spectrum_length": spectrum_length,
            "text": text,
        });
        Ok(SavedTensor { database, name, definition, elements: (column_type.field("value", false), array) })
    }

    /// Writes the tensor.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn write(&self, transaction: &mut Transaction, database: DatabaseId) -> Result<()> {
        let (definition, elements) = (self.definition.clone(), self.elements.clone());
        transaction.put_object(database, TENSOR, &self.name, None, definition, Some(elements)).map_err(error)
    }
}

/// A saved tensor of a database.
///
/// # Errors
/// `E0304 unknown_name` with the nearest name; a file that is missing or damaged.
pub(crate) fn load(snapshot: &Snapshot, database: &str, name: &str) -> Result<LoadedTensor> {
    let missing = |known: Vec<&str>| Error::unknown(Code::UnknownName, "saved tensor", name, known);
    let Some(id) = snapshot.database(database).map_err(error)?.map(|entry| entry.id) else {
        return Err(missing(Vec::new()));
    };
    let Some(object) = snapshot.object(id, TENSOR, name).map_err(error)? else {
        let all = snapshot.objects().map_err(error)?.iter();
        let known = all.filter(|object| object.kind == TENSOR && object.database == id);
        return Err(missing(known.map(|object| object.name.as_str()).collect()));
    };
    let (field, array) = snapshot.values(object).map_err(error)?;
    let damaged = || Error::new(Code::DamagedDatabase, format!("the saved tensor `{name}` cannot be read"));
    let number = |value: &Value| value.as_u64().map(|number| number as usize);
    let definition = &object.definition;
    let dims = definition.get("shape").and_then(Value::as_array).ok_or_else(damaged)?;
    let dims: Vec<usize> = dims.iter().map(number).collect::<Option<_>>().ok_or_else(damaged)?;
    let flat = column_to_tensor(&field, array.as_ref()).map_err(|_| damaged())?;
    let elements = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    if elements != Some(flat.shape().len()) {
        return Err(damaged());
    }
    Ok(LoadedTensor {
        tensor: flat.reshape(&Shape::new(&dims)).ok_or_else(damaged)?,
        strict: definition.get("strict").and_then(Value::as_bool).unwrap_or_default(),
        spectrum_length: definition.get("spectrum_length").and_then(number),
        text: definition.get("text").and_then(Value::as_str).unwrap_or_default().to_string(),
    })
}
