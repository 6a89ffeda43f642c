//! A map from hashes to serial numbers that shares its nodes with its copies.
//!
//! Each level takes four bits of the hash. A leaf is a list of entries, which becomes a branch when it is full.
//! The keys are hashes already, so that a node needs no hasher, and an insertion into a map of a million entries
//! goes through five nodes.

use std::sync::Arc;

use super::encoder::KeyHash;

/// Most entries of a leaf.
const LEAF: usize = 24;
/// Children of a branch, and the bits that choose one.
const FAN_OUT: usize = 16;
const BITS: u32 = 4;
/// Levels that a hash is good for.
const DEEPEST: u32 = 128 / BITS;

/// A map that is copied in constant time.
#[derive(Clone, Default)]
pub(super) struct KeyMap {
    root: Option<Arc<Node>>,
    len: usize,
}

#[derive(Clone)]
enum Node {
    Leaf(Vec<(KeyHash, u64)>),
    Branch([Option<Arc<Node>>; FAN_OUT]),
}

/// The child of a level that a hash belongs to.
fn child(key: KeyHash, level: u32) -> usize {
    let shift = level * BITS;
    let bits = if shift < 64 { key.0 >> shift } else { key.1 >> (shift - 64) };
    bits as usize % FAN_OUT
}

impl KeyMap {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The value of a key.
    pub fn get(&self, key: KeyHash) -> Option<u64> {
        let mut node = self.root.as_deref()?;
        let mut level = 0;
        loop {
            match node {
                Node::Leaf(entries) => {
                    return entries.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
                }
                Node::Branch(children) => node = children[child(key, level)].as_deref()?,
            }
            level += 1;
        }
    }

    /// Adds an entry; returns whether the key was new. Otherwise the map stays as it is.
    pub fn insert(&mut self, key: KeyHash, value: u64) -> bool {
        if self.get(key).is_some() {
            return false;
        }
        let root = self.root.get_or_insert_with(|| Arc::new(Node::Leaf(Vec::new())));
        Node::insert(root, key, value);
        self.len += 1;
        true
    }

    /// Removes an entry; returns its value.
    pub fn remove(&mut self, key: KeyHash) -> Option<u64> {
        let value = self.get(key)?;
        let mut slot = self.root.as_mut()?;
        let mut level = 0;
        loop {
            match Arc::make_mut(slot) {
                Node::Leaf(entries) => {
                    entries.retain(|(known, _)| *known != key);
                    self.len -= 1;
                    return Some(value);
                }
                Node::Branch(children) => slot = children[child(key, level)].as_mut()?,
            }
            level += 1;
        }
    }
}

impl Node {
    fn insert(mut slot: &mut Arc<Node>, key: KeyHash, value: u64) {
        let mut level = 0;
        loop {
            let node = Arc::make_mut(slot);
            if let Node::Leaf(entries) = node
                && entries.len() >= LEAF
                && level < DEEPEST
            {
                *node = Node::split(std::mem::take(entries), level);
            }
            match node {
                Node::Leaf(entries) => return entries.push((key, value)),
                Node::Branch(children) => {
                    slot = children[child(key, level)]
                        .get_or_insert_with(|| Arc::new(Node::Leaf(Vec::with_capacity(LEAF / 4))));
                }
            }
            level += 1;
        }
    }

    fn split(entries: Vec<(KeyHash, u64)>, level: u32) -> Node {
        let mut leaves: [Vec<(KeyHash, u64)>; FAN_OUT] = Default::default();
        entries.into_iter().for_each(|entry| leaves[child(entry.0, level)].push(entry));
        Node::Branch(leaves.map(|leaf| if leaf.is_empty() { None } else { Some(Arc::new(Node::Leaf(leaf))) }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn as_the_map_of_the_standard_library() {
        let mut map = KeyMap::default();
        let mut twin = HashMap::new();
        let mut older = Vec::new();
        let mut state = 7u64;
        for step in 0..20_000u64 {
            // A generator of pseudo-random numbers; every third key is one of a few, so that they meet again.
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let number = if step % 3 == 0 { state >> 54 } else { state >> 33 };
            let key = KeyHash::of_int(number as i64);
            if step % 5 == 4 {
                assert_eq!(map.remove(key), twin.remove(&key));
            } else {
                let is_new = !twin.contains_key(&key);
                assert_eq!(map.insert(key, step), is_new);
                if is_new {
                    twin.insert(key, step);
                }
            }
            if step % 4_000 == 0 {
                older.push((map.clone(), twin.clone()));
            }
        }
        older.push((map, twin));
        for (map, twin) in older {
            assert_eq!(map.len(), twin.len());
            assert!(twin.iter().all(|(key, value)| map.get(*key) == Some(*value)));
        }
    }

    #[test]
    fn equal_beginnings_of_hashes() {
        let mut map = KeyMap::default();
        for at in 0..100 {
            assert!(map.insert(KeyHash(0, at << 58 | at), at));
        }
        assert!((0..100).all(|at| map.get(KeyHash(0, at << 58 | at)) == Some(at)));
    }
}
