//! A bounded cache.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;

use rustc_hash::{FxBuildHasher, FxHashMap};

/// A cache of two generations: when the recent one is full it replaces the old one, which is dropped. A value
/// that is used moves to the recent generation, so that frequently used ones stay.
///
/// At least as much as one generation holds is kept of what was used last, and at most twice as much. Finding
/// a recent value changes nothing and costs one look-up of a hash table: a cache of least recently used values
/// moves it to the front of a list each time.
pub struct GenerationCache<K, V> {
    recent: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
    /// The cost of the recent values.
    recent_cost: usize,
    /// The greatest cost of a generation.
    generation: usize,
    cost: fn(&K, &V) -> usize,
}

impl<K, V> GenerationCache<K, V> {
    /// A cache with this many values in a generation.
    pub const fn new(generation: usize) -> GenerationCache<K, V> {
        GenerationCache::with_cost(generation, |_, _| 1)
    }

    /// A cache in which the values of a generation cost at most `generation` together. A value that alone
    /// costs more is not kept.
    pub const fn with_cost(generation: usize, cost: fn(&K, &V) -> usize) -> GenerationCache<K, V> {
        let recent = FxHashMap::with_hasher(FxBuildHasher);
        let old = FxHashMap::with_hasher(FxBuildHasher);
        GenerationCache { recent, old, recent_cost: 0, generation, cost }
    }

    /// Removes all values.
    pub fn clear(&mut self) {
        self.recent.clear();
        self.old.clear();
        self.recent_cost = 0;
    }
}

impl<K: Hash + Eq, V> GenerationCache<K, V> {
    /// The value of a key, if it is in the recent generation.
    #[inline]
    pub fn recent<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.recent.get(key)
    }

    /// The value of a key, which moves to the recent generation.
    pub fn get<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        if !self.recent.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.insert(key, value);
        }
        self.recent.get(key)
    }

    /// Sets the value of a key. The cost of a value that is replaced counts until its generation ends.
    pub fn insert(&mut self, key: K, value: V) {
        let cost = (self.cost)(&key, &value);
        if cost > self.generation {
            return;
        }
        if self.recent_cost + cost > self.generation {
            self.old = std::mem::take(&mut self.recent);
            self.recent_cost = 0;
        }
        self.recent_cost += cost;
        self.recent.insert(key, value);
    }
}

impl<K, V> fmt::Debug for GenerationCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (recent, old) = (self.recent.len(), self.old.len());
        f.debug_struct("GenerationCache").field("recent", &recent).field("old", &old).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_used_last_stay() {
        let mut cache = GenerationCache::new(2);
        for key in 0..4 {
            cache.insert(key, key);
        }
        assert_eq!(cache.recent(&1), None);
        assert_eq!(cache.get(&1), Some(&1));
        cache.insert(4, 4);
        // 1 was used, 0 was not.
        assert_eq!((cache.get(&0).copied(), cache.get(&1).copied()), (None, Some(1)));
        cache.clear();
        assert_eq!(cache.get(&1), None);
    }

    #[test]
    fn costs_are_bounded() {
        let mut cache = GenerationCache::with_cost(10, |key: &usize, _: &()| *key);
        cache.insert(11, ());
        assert_eq!(cache.get(&11), None);
        for key in [6, 5, 4, 3] {
            cache.insert(key, ());
            let total: usize = cache.recent.keys().chain(cache.old.keys()).sum();
            assert!(total <= 20 && cache.recent.keys().sum::<usize>() <= 10);
        }
        assert!(cache.get(&6).is_none() && cache.get(&4).is_some());
    }

    #[test]
    fn a_value_can_be_replaced() {
        let mut cache = GenerationCache::new(4);
        for value in 0..100 {
            cache.insert("key", value);
        }
        assert_eq!(cache.get("key"), Some(&99));
    }
}
