//! Exchange of tensors between a Rust program and a session.

use std::sync::Arc;

use linal_bind::{Value, Variable};
use linal_dataset::Result;
use linal_dataset::lineage::{Lineage, Step};
use linal_tensor::Tensor;

use super::Session;

impl Session {
    /// Binds a name to a tensor, as `LET` does. The buffer is shared, and its memory is not charged.
    ///
    /// ```
    /// use linal_engine::Engine;
    /// use linal_tensor::Tensor;
    ///
    /// let mut session = Engine::default().session();
    /// session.bind_tensor("m", Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0], [2, 2])?);
    /// session.execute("LET s = SUM m AXIS 0")?;
    /// assert_eq!(session.tensor("s")?.to_vec::<f64>(), [4.0, 6.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind_tensor(&mut self, name: &str, tensor: Tensor) {
        let text = format!("TENSOR {} {}", tensor.dtype(), tensor.shape()).into_boxed_str();
        let step = Arc::new(Step { name: name.into(), text });
        let variable = Variable {
            name: step.name.clone(),
            lineage: Lineage::new(step, []),
            value: Value::Tensor(tensor),
            strict: false,
            spectrum_length: None,
        };
        let slot = self.variables.slot(name);
        self.variables.set(slot, variable);
    }

    /// The tensor of a name or alias. A lazy one is evaluated and keeps its value.
    ///
    /// # Errors
    /// An unknown name, with the nearest one; the errors of evaluating a lazy expression.
    pub fn tensor(&mut self, name: &str) -> Result<Tensor> {
        self.guarded(|session| session.query_context().tensor(name))
    }
}
