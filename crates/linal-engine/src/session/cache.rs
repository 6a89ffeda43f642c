//! The cache of bound programs, keyed by the text of the statement.

use std::sync::Arc;

use linal_bind::binder::CONSTANT;
use linal_bind::{SlotId, Value, Variable, Variables};
use linal_dataset::lineage::{LineageRef, Step, following};
use linal_dataset::{Error, Result};
use linal_tensor::graph::Program;
use linal_tensor::{ExecutionContext, GenerationCache, Tensor};
use smallvec::SmallVec;

use crate::outcome::{Definition, Outcome};

/// A bound `LET`, which can be executed again as long as its inputs have the same shapes and dtypes.
#[derive(Debug)]
pub(crate) struct CachedLet {
    pub target: SlotId,
    pub program: Program,
    /// The slot of each input, in the program's order, and whether it was STRICT when the statement was
    /// bound.
    pub inputs: SmallVec<[(SlotId, bool); 4]>,
    /// The slots whose lineage the result has.
    pub sources: SmallVec<[SlotId; 4]>,
    pub step: Arc<Step>,
    /// The outcome of each run. It is always the same, since a program has one output shape and dtype.
    pub definition: Arc<Definition>,
}

impl CachedLet {
    /// Runs the program over the current values of its inputs; `None` when they do not match what it was
    /// bound for.
    #[inline]
    pub fn run(&self, variables: &mut Variables, context: &ExecutionContext) -> Option<Result<Outcome>> {
        let inputs = self.tensors(variables)?;
        let tensor = match self.program.run(&inputs, context) {
            Ok(tensor) => tensor,
            Err(error) => return Some(Err(Error::from(error))),
        };
        drop(inputs);
        self.publish(variables, tensor)?;
        Some(Ok(Outcome::Defined(self.definition.clone())))
    }

    #[inline]
    fn tensors<'v>(&'v self, variables: &'v Variables) -> Option<SmallVec<[&'v Tensor; 4]>> {
        let mut tensors = SmallVec::new();
        for (index, (&(slot, strict), leaf)) in self.inputs.iter().zip(self.program.inputs()).enumerate() {
            if slot == CONSTANT {
                tensors.push(&leaf.tensor);
                continue;
            }
            let variable = variables.get(slot)?;
            let Value::Tensor(tensor) = &variable.value else { return None };
            if variable.strict != strict || !self.program.accepts(index, tensor) {
                return None;
            }
            tensors.push(tensor);
        }
        // The lineage of every source must be readable when the result is published.
        self.sources.iter().all(|&slot| variables.get(slot).is_some()).then_some(tensors)
    }

    /// Sets the value of the target. Its lineage is kept when the same statement has read the same values
    /// before.
    #[inline]
    fn publish(&self, variables: &mut Variables, tensor: Tensor) -> Option<()> {
        let lineage = self.lineage(variables)?;
        let value = Value::Tensor(tensor);
        match (lineage, variables.get_mut(self.target)) {
            (None, Some(variable)) => {
                variable.value = value;
                variable.strict = false;
                variable.spectrum_length = None;
            }
            (lineage, _) => {
                let name = self.step.name.clone();
                let variable =
                    Variable { name, value, lineage: lineage?, strict: false, spectrum_length: None };
                variables.set(self.target, variable);
            }
        }
        Some(())
    }

    /// The lineage of the result; `Some(None)` when the target already has it.
    #[inline]
    fn lineage(&self, variables: &Variables) -> Option<Option<LineageRef>> {
        let mut sources: SmallVec<[&LineageRef; 4]> = SmallVec::new();
        for &slot in &self.sources {
            sources.push(&variables.get(slot)?.lineage);
        }
        let before = variables.get(self.target).map(|variable| &variable.lineage);
        Some(following(before, &self.step, &sources))
    }
}

/// The programs of texts.
#[derive(Debug)]
pub(crate) struct StatementCache(GenerationCache<Box<str>, Box<CachedLet>>);

/// The number of programs in a generation.
const GENERATION: usize = 512;

/// Longer texts are not cached: most of them are literals that do not recur.
const LONGEST: usize = 4096;

impl Default for StatementCache {
    fn default() -> StatementCache {
        StatementCache(GenerationCache::new(GENERATION))
    }
}

impl StatementCache {
    /// The program of a recently used text.
    #[inline]
    pub fn recent(&self, text: &str) -> Option<&CachedLet> {
        self.0.recent(text).map(|found| &**found)
    }

    /// The program of a text, which becomes a recently used one.
    pub fn promote(&mut self, text: &str) -> Option<&CachedLet> {
        self.0.get(text).map(|found| &**found)
    }

    /// Caches the program of a text.
    pub fn insert(&mut self, text: &str, program: CachedLet) {
        if text.len() <= LONGEST {
            self.0.insert(text.into(), Box::new(program));
        }
    }

    /// Clears the cache, since a setting has changed the meaning of texts.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
