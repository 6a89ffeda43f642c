//! The notices of many files.

/// Greatest number of notices that are shown.
const MAX_SHOWN: usize = 5;

/// The first notices, and a count of the others.
#[derive(Default)]
pub(super) struct Notices {
    shown: Vec<String>,
    others: usize,
}

impl Notices {
    pub(super) fn add(&mut self, notices: Vec<String>) {
        for notice in notices {
            if self.shown.len() < MAX_SHOWN {
                self.shown.push(notice);
            } else {
                self.others += 1;
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<String> {
        if self.others > 0 {
            self.shown.push(format!("{} more notices of other files", self.others));
        }
        self.shown
    }
}
