//! Where a tensor came from: shared, immutable steps.

use std::sync::Arc;

use linal_store::ColumnType;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::error::count;
use crate::outcome::{Cell, RowSet};

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

    /// The steps as rows, newest first, each once and with the numbers of those that it read; after `limit` of them a
    /// notice says how many are left out.
    pub fn rows(root: &LineageRef, limit: usize) -> RowSet {
        let steps = numbered(root);
        let columns = [
            ("step", ColumnType::Int),
            ("depth", ColumnType::Int),
            ("name", ColumnType::String),
            ("operation", ColumnType::String),
            ("inputs", ColumnType::String),
        ];
        let rows: Vec<Vec<Cell>> = steps.order.iter().take(limit).map(|listed| steps.row(listed)).collect();
        let notices = match steps.order.len().saturating_sub(limit) {
            0 => Vec::new(),
            more => vec![format!("{} left out", count(more, "step"))],
        };
        RowSet::from_rows(&columns, &rows).with_notices(notices)
    }
}

/// The steps behind a value, with a number each.
struct Numbered<'a> {
    order: Vec<Listed<'a>>,
    numbers: FxHashMap<*const Lineage, usize>,
}

/// A step, and how many steps lie between it and the value on the first way to it.
struct Listed<'a> {
    step: &'a LineageRef,
    depth: usize,
}

/// Inputs of a step that are named.
const MOST_INPUTS: usize = 12;

/// Numbers the steps in the order in which they are shown: a step, then what lies behind its first input, and so on.
fn numbered(root: &LineageRef) -> Numbered<'_> {
    let mut steps = Numbered { order: Vec::new(), numbers: FxHashMap::default() };
    let mut stack = vec![Listed { step: root, depth: 0 }];
    while let Some(listed) = stack.pop() {
        let number = steps.order.len() + 1;
        if steps.numbers.contains_key(&Arc::as_ptr(listed.step)) {
            continue;
        }
        steps.numbers.insert(Arc::as_ptr(listed.step), number);
        let depth = listed.depth + 1;
        stack.extend(listed.step.inputs.iter().rev().map(|step| Listed { step, depth }));
        steps.order.push(listed);
    }
    steps
}

impl Numbered<'_> {
    fn row(&self, listed: &Listed<'_>) -> Vec<Cell> {
        let step = listed.step;
        vec![
            Cell::Int(self.number(step) as i64),
            Cell::Int(listed.depth as i64),
            Cell::String(step.step.name.to_string()),
            Cell::String(step.step.text.to_string()),
            self.inputs(step),
        ]
    }

    fn number(&self, step: &LineageRef) -> usize {
        self.numbers.get(&Arc::as_ptr(step)).copied().unwrap_or_default()
    }

    /// The numbers of the steps that a step read: `2, 3`.
    fn inputs(&self, step: &LineageRef) -> Cell {
        let numbers = step.inputs.iter().take(MOST_INPUTS).map(|input| self.number(input).to_string());
        let mut numbers: Vec<String> = numbers.collect();
        if step.inputs.len() > MOST_INPUTS {
            numbers.push("...".to_string());
        }
        if numbers.is_empty() { Cell::Null } else { Cell::String(numbers.join(", ")) }
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
