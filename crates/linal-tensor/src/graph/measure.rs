//! Running a program with a clock: what each step took, for EXPLAIN ANALYZE. No other way through a program reads one.

use std::time::{Duration, Instant};

use smallvec::SmallVec;

use super::program::{Action, Program, Step, changed};
use crate::kernel::Value;
use crate::{ExecutionContext, Result, Tensor};

/// What a step of a program did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// Elements of its result.
    pub elements: usize,
    pub time: Duration,
    /// Bytes that it wrote; none for a view.
    pub bytes: usize,
}

/// What a run of a program took.
#[derive(Debug)]
pub(super) struct Run {
    /// One for each step.
    pub steps: Vec<Measure>,
    /// The most bytes that were taken at once besides those that were in use before.
    pub peak: usize,
}

impl Program {
    /// Runs over the tensors that the program was compiled with and measures. Its result is let go.
    pub(super) fn measure(&self, context: &ExecutionContext) -> Result<Run> {
        let inputs: SmallVec<[&Tensor; 4]> = self.inputs().iter().map(|leaf| &leaf.tensor).collect();
        let pool = context.pool();
        let before = pool.used();
        pool.reset_peak();
        let steps = match self.steps.as_slice() {
            [only] => vec![self.whole(only, &inputs, context)?],
            _ => self.each(&inputs, context)?,
        };
        Ok(Run { steps, peak: pool.peak().saturating_sub(before) })
    }

    /// A program of one step runs as it always does.
    fn whole(&self, step: &Step, inputs: &[&Tensor], context: &ExecutionContext) -> Result<Measure> {
        let operands: SmallVec<[Option<Value<'_>>; 4]> =
            inputs.iter().map(|tensor| Some(Value::Input(tensor))).collect();
        let begun = Instant::now();
        self.run(inputs, context)?;
        step.measured(begun.elapsed(), &operands)
    }

    fn each(&self, inputs: &[&Tensor], context: &ExecutionContext) -> Result<Vec<Measure>> {
        let mut measures = Vec::with_capacity(self.steps.len());
        self.run_each(inputs, context, |step, values, keep| {
            let begun = Instant::now();
            let value = step.run(values, context, keep)?;
            measures.push(step.measured(begun.elapsed(), values)?);
            Ok(value)
        })?;
        Ok(measures)
    }
}

impl Step {
    fn measured(&self, time: Duration, values: &[Option<Value<'_>>]) -> Result<Measure> {
        let elements = self.shape.len();
        let bytes = if self.writes(values)? { elements * self.dtype.size() } else { 0 };
        Ok(Measure { elements, time, bytes })
    }

    /// Whether the step writes its result; most views are another layout over what is there.
    fn writes(&self, values: &[Option<Value<'_>>]) -> Result<bool> {
        match (&self.action, values.get(self.inputs.first().copied().unwrap_or(usize::MAX))) {
            (Action::View(op), Some(Some(value))) => Ok(changed(op, &self.shape, value.layout())?.is_none()),
            _ => Ok(true),
        }
    }
}
