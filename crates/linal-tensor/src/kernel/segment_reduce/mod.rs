//! Segment reduction: tensors of rows reduced element-wise to one tensor for each group.
//!
//! The state of a group is `width` contiguous elements of a vector, so a row is added by a loop over two
//! slices, and a batch of rows is read once.

mod state;

use state::{GroupState, max_nan_largest, min_nan_largest};

use crate::kernel::reduce::RealNumber;
use crate::kernel::vectorized;
use crate::{DType, Data, Error, Result};

/// The reduction of the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentOp {
    /// The sum; of integers as an integer.
    Sum,
    /// The arithmetic mean.
    Mean,
    /// The minimum; NaN only if all elements are NaN.
    Min,
    /// The maximum; NaN if an element is NaN.
    Max,
    /// The mean and the sum of squared deviations from it, for variances.
    Moments,
}

/// The states of all groups.
#[derive(Clone, Debug)]
pub struct SegmentReducer {
    op: SegmentOp,
    width: usize,
    /// Whether states are integers.
    integer: bool,
    /// The number of rows of each group.
    pub counts: Vec<i64>,
    /// Sums, means, minima or maxima of floats.
    pub floats: Vec<f64>,
    /// Sums of squared deviations.
    pub squares: Vec<f64>,
    /// Sums, minima or maxima of integers.
    pub integers: Vec<i64>,
}

impl SegmentReducer {
    /// A reducer without groups, for rows of `width` elements of a dtype.
    pub fn new(op: SegmentOp, dtype: DType, width: usize) -> SegmentReducer {
        let integer = dtype.is_exact() && matches!(op, SegmentOp::Sum | SegmentOp::Min | SegmentOp::Max);
        SegmentReducer {
            op,
            width,
            integer,
            counts: vec![],
            floats: vec![],
            squares: vec![],
            integers: vec![],
        }
    }

    /// The reduction.
    pub fn op(&self) -> SegmentOp {
        self.op
    }

    /// Elements of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether states are integers.
    pub fn is_integer(&self) -> bool {
        self.integer
    }

    /// Grows to `groups` groups.
    pub fn grow(&mut self, groups: usize) {
        let slots = groups * self.width;
        self.counts.resize(groups, 0);
        if self.integer {
            self.integers.resize(slots, 0);
        } else {
            self.floats.resize(slots, 0.0);
        }
        if self.op == SegmentOp::Moments {
            self.squares.resize(slots, 0.0);
        }
    }

    /// Removes the first `count` groups and returns them.
    pub fn split_first(&mut self, count: usize) -> SegmentReducer {
        fn first<T>(from: &mut Vec<T>, count: usize) -> Vec<T> {
            let rest = from.split_off(count.min(from.len()));
            std::mem::replace(from, rest)
        }
        let slots = count * self.width;
        SegmentReducer {
            counts: first(&mut self.counts, count),
            floats: first(&mut self.floats, slots),
            squares: first(&mut self.squares, slots),
            integers: first(&mut self.integers, slots),
            ..*self
        }
    }

    /// Bytes of the states.
    pub fn bytes(&self) -> usize {
        8 * (self.counts.capacity()
            + self.floats.capacity()
            + self.squares.capacity()
            + self.integers.capacity())
    }

    /// Adds rows of `values` to groups; `rows` has indices of rows and of their groups.
    ///
    /// # Errors
    /// Overflow of an integer sum; complex numbers.
    pub fn add(&mut self, values: &Data<'_>, rows: impl Iterator<Item = (usize, usize)>) -> Result<()> {
        match values {
            Data::F32(values) => self.add_floats(values, rows),
            Data::F64(values) => self.add_floats(values, rows),
            Data::I64(values) if !self.integer => self.add_floats(values, rows),
            Data::Bool(values) if !self.integer => self.add_floats(values, rows),
            Data::I64(values) => return self.add_integers(values, rows),
            Data::Bool(values) => return self.add_integers(values, rows),
            other => {
                let found = other.dtype();
                return Err(Error::DTypeMismatch { operation: "an aggregate", found, rule: "real numbers" });
            }
        }
        Ok(())
    }

    /// Adds rows batch by batch: the rows of a group together, in order, so that its state is read and
    /// written once for [`UNROLL`] of them. If there are many groups, rows are added one by one.
    fn add_floats<T: RealNumber>(&mut self, values: &[T], mut rows: impl Iterator<Item = (usize, usize)>) {
        let mut batch = Vec::new();
        loop {
            batch.clear();
            batch.extend(rows.by_ref().take(BATCH));
            if batch.is_empty() {
                return;
            }
            if batch.len() < 2 * self.counts.len() {
                vectorized(
                    #[inline(always)]
                    || {
                        batch.iter().for_each(
                            #[inline(always)]
                            |&(row, group)| self.add_rows(values, group, &[row]),
                        )
                    },
                );
                continue;
            }
            let (indices, ends) = by_group(&batch, self.counts.len());
            vectorized(
                #[inline(always)]
                || {
                    let mut start = 0;
                    for (group, end) in ends.into_iter().enumerate() {
                        self.add_rows(values, group, &indices[start..end]);
                        start = end;
                    }
                },
            );
        }
    }

    /// Adds rows to one group.
    #[inline(always)]
    fn add_rows<T: RealNumber>(&mut self, values: &[T], group: usize, mut rows: &[usize]) {
        let width = self.width;
        let row = |row: usize| &values[row * width..(row + 1) * width];
        let slots = group * width..(group + 1) * width;
        let count = &mut self.counts[group];
        if let ([first, rest @ ..], 0) = (rows, *count) {
            for (slot, x) in self.floats[slots.clone()].iter_mut().zip(row(*first)) {
                *slot = x.real();
            }
            *count = 1;
            rows = rest;
        }
        let squares = self.squares.get_mut(slots.clone()).unwrap_or_default();
        let mut state = GroupState { count: *count, slots: &mut self.floats[slots], squares };
        *count += rows.len() as i64;
        let (some, rest) = rows.as_chunks::<UNROLL>();
        for rows in some {
            state.fold(self.op, rows.map(row));
        }
        for &at in rest {
            state.fold(self.op, [row(at)]);
        }
    }

    fn add_integers<T: Copy + Into<i64>>(
        &mut self,
        values: &[T],
        rows: impl Iterator<Item = (usize, usize)>,
    ) -> Result<()> {
        let width = self.width;
        for (row, group) in rows {
            self.counts[group] += 1;
            let slots = &mut self.integers[group * width..(group + 1) * width];
            let row = values[row * width..(row + 1) * width].iter().map(|&x| x.into());
            fold_integers(self.op, self.counts[group] == 1, slots, row)?;
        }
        Ok(())
    }

    /// Merges the groups of another reducer of the same operation; `groups` maps each of its groups to one of
    /// this reducer.
    ///
    /// # Errors
    /// Overflow of an integer sum.
    pub fn merge(&mut self, other: &SegmentReducer, groups: impl Iterator<Item = usize>) -> Result<()> {
        let width = self.width;
        for (from, group) in groups.enumerate() {
            let added = other.counts[from];
            if added == 0 {
                continue;
            }
            let before = self.counts[group];
            self.counts[group] += added;
            let (here, there) = (group * width..(group + 1) * width, from * width..(from + 1) * width);
            if self.integer {
                let theirs = other.integers[there].iter().copied();
                fold_integers(self.op, before == 0, &mut self.integers[here], theirs)?;
                continue;
            }
            let slots = &mut self.floats[here.clone()];
            let theirs = &other.floats[there.clone()];
            if self.op == SegmentOp::Moments {
                let share = added as f64 / self.counts[group] as f64;
                let squares = self.squares[here].iter_mut().zip(&other.squares[there]);
                for ((mean, x), (squares, more)) in slots.iter_mut().zip(theirs).zip(squares) {
                    let distance = x - *mean;
                    *squares += more + distance * distance * before as f64 * share;
                    *mean = if before == 0 { *x } else { *mean + distance * share };
                }
                continue;
            }
            let fold: fn(f64, f64) -> f64 = match self.op {
                _ if before == 0 => |_, x| x,
                SegmentOp::Min => min_nan_largest,
                SegmentOp::Max => max_nan_largest,
                _ => |slot, x| slot + x,
            };
            slots.iter_mut().zip(theirs).for_each(|(slot, x)| *slot = fold(*slot, *x));
        }
        Ok(())
    }
}

/// Rows that are sorted by group at once.
const BATCH: usize = 8192;

/// Rows of a group that are added at once.
const UNROLL: usize = 4;

/// The indices of rows sorted by group (stable), and the end of each group.
fn by_group(rows: &[(usize, usize)], groups: usize) -> (Vec<usize>, Vec<usize>) {
    let mut ends = vec![0; groups];
    for &(_, group) in rows {
        ends[group] += 1;
    }
    let mut start = 0;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let mut indices = vec![0; rows.len()];
    for &(row, group) in rows {
        indices[ends[group]] = row;
        ends[group] += 1;
    }
    (indices, ends)
}

fn fold_integers(
    op: SegmentOp,
    first: bool,
    slots: &mut [i64],
    row: impl Iterator<Item = i64>,
) -> Result<()> {
    vectorized(
        #[inline(always)]
        || fold_integer_row(op, first, slots, row),
    )
}

#[inline(always)]
fn fold_integer_row(
    op: SegmentOp,
    first: bool,
    slots: &mut [i64],
    row: impl Iterator<Item = i64>,
) -> Result<()> {
    let pairs = slots.iter_mut().zip(row);
    match op {
        _ if first => pairs.for_each(|(slot, x)| *slot = x),
        SegmentOp::Min => pairs.for_each(|(slot, x)| *slot = x.min(*slot)),
        SegmentOp::Max => pairs.for_each(|(slot, x)| *slot = x.max(*slot)),
        _ => {
            let mut overflow = 0;
            for (slot, x) in pairs {
                let sum = slot.wrapping_add(x);
                // A sum has the sign of neither operand only when it overflowed.
                overflow |= (*slot ^ sum) & (x ^ sum);
                *slot = sum;
            }
            if overflow < 0 {
                return Err(Error::IntegerOverflow { operation: "SUM" });
            }
        }
    }
    Ok(())
}
