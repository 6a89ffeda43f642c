//! Keys of a join as a bitmap, one bit for each integer from the smallest to the largest key.

use std::sync::Arc;

use arrow::array::{Array, ArrowPrimitiveType, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use linal_tensor::{MemoryPool, Reservation};

/// Words of the largest bitmap, 4 MiB: about the size of a core's near caches. Keys with a wider range are
/// not collected.
const MAX_WORDS: usize = 1 << 19;

/// Whether keys of a type can be collected.
pub(crate) fn is_supported(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int64 | DataType::Int32 | DataType::Date32)
}

/// The keys that a join has read.
pub(crate) struct KeyBitmap {
    /// The index of the first word: a key belongs to the word at key / 64.
    first: i64,
    words: Vec<u64>,
    memory: Option<Reservation>,
    pool: Arc<MemoryPool>,
}

/// The range of the keys is too wide, or there is no memory for the bitmap.
pub(crate) struct TooSparse;

impl KeyBitmap {
    /// An empty bitmap whose memory is charged to `pool`.
    pub fn new(pool: Arc<MemoryPool>) -> KeyBitmap {
        KeyBitmap { first: 0, words: Vec::new(), memory: None, pool }
    }

    /// Adds the keys of a column; NULLs are skipped.
    pub fn add(&mut self, column: &dyn Array) -> Result<(), TooSparse> {
        match column.data_type() {
            DataType::Int64 => self.add_numbers::<Int64Type>(column, |key| key),
            DataType::Int32 => self.add_numbers::<Int32Type>(column, i64::from),
            DataType::Date32 => self.add_numbers::<Date32Type>(column, i64::from),
            _ => Err(TooSparse),
        }
    }

    fn add_numbers<T: ArrowPrimitiveType>(
        &mut self,
        column: &dyn Array,
        number: impl Fn(T::Native) -> i64 + Copy,
    ) -> Result<(), TooSparse> {
        let column = column.as_primitive::<T>();
        match column.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => self.add_all(column.values().iter().map(|&key| number(key))),
            Some(_) => self.add_all(column.iter().flatten().map(number)),
        }
    }

    fn add_all(&mut self, keys: impl Iterator<Item = i64> + Clone) -> Result<(), TooSparse> {
        let widest = (i64::MAX, i64::MIN);
        let (least, greatest) =
            keys.clone().fold(widest, |(least, greatest), key| (least.min(key), greatest.max(key)));
        if least > greatest {
            return Ok(());
        }
        self.reach(least >> 6, greatest >> 6)?;
        for key in keys {
            self.words[((key >> 6) - self.first) as usize] |= 1 << (key & 63);
        }
        Ok(())
    }

    /// Adds the keys of another bitmap.
    pub fn join(&mut self, other: &KeyBitmap) -> Result<(), TooSparse> {
        if other.words.is_empty() {
            return Ok(());
        }
        self.reach(other.first, other.first + other.words.len() as i64 - 1)?;
        let start = (other.first - self.first) as usize;
        for (word, more) in self.words[start..].iter_mut().zip(&other.words) {
            *word |= more;
        }
        Ok(())
    }

    /// Grows the bitmap to the words from `first` to `last`. The capacity is doubled, so that keys in
    /// ascending order are copied once or twice.
    fn reach(&mut self, first: i64, last: i64) -> Result<(), TooSparse> {
        if self.words.is_empty() {
            self.first = first;
        }
        let end = self.first + self.words.len() as i64;
        let (below, above) = ((self.first - first).max(0), (last + 1 - end).max(0));
        if (below, above) == (0, 0) {
            return Ok(());
        }
        let len = self.words.len();
        let needed = usize::try_from(below + above).ok().and_then(|more| len.checked_add(more));
        let needed = needed.filter(|&needed| needed <= MAX_WORDS).ok_or(TooSparse)?;
        let spare = (2 * len).min(MAX_WORDS).saturating_sub(needed);
        self.charge(needed + spare - len)?;
        // The spare capacity is on the side to which the keys grow.
        let front = below as usize + if below > 0 { spare } else { 0 };
        let mut words = vec![0; needed + spare];
        words[front..front + len].copy_from_slice(&self.words);
        self.first -= front as i64;
        self.words = words;
        Ok(())
    }

    fn charge(&mut self, words: usize) -> Result<(), TooSparse> {
        let bytes = 8 * words;
        let charged = match &mut self.memory {
            Some(memory) => memory.grow("keys of a join", bytes),
            None => self.pool.reserve("keys of a join", bytes).map(|memory| self.memory = Some(memory)),
        };
        charged.map_err(|_| TooSparse)
    }

    /// Which rows of a column have one of the keys; `None` for an unsupported type.
    pub fn rows(&self, column: &dyn Array) -> Option<BooleanBuffer> {
        let found = match column.data_type() {
            DataType::Int64 => self.found::<Int64Type>(column, |key| key),
            DataType::Int32 => self.found::<Int32Type>(column, i64::from),
            DataType::Date32 => self.found::<Date32Type>(column, i64::from),
            _ => return None,
        };
        Some(match column.nulls() {
            None => found,
            Some(nulls) => &found & nulls.inner(),
        })
    }

    fn found<T: ArrowPrimitiveType>(
        &self,
        column: &dyn Array,
        number: impl Fn(T::Native) -> i64,
    ) -> BooleanBuffer {
        let keys = column.as_primitive::<T>().values();
        BooleanBuffer::collect_bool(keys.len(), |row| self.has(number(keys[row])))
    }

    fn has(&self, key: i64) -> bool {
        let place = (key >> 6).wrapping_sub(self.first) as usize;
        self.words.get(place).is_some_and(|word| word >> (key & 63) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use arrow::array::{Date32Array, Int64Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    fn set() -> KeyBitmap {
        KeyBitmap::new(MemoryPool::new(1 << 30))
    }

    fn int64(keys: &[Option<i64>]) -> Int64Array {
        keys.iter().copied().collect()
    }

    proptest! {
        /// The bitmap agrees with a set of integers for keys of two partitions in any order.
        #[test]
        fn as_a_set(
            one in prop::collection::vec(prop::option::of(-5000i64..5000), 0..40),
            two in prop::collection::vec(prop::option::of(-9000i64..9000), 0..40),
            three in prop::collection::vec(prop::option::of(-300i64..20_000), 0..40),
            asked in prop::collection::vec(prop::option::of(-21_000i64..21_000), 0..200),
        ) {
            let (mut keys, mut others) = (set(), set());
            let added = [keys.add(&int64(&one)), keys.add(&int64(&two)), others.add(&int64(&three))];
            prop_assert!(added.iter().all(|added| added.is_ok()));
            prop_assert!(keys.join(&others).is_ok());
            let twin: HashSet<i64> = [one, two, three].concat().into_iter().flatten().collect();
            let asked: Vec<_> = asked.into_iter().chain(twin.iter().map(|&key| Some(key))).collect();
            let found = keys.rows(&int64(&asked)).unwrap();
            for (row, key) in asked.iter().enumerate() {
                prop_assert_eq!(found.value(row), key.is_some_and(|key| twin.contains(&key)));
            }
        }
    }

    #[test]
    fn the_ends_of_the_numbers() {
        for key in [i64::MIN, i64::MAX] {
            let mut keys = set();
            assert!(keys.add(&int64(&[Some(key)])).is_ok());
            let found = keys.rows(&int64(&[Some(key), Some(!key), Some(0)])).unwrap();
            assert_eq!([found.value(0), found.value(1), found.value(2)], [true, false, false]);
            assert!(keys.add(&int64(&[Some(!key)])).is_err(), "keys so far apart take too much memory");
        }
    }

    #[test]
    fn what_is_not_gathered() {
        assert!(set().add(&StringArray::from(vec!["a"])).is_err());
        let mut keys = KeyBitmap::new(MemoryPool::new(64));
        assert!(keys.add(&Date32Array::from(vec![1, 2])).is_ok());
        assert!(keys.add(&Date32Array::from(vec![100_000])).is_err(), "there is no memory for it");
    }
}
