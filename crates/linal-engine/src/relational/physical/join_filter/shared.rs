//! The keys of one join in one run, from the first partition that gathers to the last.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::key_bitmap::KeyBitmap;

/// Keys that partitions gather, and scans ask for.
#[derive(Default)]
pub(crate) struct SharedJoinFilter {
    open: Mutex<Open>,
    /// All keys, once all partitions are at their end; `None` within when they were given up.
    keys: OnceLock<Option<KeyBitmap>>,
}

#[derive(Default)]
struct Open {
    /// Which partitions are at their end.
    ended: Vec<bool>,
    keys: Vec<Option<KeyBitmap>>,
}

impl SharedJoinFilter {
    /// Takes the keys of one of `partitions`, which has no more; `None` when they were given up.
    pub(in crate::relational) fn end(&self, partition: usize, partitions: usize, keys: Option<KeyBitmap>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.ended.resize(partitions, false);
        // A partition that runs a second time meets the same keys.
        if std::mem::replace(&mut open.ended[partition], true) {
            return;
        }
        open.keys.push(keys);
        if open.ended.iter().all(|&ended| ended) {
            let all = std::mem::take(&mut open.keys);
            self.keys.get_or_init(|| all.into_iter().reduce(both).flatten());
        }
    }

    /// All keys; `None` as long as there may be more, and `None` within when they were given up.
    pub(in crate::relational) fn keys(&self) -> Option<Option<&KeyBitmap>> {
        self.keys.get().map(Option::as_ref)
    }
}

fn both(one: Option<KeyBitmap>, other: Option<KeyBitmap>) -> Option<KeyBitmap> {
    let (mut one, other) = (one?, other?);
    one.join(&other).ok().map(|()| one)
}
