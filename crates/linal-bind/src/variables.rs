//! The names of a session: tensors, lazy graphs and aliases.

use std::sync::Arc;

use arrow::buffer::Buffer;
use linal_dataset::lineage::LineageRef;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_tensor::graph::NodeRef;
use linal_tensor::{DType, ExecutionContext, Shape, Tensor};
use rustc_hash::FxHashMap;

use crate::DatasetRef;
use crate::functions::{HostFunction, HostFunctions};

/// The slot of a name. It stays the same when the name gets another value, so that cached programs find it.
pub type SlotId = u32;

/// The value of a name.
#[derive(Clone, Debug)]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// A graph that is evaluated at its first use. The value is kept and shared by all copies.
    Lazy(Arc<Lazy>),
    /// An alias of another name.
    Alias(Arc<str>),
    /// A dataset in its current version.
    Dataset(DatasetRef),
    /// A column of a dataset in its current version.
    Column(DatasetRef, Arc<str>),
}

/// A graph and its value once it has been evaluated.
#[derive(Debug)]
pub struct Lazy {
    /// The graph.
    pub graph: NodeRef,
    /// The value, once the graph has been evaluated.
    pub value: std::sync::OnceLock<Tensor>,
}

/// A name and its value.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name in the case of its last definition.
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
    /// How the value came about.
    pub lineage: LineageRef,
    /// Declared STRICT: the tensor must not be broadcast against another one.
    pub strict: bool,
    /// For a spectrum: the length of its signal.
    pub spectrum_length: Option<usize>,
}

/// All names of a session. Clones share the values; a transaction keeps a clone for ROLLBACK.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    slots: Vec<Option<Variable>>,
    /// Lower-case name to slot. Names are matched without regard to case.
    ids: FxHashMap<Box<str>, SlotId>,
    /// The functions of the host.
    host: HostFunctions,
}

impl Lazy {
    /// The value, computed at the first use and kept.
    ///
    /// # Errors
    /// Those of running the graph.
    pub fn force(&self, context: &ExecutionContext) -> Result<Tensor> {
        if let Some(tensor) = self.value.get() {
            return Ok(tensor.clone());
        }
        let tensor = linal_tensor::graph::evaluate(&self.graph, context)?;
        Ok(self.value.get_or_init(|| tensor).clone())
    }
}

impl Variable {
    /// Shape and dtype, which are known for lazy values, too. `None` for an alias.
    pub fn kind(&self) -> Option<(&Shape, DType)> {
        match &self.value {
            Value::Tensor(tensor) => Some((tensor.shape(), tensor.dtype())),
            Value::Lazy(lazy) => Some((lazy.graph.shape(), lazy.graph.dtype())),
            Value::Alias(_) | Value::Dataset(_) | Value::Column(..) => None,
        }
    }
}

impl Variables {
    /// The slot of a name, allocated if the name is new.
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

    /// The mutable variable in a slot.
    #[inline]
    pub fn get_mut(&mut self, slot: SlotId) -> Option<&mut Variable> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// The functions of the host.
    pub fn host(&self) -> &HostFunctions {
        &self.host
    }

    /// Adds a function of the host.
    pub fn add_host(&mut self, function: HostFunction) {
        self.host.add(function);
    }

    /// The variable of a name.
    pub fn find(&self, name: &str) -> Option<(SlotId, &Variable)> {
        let &id = self.ids.get(name.to_lowercase().as_str())?;
        Some((id, self.get(id)?))
    }

    /// Resolves a name through its aliases.
    pub fn resolve(&self, name: &str) -> Result<(SlotId, &Variable)> {
        let mut wanted: Arc<str> = name.into();
        // A chain of aliases is at most as long as the number of names, unless it is circular.
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

    /// The dataset that a name stands for, also through other aliases.
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

    /// Sets the variable of a slot.
    pub fn set(&mut self, slot: SlotId, variable: Variable) {
        self.slots[slot as usize] = Some(variable);
    }

    /// Whether a buffer is the memory of a tensor.
    pub fn hold(&self, buffer: &Buffer) -> bool {
        self.iter().any(|variable| match &variable.value {
            Value::Tensor(tensor) => tensor.arrow_buffer().data_ptr() == buffer.data_ptr(),
            _ => false,
        })
    }

    /// Removes a name.
    pub fn remove(&mut self, slot: SlotId) -> Option<Variable> {
        self.slots.get_mut(slot as usize)?.take()
    }

    /// Removes all names. Slots stay, since cached programs refer to them.
    pub fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = None);
    }

    /// All variables in the order of their first definition.
    pub fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.slots.iter().flatten()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|variable| &*variable.name)
    }
}

/// The error of a dataset where a tensor is expected.
pub fn is_dataset(name: &str, dataset: &str) -> Error {
    Error::new(Code::NotATensor, format!("`{name}` is a dataset, and a tensor is expected here"))
        .with_help(format!("a column of it is a tensor: `{dataset}.column`"))
}
