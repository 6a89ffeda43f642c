//! Tensors of a host program that may not have been evaluated yet.

use std::sync::Arc;

use linal_bind::{Lazy, Value, Variable};
use linal_dataset::lineage::{Lineage, Step};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_tensor::{DType, Shape, Tensor};

use super::Session;

/// A tensor, or a graph that becomes one when its value is needed. Clones share the value. It belongs to no
/// session, and outlives the one that made it.
#[derive(Clone, Debug)]
pub struct LazyTensor(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Tensor(Tensor),
    Graph(Arc<Lazy>),
}

impl From<Tensor> for LazyTensor {
    fn from(tensor: Tensor) -> LazyTensor {
        LazyTensor(Inner::Tensor(tensor))
    }
}

impl LazyTensor {
    /// The shape, which is known before the value.
    pub fn shape(&self) -> &Shape {
        match &self.0 {
            Inner::Tensor(tensor) => tensor.shape(),
            Inner::Graph(lazy) => lazy.graph.shape(),
        }
    }

    /// The dtype, which is known before the value.
    pub fn dtype(&self) -> DType {
        match &self.0 {
            Inner::Tensor(tensor) => tensor.dtype(),
            Inner::Graph(lazy) => lazy.graph.dtype(),
        }
    }

    /// The value, if it has been computed.
    pub fn value(&self) -> Option<&Tensor> {
        match &self.0 {
            Inner::Tensor(tensor) => Some(tensor),
            Inner::Graph(lazy) => lazy.value.get(),
        }
    }

    fn into_value(self) -> Value {
        match self.0 {
            Inner::Tensor(tensor) => Value::Tensor(tensor),
            Inner::Graph(lazy) => match lazy.value.get() {
                Some(tensor) => Value::Tensor(tensor.clone()),
                None => Value::Lazy(lazy),
            },
        }
    }
}

impl Session {
    /// Binds an expression over operands, which are its only new names, without evaluating it. Operands that are
    /// graphs become parts of the new one, so that a chain of operations is one graph.
    ///
    /// ```
    /// use linal_engine::Engine;
    /// use linal_tensor::Tensor;
    ///
    /// let mut session = Engine::default().session();
    /// let a = Tensor::from_vec(vec![1.0, 2.0], [2])?.into();
    /// let sum = session.lazy_expression("a + 1", &[("a", &a)])?;
    /// let twice = session.lazy_expression("a * 2", &[("a", &sum)])?;
    /// assert!(twice.value().is_none());
    /// assert_eq!(session.force(&twice)?.to_vec::<f64>(), [4.0, 6.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of the expression: shapes and dtypes are checked now.
    pub fn lazy_expression(&mut self, text: &str, operands: &[(&str, &LazyTensor)]) -> Result<LazyTensor> {
        const RESULT: &str = "lazy expression";
        for (name, operand) in operands {
            self.bind_lazy(name, LazyTensor::clone(operand));
        }
        let defined = self.execute(&format!("LAZY LET `{RESULT}` = {text}")).map_err(Error::without_span);
        for (name, _) in operands {
            self.drop_name(name);
        }
        defined?;
        let slot = self.variables.find(RESULT).map(|(slot, _)| slot);
        let value = slot.and_then(|slot| self.variables.remove(slot)).map(|variable| variable.value);
        match value {
            Some(Value::Tensor(tensor)) => Ok(LazyTensor(Inner::Tensor(tensor))),
            Some(Value::Lazy(lazy)) => Ok(LazyTensor(Inner::Graph(lazy))),
            _ => Err(Error::new(Code::InternalError, "an expression without a value")),
        }
    }

    /// The value of a tensor, computed at the first call.
    ///
    /// # Errors
    /// Those of running the graph, as of a statement of the session.
    pub fn force(&mut self, tensor: &LazyTensor) -> Result<Tensor> {
        match &tensor.0 {
            Inner::Tensor(tensor) => Ok(tensor.clone()),
            Inner::Graph(lazy) => self.guarded(|session| lazy.force(&session.context)),
        }
    }

    /// Binds a name to a tensor, as `LAZY LET` does when it has no value yet.
    pub fn bind_lazy(&mut self, name: &str, tensor: LazyTensor) {
        let text = format!("TENSOR {} {}", tensor.dtype(), tensor.shape()).into_boxed_str();
        let step = Arc::new(Step { name: name.into(), text });
        let variable = Variable {
            name: step.name.clone(),
            lineage: Lineage::new(step, []),
            value: tensor.into_value(),
            strict: false,
            spectrum_length: None,
        };
        let slot = self.variables.slot(name);
        self.variables.set(slot, variable);
    }

    /// The tensor of a name or an alias, unevaluated if it is lazy.
    ///
    /// # Errors
    /// An unknown name, with the nearest one; those of a lazy column.
    pub fn lazy_tensor(&mut self, name: &str) -> Result<LazyTensor> {
        match self.known_tensor(name) {
            Some(tensor) => Ok(tensor),
            None => self.tensor(name).map(LazyTensor::from),
        }
    }

    /// As [`Session::lazy_tensor`], when it takes no computation; `None` otherwise, and for an unknown name.
    pub fn known_tensor(&self, name: &str) -> Option<LazyTensor> {
        match &self.variables.resolve(name).ok()?.1.value {
            Value::Tensor(tensor) => Some(tensor.clone().into()),
            Value::Lazy(lazy) => Some(LazyTensor(Inner::Graph(lazy.clone()))),
            Value::Alias(_) | Value::Dataset(_) | Value::Column(..) => None,
        }
    }
}
