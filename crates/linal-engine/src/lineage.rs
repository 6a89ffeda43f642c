//! Where a tensor came from: shared, immutable steps.

use std::fmt::Write;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

/// A shared step.
pub(crate) type LineageRef = Arc<Lineage>;

/// One step: the statement that made a value, and the values that it read.
#[derive(Debug)]
pub(crate) struct Lineage {
    step: Arc<Step>,
    inputs: SmallVec<[LineageRef; 2]>,
}

/// What a step did. Shared by all runs of the same statement, so that a long chain costs two words and a list a step.
#[derive(Debug)]
pub(crate) struct Step {
    /// The name that was defined.
    pub name: Arc<str>,
    /// What it was defined as, as text.
    pub text: Box<str>,
}

/// The step that follows from a statement and what it read; `None` when the step before is the same one, whose name is
/// then the statement's, too.
#[inline]
pub(crate) fn following(
    before: Option<&LineageRef>,
    step: &Arc<Step>,
    sources: &[&LineageRef],
) -> Option<LineageRef> {
    let same = before.is_some_and(|before| {
        Arc::ptr_eq(&before.step, step)
            && before.inputs.len() == sources.len()
            && before.inputs.iter().zip(sources).all(|(a, b)| Arc::ptr_eq(a, b))
    });
    if same { None } else { Some(Lineage::new(step.clone(), sources.iter().map(|&source| source.clone()))) }
}

impl Lineage {
    /// A step over the values that it read.
    pub fn new(step: Arc<Step>, inputs: impl IntoIterator<Item = LineageRef>) -> LineageRef {
        Arc::new(Lineage { step, inputs: inputs.into_iter().collect() })
    }

    /// The name that the step defined.
    pub fn name(&self) -> &str {
        &self.step.name
    }

    /// The tree as text, newest step first, cut after `limit` lines with a count of the steps that are left out.
    pub fn render(root: &LineageRef, limit: usize) -> String {
        let mut text = String::new();
        let mut shown = FxHashSet::default();
        // Each entry: the step, the prefix of its line, and whether it is the last of its siblings.
        let mut stack: Vec<(&LineageRef, Prefix, bool)> = vec![(root, Prefix::root(), true)];
        let mut lines = 0;
        while let Some((node, prefix, last)) = stack.pop() {
            if lines == limit {
                break;
            }
            lines += 1;
            let again = !shown.insert(Arc::as_ptr(node)) && !node.inputs.is_empty();
            let note = if again { " (shown above)" } else { "" };
            let _ = writeln!(text, "{}{} = {}{note}", prefix.line(last), node.step.name, node.step.text);
            if again {
                continue;
            }
            let below = prefix.below(last);
            for (i, input) in node.inputs.iter().enumerate().rev() {
                stack.push((input, below.clone(), i + 1 == node.inputs.len()));
            }
        }
        let left_out = count(root).saturating_sub(shown.len());
        if left_out > 0 {
            let _ = writeln!(text, "... {left_out} more steps");
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// Number of different steps.
fn count(root: &LineageRef) -> usize {
    let mut seen = FxHashSet::default();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if seen.insert(Arc::as_ptr(node)) {
            stack.extend(node.inputs.iter());
        }
    }
    seen.len()
}

/// The lines that lead to a step. Very deep steps share one width, so that a long chain does not print a triangle.
#[derive(Clone)]
struct Prefix {
    text: String,
    root: bool,
}

impl Prefix {
    const DEEPEST: usize = 60;

    fn root() -> Prefix {
        Prefix { text: String::new(), root: true }
    }

    fn line(&self, last: bool) -> String {
        match (self.root, last) {
            (true, _) => String::new(),
            (false, true) => format!("{}└─ ", self.text),
            (false, false) => format!("{}├─ ", self.text),
        }
    }

    fn below(&self, last: bool) -> Prefix {
        let bar = match (self.root, last) {
            (true, _) => "",
            (false, true) => "   ",
            (false, false) => "│  ",
        };
        let fits = self.text.chars().count() < Prefix::DEEPEST;
        let text = if fits { format!("{}{bar}", self.text) } else { self.text.clone() };
        Prefix { text, root: false }
    }
}

/// The text of an expression on one line; long literals are cut.
pub(crate) fn abridged(text: &str) -> Box<str> {
    const LONGEST: usize = 80;
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() > 4 * LONGEST {
            break;
        }
    }
    match words.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &words[..at]).into(),
        None => words.into(),
    }
}

impl Drop for Lineage {
    /// Takes a long chain apart one step at a time: the derived drop would recurse once a step.
    fn drop(&mut self) {
        let mut pending: SmallVec<[LineageRef; 2]> = std::mem::take(&mut self.inputs);
        while let Some(step) = pending.pop() {
            if let Some(mut step) = Arc::into_inner(step) {
                pending.append(&mut step.inputs);
            }
        }
    }
}
