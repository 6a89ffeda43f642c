//! The execution context of a function within a running query.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::not_impl_err;
use linal_tensor::{Cancellation, Deadline, ExecutionContext, MemoryPool};

/// The state that functions of a query share with its statement. The planner stores it in the session's
/// [`ConfigOptions`], where every function finds it.
#[derive(Clone, Debug)]
pub(crate) struct ExecutionHandle {
    /// The pool from which outputs and scratch are reserved.
    pub pool: Arc<MemoryPool>,
    /// The flag that cancels the statement.
    pub cancellation: Cancellation,
    /// The deadline of the running statement.
    pub limit: Limit,
}

impl ExecutionHandle {
    /// Fails if the statement was cancelled or is past its deadline.
    ///
    /// # Errors `E0502` and `E0503`.
    pub fn poll(&self) -> datafusion::common::Result<()> {
        let ended = match self.limit.get() {
            _ if self.cancellation.is_cancelled() => linal_tensor::Error::Cancelled,
            Some((deadline, limit)) if Instant::now() >= deadline => {
                linal_tensor::Error::Timeout { limit_ms: limit.as_millis() as u64 }
            }
            _ => return Ok(()),
        };
        Err(super::error::external(linal_dataset::Error::from(ended)))
    }

    fn context(&self) -> ExecutionContext {
        ExecutionContext::new(self.pool.clone())
            .with_cancellation(self.cancellation.clone())
            .with_deadline(self.limit.get())
            .with_threads(1)
    }
}

/// The deadline of the running statement. A plan is made once and runs under many deadlines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limit(Arc<Mutex<Option<Deadline>>>);

impl Limit {
    /// Sets the deadline of the next statement.
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

/// The context of one batch. DataFusion already runs partitions in parallel, so a kernel stays on its thread.
pub(super) fn execution(options: &ConfigOptions) -> ExecutionContext {
    match options.extensions.get::<ExecutionHandle>() {
        Some(handle) => handle.context(),
        None => unlimited(),
    }
}

/// The context without a statement: for planning and constant folding.
pub(super) fn unlimited() -> ExecutionContext {
    ExecutionContext::unlimited().with_threads(1)
}
