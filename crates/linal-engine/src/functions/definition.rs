//! What one function is: everything that parsing, help, completion, the reference page and its test need.

use linal_tensor::graph::NodeRef;

use crate::bind::Args;
use crate::error::Result;

/// One function of the language. Everything about it comes from here.
pub struct FunctionDef {
    /// The name, in upper case.
    pub name: &'static str,
    /// Other names for the same function.
    pub aliases: &'static [&'static str],
    /// Where it stands in the reference.
    pub category: Category,
    /// How it is written; see [`linal_lang::CallPattern`].
    pub pattern: &'static str,
    /// What it gives, with shapes, units and errors; one short paragraph.
    pub doc: &'static str,
    /// Statements that run as they are, and what they print.
    pub example: Example,
    /// Whether queries call it on columns, and under which names.
    pub columns: Columns,
    /// Builds the graph of a call, or fails with what is wrong with its arguments.
    pub(crate) evaluate: fn(&mut Args<'_, '_>) -> Result<NodeRef>,
}

/// An example with its output.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// One statement a line.
    pub script: &'static str,
    /// What running it prints, as values without their headers, one a line.
    pub output: &'static str,
}

/// Whether queries call a function on columns, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Under all of its names.
    AllNames,
    /// Under all of its names. The length of the result follows the values, so that a column of them is one of lists.
    Lists,
    /// Under these of its names alone: in a query the others are aggregates over rows.
    Names(&'static [&'static str]),
    /// Not at all: it is grammar in a query, or reads files.
    Never,
}

/// The sections of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Element by element.
    Elementwise,
    /// Many elements to one.
    Reduction,
    /// Products, norms, distances.
    LinearAlgebra,
    /// Shapes, joins and views.
    Shape,
    /// Tensors out of numbers.
    Creation,
    /// Order and distribution.
    Statistics,
    /// Transforms, spectra and filters.
    Signal,
    /// Tensors out of files.
    Files,
}

impl Category {
    /// All sections in the order of the reference.
    pub const ALL: [Category; 8] = [
        Category::Creation,
        Category::Elementwise,
        Category::Reduction,
        Category::Shape,
        Category::LinearAlgebra,
        Category::Statistics,
        Category::Signal,
        Category::Files,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Category::Elementwise => "Element-wise",
            Category::Reduction => "Reductions",
            Category::LinearAlgebra => "Linear algebra",
            Category::Shape => "Shapes and views",
            Category::Creation => "Creation",
            Category::Statistics => "Statistics",
            Category::Signal => "Signals",
            Category::Files => "Files",
        }
    }
}

impl std::fmt::Debug for FunctionDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.pattern)
    }
}
