//! The execution context of a function within a running query.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::not_impl_err;
use linal_tensor::{Cancellation, Deadline, ExecutionContext, MemoryPool};

/// What functions of a query share with the statement that it belongs to. The planner puts it into the session's
/// [`ConfigOptions`], where every function finds it.
#[derive(Clone, Debug)]
pub(crate) struct ExecutionHandle {
    /// What outputs and scratch are reserved from.
    pub pool: Arc<MemoryPool>,
    /// The flag that ends the statement.
    pub cancellation: Cancellation,
    /// When the statement that runs now has to end.
    pub limit: Limit,
}

impl ExecutionHandle {
    /// Ends the statement when it was cancelled or is out of time.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn poll(&self) -> datafusion::common::Result<()> {
        self.context().poll().map_err(|error| super::error::external(crate::Error::from(error)))
    }

    fn context(&self) -> ExecutionContext {
        ExecutionContext::new(self.pool.clone())
            .with_cancellation(self.cancellation.clone())
            .with_deadline(self.limit.get())
            .with_threads(1)
    }
}

/// The deadline of the statement that runs now. A plan is made once and run under many deadlines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limit(Arc<Mutex<Option<Deadline>>>);

impl Limit {
    /// Sets it for the next statement.
    pub fn set(&self, deadline: Option<Deadline>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }

    fn get(&self) -> Option<Deadline> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConfigExtension for ExecutionHandle {
    const PREFIX: &'static str = "linal_execution";
}

impl ExtensionOptions for ExecutionHandle {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _value: &str) -> datafusion::common::Result<()> {
        not_impl_err!("{key} is no setting")
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}

/// The context of one batch. DataFusion runs partitions side by side already, so a kernel stays on its thread.
pub(super) fn execution(options: &ConfigOptions) -> ExecutionContext {
    match options.extensions.get::<ExecutionHandle>() {
        Some(handle) => handle.context(),
        None => unlimited(),
    }
}

/// The context of work that no statement is known for: planning, and constants.
pub(super) fn unlimited() -> ExecutionContext {
    ExecutionContext::unlimited().with_threads(1)
}
