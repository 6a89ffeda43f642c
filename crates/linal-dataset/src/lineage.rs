//! The lineage of values: shared, immutable steps.

use std::sync::Arc;

use linal_store::ColumnType;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::error::count;
use crate::row_set::{Cell, RowSet};

/// A shared step.
pub type LineageRef = Arc<Lineage>;

/// A step: the statement that defined a value, and the steps of the values that it read.
#[derive(Debug)]
pub struct Lineage {
    step: Arc<Step>,
    inputs: SmallVec<[LineageRef; 2]>,
}

/// The description of a step, shared by all runs of the same statement. A step of a long chain takes only two
/// pointers and a list.
#[derive(Debug)]
pub struct Step {
    /// The defined name.
    pub name: Arc<str>,
    /// The text of the definition.
    pub text: Box<str>,
}

/// The step of a statement and its inputs; `None` when the previous step is the same.
#[inline]
pub fn following(
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
    /// A step with its inputs.
    pub fn new(step: Arc<Step>, inputs: impl IntoIterator<Item = LineageRef>) -> LineageRef {
        Arc::new(Lineage { step, inputs: inputs.into_iter().collect() })
    }

    /// The name that the step defines.
    pub fn name(&self) -> &str {
        &self.step.name
    }

    /// The text of the step's definition.
    pub fn text(&self) -> &str {
        &self.step.text
    }

    /// The steps as rows, newest first, each once and with the numbers of its inputs. After `limit` steps a
    /// notice gives the number of omitted ones.
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

/// The steps of a value in their order, numbered.
struct Numbered<'a> {
    order: Vec<Listed<'a>>,
    numbers: FxHashMap<*const Lineage, usize>,
}

/// A step and its distance from the value on the first path to it.
struct Listed<'a> {
    step: &'a LineageRef,
    depth: usize,
}

/// The number of inputs that are listed for a step.
const MAX_INPUTS: usize = 12;

/// Numbers the steps in display order: depth first, by inputs.
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

    /// The numbers of the inputs of a step: `2, 3`.
    fn inputs(&self, step: &LineageRef) -> Cell {
        let numbers = step.inputs.iter().take(MAX_INPUTS).map(|input| self.number(input).to_string());
        let mut numbers: Vec<String> = numbers.collect();
        if step.inputs.len() > MAX_INPUTS {
            numbers.push("...".to_string());
        }
        if numbers.is_empty() { Cell::Null } else { Cell::String(numbers.join(", ")) }
    }
}

/// The text of an expression on one line, with long literals truncated.
pub fn abridged(text: &str) -> Box<str> {
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
    /// Drops a long chain iteratively; the derived drop would recurse for each step.
    fn drop(&mut self) {
        let mut pending: SmallVec<[LineageRef; 2]> = std::mem::take(&mut self.inputs);
        while let Some(step) = pending.pop() {
            if let Some(mut step) = Arc::into_inner(step) {
                pending.append(&mut step.inputs);
            }
        }
    }
}
