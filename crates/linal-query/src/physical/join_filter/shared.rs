//! The keys of one join in one run, shared by all partitions.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::key_bitmap::KeyBitmap;

/// Keys that partitions collect and scans filter by.
#[derive(Default)]
pub(crate) struct SharedJoinFilter {
    open: Mutex<Open>,
    /// All keys, once all partitions have ended; the inner value is `None` if they were too sparse.
    keys: OnceLock<Option<KeyBitmap>>,
}

#[derive(Default)]
struct Open {
    /// Which partitions have ended.
    ended: Vec<bool>,
    keys: Vec<Option<KeyBitmap>>,
}

impl SharedJoinFilter {
    /// Adds the keys of a partition, which has ended; `None` if they were too sparse.
    pub(crate) fn end(&self, partition: usize, partitions: usize, keys: Option<KeyBitmap>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.ended.resize(partitions, false);
        // A partition that runs again reads the same keys.
        if std::mem::replace(&mut open.ended[partition], true) {
            return;
        }
        open.keys.push(keys);
        if open.ended.iter().all(|&ended| ended) {
            let all = std::mem::take(&mut open.keys);
            self.keys.get_or_init(|| all.into_iter().reduce(both).flatten());
        }
    }

    /// All keys; `None` while partitions still run, and an inner `None` if the keys were too sparse.
    pub(crate) fn keys(&self) -> Option<Option<&KeyBitmap>> {
        self.keys.get().map(Option::as_ref)
    }
}

fn both(one: Option<KeyBitmap>, other: Option<KeyBitmap>) -> Option<KeyBitmap> {
    let (mut one, other) = (one?, other?);
    one.join(&other).ok().map(|()| one)
}
