//! Folds frames by merging states.

use std::ops::Range;

use crate::exec::window::frame::Frames;

/// An aggregate whose states can be merged.
pub(super) trait Fold {
    /// The state of consecutive rows.
    type State: Clone;

    /// The state of no rows.
    fn empty(&self) -> Self::State;

    /// Adds the row after those of a state.
    fn add(&self, state: &mut Self::State, row: usize);

    /// Merges the states of two consecutive ranges.
    fn join(&self, left: &Self::State, right: &Self::State) -> Self::State;

    /// The state of a few rows.
    fn of(&self, rows: Range<usize>) -> Self::State {
        let mut state = self.empty();
        rows.for_each(|row| self.add(&mut state, row));
        state
    }
}

/// Frames up to this length are folded row by row, which is as fast as the other methods and adds floats from
/// first to last.
const SHORT: usize = 16;

/// Calls `give` with the state of each frame, in row order. `rows` is the number of rows to fold.
pub(super) fn over_frames<F: Fold>(fold: &F, rows: usize, frames: &Frames, mut give: impl FnMut(&F::State)) {
    if !frames.is_whole() {
        return over_pieces(fold, rows, frames, give);
    }
    let mut queue = Queue::new(fold);
    let mut last = 0..0;
    let mut state = fold.empty();
    for row in 0..frames.len() {
        let frame = frames.whole(row);
        if frame != last {
            state = if frame.len() <= SHORT { fold.of(frame.clone()) } else { queue.of(frame.clone()) };
            last = frame;
        }
        give(&state);
    }
}

/// A queue of rows as two stacks, from which nothing is subtracted.
///
/// Each older row has the state of itself and all older rows after it; the younger rows share one state. When
/// the older rows are used up, the younger ones replace them. Each row is folded at most twice while frames
/// move forward, for any frame length; a frame that moves back starts over.
struct Queue<'f, F: Fold> {
    fold: &'f F,
    /// States of the rows before `middle`, from the first row when they were computed.
    older: Vec<F::State>,
    middle: usize,
    /// The state of the rows from `middle` on.
    younger: F::State,
    rows: Range<usize>,
}

impl<'f, F: Fold> Queue<'f, F> {
    fn new(fold: &'f F) -> Queue<'f, F> {
        Queue { fold, older: Vec::new(), middle: 0, younger: fold.empty(), rows: 0..0 }
    }

    /// The state of the next frame.
    fn of(&mut self, frame: Range<usize>) -> F::State {
        let is_behind = frame.start < self.rows.start || frame.end < self.rows.end;
        if is_behind || frame.start >= self.rows.end {
            self.older.clear();
            self.middle = frame.start;
            self.younger = self.fold.empty();
            self.rows = frame.start..frame.start;
        }
        for row in self.rows.end..frame.end {
            self.fold.add(&mut self.younger, row);
        }
        self.rows = frame.clone();
        if frame.start == self.middle {
            return self.younger.clone();
        }
        if frame.start > self.middle {
            self.turn(frame.clone());
        }
        // The last state is that of the row before `middle`.
        match self.older.get(self.middle - 1 - frame.start) {
            Some(older) => self.fold.join(older, &self.younger),
            None => self.fold.of(frame),
        }
    }

    /// Turns all rows of a frame into older ones.
    fn turn(&mut self, frame: Range<usize>) {
        self.older.clear();
        let mut state = self.fold.empty();
        for row in frame.clone().rev() {
            state = self.fold.join(&self.fold.of(row..row + 1), &state);
            self.older.push(state.clone());
        }
        self.middle = frame.end;
        self.younger = self.fold.empty();
    }
}

/// Folds frames of several ranges with a tree of states.
fn over_pieces<F: Fold>(fold: &F, rows: usize, frames: &Frames, mut give: impl FnMut(&F::State)) {
    let tree = Tree::new(fold, rows);
    for row in 0..frames.len() {
        let mut state = fold.empty();
        for piece in frames.pieces(row) {
            if piece.len() <= SHORT {
                piece.for_each(|row| fold.add(&mut state, row));
            } else {
                state = fold.join(&state, &tree.of(piece));
            }
        }
        give(&state);
    }
}

/// The states of aligned ranges of 1, 2, 4 and so on rows.
struct Tree<'f, F: Fold> {
    fold: &'f F,
    levels: Vec<Vec<F::State>>,
}

impl<'f, F: Fold> Tree<'f, F> {
    fn new(fold: &'f F, rows: usize) -> Tree<'f, F> {
        let mut level: Vec<F::State> = (0..rows).map(|row| fold.of(row..row + 1)).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let pairs = level.chunks_exact(2);
            let next = pairs.map(|pair| fold.join(&pair[0], &pair[1])).collect();
            levels.push(std::mem::replace(&mut level, next));
        }
        levels.push(level);
        Tree { fold, levels }
    }

    /// The state of a range, merged from its largest aligned parts in order.
    fn of(&self, range: Range<usize>) -> F::State {
        let (mut start, mut end) = (range.start, range.end);
        let (mut left, mut right) = (self.fold.empty(), self.fold.empty());
        for level in &self.levels {
            if start >= end {
                break;
            }
            if start % 2 == 1 {
                left = self.fold.join(&left, &level[start]);
                start += 1;
            }
            if end % 2 == 1 && end > start {
                end -= 1;
                right = self.fold.join(&level[end], &right);
            }
            (start, end) = (start / 2, end / 2);
        }
        self.fold.join(&left, &right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fold whose state is the list of rows.
    struct Listed;

    impl Fold for Listed {
        type State = Vec<usize>;

        fn empty(&self) -> Vec<usize> {
            Vec::new()
        }

        fn add(&self, state: &mut Vec<usize>, row: usize) {
            state.push(row);
        }

        fn join(&self, left: &Vec<usize>, right: &Vec<usize>) -> Vec<usize> {
            left.iter().chain(right).copied().collect()
        }
    }

    #[test]
    fn a_queue_gives_the_rows_of_each_frame() {
        let mut queue = Queue::new(&Listed);
        let frames = [0..5, 0..9, 1..9, 4..20, 19..40, 40..60, 41..61, 60..61, 30..70, 31..65, 64..66];
        for frame in frames {
            assert_eq!(queue.of(frame.clone()), frame.collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_tree_gives_the_rows_of_each_range() {
        for rows in [0, 1, 2, 3, 7, 8, 13] {
            let tree = Tree::new(&Listed, rows);
            for start in 0..=rows {
                for end in start..=rows {
                    assert_eq!(tree.of(start..end), (start..end).collect::<Vec<_>>());
                }
            }
        }
    }
}
