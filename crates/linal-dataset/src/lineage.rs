//! The lineage of values: shared, immutable steps.

use std::collections::hash_map::Entry;
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

/// A step outside of memory: what it defines, and the places of its inputs in the list that it is in, which all come
/// before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStep {
    /// The defined name.
    pub name: String,
    /// The text of the definition.
    pub text: String,
    /// The places of the inputs, from 0.
    pub inputs: Vec<usize>,
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

    /// The steps as a list, inputs before what is made of them, so that the last one is this. The inputs of steps beyond
    /// `limit` are left out.
    pub fn stored(root: &LineageRef, limit: usize) -> Vec<StoredStep> {
        let mut places: FxHashMap<*const Lineage, Option<usize>> = FxHashMap::default();
        let mut steps: Vec<StoredStep> = Vec::new();
        // A step is seen twice: before its inputs and after them.
        let mut stack = vec![(root, false)];
        while let Some((step, has_inputs)) = stack.pop() {
            if !has_inputs {
                // A step that two others have read is met again when it has its place.
                if let Entry::Vacant(place) = places.entry(Arc::as_ptr(step)) {
                    place.insert(None);
                    stack.push((step, true));
                    if places.len() + step.inputs.len() <= limit {
                        let new = step.inputs.iter().rev();
                        stack.extend(
                            new.filter(|input| !places.contains_key(&Arc::as_ptr(input)))
                                .map(|input| (input, false)),
                        );
                    }
                }
                continue;
            }
            let place = |input: &LineageRef| places.get(&Arc::as_ptr(input)).copied().flatten();
            let inputs = step.inputs.iter().filter_map(place).collect();
            let (name, text) = (step.name().to_string(), step.text().to_string());
            places.insert(Arc::as_ptr(step), Some(steps.len()));
            steps.push(StoredStep { name, text, inputs });
        }
        steps
    }

    /// The last step of a list of [`Lineage::stored`]; `None` for a list that is empty, or whose inputs do not come
    /// before their steps.
    pub fn of_stored(steps: &[StoredStep]) -> Option<LineageRef> {
        let mut made: Vec<LineageRef> = Vec::with_capacity(steps.len());
        for stored in steps {
            let inputs: Option<Vec<LineageRef>> =
                stored.inputs.iter().map(|&place| made.get(place).cloned()).collect();
            let step = Step { name: stored.name.as_str().into(), text: stored.text.as_str().into() };
            made.push(Lineage::new(Arc::new(step), inputs?));
        }
        made.pop()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, inputs: &[&LineageRef]) -> LineageRef {
        let step = Step { name: name.into(), text: format!("make {name}").into() };
        Lineage::new(Arc::new(step), inputs.iter().map(|&input| input.clone()))
    }

    fn shown(root: &LineageRef) -> Vec<Option<String>> {
        let rows = Lineage::rows(root, 100);
        (0..rows.num_rows())
            .flat_map(|row| (0..5).map(move |column| (row, column)))
            .map(|(r, c)| rows.text(r, c))
            .collect()
    }

    #[test]
    fn stored_steps_come_back_with_their_inputs() {
        let a = step("a", &[]);
        let (b, c) = (step("b", &[&a]), step("c", &[&a]));
        // Both ways lead to `a`, which is one step.
        let d = step("d", &[&c, &b, &a]);
        let stored = Lineage::stored(&d, 100);
        assert_eq!(stored.len(), 4);
        assert_eq!(shown(&Lineage::of_stored(&stored).expect("the list is right")), shown(&d));
    }

    #[test]
    fn long_chains_are_cut_and_lists_that_lead_nowhere_are_none() {
        let mut last = step("0", &[]);
        for number in 1..50_000 {
            last = step(&number.to_string(), &[&last]);
        }
        let stored = Lineage::stored(&last, 10);
        assert_eq!(stored.last().map(|step| step.name.as_str()), Some("49999"));
        assert_eq!(stored.len(), 10);
        let wrong = StoredStep { name: "x".into(), text: "x".into(), inputs: vec![0] };
        assert!(Lineage::of_stored(&[wrong]).is_none() && Lineage::of_stored(&[]).is_none());
    }
}
