//! Truncates a long axis: the first and the last indices are shown, with an ellipsis between.

/// The shown indices of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truncated {
    total: usize,
    head: usize,
    tail: usize,
}

impl Truncated {
    /// At most `limit` indices of `total`; all when the limit is 0.
    pub(super) fn new(total: usize, limit: usize) -> Truncated {
        if total <= limit || limit == 0 {
            Truncated { total, head: total, tail: 0 }
        } else {
            Truncated { total, head: limit.div_ceil(2), tail: limit / 2 }
        }
    }

    /// The first `head` and the last `tail` indices.
    pub(super) fn head_and_tail(total: usize, head: usize, tail: usize) -> Truncated {
        if head + tail >= total {
            Truncated { total, head: total, tail: 0 }
        } else {
            Truncated { total, head, tail }
        }
    }

    /// Number of shown indices.
    pub(super) fn shown(self) -> usize {
        self.head + self.tail
    }

    /// Whether indices are omitted.
    pub(super) fn is_truncated(self) -> bool {
        self.shown() < self.total
    }

    /// The indices in order, with `None` for the ellipsis.
    pub(super) fn indices(self) -> impl Iterator<Item = Option<usize>> {
        let gap = self.is_truncated().then_some(None);
        let head = (0..self.head).map(Some);
        head.chain(gap).chain((self.total - self.tail..self.total).map(Some))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(total: usize, limit: usize, expected: &str) {
        let places: Vec<_> = Truncated::new(total, limit)
            .indices()
            .map(|p| p.map_or("...".into(), |p| p.to_string()))
            .collect();
        assert_eq!(places.join(" "), expected);
    }

    #[test]
    fn middle_is_left_out() {
        check(0, 4, "");
        check(4, 4, "0 1 2 3");
        check(9, 4, "0 1 ... 7 8");
        check(9, 3, "0 1 ... 8");
        check(9, 1, "0 ...");
        check(3, 0, "0 1 2");
    }
}
