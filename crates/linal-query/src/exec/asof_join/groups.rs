//! The groups of rows with the same keys, by number.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;

use super::order;

/// The number of rows without a group: a NULL among their keys, or keys that the right side does not have.
pub(super) const NO_GROUP: u32 = u32::MAX;

/// The numbers of groups by their keys.
pub(super) enum Groups {
    /// There are no keys: all rows are in group 0.
    All,
    /// One key whose words are close to each other: the number at `word - least`.
    Dense { least: u64, numbers: Vec<u32> },
    /// One key of up to 64 bits.
    Words(HashMap<u64, u32>),
    /// Any keys, as bytes.
    Rows(RowConverter, HashMap<Box<[u8]>, u32>),
}

/// The longest table of dense keys, and how many entries it may have for each row.
const MAX_DENSE: u64 = 1 << 24;
const DENSE_PER_ROW: u64 = 8;

impl Groups {
    /// The groups of the right side: their numbers by key, the number of each row, and how many there are.
    ///
    /// `nulls` are the rows that have none; `matches_nulls` says whether some key matches NULL.
    pub fn new(
        keys: &[ArrayRef],
        (nulls, matches_nulls): (Option<&NullBuffer>, bool),
        rows: usize,
    ) -> Result<(Groups, Vec<u32>, u32)> {
        let is_row = |at: usize| nulls.is_none_or(|nulls| nulls.is_valid(at));
        let mut count = 0;
        let mut number = |known: Option<u32>| {
            known.unwrap_or_else(|| {
                count += 1;
                count - 1
            })
        };
        let mut numbers = vec![NO_GROUP; rows];
        let groups = match keys {
            [] => {
                (0..rows).filter(|&at| is_row(at)).for_each(|at| numbers[at] = 0);
                count = 1;
                Groups::All
            }
            // A NULL that matches NULL has no word.
            [key] if order::is_word(key.data_type()) && !matches_nulls => {
                let words = order::words(key)?;
                let own = || words.iter().enumerate().filter(|(at, _)| is_row(*at)).map(|(_, word)| *word);
                let (least, greatest) = (own().min().unwrap_or(0), own().max().unwrap_or(0));
                let width = greatest - least;
                if width < MAX_DENSE.min(DENSE_PER_ROW * rows as u64 + 1024) {
                    let mut table = vec![NO_GROUP; width as usize + 1];
                    for (at, word) in words.iter().enumerate().filter(|(at, _)| is_row(*at)) {
                        let entry = &mut table[(word - least) as usize];
                        *entry = number((*entry != NO_GROUP).then_some(*entry));
                        numbers[at] = *entry;
                    }
                    Groups::Dense { least, numbers: table }
                } else {
                    let mut table = HashMap::new();
                    for (at, word) in words.iter().enumerate().filter(|(at, _)| is_row(*at)) {
                        let found = number(table.get(word).copied());
                        table.insert(*word, found);
                        numbers[at] = found;
                    }
                    Groups::Words(table)
                }
            }
            keys => {
                let fields = keys.iter().map(|key| SortField::new(key.data_type().clone())).collect();
                let converter = RowConverter::new(fields)?;
                let encoded = converter.convert_columns(keys)?;
                let mut table: HashMap<Box<[u8]>, u32> = HashMap::new();
                for at in (0..rows).filter(|&at| is_row(at)) {
                    let row = encoded.row(at);
                    let known = table.get(row.as_ref()).copied();
                    let found = number(known);
                    if known.is_none() {
                        table.insert(row.as_ref().into(), found);
                    }
                    numbers[at] = found;
                }
                Groups::Rows(converter, table)
            }
        };
        Ok((groups, numbers, count))
    }

    /// The group of each row of the left side.
    pub fn of(&self, keys: &[ArrayRef], nulls: Option<&NullBuffer>, rows: usize) -> Result<Vec<u32>> {
        let mut numbers = match (self, keys) {
            (Groups::All, _) => vec![0; rows],
            (Groups::Dense { least, numbers }, [key]) => {
                let number = |word: u64| {
                    let at = usize::try_from(word.wrapping_sub(*least)).unwrap_or(usize::MAX);
                    numbers.get(at).copied().unwrap_or(NO_GROUP)
                };
                order::words(key)?.into_iter().map(number).collect()
            }
            (Groups::Words(table), [key]) => {
                let number = |word: u64| table.get(&word).copied().unwrap_or(NO_GROUP);
                order::words(key)?.into_iter().map(number).collect()
            }
            (Groups::Rows(converter, table), keys) => {
                let encoded = converter.convert_columns(keys)?;
                let number = |at: usize| table.get(encoded.row(at).as_ref()).copied().unwrap_or(NO_GROUP);
                (0..rows).map(number).collect()
            }
            _ => vec![NO_GROUP; rows],
        };
        if let Some(nulls) = nulls {
            for (at, number) in numbers.iter_mut().enumerate() {
                if nulls.is_null(at) {
                    *number = NO_GROUP;
                }
            }
        }
        Ok(numbers)
    }

    /// Bytes of memory, about.
    pub fn size(&self) -> usize {
        match self {
            Groups::All => 0,
            Groups::Dense { numbers, .. } => numbers.capacity() * 4,
            Groups::Words(table) => table.capacity() * 24,
            Groups::Rows(_, table) => table.keys().map(|key| key.len() + 40).sum(),
        }
    }
}
