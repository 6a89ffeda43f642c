//! The ids of a snapshot's rows, in the order of the rows.

use std::ops::Range;

/// Ids of rows, one for each, which ascend. Adjacent ids are kept as one range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowIds {
    ranges: Vec<Range<u64>>,
    /// The number of ids before each range.
    before: Vec<u64>,
}

impl RowIds {
    /// Appends adjacent ids, which are greater than all others.
    pub fn push(&mut self, ids: Range<u64>) {
        match self.ranges.last_mut() {
            _ if ids.is_empty() => {}
            Some(last) if last.end == ids.start => last.end = ids.end,
            _ => {
                self.before.push(self.len() as u64);
                self.ranges.push(ids);
            }
        }
    }

    /// The ids as ranges.
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        let last = self.before.last().zip(self.ranges.last());
        last.map_or(0, |(before, range)| (before + (range.end - range.start)) as usize)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// The ids of some rows, given by their numbers from 0 in ascending order.
    pub fn of_rows<'a>(&'a self, rows: &'a [usize]) -> impl Iterator<Item = u64> + 'a {
        let mut ranges = self.ranges.iter();
        let mut range = ranges.next().cloned().unwrap_or(0..0);
        let mut first = 0;
        rows.iter().filter_map(move |&row| {
            while row - first >= (range.end - range.start) as usize {
                first += (range.end - range.start) as usize;
                range = ranges.next()?.clone();
            }
            Some(range.start + (row - first) as u64)
        })
    }

    /// The row that has an id; `None` when no row has it.
    pub fn position(&self, id: u64) -> Option<usize> {
        let at = self.ranges.partition_point(|range| range.end <= id);
        let range = self.ranges.get(at).filter(|range| range.contains(&id))?;
        Some((self.before[at] + (id - range.start)) as usize)
    }

    /// Removes the ids of some rows, given by their numbers from 0 in ascending order.
    pub fn remove_rows(&mut self, rows: &[usize]) {
        let mut removed: Vec<u64> = self.of_rows(rows).collect();
        removed.dedup();
        let mut left = RowIds::default();
        let mut removed = removed.into_iter().peekable();
        for range in &self.ranges {
            let mut start = range.start;
            while let Some(id) = removed.next_if(|id| *id < range.end) {
                left.push(start..id);
                start = id + 1;
            }
            left.push(start..range.end);
        }
        *self = left;
    }

    /// Adds ids, which ascend and may be among these.
    pub fn add(&mut self, others: &RowIds) {
        if self
            .ranges
            .last()
            .is_none_or(|last| others.ranges.first().is_none_or(|first| last.end <= first.start))
        {
            others.ranges.iter().for_each(|range| self.push(range.clone()));
            return;
        }
        let known = std::mem::take(self).ranges;
        let mut all: Vec<Range<u64>> = known.into_iter().chain(others.ranges.iter().cloned()).collect();
        // A stable sort, which merges the two ascending runs.
        all.sort_by_key(|range| range.start);
        for range in all {
            match self.ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => self.push(range),
            }
        }
    }

    /// The ids of rows, given by their numbers from 0.
    pub fn of_row_ranges(&self, rows: &RowIds) -> RowIds {
        let mut found = RowIds::default();
        let mut wanted = rows.ranges.iter().cloned().peekable();
        let mut first = 0;
        for range in &self.ranges {
            let end = first + (range.end - range.start);
            while let Some(rows) = wanted.peek_mut().filter(|rows| rows.start < end) {
                let (from, to) = (rows.start.max(first), rows.end.min(end));
                found.push(range.start + (from - first)..range.start + (to - first));
                if rows.end > end {
                    rows.start = end;
                    break;
                }
                wanted.next();
            }
            first = end;
        }
        found
    }

    /// The ids of these among `others`, of the rows with numbers from `rows.start` to before `rows.end`, with the numbers
    /// of these rows.
    pub fn common_within(&self, others: &RowIds, rows: Range<usize>) -> (RowIds, RowIds) {
        let (mut ids, mut numbers) = (RowIds::default(), RowIds::default());
        let (start, end) = (rows.start as u64, rows.end as u64);
        // From the range of the first row on: rows are asked for in pieces, as many as there are chunks.
        let at = self.before.partition_point(|before| *before <= start).saturating_sub(1);
        for (range, &first) in self.ranges[at..].iter().zip(&self.before[at..]) {
            if first >= end {
                break;
            }
            let last = first + (range.end - range.start);
            let (from, to) = (first.max(start), last.min(end));
            if from < to {
                let (low, high) = (range.start + (from - first), range.start + (to - first));
                let at = others.ranges.partition_point(|other| other.end <= low);
                for other in others.ranges[at..].iter().take_while(|other| other.start < high) {
                    let common = other.start.max(low)..other.end.min(high);
                    let row = first + (common.start - range.start);
                    numbers.push(row..row + (common.end - common.start));
                    ids.push(common);
                }
            }
        }
        (ids, numbers)
    }

    /// The ids that these have and `others` do not. Both ascend.
    pub fn without(&self, others: &RowIds) -> Vec<u64> {
        let mut found = Vec::new();
        let mut others = others.ranges.iter().peekable();
        for range in &self.ranges {
            let mut start = range.start;
            while start < range.end {
                while others.next_if(|other| other.end <= start).is_some() {}
                let next = others.peek().map_or(range.end, |other| other.start.min(range.end));
                found.extend(start..next);
                start = others.peek().map_or(range.end, |other| other.end.min(range.end)).max(next);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ranges: &[Range<u64>]) -> RowIds {
        let mut ids = RowIds::default();
        ranges.iter().for_each(|range| ids.push(range.clone()));
        ids
    }

    #[test]
    fn rows_are_removed_and_found() {
        let mut some = ids(&[0..4, 10..13]);
        assert_eq!(some.of_rows(&[0, 3, 4, 6]).collect::<Vec<_>>(), [0, 3, 10, 12]);
        some.remove_rows(&[1, 4, 6]);
        assert_eq!(some, ids(&[0..1, 2..4, 11..12]));
        assert_eq!([0, 1, 3, 11].map(|id| some.position(id)), [Some(0), None, Some(2), Some(3)]);
        assert_eq!(some.len(), 4);
        some.remove_rows(&[0, 1, 2, 3]);
        assert!(some.is_empty());
    }

    #[test]
    fn ids_are_added_and_found_by_rows() {
        let mut some = ids(&[2..4, 10..12]);
        some.add(&ids(std::slice::from_ref(&(20..21))));
        some.add(&ids(&[0..1, 3..10, 15..16]));
        assert_eq!(some, ids(&[0..1, 2..12, 15..16, 20..21]));
        let all = ids(&[100..103, 200..204, 300..301]);
        assert_eq!(
            all.of_row_ranges(&ids(&[0..1, 2..5, 7..8])),
            ids(&[100..101, 102..103, 200..202, 300..301])
        );
        let changed = ids(&[101..201, 203..301]);
        assert_eq!(
            all.common_within(&changed, 0..8),
            (ids(&[101..103, 200..201, 203..204, 300..301]), ids(&[1..4, 6..8]))
        );
        assert_eq!(
            all.common_within(&changed, 2..7),
            (ids(&[102..103, 200..201, 203..204]), ids(&[2..4, 6..7]))
        );
    }

    #[test]
    fn pieces_have_what_all_rows_have() {
        let all = ids(&(0..200).map(|at| 10 * at..10 * at + 1 + at % 3).collect::<Vec<_>>());
        let others = ids(&(0..300).map(|at| 7 * at..7 * at + 2).collect::<Vec<_>>());
        let expected: Vec<(u64, u64)> =
            all.iter().zip(0..).filter(|(id, _)| id % 7 < 2 && id / 7 < 300).collect();
        assert!(!expected.is_empty());
        for size in [1, 3, 64, 1000] {
            let mut found = Vec::new();
            for start in (0..all.len() + size).step_by(size) {
                let (ids, numbers) = all.common_within(&others, start..start + size);
                found.extend(ids.iter().zip(numbers.iter()));
            }
            assert_eq!(found, expected, "in pieces of {size}");
        }
        assert_eq!(RowIds::default().common_within(&others, 0..10), (RowIds::default(), RowIds::default()));
        let positions: Vec<Option<usize>> = all.iter().map(|id| all.position(id)).collect();
        assert_eq!(positions, (0..all.len()).map(Some).collect::<Vec<_>>());
        let mut added = all.clone();
        added.add(&others);
        let both: std::collections::BTreeSet<u64> = all.iter().chain(others.iter()).collect();
        assert_eq!((added.len(), added.iter().collect::<Vec<_>>()), (both.len(), both.into_iter().collect()));
    }

    #[test]
    fn differences() {
        let all = ids(&[0..10, 20..25]);
        assert_eq!(all.without(&ids(&[0..3, 5..20, 22..23])), [3, 4, 20, 21, 23, 24]);
        assert_eq!(all.without(&all), [0; 0]);
        assert_eq!(ids(&[3..4, 4..5]).without(&RowIds::default()), [3, 4]);
        assert_eq!(ids(&[3..5, 7..8]).without(&ids(&[0..2, 2..4])), [4, 7]);
    }
}
