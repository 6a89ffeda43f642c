//! The session's names: tensors, lazy graphs and aliases.

use std::sync::Arc;

use arrow::buffer::Buffer;
use linal_error::Code;
use linal_tensor::graph::NodeRef;
use linal_tensor::{DType, Shape, Tensor};
use rustc_hash::FxHashMap;

use super::DatasetRef;
use crate::error::{Error, Result};
use crate::lineage::LineageRef;

/// The place of a name; stays the same when the name is given another value, so that cached programs find it.
pub(crate) type SlotId = u32;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Tensor(Tensor),
    /// A graph that runs at its first use; its value is kept for everyone who shares it.
    Lazy(Arc<Lazy>),
    /// Follows another name.
    Alias(Arc<str>),
    /// A dataset, whatever its state.
    Dataset(DatasetRef),
    /// A column of a dataset, whatever its state.
    Column(DatasetRef, Arc<str>),
}

/// A graph with the value that it has once it ran.
#[derive(Debug)]
pub(crate) struct Lazy {
    pub graph: NodeRef,
    pub value: std::sync::OnceLock<Tensor>,
}

/// A name with its value.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// The name in the case it was last defined in.
    pub name: Arc<str>,
    pub value: Value,
    pub lineage: LineageRef,
    /// Declared STRICT: it must not be broadcast against another tensor.
    pub strict: bool,
    /// For a spectrum: the length of the signal that it came from.
    pub spectrum_length: Option<usize>,
}

/// All names of a session. Cloning shares the values: a transaction keeps a clone to go back to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    slots: Vec<Option<Variable>>,
    /// Lower-case name to slot; names match without case.
    ids: FxHashMap<Box<str>, SlotId>,
}

impl Variable {
    /// Shape and dtype, known also while the value is lazy. `None` for an alias.
    pub fn kind(&self) -> Option<(&Shape, DType)> {
        match &self.value {
            Value::Tensor(tensor) => Some((tensor.shape(), tensor.dtype())),
            Value::Lazy(lazy) => Some((lazy.graph.shape(), lazy.graph.dtype())),
            Value::Alias(_) | Value::Dataset(_) | Value::Column(..) => None,
        }
    }
}

impl Variables {
    /// The slot of a name, made when it is new.
    pub fn slot(&mut self, name: &str) -> SlotId {
        let key = name.to_lowercase();
        if let Some(&id) = self.ids.get(key.as_str()) {
            return id;
        }
        let id = self.slots.len() as SlotId;
        self.slots.push(None);
        self.ids.insert(key.into_boxed_str(), id);
        id
    }

    /// The variable in a slot.
    #[inline]
    pub fn get(&self, slot: SlotId) -> Option<&Variable> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The variable in a slot, to change.
    #[inline]
    pub fn get_mut(&mut self, slot: SlotId) -> Option<&mut Variable> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// The variable of a name.
    pub fn find(&self, name: &str) -> Option<(SlotId, &Variable)> {
        let &id = self.ids.get(name.to_lowercase().as_str())?;
        Some((id, self.get(id)?))
    }

    /// The variable that a name leads to through its aliases.
    pub fn resolve(&self, name: &str) -> Result<(SlotId, &Variable)> {
        let mut wanted: Arc<str> = name.into();
        // A chain of aliases is no longer than there are names, unless it goes in a circle.
        for _ in 0..=self.slots.len() {
            let (id, variable) = self.find(&wanted).ok_or_else(|| self.unknown(name, &wanted))?;
            match &variable.value {
                Value::Alias(target) => wanted = target.clone(),
                Value::Dataset(dataset) => return Err(is_dataset(name, &dataset.name)),
                _ => return Ok((id, variable)),
            }
        }
        Err(Error::new(Code::CircularAlias, format!("the alias `{name}` leads back to itself")))
    }

    fn unknown(&self, name: &str, missing: &str) -> Error {
        let message = if name.eq_ignore_ascii_case(missing) {
            format!("there is no tensor `{name}`")
        } else {
            format!("`{name}` is an alias of `{missing}`, and there is no tensor `{missing}`")
        };
        Error::new(Code::UnknownName, message).suggest(missing, self.names())
    }

    /// The dataset that a name of the session stands for, through other aliases too.
    pub fn dataset_alias(&self, name: &str) -> Option<DatasetRef> {
        let mut variable = self.find(name)?.1;
        for _ in 0..=self.slots.len() {
            match &variable.value {
                Value::Dataset(dataset) => return Some(dataset.clone()),
                Value::Alias(target) => variable = self.find(target)?.1,
                _ => return None,
            }
        }
        None
    }

    /// Gives a slot another value.
    pub fn set(&mut self, slot: SlotId, variable: Variable) {
        self.slots[slot as usize] = Some(variable);
    }

    /// Whether a buffer is memory of a tensor.
    pub fn hold(&self, buffer: &Buffer) -> bool {
        self.iter().any(|variable| match &variable.value {
            Value::Tensor(tensor) => tensor.arrow_buffer().data_ptr() == buffer.data_ptr(),
            _ => false,
        })
    }

    /// Takes a name away.
    pub fn remove(&mut self, slot: SlotId) -> Option<Variable> {
        self.slots.get_mut(slot as usize)?.take()
    }

    /// Takes all names away. Slots stay, since cached programs name them.
    pub fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = None);
    }

    /// All names in the order in which they were first defined.
    pub fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.slots.iter().flatten()
    }

    /// The names alone.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|variable| &*variable.name)
    }
}

/// The error of a dataset where a tensor must be.
pub(crate) fn is_dataset(name: &str, dataset: &str) -> Error {
    Error::new(Code::NotATensor, format!("`{name}` is a dataset, and a tensor is expected here"))
        .with_help(format!("a column of it is a tensor: `{dataset}.column`"))
}
