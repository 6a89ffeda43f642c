//! Profiles of a program for EXPLAIN ANALYZE. Other runs of a program read no clock.

use std::time::{Duration, Instant};

use smallvec::SmallVec;

use super::program::{Action, Program, Step, view_layout};
use crate::kernel::Value;
use crate::{ExecutionContext, Result, Tensor};

/// The profile of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepProfile {
    /// Elements of its result.
    pub elements: usize,
    pub time: Duration,
    /// Bytes written; 0 for a view.
    pub bytes: usize,
}

/// The profile of a run of a program.
#[derive(Debug)]
pub(super) struct ProgramProfile {
    /// One for each step.
    pub steps: Vec<StepProfile>,
    /// The peak of reserved bytes, less those reserved before the run.
    pub peak: usize,
}

impl Program {
    /// Runs the program over the tensors that it was compiled with, and drops the result.
    pub(super) fn profile(&self, context: &ExecutionContext) -> Result<ProgramProfile> {
        let inputs: SmallVec<[&Tensor; 4]> = self.inputs().iter().map(|leaf| &leaf.tensor).collect();
        let pool = context.pool();
        let before = pool.used();
        pool.reset_peak();
        let steps = match self.steps.as_slice() {
            [only] => vec![self.profile_single_step(only, &inputs, context)?],
            _ => self.profile_steps(&inputs, context)?,
        };
        Ok(ProgramProfile { steps, peak: pool.peak().saturating_sub(before) })
    }

    /// A program of one step runs on its usual fast path.
    fn profile_single_step(
        &self,
        step: &Step,
        inputs: &[&Tensor],
        context: &ExecutionContext,
    ) -> Result<StepProfile> {
        let operands: SmallVec<[Option<Value<'_>>; 4]> =
            inputs.iter().map(|tensor| Some(Value::Input(tensor))).collect();
        let start = Instant::now();
        self.run(inputs, context)?;
        step.profile(start.elapsed(), &operands)
    }

    fn profile_steps(&self, inputs: &[&Tensor], context: &ExecutionContext) -> Result<Vec<StepProfile>> {
        let mut profiles = Vec::with_capacity(self.steps.len());
        self.run_each(inputs, context, |step, values, keep| {
            let start = Instant::now();
            let value = step.run(values, context, keep)?;
            profiles.push(step.profile(start.elapsed(), values)?);
            Ok(value)
        })?;
        Ok(profiles)
    }
}

impl Step {
    fn profile(&self, time: Duration, values: &[Option<Value<'_>>]) -> Result<StepProfile> {
        let elements = self.shape.len();
        let bytes = if self.writes(values)? { elements * self.dtype.size() } else { 0 };
        Ok(StepProfile { elements, time, bytes })
    }

    /// Whether the step writes its result. Most views only change the layout.
    fn writes(&self, values: &[Option<Value<'_>>]) -> Result<bool> {
        match (&self.action, values.get(self.inputs.first().copied().unwrap_or(usize::MAX))) {
            (Action::View(op), Some(Some(value))) => {
                Ok(view_layout(op, &self.shape, value.layout())?.is_none())
            }
            _ => Ok(true),
        }
    }
}
