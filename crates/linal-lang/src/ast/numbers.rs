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
    /// At least one element had a fraction or an exponent, or was `inf` or `nan`.
    Float(Floats),
    /// `true` and `false` only.
    Bool(Vec<bool>),
}

impl Numbers {
    /// Elements of which at least one is no integer.
    pub fn floats(values: Vec<f64>) -> Numbers {
        Numbers::Float(values.into())
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Int(values) => values.len(),
            Numbers::Float(floats) => floats.values.len(),
            Numbers::Bool(values) => values.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Elements of which at least one is no integer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Floats {
    /// All elements.
    pub values: Vec<f64>,
    /// The integers among them that a float rounds, by their place: `[9007199254740993, 0.5]` may become integers again.
    pub exact: Vec<(usize, i64)>,
}

impl From<Vec<f64>> for Floats {
    fn from(values: Vec<f64>) -> Floats {
        Floats { values, exact: Vec::new() }
    }
}

impl Floats {
    /// The elements as integers, as `whole` makes them of floats; `None` where it makes none.
    pub fn integers(&self, whole: impl Fn(f64) -> Option<i64>) -> impl Iterator<Item = Option<i64>> {
        let mut exact = self.exact.iter().peekable();
        self.values.iter().enumerate().map(move |(at, value)| {
            match exact.next_if(|(place, _)| *place == at) {
                Some((_, integer)) => Some(*integer),
                None => whole(*value),
            }
        })
    }

    fn push(&mut self, element: Element) {
        match element {
            Element::Int(value) => {
                if value as f64 as i128 != i128::from(value) {
                    self.exact.push((self.values.len(), value));
                }
                self.values.push(value as f64);
            }
            Element::Float(value) => self.values.push(value),
            Element::Bool(value) => self.values.push(f64::from(u8::from(value))),
        }
    }

    /// The elements as they were written.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element> {
        let mut exact = self.exact.iter().peekable();
        self.values.iter().enumerate().map(move |(at, value)| {
            match exact.next_if(|(place, _)| *place == at) {
                Some((_, integer)) => Element::Int(*integer),
                None => Element::Float(*value),
            }
        })
    }
}

/// One element while it is being read.
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
            (Numbers::Float(floats), Element::Float(_) | Element::Int(_)) => floats.push(element),
            (Numbers::Bool(values), Element::Bool(value)) => values.push(value),
            (Numbers::Int(values), Element::Float(_)) => {
                let mut floats = widen(values);
                floats.push(element);
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
            Numbers::Float(floats) => floats.values.shrink_to_fit(),
            Numbers::Bool(values) => values.shrink_to_fit(),
        }
    }

    /// Appends the elements of another literal; `false` when it would mix Booleans and numbers.
    pub(crate) fn append(&mut self, other: &Numbers) -> bool {
        match other {
            Numbers::Int(values) => values.iter().all(|value| self.push(Element::Int(*value))),
            Numbers::Float(floats) => floats.elements().all(|element| self.push(element)),
            Numbers::Bool(values) => values.iter().all(|value| self.push(Element::Bool(*value))),
        }
    }
}

/// The integers as floats.
fn widen(values: &[i64]) -> Floats {
    let mut floats = Floats { values: Vec::with_capacity(values.len() + 1), exact: Vec::new() };
    values.iter().for_each(|value| floats.push(Element::Int(*value)));
    floats
}
