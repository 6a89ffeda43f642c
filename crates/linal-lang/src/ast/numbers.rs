//! Rectangular literals such as `[[1, 2], [3, 4]]`, stored flat so that ten million numbers cost only their
//! own bytes.

/// A rectangular list literal of numbers or Booleans.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberArray {
    /// The length of each axis, outermost first. `[]` has shape `[0]`, `[[], []]` has `[2, 0]`.
    pub shape: Vec<usize>,
    /// The elements in row-major order; their number is the product of the shape.
    pub data: Numbers,
}

/// The elements of a [`NumberArray`]. One float makes all integers floats.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Integers only, or no elements.
    Int(Vec<i64>),
    /// At least one element has a fraction or an exponent, or is `inf` or `nan`.
    Float(Vec<f64>),
    /// `true` and `false` only.
    Bool(Vec<bool>),
}

impl Numbers {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Int(values) => values.len(),
            Numbers::Float(values) => values.len(),
            Numbers::Bool(values) => values.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One element during parsing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Element {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A Boolean.
    Bool(bool),
}

impl Numbers {
    /// Appends an element; `false` when it would mix Booleans and numbers.
    pub(crate) fn push(&mut self, element: Element) -> bool {
        match (&mut *self, element) {
            (Numbers::Int(values), Element::Int(value)) => values.push(value),
            (Numbers::Float(values), Element::Float(value)) => values.push(value),
            (Numbers::Float(values), Element::Int(value)) => values.push(value as f64),
            (Numbers::Bool(values), Element::Bool(value)) => values.push(value),
            (Numbers::Int(values), Element::Float(value)) => {
                let mut floats = widen(values);
                floats.push(value);
                *self = Numbers::Float(floats);
            }
            (Numbers::Int(values), Element::Bool(value)) if values.is_empty() => {
                *self = Numbers::Bool(vec![value])
            }
            _ => return false,
        }
        true
    }

    /// Releases unused capacity.
    pub(crate) fn shrink(&mut self) {
        match self {
            Numbers::Int(values) => values.shrink_to_fit(),
            Numbers::Float(values) => values.shrink_to_fit(),
            Numbers::Bool(values) => values.shrink_to_fit(),
        }
    }

    /// Appends the elements of another literal; `false` when it would mix Booleans and numbers.
    pub(crate) fn append(&mut self, other: &Numbers) -> bool {
        match other {
            Numbers::Int(values) => values.iter().all(|value| self.push(Element::Int(*value))),
            Numbers::Float(values) => values.iter().all(|value| self.push(Element::Float(*value))),
            Numbers::Bool(values) => values.iter().all(|value| self.push(Element::Bool(*value))),
        }
    }
}

/// The integers as floats.
fn widen(values: &[i64]) -> Vec<f64> {
    let mut floats = Vec::with_capacity(values.len() + 1);
    floats.extend(values.iter().map(|value| *value as f64));
    floats
}
