//! The nearest key of a group.

use arrow::row::OwnedRow;

use super::build::Build;
use super::order::{Keys, SortedKeys};
use crate::logical::ordered_join::Comparison;

/// Where the rows of a stream were found last, by group.
pub(super) struct Cursor {
    hints: Vec<u32>,
}

impl Cursor {
    pub fn new(build: &Build) -> Cursor {
        Cursor { hints: build.starts.clone() }
    }

    /// The right row of each left row, by group and value of the inequality.
    pub fn find(
        &mut self,
        build: &Build,
        comparison: Comparison,
        groups: &[u32],
        order: &Keys,
    ) -> Vec<Option<u32>> {
        match (&build.keys, order) {
            (SortedKeys::Words(keys), Keys::Words(words)) => self.each(
                build,
                comparison,
                groups,
                |key, row| keys[key] < words[row],
                |key, row| keys[key] == words[row],
            ),
            (SortedKeys::Rows(keys), Keys::Rows(rows)) => {
                let row_of = |key: usize| OwnedRow::row(&keys[key]);
                self.each(
                    build,
                    comparison,
                    groups,
                    |key, row| row_of(key) < rows.row(row),
                    |key, row| row_of(key) == rows.row(row),
                )
            }
            _ => vec![None; groups.len()],
        }
    }

    fn each(
        &mut self,
        build: &Build,
        comparison: Comparison,
        groups: &[u32],
        is_less: impl Fn(usize, usize) -> bool,
        is_equal: impl Fn(usize, usize) -> bool,
    ) -> Vec<Option<u32>> {
        // Keys are distinct, so an equal one is the first that is not less.
        let (takes_last, includes_equal) = (comparison.takes_last(), comparison.includes_equal());
        let find = |(row, &group): (usize, &u32)| {
            let (start, end) = match build.starts.get(group as usize..group as usize + 2) {
                Some(&[start, end]) if start < end => (start as usize, end as usize),
                _ => return None,
            };
            let hint = &mut self.hints[group as usize];
            let first = first_not_less(start, end, *hint as usize, |key| is_less(key, row));
            *hint = first as u32;
            let is_equal = first < end && is_equal(first, row);
            let found = match (takes_last, is_equal) {
                (true, true) if includes_equal => Some(first),
                (true, _) => first.checked_sub(1).filter(|&key| key >= start),
                (false, true) if !includes_equal => Some(first + 1).filter(|&key| key < end),
                (false, _) => Some(first).filter(|&key| key < end),
            };
            found.map(|key| build.places[key])
        };
        groups.iter().enumerate().map(find).collect()
    }
}

/// The first position from `start` to `end` for which `is_less` is false, by steps that double from `hint` on.
fn first_not_less(start: usize, end: usize, hint: usize, is_less: impl Fn(usize) -> bool) -> usize {
    let hint = hint.clamp(start, end);
    let (mut low, mut high) = (start, end);
    let mut step = 1;
    if hint < end && is_less(hint) {
        low = hint + 1;
        while low + step <= end {
            let at = low + step - 1;
            if at >= end || !is_less(at) {
                high = at.min(end);
                break;
            }
            low = at + 1;
            step *= 2;
        }
    } else {
        high = hint;
        while high > start {
            let at = high.saturating_sub(step).max(start);
            if is_less(at) {
                low = at + 1;
                break;
            }
            high = at;
            step *= 2;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if is_less(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::first_not_less;

    #[test]
    fn searches_find_what_a_scan_finds() {
        let keys = [1, 3, 3, 5, 8, 13, 21, 34, 55];
        for start in 0..keys.len() {
            for end in start..=keys.len() {
                for hint in 0..=keys.len() {
                    for value in 0..60 {
                        let scanned = (start..end).find(|&at| keys[at] >= value).unwrap_or(end);
                        let found = first_not_less(start, end, hint, |at| keys[at] < value);
                        assert_eq!(found, scanned, "{value} in {start}..{end} from {hint}");
                    }
                }
            }
        }
    }
}
