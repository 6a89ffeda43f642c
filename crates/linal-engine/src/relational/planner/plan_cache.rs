//! Plans by the text of their query.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::plan::{PhysicalQuery, row_bucket};
use crate::session::Session;

/// The plans of a session. A plan holds no rows, so that keeping it costs little.
#[derive(Default)]
pub(crate) struct PlanCache(FxHashMap<Box<str>, Arc<PhysicalQuery>>);

/// More texts than this are queries that a program makes; the next one starts the cache anew.
const CAPACITY: usize = 256;

impl PlanCache {
    /// The plan of a text.
    pub fn get(&self, text: &str) -> Option<Arc<PhysicalQuery>> {
        self.0.get(text).cloned()
    }

    /// Keeps a plan.
    pub fn insert(&mut self, text: &str, planned: Arc<PhysicalQuery>) {
        if self.0.len() >= CAPACITY {
            self.0.clear();
        }
        self.0.insert(text.into(), planned);
    }

    /// Forgets all plans.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl PhysicalQuery {
    /// Whether everything that the plan saw is as it was: the same datasets with the same columns and about as
    /// many rows, the same tensors.
    pub fn is_fresh(&self, session: &Session) -> bool {
        self.repeatable
            && self.seen.iter().all(|seen| {
                let found = session.find_dataset(Some(&seen.database), &seen.name);
                let Ok(Some((_, dataset))) = found else { return false };
                let snapshot = dataset.snapshot();
                Arc::ptr_eq(&dataset, &seen.dataset)
                    && snapshot.schema_version == seen.schema_version
                    && row_bucket(snapshot.rows) == seen.row_bucket
            })
            && self.tensors.iter().all(|known| {
                session.tensor_now(&known.name).is_some_and(|now| {
                    now.tensor.shares_memory_with(&known.tensor)
                        && now.tensor.layout() == known.tensor.layout()
                        && now.tensor.dtype() == known.tensor.dtype()
                        && now.strict == known.strict
                })
            })
            && session.database_in_use() == &*self.database
    }
}
