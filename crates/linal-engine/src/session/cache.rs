//! Bound programs by the text of their statement.

use std::sync::Arc;

use linal_tensor::graph::Program;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::variables::SlotId;
use crate::lineage::Step;

/// A `LET` that was bound once and can run again as long as its inputs have the same shapes and dtypes.
#[derive(Debug)]
pub(crate) struct CachedLet {
    pub target: SlotId,
    pub program: Program,
    /// The slot of each input, in the program's order, and whether it was STRICT when the statement was bound.
    pub inputs: SmallVec<[(SlotId, bool); 4]>,
    /// The slots whose lineage the result has.
    pub sources: SmallVec<[SlotId; 4]>,
    pub step: Arc<Step>,
}

/// Two generations of programs: when the young one is full, the old one is let go and the young one grows old. A text
/// that is used moves back to the young one, so what is used often stays.
#[derive(Debug, Default)]
pub(crate) struct StatementCache {
    young: FxHashMap<Box<str>, Arc<CachedLet>>,
    old: FxHashMap<Box<str>, Arc<CachedLet>>,
}

/// Programs of one generation.
const GENERATION: usize = 512;

/// Longer texts are not kept: they are literals, and rarely come twice.
const LONGEST: usize = 4096;

impl StatementCache {
    /// The program of a text.
    #[inline]
    pub fn get(&mut self, text: &str) -> Option<Arc<CachedLet>> {
        if let Some(found) = self.young.get(text) {
            return Some(found.clone());
        }
        let (text, found) = self.old.remove_entry(text)?;
        self.insert_boxed(text, found.clone());
        Some(found)
    }

    /// Keeps a program for its text.
    pub fn insert(&mut self, text: &str, program: CachedLet) {
        if text.len() <= LONGEST {
            self.insert_boxed(text.into(), Arc::new(program));
        }
    }

    fn insert_boxed(&mut self, text: Box<str>, program: Arc<CachedLet>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(text, program);
    }

    /// Lets everything go, since a setting changed what texts mean.
    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
