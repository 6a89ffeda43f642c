//! Saved tensors as objects of the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use linal_dataset::lineage::{Lineage, LineageRef, StoredStep};
use linal_dataset::{Error, Result, conflict, row_major, same_name};
use linal_error::Code;
use linal_store::database::{DatabaseId, ObjectEntry, Snapshot, Transaction};
use linal_store::{column_to_tensor, tensor_to_column};
use linal_tensor::{MemoryPool, Shape, Tensor};
use serde_json::{Value, json};

use super::error;

const TENSOR: &str = "tensor";

/// Steps of the lineage that are kept with a tensor.
const LINEAGE_STEPS: usize = 10_000;

/// A change of the saved tensors of a database.
pub(crate) enum SavedChange {
    /// SAVE TENSOR.
    Put(SavedTensor),
    /// DROP TENSOR: the database, and the name.
    Drop(Arc<str>, Arc<str>),
}

/// A saved tensor in a list.
pub(crate) struct SavedEntry {
    /// The name.
    pub name: String,
    /// Type and shape, where they are known.
    pub kind: Option<(String, String)>,
}

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
    /// The steps that made it.
    pub lineage: LineageRef,
}

impl SavedChange {
    /// The database and the name.
    pub fn target(&self) -> (&str, &str) {
        match self {
            SavedChange::Put(saved) => (&saved.database, &saved.name),
            SavedChange::Drop(database, name) => (database, name),
        }
    }

    /// Writes the change.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn write(&self, transaction: &mut Transaction, database: DatabaseId) -> Result<()> {
        match self {
            SavedChange::Put(saved) => saved.write(transaction, database),
            SavedChange::Drop(_, name) => {
                transaction.drop_object(database, TENSOR, name);
                Ok(())
            }
        }
    }
}

/// Checks that nobody else has saved or dropped a tensor of the name since a snapshot: the first committer wins.
///
/// # Errors
/// `E0605 conflict`.
pub(super) fn check_unchanged(base: &Snapshot, now: &Snapshot, change: &SavedChange) -> Result<()> {
    let (database, name) = change.target();
    let id = |snapshot: &Snapshot| -> Result<Option<u64>> {
        Ok(find(snapshot, database, name)?.map(|object| object.id))
    };
    if id(base)? == id(now)? { Ok(()) } else { Err(conflict(name)) }
}

impl SavedTensor {
    /// The tensor of a name, with the steps that made it.
    ///
    /// # Errors
    /// When a copy in row-major order does not fit the memory limit.
    pub fn new(
        [database, name]: [Arc<str>; 2],
        tensor: &Tensor,
        (strict, spectrum_length): (bool, Option<usize>),
        lineage: &LineageRef,
        pool: &Arc<MemoryPool>,
    ) -> Result<SavedTensor> {
        let whole = if tensor.layout().is_contiguous() { tensor.clone() } else { row_major(tensor, pool)? };
        let flat = whole.reshape(&Shape::new(&[whole.shape().len()]));
        let Some((column_type, array)) = flat.and_then(|flat| tensor_to_column(&flat)) else {
            return Err(Error::new(Code::InternalError, "a bug in linal: a flat tensor that is no column"));
        };
        let definition = json!({
            "shape": tensor.shape().dims(),
            "dtype": tensor.dtype().to_string(),
            "strict": strict,
            "spectrum_length": spectrum_length,
            "text": lineage.text(),
            "lineage": stored_lineage(lineage),
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

/// The steps of a lineage in the definition of a tensor.
fn stored_lineage(lineage: &LineageRef) -> Value {
    let steps = Lineage::stored(lineage, LINEAGE_STEPS).into_iter();
    steps.map(|step| json!({ "name": step.name, "text": step.text, "inputs": step.inputs })).collect()
}

/// The lineage of a definition; that of a version that kept no steps is the text of the last one.
fn lineage(definition: &Value, name: &str) -> Option<LineageRef> {
    let Some(steps) = definition.get("lineage") else {
        let text = definition.get("text").and_then(Value::as_str).unwrap_or_default();
        let step = StoredStep { name: name.to_string(), text: text.to_string(), inputs: Vec::new() };
        return Lineage::of_stored(&[step]);
    };
    let step = |step: &Value| {
        let word = |key: &str| Some(step.get(key)?.as_str()?.to_string());
        let inputs = step.get("inputs")?.as_array()?.iter();
        let inputs = inputs.map(|input| input.as_u64().map(|input| input as usize)).collect::<Option<_>>()?;
        Some(StoredStep { name: word("name")?, text: word("text")?, inputs })
    };
    let steps: Vec<StoredStep> = steps.as_array()?.iter().map(step).collect::<Option<_>>()?;
    Lineage::of_stored(&steps)
}

/// The object of a saved tensor.
fn find<'s>(snapshot: &'s Snapshot, database: &str, name: &str) -> Result<Option<&'s ObjectEntry>> {
    match snapshot.database(database).map_err(error)?.map(|entry| entry.id) {
        Some(id) => snapshot.object(id, TENSOR, name).map_err(error),
        None => Ok(None),
    }
}

/// The saved tensors of a database, by name, with the changes of an open transaction.
///
/// # Errors
/// A catalog that cannot be read.
pub(crate) fn list(snapshot: &Snapshot, database: &str, changes: &[SavedChange]) -> Result<Vec<SavedEntry>> {
    let mut found: BTreeMap<String, SavedEntry> = BTreeMap::new();
    let id = snapshot.database(database).map_err(error)?.map(|entry| entry.id);
    let objects = snapshot.objects().map_err(error)?.iter();
    for object in objects.filter(|object| object.kind == TENSOR && Some(object.database) == id) {
        found.insert(object.name.to_lowercase(), entry(&object.name, &object.definition));
    }
    for change in changes.iter().filter(|change| same_name(change.target().0, database)) {
        match change {
            SavedChange::Put(saved) => {
                found.insert(saved.name.to_lowercase(), entry(&saved.name, &saved.definition));
            }
            SavedChange::Drop(_, name) => {
                found.remove(&name.to_lowercase());
            }
        }
    }
    Ok(found.into_values().collect())
}

fn entry(name: &str, definition: &Value) -> SavedEntry {
    let dims = definition.get("shape").and_then(Value::as_array);
    let dims = dims.and_then(|dims| {
        dims.iter().map(|dim| dim.as_u64().map(|dim| dim as usize)).collect::<Option<Vec<usize>>>()
    });
    let dtype = definition.get("dtype").and_then(Value::as_str);
    let kind = dtype.zip(dims).map(|(dtype, dims)| (dtype.to_string(), Shape::new(&dims).to_string()));
    SavedEntry { name: name.to_string(), kind }
}

/// A saved tensor of a database, as an open transaction sees it.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_with(
    snapshot: &Snapshot,
    changes: &[SavedChange],
    database: &str,
    name: &str,
) -> Result<LoadedTensor> {
    let is_it = |change: &&SavedChange| {
        let target = change.target();
        same_name(target.0, database) && same_name(target.1, name)
    };
    match changes.iter().rev().find(is_it) {
        Some(SavedChange::Put(saved)) => loaded(&saved.definition, &saved.elements, name),
        Some(SavedChange::Drop(..)) => Err(Error::unknown(Code::UnknownName, "saved tensor", name, [])),
        None => load(snapshot, database, name),
    }
}

/// A saved tensor of a database.
///
/// # Errors
/// `E0304 unknown_name` with the nearest name; a file that is missing or damaged.
fn load(snapshot: &Snapshot, database: &str, name: &str) -> Result<LoadedTensor> {
    let missing = |known: Vec<&str>| Error::unknown(Code::UnknownName, "saved tensor", name, known);
    let Some(id) = snapshot.database(database).map_err(error)?.map(|entry| entry.id) else {
        return Err(missing(Vec::new()));
    };
    let Some(object) = snapshot.object(id, TENSOR, name).map_err(error)? else {
        let all = snapshot.objects().map_err(error)?.iter();
        let known = all.filter(|object| object.kind == TENSOR && object.database == id);
        return Err(missing(known.map(|object| object.name.as_str()).collect()));
    };
    loaded(&object.definition, &snapshot.values(object).map_err(error)?, name)
}

/// The tensor of a definition and its elements.
fn loaded(definition: &Value, (field, array): &(Field, ArrayRef), name: &str) -> Result<LoadedTensor> {
    let damaged = || Error::new(Code::DamagedDatabase, format!("the saved tensor `{name}` cannot be read"));
    let number = |value: &Value| value.as_u64().map(|number| number as usize);
    let dims = definition.get("shape").and_then(Value::as_array).ok_or_else(damaged)?;
    let dims: Vec<usize> = dims.iter().map(number).collect::<Option<_>>().ok_or_else(damaged)?;
    let flat = column_to_tensor(field, array.as_ref()).map_err(|_| damaged())?;
    let elements = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    if elements != Some(flat.shape().len()) {
        return Err(damaged());
    }
    Ok(LoadedTensor {
        tensor: flat.reshape(&Shape::new(&dims)).ok_or_else(damaged)?,
        strict: definition.get("strict").and_then(Value::as_bool).unwrap_or_default(),
        spectrum_length: definition.get("spectrum_length").and_then(number),
        lineage: lineage(definition, name).ok_or_else(damaged)?,
    })
}
